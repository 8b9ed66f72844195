"""Inputs that came late count from their tick, for the row of their player."""

from __future__ import annotations

import pytest

from tickwire import Controls, Entity, Game, Input, Player, Table, fixed, u8, u16
from tickwire.errors import ContractError
from tickwire.game.spec import inspect_game
from tickwire.room.room import Room

RELOAD = 5  # ticks


class Keys(Input):
    right: bool = False
    fire: bool = False


class Shot(Entity):
    x: float = fixed(-1000, 1000, step=0.125)
    player: u16 = 0

    def move(self, keys: Keys) -> None:
        self.x += 10


class Car(Entity):
    x: float = fixed(-1000, 1000, step=0.125, default=0)
    player: u16 = 0
    reload: u8 = 0
    dents: u8 = 0

    def move(self, keys: Keys) -> Shot | None:
        self.x += keys.right
        self.reload -= self.reload > 0
        if not keys.fire or self.reload:
            return None
        self.reload = RELOAD
        return Shot(x=self.x, player=self.player)


class Race(Game):
    tick_rate = 20  # so five ticks back are believed
    inputs = Keys
    controls = Controls(hold={"right d": "right", "space": "fire"}, input=Keys)
    predict, rollback = Car, True
    cars: Table[Car]
    shots: Table[Shot]
    held: dict[int, Keys]
    late: list[tuple[int, int]]  # in which tick a shot came, and how late
    lags: list[float]

    def join(self, player: Player) -> None:
        self.cars.add(Car(player=player.id))

    def leave(self, player: Player) -> None:
        self.cars.remove(next(car.id for car in self.cars if car.player == player.id))

    def receive(self, player: Player, keys: Keys) -> None:
        self.held[player.id] = keys
        self.lags.append(player.lag)

    def step(self) -> None:
        for shot in self.shots:
            shot.move(Keys())
        for car in self.cars:
            if (fired := car.move(self.held.get(car.player, Keys()))) is not None:
                self.shots.add(fired)

    def belated(self, player: Player, row: Shot, ticks: int) -> None:
        self.late.append((self.tick, ticks))
        for _ in range(ticks - 1):
            row.move(Keys())
        self.shots.add(row)


class Plain(Race):
    """What happens to rows of its own it leaves to the room."""

    belated = Game.belated


class Drive:
    """One player's room; inputs are given by hand."""

    def __init__(self, game: type[Race] = Race) -> None:
        self.room = Room(inspect_game(game), "K7QX", 1, 0.0)
        self.ada = self.room.join("ada")
        self.seq = 0
        assert isinstance(self.room.game, Race)
        self.game = self.room.game
        self.tick_until(10)
        self.hold(tick=11)
        self.tick_until(20)

    @property
    def car(self) -> Car:
        return next(iter(self.game.cars))

    def hold(self, *, tick: int | None, seen: float | None = None, right: bool = False, fire: bool = False) -> None:
        self.seq += 1
        assert self.room.input(self.ada.id, self.seq, Keys(right, fire), tick, seen)

    def tick_until(self, tick: int) -> None:
        while self.room.tick < tick:
            self.room.make_tick()


def test_a_key_that_comes_late_counts_from_its_tick() -> None:
    drive = Drive()
    drive.hold(tick=18, right=True)
    drive.tick_until(21)
    assert drive.car.x == 4, "as if it had been held in the ticks 18, 19, 20 and 21"


def test_keys_that_come_together_count_each_from_its_own() -> None:
    drive = Drive()
    drive.hold(tick=17, right=True)
    drive.hold(tick=19)
    drive.hold(tick=20, right=True)
    drive.tick_until(25)
    assert drive.car.x == 2 + 6
    drive.hold(tick=23)  # and what was played again can be played again
    drive.tick_until(26)
    assert drive.car.x == 2 + 3


def test_keys_stay_in_their_order_whatever_ticks_they_name() -> None:
    drive = Drive()
    drive.hold(tick=19, right=True)
    drive.hold(tick=17)
    drive.tick_until(21)
    assert drive.car.x == 0, "the last word is to let go, and does not overtake the one before it"
    drive.hold(tick=20, right=True)
    drive.tick_until(22)
    drive.hold(tick=18)
    drive.tick_until(23)
    assert drive.car.x == 0


@pytest.mark.parametrize("tick", [-(2**60), 0, 1, 15])
def test_nobody_is_believed_further_back_than_a_quarter_of_a_second(tick: int) -> None:
    drive = Drive()
    drive.hold(tick=tick, right=True)
    drive.tick_until(21)
    assert drive.car.x == 6, "five ticks, and this one"


def test_who_is_always_late_moves_no_faster() -> None:
    drive = Drive()
    for _ in range(100):
        drive.hold(tick=drive.room.tick - 4, right=True)
        drive.tick_until(drive.room.tick + 1)
    assert drive.car.x <= 105


def test_a_key_for_a_tick_before_the_car_was_there_counts_from_its_first() -> None:
    drive = Drive()
    eve = drive.room.join("eve")
    drive.tick_until(23)
    drive.room.input(eve.id, 1, Keys(right=True), 5)
    drive.tick_until(24)
    car = next(car for car in drive.game.cars if car.player == eve.id)
    assert car.x == 3, "from the tick on after that in which it came"


