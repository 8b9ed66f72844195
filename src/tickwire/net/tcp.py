"""What is asked of TCP itself: that it finds peers that are gone, and what it knows of the line.

A peer that vanishes (its power fails, its network is left) sends neither FIN nor RST. Where nothing is sent to it,
keepalive probes find that (RFC 9293, section 3.8.4); where something is, the user timeout does (RFC 5482): both within
25 s. On macOS and Windows there are keepalive probes alone. There a peer to which states are sent is found when the
kernel's buffer is full and nothing of it was taken for 15 s, or by the system's own limit on retransmissions.
"""

from __future__ import annotations

import socket
import struct
import sys
from contextlib import suppress

IDLE = 10  # seconds without a byte from the peer until it is probed
PROBE_EVERY = 5  # seconds
PROBES = 3  # unanswered, until the connection is over
USER_TIMEOUT = 20  # seconds that sent bytes may stay unacknowledged; longer than STUCK, whose words are better

# struct tcp_info of linux/tcp.h: smoothed round trip, bytes acknowledged, least round trip
_ROUND_TRIP = struct.Struct("68xI")
_ACKED = struct.Struct("120xQ")
_LEAST = struct.Struct("148xI")

# Seconds for which a receiver may hold an acknowledgement back (Linux, Windows), in the hope of data to send with it: a
# player who sends inputs 20 times a second over loopback has a smoothed round trip of 15 ms.
DELAYED_ACK = 0.040


def watch_over(sock: socket.socket) -> None:
    """Have the kernel find out when the peer of an accepted socket is gone, as far as this system can."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # macOS calls TCP_KEEPALIVE what others call TCP_KEEPIDLE.
    idle = getattr(socket, "TCP_KEEPIDLE", None) or getattr(socket, "TCP_KEEPALIVE", None)
    for option, value in (
        (idle, IDLE),
        (getattr(socket, "TCP_KEEPINTVL", None), PROBE_EVERY),
        (getattr(socket, "TCP_KEEPCNT", None), PROBES),
        (getattr(socket, "TCP_USER_TIMEOUT", None), USER_TIMEOUT * 1000),
    ):
        if option is not None:
            with suppress(OSError):  # an old Windows knows fewer of them than its Python
                sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _info(sock: socket.socket, size: int) -> bytes:
    """The beginning of struct tcp_info; empty where there is none, or the socket is closed."""
    if sys.platform != "linux":
        return b""
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, size)
    except OSError:
        return b""


def round_trip(sock: socket.socket) -> float | None:
    """The round trip in seconds, as the kernel knows it from acknowledgements; None if it does not.

    The least of the last minutes, or the smoothed one without a delayed acknowledgement, if that is more (the line has
    become slower). So it is at most the true one, and 40 ms less at worst.
    """
    info = _info(sock, _LEAST.size)
    if len(info) < _ROUND_TRIP.size:
        return None
    smoothed = _ROUND_TRIP.unpack_from(info)[0] * 1e-6
    if len(info) < _LEAST.size:  # before Linux 4.6
        return smoothed or None
    least = _LEAST.unpack_from(info)[0] * 1e-6
    return max(min(least, smoothed), smoothed - DELAYED_ACK) or None


def acknowledged(sock: socket.socket) -> int | None:
    """How many bytes the peer has acknowledged so far; None where the kernel does not tell."""
    info = _info(sock, _ACKED.size)
    return int(_ACKED.unpack_from(info)[0]) if len(info) == _ACKED.size else None
