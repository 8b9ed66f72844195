"""Who plays: the same hands with all of the netcode, and without it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import hypot
from types import SimpleNamespace
from typing import Any

from lag.world import SPEC
from tickwire.client.held import REPEAT, Held
from tickwire.client.prediction import Correction
from tickwire.client.rules import Rules
from tickwire.client.stage import Stage
from tickwire.game.contract import Player
from tickwire.games.arena import Keys, Pilot
from tickwire.replication.mirror import Mirror
from tickwire.replication.schema import Schema
from tickwire.wire.messages import Ack, InputMessage, PackedState, Pong, ServerMessage, State

RATE = SPEC.tick_rate
THINKS_EVERY = 0.15  # seconds between two looks at the screen: no hand is quicker
PROBE, TAP = 4.0, 0.4  # seconds from one tap of the turn key to the next, and how long it is held
PATIENCE = 120  # frames after which an answer is not waited for any more
FIELDS = ("turn_left", "turn_right", "thrust", "brake", "fire")


@dataclass(frozen=True)
class Screen:
    """What was painted in a frame: one's own ship, the others by player, each as row, x, y, angle."""

    now: float
    shown_tick: float  # of the others
    ships: dict[int, tuple[int, float, float, float]]


class _Ships(dict[int, Any]):
    """What a pilot's knowledge of the game needs of a table."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values())


class Hands:
    """Plays by what is on the screen, as arena's own bots play by the truth; a little slower."""

    def __init__(self, player: int) -> None:
        self.probes_from = float("inf")  # seconds; from then on it plays no more, but taps a key now and then
        self._player = Player(player, "", bot=True)
        self._game: Any = SPEC.create(player)
        self._next = 1.0 + 0.019 * player

    def look(self, now: float, rows: Iterable[Any], tick: int) -> set[str] | None:
        """The keys to be held from now on; None to go on as before."""
        if now >= self.probes_from:
            at = (now - self.probes_from) % PROBE
            # Half a probe after the turn key the trigger; a shot is gone after 1.5 s.
            return {"turn_right"} if at >= PROBE - TAP else {"fire"} if 0 <= at - PROBE / 2 < TAP else set()
        if now < self._next:
            return None
        self._next = now + THINKS_EVERY
        game, ships = self._game, _Ships({row.id: row for row in rows})
        game.ships, game.tick = ships, tick
        own = next((row.id for row in ships if row.player == self._player.id), 0)
        game.pilots = {self._player.id: Pilot(0, own)}
        keys = game.bot(self._player) or Keys()
        return {name for name in FIELDS if getattr(keys, name)}


class _Seat:
    """What both have in common: the mirror, the hands, and a record of what was painted."""

    own_time = False  # whether one's own ship is shown in a time of its own

    def __init__(self, player: int, described: dict[str, Any]) -> None:
        self.player = player
        self.schema = Schema.read(described)
        self.mirror = Mirror(self.schema)
        self.screens: list[Screen] = []
        self.moments: list[float] = []  # of the screens: the tick of one's own ship, or seconds
        self.answers: list[int] = []  # frames from a key to the screen
        self.shots: list[int] = []  # frames from the trigger to a shot on the screen
        self._hands = Hands(player)
        self._seq = 0
        self._asked: tuple[int, float] | None = None  # the frame in which a turn was begun, and the angle then
        self._fired: int | None = None  # the frame in which the trigger was pulled, and no shot of one's own was there
        self._shot = False  # whether one was painted last

    def _message(self, input: dict[str, Any], tick: int | None = None, seen: float | None = None) -> Any:
        self._seq += 1
        return InputMessage(self._seq, input, tick, seen)

    def _painted(
        self, now: float, own_tick: float, shown_tick: float, rows: Iterable[Any], shots: Iterable[Any]
    ) -> None:
        ships = {row.player: (row.id, row.x, row.y, row.angle) for row in rows}
        self.screens.append(Screen(now, shown_tick, ships))
        self.moments.append(own_tick if self.own_time else now)
        self._shot = any(shot.player == self.player for shot in shots)
        if self._fired is not None and (self._shot or len(self.screens) - self._fired > PATIENCE):
            if self._shot:
                self.shots.append(len(self.screens) - self._fired)
            self._fired = None
        if self._asked is None or self.player not in ships:
            return
        frame, angle = self._asked
        frames = len(self.screens) - frame
        if ships[self.player][3] != angle:
            self.answers.append(frames)
            self._asked = None
        elif frames > PATIENCE:
            self._asked = None

    def probe(self, since: float) -> None:
        """Measure from now on how long a key takes to the screen."""
        self._hands.probes_from = since
        self._asked = None

    def _watch(self, before: set[str], held: set[str]) -> None:
        """Note when a ship that has long been at rest is told to turn, or to fire."""
        still = [s.ships.get(self.player, (0, 0, 0, -1))[3] for s in self.screens[-12:]]
        if self._hands.probes_from < float("inf") and held > before and len(set(still)) == 1 and still[0] >= 0:
            if "fire" not in held:
                self._asked = len(self.screens), still[0]
            elif not self._shot:
                self._fired = len(self.screens)


