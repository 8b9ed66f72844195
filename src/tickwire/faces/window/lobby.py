"""The first page, and the one between two games: who one is, where, what there is, and in. Paints and takes keys."""

from __future__ import annotations

from tickwire.client.rooms import Asking, Offer
from tickwire.errors import BadName, TickwireError
from tickwire.faces.lobby import REFRESH, Act, Lobby, Row
from tickwire.faces.palette import PLAYER_COLORS
from tickwire.faces.seat import Wish
from tickwire.faces.sentences import lost, sentence
from tickwire.faces.window.brush import Brush
from tickwire.faces.window.colors import BAD, DIM, FAINT, TEXT
from tickwire.faces.window.entry import Entry, wrap
from tickwire.faces.window.layout import Box
from tickwire.faces.window.lobby_rows import Rows
from tickwire.faces.window.panels import SMALL_SIZE, TEXT_SIZE, paint_entry
from tickwire.faces.window.words import Part
from tickwire.ids import NAME_CODES

_SETTLED = 0.8  # seconds without a key, after which an address counts as typed
_MOST_ADDRESS = 200  # characters
_WIDE = 620  # pixels from which all that is to be filled in stands in one line
_WIDEST = 820
_LOW = 420  # pixels of height below which there is no title
_FIELDS = (("name", "your name"), ("address", "server"), ("code", "room code, or a link"))
_LETTERS = {"w": Act.WATCH, "n": Act.NEW}  # while no line takes them
_STEPS = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8}


class LookAround:
    """Asks a server every now and then what it offers."""

    def __init__(self) -> None:
        self._address = ""
        self._asking: Asking | None = None
        self._next = 0.0

    def poll(self, address: str, now: float) -> Offer | Exception | None:
        """What came since the last call: an offer, why there is none, or nothing. Once a frame; now is in seconds."""
        if address != self._address:
            self._next = now + _SETTLED if self._address else now
            self._address, self._asking = address, None
        try:
            if self._asking is None:
                if now >= self._next:
                    self._asking = Asking(address)
                return None
            offer = self._asking.poll()
        except (TickwireError, ValueError) as error:
            self._asking, self._next = None, now + REFRESH
            return error
        if offer is not None:
            self._asking, self._next = None, now + REFRESH
        return offer

    def hurry(self) -> None:
        """What was heard is old."""
        self._next = 0.0


