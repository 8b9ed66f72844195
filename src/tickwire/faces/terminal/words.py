"""What is said to the player, in colours."""

from __future__ import annotations

from tickwire.client.address import parse_link
from tickwire.faces.clean import clean
from tickwire.faces.palette import color_of
from tickwire.faces.sentences import sentence
from tickwire.faces.terminal.colors import ALERT, BRIGHT, DIM, PLAIN
from tickwire.faces.terminal.theme import ink
from tickwire.wire.messages import Chat, Error, Joined, Left, NewName, Welcome


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