class WithAll(_Seat):
    """Predicts itself, interpolates the others, says what it sees."""

    own_time = True

    def __init__(self, player: int, described: dict[str, Any]) -> None:
        super().__init__(player, described)
        rules = Rules.of_game(SPEC, described)
        self.stage = Stage(self.schema, player, RATE, rules)
        self.corrections: list[tuple[float, float]] = []
        self.stage.corrected = self._corrected
        self.launches: dict[int, tuple[float, float, float]] = {}  # by tick: from where a shot would go, and which way
        self._inbox: deque[tuple[float, ServerMessage]] = deque()
        self._held: set[str] = set()
        self._rows: list[Any] = []  # as they were painted last

    def _corrected(self, now: float, correction: Correction) -> None:
        self.corrections.append((now, hypot(correction.error.get("x", 0), correction.error.get("y", 0))))

    def received(self, now: float, message: ServerMessage) -> None:
        """Taken in with the next frame, as the window does."""
        self._inbox.append((now, message))

    def frame(self, now: float) -> Iterable[Any]:
        stage = self.stage
        while self._inbox:
            came, message = self._inbox.popleft()
            match message:
                case Pong(sent, tick):
                    stage.pong(sent, came, tick)
                case Ack(seq, _, early):
                    stage.acked(now, seq, early)
                case PackedState(tick, full) | State(tick, full):
                    self.mirror.apply(message)
                    stage.state(came, tick, self.mirror.tables, full=full)
        keys = self._hands.look(now, self._rows, self.mirror.tick)
        if keys is not None:
            self._watch(self._held, keys)
            for name in self._held - keys:
                stage.release(name)
            for name in keys - self._held:
                stage.press(name)
            self._held = keys
        outgoing = [self._message(o.input, o.tick, o.seen) for o in stage.advance(now)]
        for message in outgoing:
            if message.tick is not None:
                stage.sent(message.seq, message.tick)
        if (own := stage._own) is not None:
            ship = own.values
            self.launches.setdefault(own.played, (ship["x"], ship["y"], ship["angle"]))
        tables = stage.tables(now)
        self._rows = list(tables["Ship"])
        self._painted(now, stage.clock.input_tick(now), stage._seen(now), self._rows, tables["Shot"])
        return outgoing


class Without(_Seat):
    """Paints what came last, and sends what is pressed."""

    def __init__(self, player: int, described: dict[str, Any]) -> None:
        super().__init__(player, described)
        self.corrections: list[tuple[float, float]] = []
        self._held = Held(self.schema)
        self._told_at = 0.0

    def received(self, now: float, message: ServerMessage) -> None:
        if isinstance(message, PackedState | State):
            self.mirror.apply(message)

    def frame(self, now: float) -> Iterable[Any]:
        rows = [SimpleNamespace(**{f.name: getattr(r, f.name) for f in r_fields(self)}, id=r.id) for r in self._ships]
        keys = self._hands.look(now, rows, self.mirror.tick)
        if keys is not None:
            self._watch(self._held.fields, keys)
            self._held.fields = keys
        outgoing = []
        if self._held.changed or (self._held.fields and now - self._told_at >= REPEAT / RATE):
            self._told_at = now
            outgoing.append(self._message(self._held.take()))
        self._painted(now, self.mirror.tick, self.mirror.tick, self._ships, self.mirror.tables["Shot"])
        return outgoing

    @property
    def _ships(self) -> Any:
        return self.mirror.tables["Ship"]


def r_fields(seat: _Seat) -> Any:
    return seat.mirror.tables["Ship"].table.fields
