"""The web face: plain ES modules, served as they are."""

from __future__ import annotations

from pathlib import Path

from tickwire.net.http import Page

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def pages() -> dict[str, Page]:
    """The files of the page, by path."""
    here = Path(__file__).parent
    files = {f"/{p.name}": Page(_TYPES[p.suffix], p.read_bytes()) for p in here.iterdir() if p.suffix in _TYPES}
    files["/"] = files.pop("/index.html")
    return files
