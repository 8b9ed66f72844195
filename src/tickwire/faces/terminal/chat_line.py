"""The line in which one says something; in its place are the keys while it is closed."""

from __future__ import annotations

from textual import events
from textual.message import Message
from textual.widgets import Input

from tickwire.ids import CHAT_CHARACTERS


class ChatLine(Input):
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
            max_length=CHAT_CHARACTERS,
            placeholder="Enter says it, Escape goes back to the game",
            disabled=True,
        )

    @property
    def is_open(self) -> bool:
        """Whether keys go into the line."""
        return self.display

    def open(self) -> None:
        """Keys go into the line from now on."""
        self.display = True
        self.disabled = False
        self.focus()

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
