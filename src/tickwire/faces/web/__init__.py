"""The web face: plain ES modules, which browsers get as they are.

All of them stand in one folder that is named after their contents, so a browser keeps them for good, and files of two
versions never meet. What has a lasting address of its own, `/` and `/tickwire.js`, names that folder. It also names all
files that will be needed: a browser that found out from one file about the next would take a round trip for each.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tickwire.net.http import Page

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_IMPORT = re.compile(r"""^(?:import|export)\b[^"';]*?from\s*"\./([\w.-]+)";""", re.MULTILINE)
_LINKED = re.compile(r'\b(href|src)="([\w.-]+)"')
_FIRST, _LATER = "page.js", "playing.js"  # what the first screen needs, and what a game needs besides
_SDK = "tickwire.js"


def pages() -> dict[str, Page]:
    """What is served, by path."""
    here = Path(__file__).parent
    return published({p.name: p.read_bytes() for p in sorted(here.iterdir()) if p.suffix in _TYPES})


def published(files: Mapping[str, bytes]) -> dict[str, Page]:
    """The page's files under the paths by which browsers get them.

    Args:
        files: by name, as they are written.
    """
    digest = hashlib.sha256()
    for name, body in files.items():
        digest.update(f"{name} {len(body)} ".encode() + body)
    folder = f"v/{digest.hexdigest()[:12]}"
    html = "index.html"
    found = {f"/{folder}/{n}": Page(_type(n), body, lasting=True) for n, body in files.items() if n != html}
    found["/"] = Page(_type(html), _index(files[html].decode(), folder, files).encode())
    found[f"/{_SDK}"] = Page(_type(_SDK), _door(folder, needed(_SDK, files)).encode())
    return found


def needed(name: str, files: Mapping[str, bytes]) -> list[str]:
    """A module and all that it imports, itself or through others, in the order in which it is come across."""
    found, ahead = [], [name]
    while ahead:
        module = ahead.pop(0)
        if module not in found:
            found.append(module)
            ahead += _IMPORT.findall(files[module].decode())
    return found


def _index(html: str, folder: str, files: Mapping[str, bytes]) -> str:
    """The page, with its links led into the folder, and with a link for each module."""
    html = _LINKED.sub(lambda m: f'{m[1]}="{folder}/{m[2]}"' if m[2] in files else m[0], html)
    first = needed(_FIRST, files)
    later = [name for name in needed(_LATER, files) if name not in first]
    links = [*_links("modulepreload", first[1:], folder), *_links("later", later, folder)]
    return html.replace("</head>", "".join(f"  {link}\n" for link in links) + "</head>", 1)


def _links(rel: str, names: Iterable[str], folder: str) -> Iterator[str]:
    return (f'<link rel="{rel}" href="{folder}/{name}">' for name in names)


def _door(folder: str, names: list[str]) -> str:
    """The SDK under its lasting address. It imports all that the SDK needs, so that it is asked for all at once."""
    lines = [f'export * from "./{folder}/{names[0]}";', *(f'import "./{folder}/{name}";' for name in names[1:])]
    return "// The browser SDK; the files themselves are in a folder that is named after their contents.\n" + "".join(
        f"{line}\n" for line in lines
    )


def _type(name: str) -> str:
    return _TYPES[Path(name).suffix]
