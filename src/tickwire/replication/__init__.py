"""Floor 1: state -> bytes -> state. Pure: no clock, no sockets, no rooms."""
