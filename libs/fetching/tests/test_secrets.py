"""No secret is told: not in messages, logs, reprs, metadata or tracebacks, whatever fails."""

import asyncio
import io
import logging
from collections.abc import Callable

import structlog
from loopback import Asked, Kept, Loopback, answer, cut

from fetching.errors import FetchFailed
from fetching.fetcher import Fetcher
from fetching.limits import Limits
from fetching.requests import Request

SECRETS = ("p4th-s3cret", "qu3ry-s3cret", "h3ader-s3cret", "add3d-s3cret", "fragm3nt-s3cret")


async def test_no_secret_is_told(fetcher_with: Callable[..., Fetcher], server: Loopback, kept: Kept) -> None:
    """Every kind of failure, all logs at their most talkative, messages, reprs, metadata and tracebacks."""
    path = f"/{SECRETS[0]}/a?key={SECRETS[1]}&more={SECRETS[3]}"

    async def garbage(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"no http\r\n\r\n")

    answers = [
        answer(status=status) for status in ("401 U", "404 N", "410 G", "500 E", "418 T", "304 N", "302 F", "204 N")
    ] + [
        answer(status="429 B", Retry_After="0"),
        answer(status="302 F", Location=f"http://127.1/{SECRETS[0]}?{SECRETS[1]}"),
        answer(status="302 F", Location=f"http://u:{SECRETS[2]}@127.0.0.1/"),
        answer(status="302 F", Location=f"http://10.0.0.1/{SECRETS[0]}"),
        answer(status="302 F", Location=path),
        cut(answer(b"abc"), 1),
        garbage,
        answer(b"abc", Content_Encoding="br"),
        answer(b"abc", Content_Encoding="gzip"),
        answer(b"fine"),
    ]  # fmt: skip
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
        logger_factory=structlog.PrintLoggerFactory(told),
        cache_logger_on_first_use=False,
    )
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    failures = 0
    try:
        async with fetcher_with() as fetcher:
            for given in answers:
                server.gives(path, given)
                request = Request(
                    f"{server.address}/{SECRETS[0]}/a?key={SECRETS[1]}#{SECRETS[4]}",
                    headers={"Authorization": f"Bearer {SECRETS[2]}"},
                    query={"more": SECRETS[3]},
                )
                told.write(f"{request} {request!r}")
                try:
                    told.write(repr(await fetcher.fetch(request, kept, Limits(waits=2))))
                except FetchFailed as error:
                    failures += 1
                    told.write(f"{error} {error!r} {error.metadata}")
                    structlog.get_logger().exception("failed", error=error)
                    logging.exception("failed")
    finally:
        loop.set_debug(False)
        root.removeHandler(handler)
        root.setLevel(level)
        structlog.configure(**before)
    assert failures == len(answers) - 1
    text = told.getvalue()
    assert "127.0.0.1" in text
    for secret in SECRETS:
        assert secret not in text
