"""Floor 4: the only place that knows both sockets and rooms."""
