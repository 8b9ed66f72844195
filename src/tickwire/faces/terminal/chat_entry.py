"""The line to type in of a full-screen chat: always open, with the lines said before, and Tab completes."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.message import Message

from tickwire.faces.talk import Completer, Recall
from tickwire.faces.terminal.chat_line import ChatLine
from tickwire.ids import CHAT_CHARACTERS
from tickwire.ids.characters import begin, clusters, tidy


class ChatEntry(ChatLine):
    """Enter says it; the keys that are not for typing are handed on as `Pressed`.

    Args:
        complete: the words that Tab may complete: names, channels, commands.
    """

    DEFAULT_CSS = """
    ChatEntry { display: block; width: 1fr; background: $panel; padding: 0 1 0 0; }
    """
    FOR_THE_LOG = frozenset({"pageup", "pagedown", "ctrl+home", "ctrl+end", "shift+up", "shift+down"})

    class Pressed(Message):
        """A key that is the screen's."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, complete: Callable[[], tuple[list[str], list[str], list[str]]]) -> None:
        super().__init__()
        self.recall = Recall()
        self._complete = complete
        self._completer = Completer()

    def on_mount(self) -> None:
        """Ready to type."""
        self.open()

    def said(self, text: str) -> None:
        """It went out: the line is empty again."""
        self.recall.add(text)
        self.value = ""

    async def action_submit(self) -> None:
        """Enter. What was typed stays until it went out."""
        if text := self.value.strip():
            self.post_message(self.Said(text))

    def on_key(self, event: events.Key) -> None:
        """What is not typing. End is the log's where the caret is at the end already."""
        match event.key:
            case "up" | "down":
                self._put(self.recall.up(self.value) if event.key == "up" else self.recall.down(self.value))
            case "tab":
                value, caret = self._completer.complete(self.value, self.cursor_position, *self._complete())
                if (value, caret) != (self.value, self.cursor_position):
                    self._put(value, caret)
            case "end" if self.cursor_position < len(self.value):
                return
            case "escape" | "end" | "f1" | "f2" | "f3" | "shift+tab":
                self.post_message(self.Pressed(event.key))
            case key if key in self.FOR_THE_LOG:
                self.post_message(self.Pressed(key))
            case _:
                return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Several lines become one: nothing is said before Enter."""
        event.stop()
        event.prevent_default()
        pasted = tidy(" ".join(event.text.split("\n"))).strip()
        start, end = sorted(self.selection)
        room = CHAT_CHARACTERS - len(clusters(self.value[:start] + self.value[end:]))
        self.replace(begin(pasted, max(0, room)), start, end)

    def _put(self, value: str, caret: int | None = None) -> None:
        self.value = begin(value, CHAT_CHARACTERS)
        self.cursor_position = len(self.value) if caret is None else caret
