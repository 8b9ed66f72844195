from __future__ import annotations

import random
from itertools import pairwise
from math import hypot
from pathlib import Path

import pytest

from client.playing import FRAME, RATE, SETTLED, SPEC, Play, settled
from tickwire import Entity, Game, Table, fixed
from tickwire.client.held import REPEAT
from tickwire.client.rules import OtherRules, Rules
from tickwire.client.stage import Stage
from tickwire.errors import ContractError
from tickwire.game.loader import load_file
from tickwire.game.spec import inspect_game
from tickwire.games import arena, snake
from tickwire.replication.schema import Schema
from tickwire.scaffold import write_game

# --- one's own ---


@pytest.mark.parametrize("way", [0.0, 0.075, 0.15])
def test_a_key_shows_in_the_next_frame_however_far_the_server_is(way: float) -> None:
    for wait in range(4):  # wherever the frame is in its tick
        play = settled(way)
        play.run(wait * FRAME)
        before = play.shown(play.player).angle
        play.stage.press("turn_right")
        play.frame()
        assert play.shown(play.player).angle != before


@pytest.mark.parametrize("jitter", [0.0, 0.02])
def test_what_is_played_ahead_is_what_the_server_comes_to(jitter: float) -> None:
    play = settled(jitter=jitter)
    chance = random.Random(3)
    for _ in range(60):
        for name in ("turn_left", "turn_right", "thrust", "brake"):
            (play.stage.press if chance.random() < 0.4 else play.stage.release)(name)
        play.run(0.2)
    assert sum(c > arena.SHIP_RADIUS for c in play.corrections) == 0
    assert not play.corrections, "a late input counts from its tick"


def test_an_input_that_comes_late_moves_ones_own_ship_by_nothing() -> None:
    play = settled()
    play.up.conditioner.delay += 0.12
    for name in ("turn_right", "thrust"):
        play.stage.press(name)
        play.run(0.3)
    play.stage.release("turn_right")
    play.run(1.5)
    assert not play.corrections
    ahead = play.stage.clock.input_tick(play.now) - play.room.tick_at(play.now)
    shown = play.shown(play.player)
    play.run(ahead / RATE)
    true = play.true(play.player)
    assert hypot(shown.x - true.x, shown.y - true.y) < 0.6, "about half a tick's way"


def test_an_input_that_does_not_come_is_not_waited_for_longer_than_it_would_be_believed() -> None:
    play = settled()
    play.up.conditioner.black_hole(play.now)
    angle = play.true(play.player).angle
    play.stage.press("turn_right")
    play.run(0.2)
    play.stage.release("turn_right")
    play.run(0.2)
    assert play.shown(play.player).angle != angle
    play.run(0.8)
    assert play.shown(play.player).angle == pytest.approx(angle), "no state says that it has turned"


def test_ones_own_ship_is_shown_where_the_server_will_have_it() -> None:
    play = settled()
    play.stage.press("thrust")
    play.run(0.5)
    ahead = play.stage.clock.input_tick(play.now) - play.room.tick_at(play.now)
    shown = play.shown(play.player)
    play.run(ahead / RATE)
    true = play.true(play.player)
    assert hypot(shown.x - true.x, shown.y - true.y) < 0.6, "about half a tick's way"


def test_the_ship_moves_a_little_in_every_frame() -> None:
    play = settled()
    play.stage.press("thrust")
    play.run(1.0)
    places = []
    for _ in range(30):
        play.frame()
        places.append((play.shown(play.player).x, play.shown(play.player).y))
    ways = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places)]
    assert max(ways) < 2.5 * min(ways)


def test_without_the_rules_ones_own_ship_is_shown_as_the_others_are() -> None:
    play = settled(rules=False)
    before = play.shown(play.player).angle
    play.stage.press("turn_right")
    play.run(0.1)
    assert play.shown(play.player).angle == before
    play.run(0.5)
    assert play.shown(play.player).angle != before
    assert all(out.tick is not None for out in play.sent), "the inputs still say for which tick they are"


