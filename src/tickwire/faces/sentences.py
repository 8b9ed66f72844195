"""What is said to the player in whole sentences, the same in every face in Python."""

from __future__ import annotations

from collections.abc import Mapping

from tickwire.errors import CloseCode, ConnectionLost
from tickwire.faces.clean import clean
from tickwire.wire.messages import Event, PlayerInfo

SILENT = 2.5  # seconds without a word; a ping goes out each second, and is answered at once

_LOST: dict[str, str] = {
    CloseCode.SHUTDOWN: "The server was shut down.",
    CloseCode.REPLACED: "Your seat was taken over from another window.",
    CloseCode.FLOOD: "Too much was sent from here, so the server closed the connection.",
    CloseCode.STUCK: "Too little was read here, so the server closed the connection.",
    CloseCode.GAME_ERROR: "The game broke, and its room is over.",
}

# Names of events that say what was done to the player, and verbs that are others with "you"; words.js has the same.
_DONE_TO = frozenset({"beaten", "caught", "destroyed", "eaten", "eliminated", "hit", "killed", "shot"})
_OF_YOU = {"was": "were", "is": "are", "has": "have"}


def lost(reason: Exception) -> str:
    """Why a connection is lost, or a seat was refused.

    >>> lost(ConnectionLost("x", "shutdown")), lost(ValueError("this is no address"))
    ('The server was shut down.', 'This is no address.')
    """
    code = reason.code if isinstance(reason, ConnectionLost) else ""
    return _LOST.get(code) or sentence(str(reason))


def answer_time(ping: float | None, silence: float) -> str:
    """How the connection is: the ping, or for how long no answer has come.

    Args:
        ping: the round trip in seconds, or None until it was measured.
        silence: seconds since the server said anything.

    >>> answer_time(None, 0.1), answer_time(0.012, 1.2), answer_time(0.012, 2.5)
    ('…', '12 ms', 'no answer for 3 s')
    """
    if silence >= SILENT:
        return f"no answer for {int(silence + 0.5)} s"
    return "…" if ping is None else f"{ping * 1000:.0f} ms"


def sentence(text: str) -> str:
    """A message of a server or of an error, as a sentence.

    >>> sentence("nobody listens there")
    'Nobody listens there.'
    """
    words = clean(text).strip() or "something went wrong"
    return words[0].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def is_about(event: Event, own: int) -> bool:
    """Whether an event happened to this player, as far as its data says; 0 is a watcher, to whom nothing happens.

    >>> is_about(Event("died", {"player": 2}), 2), is_about(Event("died", {"player": 2}), 0)
    (True, False)
    """
    return own > 0 and event.data.get("player") == own


def news(event: Event, players: Mapping[int, PlayerInfo], own: int = 0) -> str:
    """An event of a game, whose meaning only the game knows: its name, and of whom it speaks.

    >>> bob = {2: PlayerInfo(2, "bob")}
    >>> news(Event("died", {"player": 2}), bob), news(Event("died", {"player": 2}), bob, own=2)
    ('bob died', 'you died')
    >>> news(Event("hit", {"player": 2}), bob), news(Event("was_hit", {"player": 2}), bob, own=2)
    ('bob was hit', 'you were hit')

    Args:
        event: what happened.
        players: who is in the room, by number.
        own: the number of who reads it; 0 for a watcher.
    """
    if event.name == "history":  # announces lines of chat, which speak for themselves
        return ""
    what = clean(event.name).replace("_", " ")
    about = event.data.get("player")
    who = players.get(about) if isinstance(about, int) else None
    if who is None:
        return what
    first, _, rest = what.partition(" ")
    if first in _DONE_TO:
        first, rest = "was", what
    if is_about(event, own):
        return f"you {_OF_YOU.get(first, first)} {rest}".rstrip()
    return f"{clean(who.name)} {first} {rest}".rstrip()
