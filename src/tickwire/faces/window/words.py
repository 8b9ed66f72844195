"""What is said to the player, in colours."""

from __future__ import annotations

from typing import NamedTuple

from tickwire.client.address import parse_link
from tickwire.faces.clean import clean
from tickwire.faces.palette import color_of
from tickwire.faces.sentences import sentence
from tickwire.faces.window.colors import BAD, DIM, TEXT
from tickwire.wire.messages import Chat, Error, Joined, Left, NewName, Welcome


class Part(NamedTuple):
    """Some words of a line, in one colour (0xRRGGBB)."""

    text: str
    color: int
    bold: bool = False


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