def test_a_destroyed_ship_is_gone_and_the_next_one_answers_at_once() -> None:
    play = settled()
    ship = play.true(play.player)
    play.game.ships.remove(ship.id)
    play.game.pilots[play.player].ship = 0
    play.game.pilots[play.player].reborn = play.room.tick + 30
    play.run(0.2)
    assert play.shown(play.player) is None
    play.run(2.0)
    new = play.shown(play.player)
    assert new.id != ship.id
    play.stage.press("turn_left")
    play.frame()
    assert play.shown(play.player).angle != new.angle


def test_a_shot_of_ones_own_is_shown_in_the_time_of_ones_own_ship() -> None:
    play = settled()
    ship = play.true(play.player)
    ship.x, ship.y, ship.vx, ship.vy, ship.angle = 20, 89, 0, 0, 0
    play.run(0.5)
    play.stage.press("fire")
    play.frame()
    fired = next(out.tick for out in play.sent)
    while (shot := play.shown(play.player, "Shot")) is None:
        play.frame()
    ticks = play.stage.clock.input_tick(play.now) - fired + 1
    assert shot.x == pytest.approx(20 + arena.SHOT_SPEED * ticks, abs=1.0)


# --- the others ---


def test_the_others_are_where_they_were_in_the_moment_that_is_shown() -> None:
    play = settled()
    places: dict[int, tuple[float, float]] = {}
    ship = play.true(play.other)
    ship.vx = arena.ONE // 2
    for _ in range(60):
        play.frame()
        places[play.room.tick] = (ship.x, ship.y)
        time = play.stage.playback.time(play.now)
        assert time is not None
        low = int(time * RATE)
        if low in places and low + 1 in places:
            share = time * RATE - low
            x = places[low][0] + (places[low + 1][0] - places[low][0]) * share
            assert play.shown(play.other).x == pytest.approx(x, abs=0.01)
    assert len(places) > 20


class Pot(Entity):
    heat: float = fixed(0, 30_000, step=1, every=5)


class Kitchen(Game):
    tick_rate = 30
    pots: Table[Pot]

    def start(self) -> None:
        self.pots.add(Pot(heat=0))

    def step(self) -> None:
        for pot in self.pots:
            pot.heat += 10


def test_a_field_that_is_sent_in_every_fifth_state_rises_in_every_frame() -> None:
    play = settled(spec=inspect_game(Kitchen), rules=False)
    heats = []
    for _ in range(60):
        play.frame()
        [pot] = play.stage.tables(play.now)["Pot"]
        heats.append(pot.heat)
    assert all(4 < b - a < 6 for a, b in pairwise(heats)), "ten a tick, and two frames in it"


def test_an_event_waits_until_its_moment_is_on_the_screen() -> None:
    play = settled()
    play.game.emit("boom")
    emitted = play.room.tick + 1
    seen_at = None
    while seen_at is None:
        play.frame()
        if play.stage.take_events(play.now):
            seen_at = play.stage.playback.time(play.now)
    assert seen_at is not None
    assert emitted <= seen_at * RATE < emitted + 1


def test_what_does_not_blend_is_shown_as_it_came_last() -> None:
    play = settled()
    tables = play.stage.tables(play.now)
    assert tables["Score"] is play.mirror.tables["Score"]
    assert play.stage.delayed == {"Ship", "Shot"}


def test_a_game_in_which_nothing_blends_is_shown_as_it_came() -> None:
    spec = inspect_game(snake.Snake)
    play = Play(spec=spec)
    play.run(1.0)
    assert play.stage.tables(play.now) is play.mirror.tables
    play.stage.event(play.now, "eaten")
    assert play.stage.delayed == frozenset()


# --- what is sent ---


def test_inputs_say_for_which_tick_they_are_and_what_was_seen_and_come_in_time() -> None:
    play = settled()
    play.stage.press("thrust")
    play.run(1.0)
    first = play.sent[0]
    assert first.input == {
        "type": "keys", "turn_left": False, "turn_right": False, "thrust": True, "brake": False, "fire": False
    }  # fmt: skip
    assert first.tick is not None
    assert first.seen is not None
    assert 5 < first.tick - first.seen < 8, "a quarter of a second at 150 ms"
    pilot = play.game.pilots[play.player]
    assert pilot.held.thrust


