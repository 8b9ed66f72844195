"""Echo: what you say comes back.

The smallest game there is: no board, no rules, one seat. Each who comes has a room to themselves, so a line said in
the chat comes back to its speaker and to nobody else. `tickwire serve echo --raw` is the tutorials' echo server, and a
plain WebSocket to a server of it gets back each message as it came.
"""

from __future__ import annotations

from tickwire import Controls, Game


class Echo(Game):
    """What you say comes back."""

    tick_rate, seats, board = 20, 1, (40, 10)
    controls = Controls(text="anything: it comes back")
