"""The few things that are answered to a plain GET: the page's files, health, the list of rooms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from picows import WSUpgradeResponse

_HEADERS = {
    # The page changes with the server's version; a stale one would speak an old wire.
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PAGE_POLICY = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; frame-ancestors *"


@dataclass(frozen=True, slots=True)
class Page:
    """A file as it is served."""

    content_type: str
    body: bytes


class HttpAnswers:
    """Answers GET requests.

    Args:
        pages: by path.
        live: functions that make an answer anew for each request, by path.
    """

    def __init__(self, pages: Mapping[str, Page], live: Mapping[str, Callable[[], Page]]) -> None:
        self._pages = pages
        self._live = live

    def __call__(self, path: str) -> WSUpgradeResponse:
        """The answer to a GET of `path`."""
        make = self._live.get(path)
        page = make() if make else self._pages.get(path)
        if page is None:
            nothing: WSUpgradeResponse = WSUpgradeResponse.create_error_response(
                404, b"there is nothing here; the game is at /\n", _HEADERS
            )
            return nothing
        headers = {**_HEADERS, "Content-Type": page.content_type}
        if page.content_type.startswith("text/html"):
            headers["Content-Security-Policy"] = _PAGE_POLICY
        else:
            # Other people's pages may import the SDK and ask for the list of rooms.
            headers["Access-Control-Allow-Origin"] = "*"
        found: WSUpgradeResponse = WSUpgradeResponse.create_ok_response(page.body, headers)
        return found