def test_keys_are_told_when_they_change_and_again_while_they_are_held() -> None:
    play = settled()
    play.run(1.0)
    assert play.sent == [], "nothing was pressed"
    play.stage.press("thrust")
    play.run(1.0)
    ticks = [out.tick for out in play.sent]
    assert [b - a for a, b in pairwise(ticks)] == [REPEAT] * (len(ticks) - 1)
    assert len(ticks) == 3
    play.stage.release("thrust")
    play.run(1.0)
    assert len(play.sent) == 4
    assert not any(v is True for v in play.sent[-1].input.values())


def test_a_tap_between_two_ticks_counts_for_one_tick() -> None:
    play = settled()
    play.stage.press("turn_left")
    play.stage.release("turn_left")
    play.run(0.3)
    first, second = play.sent
    assert first.input["turn_left"]
    assert not second.input["turn_left"]
    assert second.tick == first.tick + 1


def test_before_a_pong_came_keys_are_told_at_once_for_the_next_tick() -> None:
    stage = Play().stage
    stage.press("fire")
    [out] = stage.advance(1.0)
    assert (out.tick, out.seen) == (None, None)
    assert stage.advance(1.1) == []


def test_a_frame_that_took_long_leaves_no_tick_of_ones_own_out() -> None:
    play = settled()
    play.stage.press("thrust")
    play.run(0.5)
    advance = play.stage.advance
    play.stage.advance = lambda now: []  # type: ignore[method-assign]
    play.run(0.4)
    play.stage.advance = advance  # type: ignore[method-assign]
    play.run(1.0)
    assert max(play.corrections, default=0) < arena.SHIP_RADIUS


# --- rules ---


def test_rules_that_are_not_those_of_the_server_are_not_used() -> None:
    described = Schema.of_game(SPEC).describe()
    described["board"] = [1, 1]
    with pytest.raises(OtherRules, match="the rules of arena here are not those of the server"):
        Rules.of_game(SPEC, described)


def test_a_game_that_predicts_nothing_has_no_rules_for_clients() -> None:
    spec = inspect_game(snake.Snake)
    assert Rules.of_game(spec, Schema.of_game(spec).describe()) is None


def test_a_tick_of_a_row_says_whether_its_way_is_over() -> None:
    rules = Rules.of_game(SPEC, Schema.of_game(SPEC).describe())
    assert rules is not None
    shot = {"x": 154.0, "y": 89.0, "heading": 0, "player": 1}
    values, _, over = rules.moves["Shot"](shot, arena.Keys())
    assert (values, over) == ({**shot, "x": 156}, False)
    values, _, over = rules.moves["Shot"](values, arena.Keys())
    assert (values, over) == ({**shot, "x": 158}, True), "the tick ends at the wall"


def test_a_tick_of_a_row_gives_what_it_brought_into_the_world() -> None:
    ship = {"x": 20, "y": 89, "angle": 0, "vx": 0, "vy": 0, "spin": 0, "reload": 1, "player": 1, "shield": 3}
    rules = Rules.of_game(SPEC, Schema.of_game(SPEC).describe())
    assert rules is not None
    values, made, _ = rules.moves["Ship"](ship, arena.Keys(fire=True))
    assert values["reload"] == arena.GUN_REST
    assert made == [("Shot", {"x": 20, "y": 89, "heading": 0, "player": 1})]
    assert rules.moves["Ship"](values, arena.Keys(fire=True)).made == ()


def test_a_tick_of_a_row_that_brings_what_no_client_can_move_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Rules.of_game(SPEC, Schema.of_game(SPEC).describe())
    assert rules is not None
    shot = {"x": 20, "y": 89, "heading": 0, "player": 1}
    monkeypatch.setattr(arena.Shot, "move", lambda shot, keys: [arena.Score(player=1)])
    with pytest.raises(ContractError, match=r"Shot.move returned Score.* which no client can move"):
        rules.moves["Shot"](shot, arena.Keys())


