"""HTTP/1.0 and 1.1: requests off a stream of bytes, and answers onto it. The parser is h11.

This file does no I/O and knows no paths. What it adds to h11 are the rules of a server that may stand behind a proxy:
a request whose end two programs could see at different places is refused (RFC 9112, sections 6.1 and 11.2).
Bodies are counted here and never given to h11: no request needs one, and chunks of one byte take h11 long to parse.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import unquote

import h11

MAX_HEAD = 16_384  # bytes of a request line and its header; browsers send about 1,000
MAX_BODY = 65_536  # bytes: no request here needs a body, but one that has a small one is answered all the same
_STEP = 4096  # bytes that are given to h11 at once, so that it never has more than a whole head may be long
_IMPLEMENTED = ("GET", "HEAD", "OPTIONS")
_KNOWN = (*_IMPLEMENTED, "POST", "PUT", "PATCH", "DELETE", "CONNECT", "TRACE")
ALLOW = ", ".join(_IMPLEMENTED)

_ABSOLUTE = re.compile(r"https?://([^/?#]*)(.*)\Z", re.IGNORECASE | re.DOTALL)  # RFC 9112, section 3.2.2
# uri-host [ ":" port ], RFC 9110, section 7.2. What a name may consist of is the business of who looks at it.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]{0,5})?\Z")


class BadRequest(Exception):
    """What came is no request that can be answered as it wishes; the connection ends behind the answer.

    Attributes:
        status: of the answer.
    """

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """A request, whole; a body that it had has been read and dropped.

    Attributes:
        method: in capital letters.
        path: percent-decoded, without the query; "*" for the server as a whole.
        version: "1.0" or "1.1".
        host: whom it is meant for, without the port; empty if its Host is, None without one.
        fields: the header, names in small letters, in the order in which it came.
    """

    method: str
    path: str
    version: str = "1.1"
    host: str | None = None
    fields: Sequence[tuple[str, str]] = ()

    def lines(self, name: str) -> list[str]:
        """The values of all lines of the header that have this name."""
        return [value for key, value in self.fields if key == name]

    def elements(self, name: str) -> list[str]:
        """The elements of a field that is a list (RFC 9110, section 5.6.1), whatever lines they stand on."""
        return [e for line in self.lines(name) for element in line.split(",") if (e := element.strip())]

    @property
    def wants_websocket(self) -> bool:
        """Whether it asks for an upgrade to a WebSocket. An HTTP/1.0 one cannot (RFC 9110, section 7.8)."""
        wanted = [name.lower() for name in self.elements("upgrade")]
        connection = [name.lower() for name in self.elements("connection")]
        return self.version != "1.0" and "websocket" in wanted and "upgrade" in connection


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with; date, length and connection are added when it is sent."""

    status: int
    body: bytes = b""
    fields: Sequence[tuple[str, str]] = field(default=())

    @classmethod
    def words(cls, status: int, words: str, *fields: tuple[str, str]) -> Answer:
        """A sentence for people."""
        return cls(status, f"{words}\n".encode(), (("Content-Type", "text/plain; charset=utf-8"), *fields))


