"""Floor 0: what a game is. No clock, no sockets."""
