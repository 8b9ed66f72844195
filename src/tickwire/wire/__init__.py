"""Floor 0: bytes <-> messages. No clock, no sockets."""
