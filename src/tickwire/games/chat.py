"""Chat: people in named rooms, with a history for who comes later.

What this file calls a channel is what people call a room: `#lobby` to begin with, any other by `/join`. All of them
are in one room of the server. Clients read who is where from the tables, and everything else as lines of chat; so it
is the same from a terminal, a browser or netcat.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tickwire import Controls, Entity, Game, Look, Player, Table, text, u32

LOBBY = "#lobby"
HISTORY = 50  # lines that who enters a channel gets to read
MOST_CHANNELS = 50
NAME_LENGTH = 20  # characters of a channel's name, without the #
TOPIC_LENGTH = 120  # characters
LINE_LENGTH = 300  # characters that a line of chat may have
MOST_LISTED = 100  # names that one /who lists

# A line costs so many ticks, and so many may be owed: four a second in the long run, twenty at once.
LINE_COST, MOST_OWED = 5, 100

COMMANDS = {
    "/me DOES": "say what you do: /me waves",
    "/name NEW": "be called something else",
    "/who": "who is here; /who #cats: who is there",
    "/rooms": "which rooms there are",
    "/join ROOM": "go to a room, or open it: /join cats",
    "/topic TEXT": "say what the room is about; /topic - takes it away",
    "/history": f"the last {HISTORY} lines once more",
    "//TEXT": "say something that begins with a /",
}


class Channel(Entity):
    """A named room."""

    name: text
    topic: text = ""
    people: u32 = 0
    look = Look("channel", {"name": "name", "topic": "topic"})


class Member(Entity):
    """Who is in which channel."""

    player: u32
    channel: u32  # its row
    look = Look("member", {"player": "player", "channel": "channel"})


@dataclass
class Line:
    """A line of the history. The name is the one that its speaker had then."""

    tick: int
    player: int
    name: str
    text: str


class Chat(Game):
    """Talk, in as many rooms as you like."""

    tick_rate, seats = 20, 500
    controls = Controls(text="a line, or /help")
    channels: Table[Channel]
    members: Table[Member]
    member_of: dict[int, int]  # row by player
    history: dict[int, list[Line]]  # by the channel's row
    paid_until: dict[int, int]  # tick by player: who talks faster than the clock runs into debt
    warned: set[int]  # players who were told so
    apart_at: int = -1  # the tick in which something was last said to some alone

    def start(self) -> None:
        """The lobby is always there."""
        self._open(LOBBY)

    def join(self, player: Player) -> None:
        """Into the lobby. Bots have nothing to say, and are not in."""
        if not player.bot:
            lobby = self._lobby()
            self.member_of[player.id] = self.members.add(Member(player.id, lobby.id)).id
            lobby.people += 1
            self._greet(player, lobby)

    def leave(self, player: Player) -> None:
        """Gone, and an empty channel with them."""
        if not player.bot:
            self._quit_channel(self._channel_of(player))
            self.members.remove(self.member_of.pop(player.id))
            self.paid_until.pop(player.id, None)
            self.warned.discard(player.id)

    def overhear(self, name: str, text: str) -> None:
        """Who looks on reads the lobby, and is read there."""
        if text.startswith("/") and not text.startswith("//"):
            self.say("who watches can only talk; join to do more", to=self.watchers)
        else:
            self._line(self._lobby(), Player(self.watchers.id, name), text.removeprefix("/"))

    def hear(self, player: Player, text: str) -> None:
        """A line or a command. The game passes lines on itself, since not everybody is to read them."""
        if player.id not in self.member_of or not self._may_speak(player):
            return
        if not text.startswith("/"):
            self._line(self._channel_of(player), player, text)
        elif text.startswith("//"):
            self._line(self._channel_of(player), player, text[1:])
        else:
            command, _, rest = text[1:].partition(" ")
            self._obey(player, command.casefold(), rest.strip())

    def _obey(self, player: Player, command: str, rest: str) -> None:
        match command:
            case "help" | "h" | "?":
                for usage, meaning in COMMANDS.items():
                    self._tell(player, f"{usage}: {meaning}")
            case "me":
                if rest:
                    self._line(self._channel_of(player), player, f"*{rest}*")
                else:
                    self._tell(player, "/me what? /me waves, say")
            case "name" | "nick":
                self._rename(player, rest)
            case "who" | "names":
                self._who(player, rest)
            case "rooms" | "list":
                self._list(player, "rooms: ", [f"{c.name} {c.people}" for c in self.channels])
            case "join" | "j":
                self._move(player, rest)
            case "topic":
                self._topic(player, rest)
            case "history":
                self._recall(player, self._channel_of(player))
            case _:
                self._tell(player, f"there is no /{command[:20]}; /help says what there is")

    # --- what is said ---

    def _line(self, channel: Channel, player: Player, text: str) -> None:
        lines = self.history[channel.id]
        lines.append(Line(self.tick, player.id, player.name, text))
        del lines[:-HISTORY]
        self._tell_all(channel, text, by=player)

    def _tell_all(self, channel: Channel, text: str, *, by: Player | None = None) -> None:
        """Say it to everyone in a channel.

        What all may read is encoded once; but in a tick it comes before what some read alone, and so it is only right
        where nothing went to some alone before.
        """
        lobby = self._lobby()
        if channel is lobby and lobby.people == len(self.members) and self.apart_at != self.tick:
            self.say(text, by=by)
            return
        self.apart_at = self.tick
        readers = [self.players[member.player] for member in self.members if member.channel == channel.id]
        self.say(text, by=by, to=[*readers, self.watchers] if channel is lobby else readers)

    def _tell(self, player: Player, text: str) -> None:
        """A notice for one."""
        self.apart_at = self.tick
        self.say(text, to=player)

    def _list(self, player: Player, head: str, items: Iterable[str]) -> None:
        """As many notices as it takes."""
        line = head
        for i, item in enumerate(items):
            more = f", {item}" if i and line else item
            if len(line) + len(more) > LINE_LENGTH:
                self._tell(player, line)
                line, more = "", item
            line += more
        self._tell(player, line)

    def _may_speak(self, player: Player) -> bool:
        """Whether it is not too much. Source: the generic cell rate algorithm, ITU-T I.371."""
        until = max(self.paid_until.get(player.id, 0), self.tick) + LINE_COST
        if until - self.tick > MOST_OWED:
            if player.id not in self.warned:
                self.warned.add(player.id)
                self._tell(player, "not so fast: what you said was not passed on; wait a little")
            return False
        self.paid_until[player.id] = until
        self.warned.discard(player.id)
        return True

    # --- the commands ---

    def _rename(self, player: Player, name: str) -> None:
        if name == player.name:
            self._tell(player, "that is your name already")
        elif self.rename(player, name) is None:
            self._tell(player, "that cannot be a name; one is up to 24 cells wide, and can be seen: /name ada")

    def _who(self, player: Player, where: str) -> None:
        channel = self._find(where) if where else self._channel_of(player)
        if channel is None:
            self._tell(player, "there is no such room; /rooms lists them")
            return
        names = [self.players[m.player].name for m in self.members if m.channel == channel.id]
        more = [f"and {len(names) - MOST_LISTED} more"] if len(names) > MOST_LISTED else []
        self._list(player, f"{channel.name}, {len(names)} here: ", names[:MOST_LISTED] + more)

    def _move(self, player: Player, where: str) -> None:
        old, name = self._channel_of(player), channel_name(where)
        if name is None:
            self._tell(player, f"a room's name is up to {NAME_LENGTH} letters, digits, - and _: /join cats")
            return
        new = self._find(name)
        if new is old:
            self._tell(player, f"you are in {name} already")
            return
        if new is None:
            # The one that is left now may end by that, and make room.
            if len(self.channels) - (old.people == 1 and old.name != LOBBY) >= MOST_CHANNELS:
                self._tell(player, f"there are {MOST_CHANNELS} rooms already; /rooms lists them")
                return
            new = self._open(name)
        member = self.members[self.member_of[player.id]]
        member.channel = 0  # on the way: neither side's notice is for the one who goes
        self._quit_channel(old)
        self._tell_all(old, f"{player.name} went to {name}")
        self._tell_all(new, f"{player.name} came from {old.name}")
        member.channel = new.id
        new.people += 1
        self._greet(player, new)

    def _topic(self, player: Player, topic: str) -> None:
        channel = self._channel_of(player)
        if not topic:
            self._tell(player, f"topic of {channel.name}: {channel.topic}" if channel.topic else "no topic yet")
        elif len(topic) > TOPIC_LENGTH:
            self._tell(player, f"a topic is at most {TOPIC_LENGTH} characters long")
        elif topic == "-":
            channel.topic = ""
            self._tell_all(channel, f"{player.name} took the topic away")
        else:
            channel.topic = topic
            self._tell_all(channel, f"{player.name} set the topic: {topic}")

    # --- channels ---

    def _greet(self, player: Player, channel: Channel) -> None:
        """What was said before, and where one is."""
        if self.history[channel.id]:
            self._recall(player, channel)
        others = channel.people - 1
        company = f"with {others} other{'s' * (others > 1)}" if others else "alone"
        topic = f"; topic: {channel.topic}" if channel.topic else ""
        self._tell(player, f"you are in {channel.name}, {company}{topic}; /help says what you can do")

    def _recall(self, player: Player, channel: Channel) -> None:
        """The history. The event lets a face tell these lines from new ones, and put times to them."""
        lines = self.history[channel.id]
        if not lines:
            self._tell(player, f"nothing was said in {channel.name} so far")
            return
        self.emit("history", to=player, channel=channel.name, ago=[self.tick - line.tick for line in lines])
        self._tell(player, f"--- {channel.name}, said before ---")
        for line in lines:
            self.say(line.text, by=Player(line.player, line.name), to=player)
        self._tell(player, "--- now ---")

    def _open(self, name: str) -> Channel:
        channel = self.channels.add(Channel(name))
        self.history[channel.id] = []
        return channel

    def _quit_channel(self, channel: Channel) -> None:
        channel.people -= 1
        if not channel.people and channel.name != LOBBY:
            self.channels.remove(channel)
            del self.history[channel.id]

    def _find(self, name: str) -> Channel | None:
        name = channel_name(name) or ""
        return next((c for c in self.channels if c.name == name), None)

    def _lobby(self) -> Channel:
        return next(iter(self.channels))  # the first that was opened, and never closed

    def _channel_of(self, player: Player) -> Channel:
        return self.channels[self.members[self.member_of[player.id]].channel]


def channel_name(wish: str) -> str | None:
    """The channel that somebody means, or None if it can be none.

    >>> channel_name("Cats"), channel_name("#हिन्दी"), channel_name("no blanks")
    ('#cats', '#हिन्दी', None)
    """
    name = wish.removeprefix("#").casefold()
    fine = 0 < len(name) <= NAME_LENGTH and all(c == "-" or f"_{c}".isidentifier() for c in name)
    return f"#{name}" if fine else None
