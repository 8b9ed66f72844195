"""What is said to the player, sentence by sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tickwire.client.address import parse_link
from tickwire.errors import CloseCode, ConnectionLost
from tickwire.faces.clean import clean
from tickwire.faces.palette import color_of
from tickwire.faces.window.colors import BAD, DIM, TEXT
from tickwire.wire.messages import Chat, Error, Event, Joined, Left, NewName, PlayerInfo, Welcome

_LOST = {
    CloseCode.SHUTDOWN: "The server was shut down.",
    CloseCode.REPLACED: "Your seat was taken over from another window.",
    CloseCode.FLOOD: "Too much was sent from here, so the server closed the connection.",
    CloseCode.STUCK: "This window was too slow to read, so the server closed the connection.",
    CloseCode.GAME_ERROR: "The game broke, and its room is over.",
}


class Part(NamedTuple):
    """Some words of a line, in one colour (0xRRGGBB)."""

    text: str
    color: int
    bold: bool = False


def lost(reason: Exception) -> str:
    """Why a connection is lost, or a seat was refused."""
    code = reason.code if isinstance(reason, ConnectionLost) else ""
    known = _LOST.get(CloseCode(code)) if code in tuple(CloseCode) else None
    return known or sentence(str(reason))


def sentence(text: str) -> str:
    """A message of a server or of an error, as a sentence.

    >>> sentence("nobody listens there")
    'Nobody listens there.'
    """
    words = clean(text).strip() or "something went wrong"
    return words[0].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) else ".")


def welcome(welcome: Welcome, address: str) -> list[list[Part]]:
    """The first lines of the chat: who one is, and how a friend comes along."""
    who = [Part("You are watching.", DIM)]
    if welcome.player:
        who = [Part("You are ", DIM), Part(clean(welcome.name), color_of(welcome.player), bold=True)]
    link = clean(parse_link(address)._replace(room=welcome.room).link)
    return [who, [Part("A friend comes here with the link ", DIM), Part(link, TEXT)]]


def told(event: object) -> list[Part] | None:
    """What the chat says of something that came; None: nothing."""
    match event:
        case Chat(0, "", text):  # the game itself
            return [Part(clean(text), DIM)]
        case Chat(player, name, text):
            return [Part(clean(name), color_of(player) if player else DIM, bold=True), Part(f"  {clean(text)}", TEXT)]
        case Joined(player, name):
            return [Part(clean(name), color_of(player)), Part(" joined", DIM)]
        case Left(player, name):
            return [Part(clean(name), color_of(player)), Part(" left", DIM)]
        case NewName(player, name):
            return [Part("somebody is called ", DIM), Part(clean(name), color_of(player)), Part(" now", DIM)]
        case Error(_, message):
            return [Part(sentence(message), BAD)]
    return None


def news(event: Event, players: Mapping[int, PlayerInfo]) -> str:
    """An event of a game, whose meaning only the game knows: its name, and of whom it speaks.

    >>> news(Event("died", {"player": 2}), {2: PlayerInfo(2, "bob")})
    'bob died'
    """
    what = clean(event.name).replace("_", " ")
    about = event.data.get("player")
    who = players.get(about) if isinstance(about, int) else None
    return f"{clean(who.name)} {what}" if who else what
