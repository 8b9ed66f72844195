"""Floor 3: sockets. asyncio starts here; rooms are not known here."""
