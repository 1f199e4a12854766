"""The screens: what `make web` has exported, served from memory, and a word where it has not.

Pages are built for each locale and asked for without it: the cookie or Accept-Language decides. One page named `_` answers for
all addresses of its folder, such as /products/<id>: it reads the address in the browser.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from gateway.http.routing import PREFIX

LOCALES = ("en", "fr")
COOKIE = "pm_locale"
POLICIES = "pages.json"
MISSING = "missing"
# Best first; each beside the file under this ending.
CODINGS = {"br": ".br", "gzip": ".gz"}
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/x-component",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
IMMUTABLE = "_next/static/"
NOT_BUILT = """<!doctype html><html lang=en><meta charset=utf-8><title>ProductsManager</title>
<h1>The screens are not built</h1>
<p>Run <code>make web</code> and start the gateway again. The API answers: <a href="/api/docs">its operations</a>.</p></html>"""
_POLICY = (
    "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


@dataclass(frozen=True)
class File:
    """One exported file with its compressed forms, and the headers of all of them."""

    forms: Mapping[str, bytes]
    headers: Mapping[str, str]
    etag: str

    def answer(self, request: Request, status: int) -> Response:
        """Nothing when the client has it already."""
        headers = dict(self.headers) | {"etag": self.etag}
        if status == 200 and self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        accepted = {part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
        for coding in CODINGS:
            if coding in self.forms and coding in accepted:
                return Response(self.forms[coding], status, headers | {"content-encoding": coding})
        return Response(self.forms["identity"], status, headers)


@dataclass(frozen=True, eq=False)
class Pages(BaseRoute):
    """Answers every GET that no other route does: it comes last."""

    files: Mapping[str, File] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path | None) -> "Pages":
        """What was exported there; nothing where it was not."""
        return cls(_read(folder)) if folder is not None and (folder / POLICIES).is_file() else cls()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_page = scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and not scope["path"].startswith(f"{PREFIX}/")
        # Addresses are as many as clients make up: metrics and logs count them as one.
        return (Match.FULL, {"endpoint": self, "template": "(page)"}) if is_page else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self.answer(Request(scope))
        # What a page says of itself stands in place of what every answer says.
        said = {name.lower().encode() for name in response.headers}
        scope["answer_headers"][:] = [one for one in scope["answer_headers"] if one[0] not in said]
        await response(scope, receive, send)

    def answer(self, request: Request) -> Response:
        """Raises HTTPException 404 for what is no page and not asked for by a person."""
        locale = locale_of(request)
        name = self.find(request.url.path.strip("/"), locale)
        if name is not None:
            return self.files[name].answer(request, 200)
        if "text/html" not in request.headers.get("accept", ""):
            raise HTTPException(404)
        if not self.files:
            return HTMLResponse(NOT_BUILT, 503)
        return self.files[f"{locale}/{MISSING}.html"].answer(request, 404)

    def find(self, path: str, locale: str) -> str | None:
        """The name of the file that answers for a path."""
        if path in self.files and not path.endswith(".html"):
            return path
        stem, ending = (path.removesuffix(".txt"), "txt") if path.endswith(".txt") else (path, "html")
        if stem in ("", "index"):
            names: Iterable[str] = (f"{locale}.{ending}",)
        else:
            names = (f"{locale}/{stem}.{ending}", f"{locale}/{PurePosixPath(stem).parent}/_.{ending}")
        return next((name for name in names if name in self.files), None)


def locale_of(request: Request) -> str:
    """What the cookie says, else the one of ours that the browser likes best."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LOCALES else _preferred(request.headers.get("accept-language", ""))


def _preferred(header: str) -> str:
    """RFC 9110, section 12.5.4, as far as it decides between two languages."""
    best, weight = LOCALES[0], 0.0
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.partition("-")[0].lower()
        try:
            quality = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if language in LOCALES and quality > weight:
            best, weight = language, quality
    return best


def _read(folder: Path) -> dict[str, File]:
    hashes: dict[str, list[str]] = json.loads((folder / POLICIES).read_text(encoding="utf-8"))
    endings = tuple(CODINGS.values())
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in endings)
    named = ((path.relative_to(folder).as_posix(), path) for path in paths)
    return {
        name: _file(name, path, hashes.get(name, ())) for name, path in named if not name.startswith(".") and name != POLICIES
    }


def _file(name: str, path: Path, hashes: Iterable[str]) -> File:
    content = path.read_bytes()
    forms = {"identity": content}
    for coding, ending in CODINGS.items():
        packed = path.with_name(path.name + ending)
        if packed.is_file():
            forms[coding] = packed.read_bytes()
    headers = {
        "content-type": TYPES.get(path.suffix, "application/octet-stream"),
        "cache-control": "public, max-age=31536000, immutable" if name.startswith(IMMUTABLE) else "no-cache",
        "vary": "accept-encoding",
    }
    if path.suffix in (".html", ".txt"):
        headers["vary"] = "accept-encoding, accept-language, cookie"
    if path.suffix == ".html":
        scripts = " ".join(["'self'", *(f"'{one}'" for one in hashes)])
        headers["content-security-policy"] = _POLICY.format(scripts=scripts)
    return File(forms, headers, f'"{hashlib.blake2b(content, digest_size=8).hexdigest()}"')