class LobbyPage:
    """The lobby on a page of its own.

    Attributes:
        lobby: what is filled in and offered.
        joining: where to, while a seat is asked for; else empty.
    """

    def __init__(self, wish: Wish) -> None:
        self.lobby = Lobby(wish)
        self.joining = ""
        self._around = LookAround()
        self._rows = Rows()
        self._fields = {
            "name": Entry(self.lobby.name, NAME_CODES),
            "address": Entry(self.lobby.address, _MOST_ADDRESS),
            "code": Entry(self.lobby.code, _MOST_ADDRESS),
        }
        self._boxes: dict[str, Box] = {}
        self._focus = "name"  # or "address", "code", or "" for the list
        self._message, self._bad = "", False
        self._unreachable = False  # whether the message says that nobody is there
        self._wanted: Wish | None = None
        self._want_straight()

    @property
    def entry(self) -> Entry | None:
        """The line that takes what is typed, if one does."""
        return self._fields.get(self._focus)

    def take_wish(self) -> Wish | None:
        """What the player wants to join, once."""
        wish, self._wanted = self._wanted, None
        return wish

    # --- what the window tells ---

    def refused(self, reason: Exception | str, *, unreachable: bool = False) -> None:
        """Why it did not work, or is over; all that was typed is still there."""
        self.joining = ""
        self._message, self._bad = lost(reason) if isinstance(reason, Exception) else sentence(reason), True
        self._unreachable = unreachable

    def welcome_back(self) -> None:
        """From a game: choose anew."""
        self.joining, self._message = "", ""
        self.lobby.entered()
        self._fill_in()
        self._focus = ""
        self._around.hurry()

    def look_around(self, now: float) -> None:
        """Hear what the server offers. Once a frame; now is in seconds."""
        if self.joining:
            return
        match self._around.poll(self.lobby.address, now):
            case Offer() as offer:
                self.lobby.told(offer)
                if self._unreachable:
                    self._message, self._unreachable = "", False
                self._want_straight()
            case Exception() as error:
                self.lobby.failed(str(error))

    # --- what the player does ---

    def typed(self) -> None:
        """A line may have changed."""
        lobby = self.lobby
        lobby.name = self._fields["name"].text
        if lobby.code != self._fields["code"].text:
            lobby.code = self._fields["code"].text
            self._rows.keep_in_sight()
        if lobby.address != self._fields["address"].text:
            lobby.address = self._fields["address"].text
            lobby.moved()
        if lobby.linked:
            self._leave_line()

    def press(self, key: str) -> bool:
        """A key; returns whether the try that is under way shall be stopped."""
        act = _LETTERS.get(key) if self.entry is None else None
        if key in _STEPS:
            self.lobby.step(_STEPS[key])
            self._rows.keep_in_sight()
        elif key == "enter":
            self._do(None)
        elif act is not None:
            self._do(act)
        elif key in ("tab", "backtab"):
            self._go_on(-1 if key == "backtab" else 1)
        elif key == "escape":
            return self._escape()
        elif self.entry is not None:
            self.entry.press(key)
            self.typed()
        return False

    def click(self, x: float, y: float) -> None:
        """A click at a pixel of the window."""
        for name, box in self._boxes.items():
            if box.holds(x, y):
                self._leave_line()
                self._focus = name
                return
        if (hit := self._rows.at(x, y)) is not None and not self.joining:
            key, act = hit
            self.lobby.choose(key)
            self._do(act)

    def hover(self, x: float, y: float) -> None:
        """The mouse is at a pixel."""
        hit = self._rows.at(x, y)
        self._rows.hovered = hit[0] if hit else ""

    def scroll(self, rows: int) -> None:
        """The wheel; up is more than 0."""
        self._rows.scroll(-rows)

    def _do(self, act: Act | None) -> None:
        try:
            if (wish := self.lobby.wish(act)) is not None:
                self._want(wish)
        except (BadName, ValueError) as error:
            self.refused(str(error))
        self._fill_in()

    def _want(self, wish: Wish) -> None:
        self._wanted, self.joining = wish, wish.address
        self._message, self._bad = "", False

    def _want_straight(self) -> None:
        try:
            if (wish := self.lobby.straight()) is not None:
                self._want(wish)
        except (BadName, ValueError) as error:
            self.refused(str(error))

    def _escape(self) -> bool:
        if self.joining:
            self.joining = ""
            return True
        if self.lobby.code:
            self.lobby.code = ""
            self._fill_in()
        else:
            self._leave_line()
            self._focus = ""
        return False

    def _go_on(self, by: int) -> None:
        self._leave_line()
        order = [*self._fields, ""]
        self._focus = order[(order.index(self._focus) + by) % len(order)]

    def _leave_line(self) -> None:
        self.lobby.settle()
        self._fill_in()

    def _fill_in(self) -> None:
        for name, entry in self._fields.items():
            value = str(getattr(self.lobby, name))
            if entry.text != value:
                entry.text, entry.caret = value, len(value)

    # --- what is shown ---

    def paint(self, brush: Brush) -> Box | None:
        """Paint it over the whole window; returns where the line is that takes what is typed."""
        px = brush.px
        width, height = brush.onto.get_size()
        wide = min(round(_WIDEST * px), width - round(20 * px))
        left, y = (width - wide) // 2, round(10 * px)
        if height >= _LOW * px:
            y += self._paint_title(brush, width / 2, y)
        y = self._paint_fields(brush, Box(left, y, wide, 0))
        foot = height - round(30 * px)
        rows, color = self._words(brush, wide - round(16 * px))
        high = round((TEXT_SIZE + 6) * px)
        words = foot - len(rows) * high
        self._rows.paint(brush, Box(left, y, wide, max(0, words - round(8 * px) - y)), self.lobby)
        for i, row in enumerate(rows):
            brush.left(row, left + round(8 * px), words + i * high + high // 2, TEXT_SIZE, color, wide)
        brush.left(self._keys(), left + round(8 * px), foot + round(14 * px), SMALL_SIZE, FAINT, wide - round(16 * px))
        return self._boxes.get(self._focus)

    def _paint_title(self, brush: Brush, middle: float, y: int) -> int:
        size = 26
        x = middle - sum(brush.width(c, size, bold=True) for c in "tickwire") / 2
        for letter, color in zip("tickwire", PLAYER_COLORS, strict=True):
            x += brush.left(letter, x, y + 22 * brush.px, size, color, 1000, bold=True)
        return round(48 * brush.px)

    def _paint_fields(self, brush: Brush, box: Box) -> int:
        """The lines to fill in; returns where they end."""
        px = brush.px
        gap, label, high = round(10 * px), round(18 * px), round(34 * px)
        columns = 3 if box.width >= _WIDE * px else 2
        each = (box.width - (columns - 1) * gap) // columns
        y = box.y
        for i, (name, words) in enumerate(_FIELDS):
            line, column = divmod(i, columns)
            alone = columns == 2 and i == 2
            x, y = box.x + column * (each + gap), box.y + line * (label + high + gap // 2)
            wide = box.width if alone else each
            brush.left(words, x + round(4 * px), y + label / 2, SMALL_SIZE, DIM, wide)
            place = self._boxes[name] = Box(x, y + label, wide, high)
            entry = self._fields[name]
            paint_entry(brush, place, entry if name == self._focus else None, "")
            if name != self._focus:
                color = TEXT if entry.text else FAINT
                text = entry.text or ("any" if name == "code" else "")
                brush.left(text, x + round(8 * px), place.y + high // 2, TEXT_SIZE, color, wide - round(16 * px))
        return y + label + high + gap

    def _words(self, brush: Brush, width: int) -> tuple[list[str], int]:
        """What is to be said, wrapped, and its colour."""
        words, color = self._message, BAD if self._bad else DIM
        if self.joining:
            words, color = f"Joining {self.joining} …", TEXT
        elif self.lobby.trouble and (self._unreachable or not words):
            words, color = f"{sentence(self.lobby.trouble)} Trying again …", BAD
        size = round(TEXT_SIZE * brush.px)
        rows = wrap([Part(words, color)], width, lambda text, bold: brush.fonts.width(text, size, bold=bold))
        return ["".join(part.text for part in row) for row in rows][:3], color

    def _keys(self) -> str:
        if self.joining:
            return "Escape: stop"
        row: Row = self.lobby.row()
        acts = self.lobby.acts(row)
        keys = [f"Enter: {acts[0][1]}"]
        if self.entry is None:
            letters = {act: letter for letter, act in _LETTERS.items()}
            keys += [f"{letters[act]}: {words}" for act, words in acts[1:] if act in letters]
        return "    ".join([*keys, "↑ ↓: choose", "Tab: next line", "Ctrl Q: quit"])