def test_a_watcher_sends_nothing_and_sees_all_as_others() -> None:
    play = settled()
    stage = Stage(Schema.read(play.room.described_schema), 0, RATE, Rules.of_game(SPEC, play.room.described_schema))
    stage.pong(0.0, 0.1, 5.0)
    stage.press("thrust")
    assert stage.advance(1.0) == []
    stage.state(1.0, play.room.tick, play.mirror.tables, full=True)
    stage.state(1.1, play.room.tick + 3, play.mirror.tables)
    assert {row.player for row in stage.tables(1.2)["Ship"]} == {play.player, play.other}


def test_a_server_that_stood_still_sets_the_clock_back_and_a_new_ship_answers_all_the_same() -> None:
    play = settled()
    play.stage.press("thrust")
    play.run(1.0)
    advance, play.room.advance = play.room.advance, lambda now: None  # type: ignore[method-assign]
    play.run(3.0)
    play.room.advance = advance  # type: ignore[method-assign]
    for _ in range(30):
        play.run(1.0)
        if play.stage.clock.steps:
            break
    assert play.stage.clock.steps, "the ticks that it skipped are not made up for"
    play.game.ships.remove(play.true(play.player).id)
    play.game.pilots[play.player].ship = 0
    play.run(1.0)
    before = play.shown(play.player)
    play.run(0.2)
    after = play.shown(play.player)
    assert (before.x, before.y) != (after.x, after.y)


@pytest.mark.parametrize("all_keys", [False, True])
def test_a_key_that_goes_up_within_a_tick_does_not_snap_the_ship_back(all_keys: bool) -> None:
    back = []
    for wait in range(4):  # wherever the frame is in its tick
        play = settled()
        play.stage.press("turn_right")
        play.run(0.4 + wait * FRAME)
        angle = play.shown(play.player).angle
        if all_keys:
            play.stage.release_all()
        else:
            play.stage.release("turn_right")
        for _ in range(30):
            play.frame()
            before, angle = angle, play.shown(play.player).angle
            back.append((before - angle + 180) % 360 - 180)
        play.run(1.0)
        assert play.shown(play.player).angle == play.true(play.player).angle
    assert max(back) < 1.0, "degrees in a frame; a tick turns by 7"


def test_events_whose_moment_was_long_ago_are_told_no_more() -> None:
    play = settled()
    for i in range(300):
        play.frame()
        play.stage.event(play.now, i)  # and nobody asks for them, as in a hidden tab
    told = play.stage.take_events(play.now)
    assert told
    assert min(told) > 300 - 60 * 1.2, "no older than a second"
    assert told == list(range(told[0], told[-1] + 1))
    play.stage.event(play.now, "new")
    play.run(0.5)
    assert play.stage.take_events(play.now)[-1] == "new"


def test_in_a_room_that_rests_the_first_key_shows_in_the_next_frame() -> None:
    play = Play()
    play.rests = True
    play.run(SETTLED)
    before = play.shown(play.player).angle
    play.stage.press("turn_right")
    play.frame()
    assert play.shown(play.player).angle != before


def test_a_disc_of_a_new_game_comes_to_rest_where_the_server_has_it(tmp_path: Path) -> None:
    write_game("pong", tmp_path)
    spec = load_file(tmp_path / "pong.py")
    play = Play(spec=spec, rules=False)
    play.rests = True
    play.room.leave(play.other)
    play.run(1.0)
    push = spec.inputs
    for seq, (way, end) in enumerate((("left", 2.0), ("right", 78.0), ("up", 2.0), ("down", 46.0)), 1):
        play.room.input(play.player, seq, push(way))
        for _ in range(600):
            play.frame()
            (disc,) = play.stage.tables(play.now)["Disc"]
            assert disc.size - 0.05 <= disc.x <= 80 - disc.size + 0.05, "never off the board"
            assert disc.size - 0.05 <= disc.y <= 48 - disc.size + 0.05
        (true,) = play.room.game.discs  # type: ignore[attr-defined]
        assert (disc.x, disc.y) == (pytest.approx(true.x, abs=0.06), pytest.approx(true.y, abs=0.06))
        assert min(abs(true.x - end), abs(true.y - end)) < 5, "it is at the wall"
