"""Real time: runs every room's ticks when they are due."""

from __future__ import annotations

import asyncio
import logging
from time import perf_counter
from typing import TYPE_CHECKING

from tickwire.errors import CloseCode
from tickwire.room.output import TickOutput
from tickwire.room.room import Room
from tickwire.server.gateway import Gateway
from tickwire.server.hall import Hall
from tickwire.server.overruns import Overruns
from tickwire.server.sending import Outbox
from tickwire.server.watch import SWEEP

if TYPE_CHECKING:  # only a server that keeps rooms loads what writes a journal
    from tickwire.server.journaling import Journaling

log = logging.getLogger("tickwire.runner")

# How many moments of a tick rooms begin at. Those that tick at the same moment share one wake: their rules are run one
# after the other, while the interpreter is warm, and then they are sent. The first room of a wake costs twice what the
# others do, so a moment is filled up before the next is used; but the last room of a wake waits for all others, and so
# no longer than for FULL. With fewer moments it would wait for all rooms of a full server; with four the server is done
# with one moment's rooms when the next moment comes.
SLOTS = 4
FULL_ROOMS, FULL_SEATS = 16, 512  # of one moment, as long as others are less full

# Payloads after which those that are made are sent before the next room's are made: enough for the send loop to be
# warm, few enough that the first room does not wait for all others where each player is sent something else.
TOGETHER = 512


class Runner:
    """One timer for all rooms that are due at the same moment; one more for the gateway's deadlines."""

    def __init__(self, loop: asyncio.AbstractEventLoop, journaling: Journaling | None = None) -> None:
        self._journaling = journaling
        self._loop = loop
        self._gateway: Gateway | None = None
        self._due: dict[int, list[Hall]] = {}  # by the moment, in microseconds
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._full: dict[tuple[float, int], float] = {}  # by period and slot how full that moment is; 1 is full
        self._slots: dict[Hall, int] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._overruns = Overruns()

    def start(self, gateway: Gateway) -> None:
        """Begin to look at deadlines."""
        self._gateway = gateway
        self._sweeping = self._loop.call_later(SWEEP, self._sweep)

    def stop(self) -> None:
        """No tick is made after this."""
        if self._sweeping:
            self._sweeping.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._due.clear()
        for hall in self._slots:
            hall.running = False
        self._slots.clear()

    def bring_to_rest(self, room: Room) -> bool:
        """Make the ticks after which a room that stands still can be checkpointed: one, as a rule.

        Returns:
            False if the room's ticks are run, or it is over.
        """
        assert self._gateway is not None
        hall = self._gateway.hall_of(room)
        if hall is None or hall.running:
            return False
        try:
            while not room.rests:
                hall.deliver(room.make_tick(), self._loop.time(), Outbox())  # what is said there may be missed
        except BaseException:
            self._end_broken(room)
            return False
        return True

    def run(self, hall: Hall) -> None:
        """Run a room until it is over, or nobody is connected to it any more."""
        clock, share = hall.room.clock, _share(hall.room)
        hall.room.wake(self._loop.time())
        full = [self._full.get((clock.period, slot), 0.0) for slot in range(SLOTS)]
        slot = next((slot for slot in range(SLOTS) if full[slot] + share <= 1), full.index(min(full)))
        self._slots[hall] = slot
        self._full[clock.period, slot] = full[slot] + share
        clock.align(slot, SLOTS)
        self._wait(hall)

    def next_tick(self) -> float:
        """When the next tick of any room is due, in seconds of the loop's time; infinite without rooms."""
        return min(self._due, default=float("inf")) * 1e-6

    @property
    def busy(self) -> bool:
        """Whether the rooms take nearly all of the time."""
        return self._overruns.busy

    def _forget(self, hall: Hall) -> None:
        self._full[hall.room.clock.period, self._slots.pop(hall)] -= _share(hall.room)
        hall.running = False

    def _wait(self, hall: Hall) -> None:
        moment = round(hall.room.clock.next_at * 1e6)
        if moment not in self._due:
            self._due[moment] = []
            self._timers[moment] = self._loop.call_at(moment * 1e-6, self._tick, moment)
        self._due[moment].append(hall)

    def _tick(self, moment: int) -> None:
        assert self._gateway is not None
        is_open = self._gateway.is_open
        del self._timers[moment]
        # The loop counts in whole milliseconds, and fires up to half of one early; who then went by the clock would
        # spin until it agrees.
        now = max(self._loop.time(), moment * 1e-6)
        begun = perf_counter()
        made = [(hall, self._advance(hall, now) if is_open(hall.room) else None) for hall in self._due.pop(moment)]
        outbox = Outbox()
        for hall, output in made:
            if output and is_open(hall.room):
                self._deliver(hall, output, now, outbox)
            if is_open(hall.room):
                self._wait(hall)
            else:
                self._forget(hall)
            if len(outbox) >= TOGETHER:
                self._send(outbox)
                outbox = Outbox()
        self._send(outbox)
        self._overruns.now.busy += perf_counter() - begun

    def _send(self, outbox: Outbox) -> None:
        if self._journaling is None:
            outbox.send()
        else:
            self._journaling.say(outbox.send_late)

    def _advance(self, hall: Hall, now: float) -> TickOutput | None:
        assert self._gateway is not None
        self._gateway.take_inputs(hall)
        room = hall.room
        before, made = room.clock.skipped, room.tick
        begun = perf_counter()
        try:
            output = room.advance(now)
        except BaseException:
            # SystemExit, KeyboardInterrupt and CancelledError too: they can only be the rules' own, since handlers of
            # signals raise nothing (`server.hangs`) and this is no task.
            self._end_broken(room)
            return None
        if (took := perf_counter() - begun) > (second := self._overruns.now).longest:
            second.longest, second.slowest, second.ticks = took, room, max(room.tick - made, 1)
        if room.clock.skipped > before:
            self._overruns.report(room, room.clock.skipped - before, now, len(self._slots))
        if self._journaling is not None:
            self._journaling.ticked(room, now)
        return output

    def _deliver(self, hall: Hall, output: TickOutput, now: float, outbox: Outbox) -> None:
        before = len(outbox)
        begun = perf_counter()
        try:
            hall.deliver(output, now, outbox)
        except BaseException:  # encoding calls the game, too: it says who looks where
            outbox.cut(before)
            self._end_broken(hall.room)
        if (took := perf_counter() - begun) > (second := self._overruns.now).longest:
            second.longest, second.slowest, second.ticks = took, hall.room, 1

    def _end_broken(self, room: Room) -> None:
        """Whatever a game raises ends its room, and no other."""
        assert self._gateway is not None
        log.exception("room %s: %s broke in tick %d; the room is over", room.code, room.spec.name, room.tick)
        if self._journaling is not None:
            self._journaling.broke(room)
        self._gateway.end_room(room, CloseCode.GAME_ERROR, f"{room.spec.title} broke; this room is over")

    def _sweep(self) -> None:
        assert self._gateway is not None
        self._sweeping = self._loop.call_later(SWEEP, self._sweep)
        self._gateway.sweep()
        self._overruns.next()


def _share(room: Room) -> float:
    """What a room takes of a moment."""
    return max(1 / FULL_ROOMS, room.seats / FULL_SEATS)
