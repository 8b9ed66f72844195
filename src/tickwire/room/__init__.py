"""Floor 2: the authoritative core. No I/O; time and chance are arguments."""