def test_only_ones_own_row_is_played_again() -> None:
    drive = Drive()
    drive.room.join("eve")
    drive.tick_until(25)
    drive.hold(tick=23, right=True)
    drive.tick_until(26)
    assert [car.x for car in drive.game.cars] == [4, 0]


def test_what_else_happened_to_the_row_stays() -> None:
    drive = Drive()
    drive.car.dents = 3
    drive.tick_until(21)
    drive.car.x = 500  # somebody put it there
    drive.tick_until(22)
    drive.car.dents = 4
    drive.tick_until(23)
    drive.hold(tick=20, right=True)
    drive.tick_until(24)
    assert drive.car.dents == 4
    assert drive.car.x == 500 + 2, "what it had gone before it was put there is of no matter"


def test_a_shot_whose_key_came_late_is_where_it_would_be() -> None:
    late, in_time = Drive(), Drive()
    late.tick_until(23)
    late.hold(tick=21, fire=True)
    in_time.hold(tick=21, fire=True)
    for drive in (late, in_time):
        drive.tick_until(24)
    assert late.game.late == [(24, 3)]
    assert [(s.x, s.player) for s in late.game.shots] == [(s.x, s.player) for s in in_time.game.shots]
    for drive in (late, in_time):
        drive.tick_until(29)
    assert [s.x for s in late.game.shots] == [s.x for s in in_time.game.shots], "and the gun is ready again as it was"
    assert late.car.reload == in_time.car.reload


def test_without_a_method_for_it_the_shot_is_new() -> None:
    drive = Drive(Plain)
    drive.tick_until(23)
    drive.hold(tick=21, fire=True)
    drive.tick_until(24)
    assert [s.x for s in drive.game.shots] == [10], "moved once, in the step of this tick"


def test_a_shot_is_not_taken_back_and_not_had_twice() -> None:
    drive = Drive()
    drive.hold(tick=21, fire=True)
    drive.tick_until(24)
    drive.hold(tick=20)  # the trigger was never touched, it says now
    drive.tick_until(25)
    assert len(drive.game.shots) == 1
    assert drive.car.reload == 1, "else it could fire again at once"


def test_keys_that_change_nothing_about_a_shot_count() -> None:
    drive = Drive()
    drive.hold(tick=21, fire=True)
    drive.tick_until(24)
    drive.hold(tick=21, fire=True, right=True)
    drive.tick_until(25)
    assert len(drive.game.shots) == 1
    assert drive.car.x == 5
    assert drive.car.reload == 1


def test_keys_count_but_for_the_one_that_would_take_a_shot_back() -> None:
    drive = Drive()
    drive.hold(tick=21, fire=True)
    drive.tick_until(24)
    drive.hold(tick=21, right=True)  # fire was let go, it says now, and right was pressed
    drive.tick_until(25)
    assert len(drive.game.shots) == 1
    assert drive.car.x == 5
    assert drive.car.reload == 1, "else it could fire again at once"


def test_what_else_a_player_may_ask_for_is_not_what_is_held() -> None:
    class Honk(Input):
        pass

    class Loud(Race):
        inputs = Keys | Honk

        def receive(self, player: Player, keys: Keys | Honk) -> None:
            if isinstance(keys, Keys):
                super().receive(player, keys)

    drive = Drive(Loud)
    drive.hold(tick=21, right=True)
    drive.tick_until(22)
    assert drive.room.input(drive.ada.id, 99, Honk(), 20)
    drive.tick_until(25)
    assert drive.car.x == 5


def test_the_trigger_may_be_let_go_late_if_nothing_was_fired_since() -> None:
    drive = Drive()
    drive.hold(tick=21, fire=True)
    drive.tick_until(23)
    drive.hold(tick=22, right=True)
    drive.tick_until(30)
    assert len(drive.game.shots) == 1
    assert drive.car.x == 9


def test_a_late_input_says_what_was_seen_as_if_it_were_in_time() -> None:
    drive = Drive()
    drive.hold(tick=21, seen=19.0, right=True)
    drive.tick_until(23)
    drive.hold(tick=22, seen=20.0)
    drive.tick_until(24)
    assert drive.game.lags[-2:] == [2.0, 2.0]
    assert drive.ada.lag == 2.0


def test_who_left_is_played_no_more() -> None:
    drive = Drive()
    drive.hold(tick=18, right=True)
    drive.room.leave(drive.ada.id)
    drive.tick_until(22)
    assert not list(drive.game.cars)


def test_a_seat_that_is_taken_back_is_played_on() -> None:
    drive = Drive()
    drive.room.resume(drive.ada.id)
    drive.seq = 0
    drive.hold(tick=19, right=True)
    drive.tick_until(21)
    assert drive.car.x == 3


def test_without_rollback_a_late_key_counts_when_it_comes() -> None:
    class Strict(Race):
        rollback = False

    drive = Drive(Strict)
    drive.hold(tick=18, right=True)
    drive.tick_until(21)
    assert drive.car.x == 1


def test_rollback_needs_a_predicted_row() -> None:
    class Nothing(Race):
        predict = None  # type: ignore[assignment]

    with pytest.raises(ContractError, match=r"Nothing.rollback needs predict = \.\.\."):
        inspect_game(Nothing)
