"""The screens, as they were exported, and what stands in their place where they were not."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest

from gateway.settings import Settings

PERSON = {"accept": "text/html,*/*"}
SCRIPT = "_next/static/chunks/app-1f.js"
HASH = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    for locale in ("en", "fr"):
        for page in ("", "/products", "/products/_", "/missing"):
            for ending in ("html", "txt"):
                file = folder / f"{locale}{page}.{ending}"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(f"{locale}{page} as {ending}")
    script = folder / SCRIPT
    script.parent.mkdir(parents=True)
    script.write_text("1" * 1000)
    Path(f"{script}.gz").write_bytes(gzip.compress(script.read_bytes()))
    Path(f"{script}.br").write_bytes(b"as brotli")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "pages.json").write_text(json.dumps({"en.html": [HASH]}))
    return folder


@pytest.fixture(scope="module")
async def pages(
    settings: Settings, exported: Path, serve: Callable[[Settings], AbstractAsyncContextManager[str]]
) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serve(settings.model_copy(update={"web_dir": exported})) as url,
        httpx.AsyncClient(base_url=url, headers=PERSON | {"accept-encoding": "identity"}) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", "en as html"),
        ("/products", "en/products as html"),
        ("/products/01890a5d-ac96-774b-bcce-b302099a8057", "en/products/_ as html"),
        ("/index.txt?_rsc=1", "en as txt"),
        ("/products.txt", "en/products as txt"),
        ("/products/01890a5d-ac96-774b-bcce-b302099a8057.txt", "en/products/_ as txt"),
        ("/icon.svg", "<svg/>"),
    ],
)
async def test_addresses_and_the_files_that_answer(pages: httpx.AsyncClient, path: str, said: str) -> None:
    reply = await pages.get(path)
    assert (reply.status_code, reply.text) == (200, said)


@pytest.mark.parametrize(
    ("cookie", "accepted", "locale"),
    [
        ("", "", "en"),
        ("", "fr-FR,fr;q=0.9,en;q=0.8", "fr"),
        ("", "de;q=1, en;q=0.5, fr;q=0.7", "fr"),
        ("", "fr;q=nonsense, ;;,", "en"),
        ("fr", "en", "fr"),
        ("en", "fr", "en"),
        ("../../etc", "fr", "fr"),
    ],
)
async def test_the_language_is_the_cookies_or_what_the_browser_likes_best(
    pages: httpx.AsyncClient, cookie: str, accepted: str, locale: str
) -> None:
    reply = await pages.get("/products", headers={"cookie": f"pm_locale={cookie}", "accept-language": accepted})
    assert reply.text == f"{locale}/products as html"
    assert reply.headers["vary"] == "accept-encoding, accept-language, cookie"


async def test_a_page_says_what_may_run_on_it_and_is_asked_for_again(pages: httpx.AsyncClient) -> None:
    first = await pages.get("/")
    assert f"script-src 'self' '{HASH}';" in first.headers["content-security-policy"]
    assert first.headers.get_list("cache-control") == ["no-cache"]
    assert first.headers.get_list("content-security-policy") == [first.headers["content-security-policy"]]
    assert (first.headers["x-frame-options"], first.headers["x-content-type-options"]) == ("DENY", "nosniff")
    again = await pages.get("/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await pages.get("/products")
    assert "script-src 'self';" in other.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("accepted", "coding", "content"),
    [("gzip, br", "br", b"as brotli"), ("gzip;q=0.5", "gzip", b"1" * 1000), ("identity", None, b"1" * 1000)],
)
async def test_what_has_its_content_in_its_name_is_kept_for_ever_and_sent_packed(
    pages: httpx.AsyncClient, accepted: str, coding: str | None, content: bytes
) -> None:
    request = pages.build_request("GET", f"/{SCRIPT}", headers={"accept-encoding": accepted})
    reply = await pages.send(request, stream=True)
    raw = b"".join([part async for part in reply.aiter_raw()])
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert reply.headers.get("content-encoding") == coding
    assert (gzip.decompress(raw) if coding == "gzip" else raw) == content


@pytest.mark.parametrize("path", ["/nowhere", "/products/a/b/c", "/../pages.json", "/pages.json", "/en/products", "/en.html"])
async def test_where_there_is_no_page_a_person_is_told_so(pages: httpx.AsyncClient, path: str) -> None:
    reply = await pages.get(path, headers={"accept-language": "fr"})
    assert (reply.status_code, reply.text) == (404, "fr/missing as html")


@pytest.mark.parametrize(("verb", "path"), [("GET", "/nowhere"), ("POST", "/products"), ("GET", "/api/v1/nowhere")])
async def test_a_program_gets_a_problem_document(pages: httpx.AsyncClient, verb: str, path: str) -> None:
    headers = {"accept": "*/*"} if path == "/nowhere" else PERSON
    reply = await pages.request(verb, path, headers=headers)
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")


async def test_health_and_the_list_of_operations_stay_where_they_are(pages: httpx.AsyncClient) -> None:
    assert (await pages.get("/health")).json()["status"] == "ok"
    assert "API" in (await pages.get("/api/docs")).text


async def test_without_an_export_it_says_what_makes_one(anonymous: httpx.AsyncClient) -> None:
    reply = await anonymous.get("/products", headers=PERSON)
    assert reply.status_code == 503
    assert "make web" in reply.text
