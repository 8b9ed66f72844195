"""The built-in games: one file each, importing only `tickwire`."""
