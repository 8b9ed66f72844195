"""Replays: one room of a journal, played again at any speed and seen through any player's eyes. Pure: no I/O.

`cut` finds a room in a server's log, `file` turns it into bytes and back, `cursor` plays its records, `engine` seeks in
it, `sight` shows it to faces, and `playhead` says which tick is due.
"""
