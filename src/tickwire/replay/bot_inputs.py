"""What built-in bots asked for, kept in a replay file so that they need not think again. Pure.

A journal does not have it, since rules come to it by themselves; but most of what a room with bots costs is their
thinking. It is left out where a bot's thinking changes the game, as by asking for chance: then it has to be done again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from tickwire.errors import CannotRestore
from tickwire.game.contract import Input, Player
from tickwire.game.fingerprint import fingerprint
from tickwire.game.spec import GameSpec
from tickwire.replay.cursor import Cursor, beginning
from tickwire.replay.recording import MAX_RECORDS, BotInputs, Recording
from tickwire.room.room import Room
from tickwire.room.saved import pack_room
from tickwire.wire.codec import DECODE_ERRORS

SLICE = 500  # ticks that are played between two words about how far it is
PART = 2000  # inputs in one payload
MAX_PART = 1 << 20  # bytes of one payload; more is not what `pack_parts` makes

_encode = msgspec.msgpack.encode
_read_part = msgspec.msgpack.Decoder(tuple[int, list[tuple[int, int, bytes]]]).decode


def gather(
    recording: Recording, games: Mapping[str, GameSpec], told: Callable[[int], None] = lambda tick: None
) -> BotInputs | None:
    """Play a recording twice: with bots that think, and with what they asked for. None if that is not the same.

    Args:
        recording: of a room.
        games: by name, as they are installed here.
        told: is called with the tick that was come to.

    Raises:
        CannotRestore: it cannot be played.
    """
    gathered = BotInputs(recording.last)

    def listen(room: Room) -> None:
        game, bot = room.game, room.game.bot

        def asked(player: Player) -> object:
            wish = bot(player)
            if isinstance(wish, Input):
                gathered.by_tick.setdefault(game.tick, {})[player.id] = _encode(wish)
            return wish

        game.bot = asked  # type: ignore[method-assign, assignment]

    thinking = _play(recording, games, listen, told)
    if thinking is None or not gathered.by_tick:
        return None
    before, recording.bot_inputs = recording.bot_inputs, gathered
    try:
        told_so = _play(recording, games, None, told)
    finally:
        recording.bot_inputs = before
    return gathered if told_so == thinking else None


def _play(
    recording: Recording,
    games: Mapping[str, GameSpec],
    prepare: Callable[[Room], None] | None,
    told: Callable[[int], None],
) -> bytes | None:
    """The room at its end; None if it comes out otherwise than in a checkpoint, or if its rules are others."""
    cursor = Cursor(recording, games, beginning(recording), prepare)
    if recording.opened.rules != fingerprint(cursor.room.spec.game):
        return None  # other rules may have other thoughts
    end = recording.last - recording.last % cursor.room.spec.send_every
    while cursor.tick < end and not cursor.differed:
        before = cursor.tick
        cursor.advance(min(end, before + SLICE))
        if cursor.tick == before:
            return None  # a gap
        told(cursor.tick)
    saved = cursor.room.save() if cursor.room.rests and not cursor.differed else None
    return pack_room(saved) if saved is not None else None


def pack_parts(inputs: BotInputs | None) -> list[bytes]:
    """What bots asked for, as payloads of commits: the tick up to which it is whole, then tick, player and input."""
    if inputs is None or not inputs.by_tick:
        return []
    entries = [
        (tick, player, input) for tick, asked in sorted(inputs.by_tick.items()) for player, input in asked.items()
    ]
    parts = [entries[i : i + PART] for i in range(0, len(entries), PART)]
    # The last tick of a part may go on in the next one.
    return [_encode((part[-1][0] - 1, part)) for part in parts[:-1]] + [_encode((inputs.last, parts[-1]))]


def unpack_parts(payloads: list[bytes]) -> BotInputs | None:
    """The inverse of `pack_parts`; what makes no sense and all that is behind it is left out.

    What the inputs are is checked by the game's own types, when they are played.
    """
    inputs, count = BotInputs(-1), 0
    for payload in payloads:
        try:
            if len(payload) > MAX_PART:
                raise CannotRestore("this is too much for one payload")
            last, entries = _read_part(payload)
        except (*DECODE_ERRORS, CannotRestore):
            break
        if last < inputs.last or (count := count + len(entries)) > MAX_RECORDS:
            break
        for tick, player, input in entries:
            inputs.by_tick.setdefault(tick, {})[player] = input
        inputs.last = last
    return inputs if inputs.last >= 0 else None