class Exchange:
    """The requests that one connection sends, and the answers to them: each is answered before the next is taken.

    Attributes:
        keeps: whether the next request may come; False as soon as an answer was made that is the last.
    """

    def __init__(self) -> None:
        self._unread = b""  # not given to h11 yet
        self.keeps = True
        self._start()

    def _start(self) -> None:
        """Before each request. h11's connection is made anew: its buffer may hold empty lines, which it refuses."""
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD - 1)
        self._given = 0  # bytes of the head that h11 has
        self._request: Request | None = None  # whose body is not whole yet
        self._method = ""
        self._body_left = 0  # bytes of the body that have not come yet
        self._skips_body = False  # what comes behind the head is not given to h11
        self._last = False  # the request that was taken is the last that this connection gets answered
        self._begun = False  # bytes of the request were given to h11

    @property
    def idle(self) -> bool:
        """Whether nothing of a next request has come yet."""
        return not self._begun and not self._unread.strip(b"\r\n")

    @property
    def rest(self) -> bytes:
        """What came behind the request that was taken last, which is no HTTP if that was an upgrade."""
        return self._unread if self._skips_body else self._http.trailing_data[0] + self._unread

    @property
    def in_body(self) -> bool:
        """Whether more of a body has to come before `next` can return its request."""
        return self._body_left > 0

    def feed(self, data: bytes) -> None:
        """Take bytes that came; those of a body are dropped."""
        dropped = min(self._body_left, len(data))
        self._body_left -= dropped
        self._unread += data[dropped:]

    def next(self) -> Request | None:
        """The next request, once it is whole; None until then.

        Raises:
            BadRequest: it cannot be answered as it wishes; answer with the status, and close.
        """
        if self._skips_body and self._request is not None:
            return None if self.in_body else self._take()
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise self._bad(error) from None
            if event is h11.NEED_DATA:
                if not self._begun:  # empty lines in front of a request line are passed over: RFC 9112, section 2.2
                    self._unread = self._unread.lstrip(b"\r\n")
                if not self._unread:
                    return None
                self._begun = True
                size = min(_STEP, MAX_HEAD - self._given)
                piece = self._unread[:size]
                self._given += len(piece)
                self._http.receive_data(piece)
                self._unread = self._unread[size:]
            elif isinstance(event, h11.Request):
                self._request = self._checked(event)
                if self._http.they_are_waiting_for_100_continue:
                    self._last = True  # whether its body will come, it need not say
                    return self._take()
                if length := _body_length(self._request):
                    return self._skip_body(length)
            elif isinstance(event, h11.EndOfMessage):
                return self._take()
            else:  # the peer waits for an answer, or has closed
                return None

    def answer(self, answer: Answer, *, last: bool = False) -> list[bytes]:
        """The bytes of an answer to the request that was taken, or to the one that was bad.

        Args:
            answer: what to say.
            last: no further request is taken, and the answer says so.
        """
        fields = [("Date", formatdate(time.time(), usegmt=True)), *answer.fields]
        if answer.status != HTTPStatus.NO_CONTENT:
            fields.append(("Content-Length", str(len(answer.body))))
        if last or self._last or self._http.their_state is h11.ERROR:
            fields.append(("Connection", "close"))
        reason = HTTPStatus(answer.status).phrase
        pieces = [self._http.send(h11.Response(status_code=answer.status, headers=fields, reason=reason))]
        bodiless = self._method == "HEAD" or answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        if answer.body and not bodiless:
            pieces.append(self._http.send(h11.Data(data=answer.body)))
        pieces.append(self._http.send(h11.EndOfMessage()))
        whole = self._http.their_state is h11.DONE or (self._skips_body and not self.in_body)
        self.keeps = whole and self._http.our_state is h11.DONE
        if self.keeps:
            self._unread = self.rest
            self._start()
        return [piece for piece in pieces if piece]

    def _skip_body(self, length: int) -> Request | None:
        """Drop the body that follows the head; the request, if all of its body is here."""
        behind = self.rest
        self._skips_body = True
        self._body_left = length
        self._unread = b""
        self.feed(behind)
        return None if self.in_body else self._take()

    def _take(self) -> Request:
        request, self._request = self._request, None
        assert request is not None
        if request.method not in _KNOWN:
            raise BadRequest(HTTPStatus.NOT_IMPLEMENTED, "this server knows no such method")
        return request

    def _checked(self, event: h11.Request) -> Request:
        version = event.http_version.decode()
        self._method = event.method.decode()
        fields = [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
        names = {name for name, _ in fields}
        if not version.startswith("1."):
            raise BadRequest(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "this server speaks HTTP/1.1")
        if "transfer-encoding" in names and ("content-length" in names or version == "1.0"):
            raise BadRequest(HTTPStatus.BAD_REQUEST, "where the request ends is not clear")
        if version != "1.0" and "host" not in names:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "an HTTP/1.1 request needs a Host")
        if "transfer-encoding" in names:
            raise BadRequest(HTTPStatus.LENGTH_REQUIRED, "send a body with Content-Length, not Transfer-Encoding")
        target = event.target.decode()
        host = next((value for name, value in fields if name == "host"), None)
        if absolute := _ABSOLUTE.match(target):
            host, target = absolute[1], absolute[2] or "/"
            target = target if target.startswith("/") else f"/{target}"
        elif not target.startswith("/") and (self._method, target) != ("OPTIONS", "*") and self._method != "CONNECT":
            raise BadRequest(HTTPStatus.BAD_REQUEST, "the target of a request is a path")
        if host is not None:
            if not (found := _HOST.match(host)):
                raise BadRequest(HTTPStatus.BAD_REQUEST, "that is no Host")
            host = found[1]
        path = unquote(target.partition("?")[0], errors="replace")
        request = Request(self._method, path, "1.0" if version == "1.0" else "1.1", host, fields)
        if _body_length(request) > MAX_BODY:
            words = f"nothing here takes a body; at most {MAX_BODY} bytes of one are read and dropped"
            raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, words)
        return request

    def _bad(self, error: h11.RemoteProtocolError) -> BadRequest:
        status = error.error_status_hint
        if status == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            if b"\n" not in self._http.trailing_data[0]:
                return BadRequest(HTTPStatus.REQUEST_URI_TOO_LONG, "the target of the request is too long")
            return BadRequest(status, f"the header of a request is at most {MAX_HEAD} bytes long")
        what, _, _ = str(error).partition(":")  # behind it stands what the client sent
        return BadRequest(status, f"this is no HTTP request: {what}")


def _body_length(request: Request) -> int:
    """Bytes of the body: h11 has seen to it that there is one Content-Length at most, and that it is a number."""
    return int(next(iter(request.lines("content-length")), "0"))
