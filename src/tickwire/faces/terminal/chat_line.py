"""The line in which one says something; in its place are the keys while it is closed."""

from __future__ import annotations

from textual import events
from textual.message import Message

from tickwire.faces.terminal.field import Field, can_be_typed
from tickwire.ids import CHAT_CHARACTERS, CHAT_CODES
from tickwire.ids.characters import begin

_HINT = "Enter says it, Escape goes back to the game"


class ChatLine(Field):
    """Enter says it and closes the line, Escape closes it."""

    DEFAULT_CSS = """
    ChatLine { display: none; height: 1; border: none; padding: 0 1; background: $panel-lighten-1; }
    ChatLine:focus { border: none; }
    """

    class Said(Message):
        """The player says something."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """Keys go to the game again."""

    def __init__(self) -> None:
        super().__init__(
            id="chat",
            max_length=CHAT_CODES,
            placeholder=_HINT,
            select_on_focus=False,
            disabled=True,
        )

    @property
    def is_open(self) -> bool:
        """Whether keys go into the line."""
        return self.display

    def open(self, text: str = "", hint: str = "") -> None:
        """Keys go into the line from now on.

        Args:
            text: what stands in it already.
            hint: what may be typed.
        """
        self.placeholder = hint or _HINT
        self.value = text
        self.cursor_position = len(text)
        self.display = True
        self.disabled = False
        self.focus()

    def replace(self, text: str, start: int, end: int) -> None:
        """Put text in, unless the line becomes longer than one may say."""
        whole = f"{self.value[:start]}{text}{self.value[end:]}"
        if begin(whole, CHAT_CHARACTERS) == whole:
            super().replace(text, start, end)
        else:
            self.restricted()

    def catch(self, event: events.Key) -> None:
        """A key that came before the line had the focus: who types fast loses nothing."""
        if not self.has_focus and can_be_typed(event):
            self.insert_text_at_cursor(event.character or "")
            event.stop()

    def close(self) -> None:
        """Keys go to the game again; what was typed is forgotten."""
        self.value = ""
        self.display = False
        self.disabled = True
        self.screen.set_focus(None)
        self.post_message(self.Closed())

    async def action_submit(self) -> None:
        """Enter."""
        if text := self.value.strip():
            self.post_message(self.Said(text))
        self.close()

    def on_key(self, event: events.Key) -> None:
        """Escape."""
        if event.key == "escape":
            event.stop()
            self.close()
