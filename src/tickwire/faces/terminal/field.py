"""A line to type in. Textual's own takes the characters that this Python knows; this one all that Unicode has."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from tickwire.ids.characters import typeable


class Field(Input):
    """An Input that takes new emoji, and joiners: terminals send an emoji of several code points as several keys."""

    async def _on_key(self, event: events.Key) -> None:
        if can_be_typed(event) and not event.is_printable:
            self.replace(event.character or "", *self.selection)
            event.stop()
            event.prevent_default()


def can_be_typed(event: events.Key) -> bool:
    """Whether a key is a character that goes into a line."""
    return event.is_printable or (event.character is not None and typeable(event.character))
