"""What is answered to plain HTTP requests: the page's files, health, the list of rooms.

Files are compressed once, when the server starts. Those whose path says their content are kept by browsers for good;
all others are asked for anew, with an ETag, so that the answer is a short "not modified".
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from tickwire.net.origin import Origins
from tickwire.net.request import ALLOW, Answer, Request

Field = tuple[str, str]

_ALWAYS: tuple[Field, ...] = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))
_ANEW = ("Cache-Control", "no-cache")  # kept, but not used before it was asked for again
_NEVER = ("Cache-Control", "no-store")
_FOR_GOOD = ("Cache-Control", "public, max-age=31536000, immutable")
_SHORTEST = 200  # bytes; what is shorter fits one packet either way
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_HEALTH = "/healthz"  # asked for by balancers and monitors, by whatever name


@dataclass(frozen=True, slots=True)
class Page:
    """A file as it is served.

    Attributes:
        content_type: with its charset, if it is text.
        body: the bytes.
        lasting: whether its path is never used for other bytes.
    """

    content_type: str
    body: bytes
    lasting: bool = False


class _Prepared:
    """A file in the two forms in which it is sent, each with the header that goes with it."""

    def __init__(self, page: Page) -> None:
        digest = base64.urlsafe_b64encode(hashlib.sha256(page.body).digest()[:12]).decode()
        packed = gzip.compress(page.body, 9, mtime=0) if len(page.body) >= _SHORTEST else page.body
        html = page.content_type.startswith("text/html")
        # Other people's pages may import the SDK: it is the same for everybody, and holds no secret. What it connects
        # to still looks at where the page came from.
        whose: list[Field] = (
            [("Content-Security-Policy", _policy(page.body)), ("X-Frame-Options", "DENY")]
            if html
            else [("Access-Control-Allow-Origin", "*"), ("Cross-Origin-Resource-Policy", "cross-origin")]
        )
        fields = [*_ALWAYS, _FOR_GOOD if page.lasting else _ANEW, ("Content-Type", page.content_type), *whose]
        self.tags = [f'"{digest}"', f'"{digest}-gzip"']
        self.plain = Answer(HTTPStatus.OK, page.body, (*fields, ("ETag", self.tags[0])))
        self.gzip: Answer | None = None
        if len(packed) < len(page.body):
            fields.append(("Vary", "Accept-Encoding"))
            self.plain = Answer(HTTPStatus.OK, page.body, (*fields, ("ETag", self.tags[0])))
            coded = (*fields, ("ETag", self.tags[1]), ("Content-Encoding", "gzip"))
            self.gzip = Answer(HTTPStatus.OK, packed, coded)

    def answer(self, request: Request) -> Answer:
        """The form that the client takes; no more than "not modified" if it has it."""
        found = self.gzip if self.gzip is not None and _takes_gzip(request) else self.plain
        known = [tag.removeprefix("W/") for tag in request.elements("if-none-match")]
        if "*" in known or any(tag in known for tag in self.tags):  # weak comparison: RFC 9110, section 13.1.2
            kept = ("Cache-Control", "ETag", "Vary", "Content-Security-Policy", "Access-Control-Allow-Origin")
            return Answer(HTTPStatus.NOT_MODIFIED, b"", [f for f in found.fields if f[0] in kept])
        return found


class HttpAnswers:
    """Answers requests that are no upgrades.

    Args:
        pages: by path.
        live: functions that make an answer anew for each request, by path.
        origins: whose pages may read what is live.
    """

    def __init__(
        self, pages: Mapping[str, Page], live: Mapping[str, Callable[[], Page]], origins: Origins | None = None
    ) -> None:
        self._pages = {path: _Prepared(page) for path, page in pages.items()}
        self._live = live
        self.origins = origins if origins is not None else Origins()

    def __call__(self, request: Request, local: str) -> Answer:
        """The answer to a request.

        Args:
            request: with any method.
            local: the address that it came in by.
        """
        if request.path != _HEALTH and not self.origins.serves(request.host, local):
            return misdirected(request)
        if request.method == "OPTIONS":
            return self._options(request)
        if request.method not in ("GET", "HEAD"):
            return Answer.words(HTTPStatus.METHOD_NOT_ALLOWED, f"ask with {ALLOW}", ("Allow", ALLOW), *_ALWAYS)
        if make := self._live.get(request.path):
            page = make()
            fields = [*_ALWAYS, _NEVER, ("Content-Type", page.content_type), *self._for_origin(request)]
            return Answer(HTTPStatus.OK, page.body, fields)
        if (prepared := self._pages.get(request.path)) is not None:
            return prepared.answer(request)
        return Answer.words(HTTPStatus.NOT_FOUND, "there is nothing here; the game is at /", _NEVER, *_ALWAYS)

    def _options(self, request: Request) -> Answer:
        fields: list[Field] = [("Allow", ALLOW)]
        if request.lines("access-control-request-method"):  # a preflight: may a page of another origin ask?
            fields += self._for_origin(request)
            fields += [("Access-Control-Allow-Methods", ALLOW), ("Access-Control-Max-Age", "600")]
        return Answer(HTTPStatus.NO_CONTENT, b"", fields)

    def _for_origin(self, request: Request) -> list[Field]:
        """Whether the page that asks may read the answer: said to that page alone."""
        fields: list[Field] = [("Vary", "Origin"), ("Cross-Origin-Resource-Policy", "same-origin")]
        origins = request.lines("origin")
        if origins and self.origins.admits(origins, request.host):
            fields.append(("Access-Control-Allow-Origin", origins[0]))
        return fields


def misdirected(request: Request) -> Answer:
    """The answer to a request that is meant for somebody else, by its Host."""
    words = "name this server in the Host of the request"
    if request.host:
        words = f"this server does not go by that name; if it is yours, serve with --allow-origin http://{request.host}"
    return Answer.words(HTTPStatus.MISDIRECTED_REQUEST, words, _NEVER, *_ALWAYS)


def _policy(html: bytes) -> str:
    """What a page may load: what is served here, and the scripts that stand in it (CSP level 3)."""
    digests = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _INLINE_SCRIPT.findall(html)]
    scripts = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in digests)])
    return (
        f"default-src 'self'; script-src {scripts}; connect-src 'self' ws: wss:; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _takes_gzip(request: Request) -> bool:
    """By Accept-Encoding (RFC 9110, section 12.5.3); without it, no coding is sent."""
    weights = {}
    for element in request.elements("accept-encoding"):
        coding, *parameters = (part.strip().lower() for part in element.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        weights[coding] = weight.strip("0") not in ("", ".")
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))
