"""What is said to the player, sentence by sentence."""

from __future__ import annotations

from collections.abc import Mapping

from tickwire.client.address import parse_link
from tickwire.errors import CloseCode, ConnectionLost
from tickwire.faces.clean import clean
from tickwire.faces.palette import color_of
from tickwire.faces.terminal.colors import ALERT, BRIGHT, DIM, PLAIN
from tickwire.faces.terminal.theme import ink
from tickwire.wire.messages import Chat, Error, Event, Joined, Left, NewName, PlayerInfo, Welcome

_LOST = {
    CloseCode.SHUTDOWN: "The server was shut down.",
    CloseCode.REPLACED: "Your seat was taken over from another window.",
    CloseCode.FLOOD: "Too much was sent from here, so the server closed the connection.",
    CloseCode.STUCK: "This terminal was too slow to read, so the server closed the connection.",
    CloseCode.GAME_ERROR: "The game broke, and its room is over.",
}


def lost(reason: ConnectionLost) -> str:
    """Why the connection is lost."""
    known = _LOST.get(CloseCode(reason.code)) if reason.code in tuple(CloseCode) else None
    return known or sentence(str(reason))


def sentence(text: str) -> str:
    """A message of a server or of an error, as a sentence."""
    words = clean(text).strip() or "something went wrong"
    return words[0].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def told(event: object) -> list[tuple[str, str]] | None:
    """What the log says of something that came, as (text, style) parts; None: nothing."""
    match event:
        case Chat(0, "", text):  # the game itself
            return [(clean(text), ink(PLAIN))]
        case Chat(player, name, text):
            color = color_of(player) if player else DIM
            return [(clean(name), ink(color, bold=True)), (f"  {clean(text)}", ink(BRIGHT))]
        case Joined(player, name):
            return [(clean(name), ink(color_of(player))), (" joined", ink(DIM))]
        case Left(player, name):
            return [(clean(name), ink(color_of(player))), (" left", ink(DIM))]
        case NewName(player, name):
            return [("somebody is called ", ink(DIM)), (clean(name), ink(color_of(player))), (" now", ink(DIM))]
        case Error(_, message):
            return [(sentence(message), ink(ALERT))]
    return None


def welcome(welcome: Welcome, address: str) -> list[list[tuple[str, str]]]:
    """The first lines of the log: who one is, and how a friend comes along."""
    who = [("You are watching.", ink(DIM))]
    if welcome.player:
        color = color_of(welcome.player)
        who = [("You are ", ink(DIM)), ("■ ", ink(color)), (clean(welcome.name), ink(BRIGHT, bold=True))]
    link = clean(parse_link(address)._replace(room=welcome.room).link)
    return [who, [("A friend comes here with the link  ", ink(DIM)), (link, ink(PLAIN))]]


def news(event: Event, players: Mapping[int, PlayerInfo]) -> str:
    """An event of a game, whose meaning only the game knows: its name, and of whom it speaks.

    >>> news(Event("died", {"player": 2}), {2: PlayerInfo(2, "bob")})
    'bob died'
    """
    what = clean(event.name).replace("_", " ")
    about = event.data.get("player")
    who = players.get(about) if isinstance(about, int) else None
    return f"{clean(who.name)} {what}" if who else what
