"""The client for a loop without async, as pygame's: `from tickwire.sync import connect`. See docs/PYGAME.md."""

from tickwire.client.sync import Client, connect

__all__ = ["Client", "connect"]
