"""Structured logs on standard error: one JSON object a line, or text for people when that is a terminal.

Every line names its service and, inside a request, its trace and request. What looks like a secret is struck out of the finished
line, whoever wrote it: passwords in URLs, tokens, private keys, and the values of names that say what they are.
"""

import logging
import re
import sys
from typing import Literal

import structlog

from chassis import tracing

Format = Literal["auto", "json", "text"]

_STRUCK = "***"
# What every secret has near it: looking for these first makes most lines a hundred times cheaper.
_SUSPECT = ("://", "eyj", "private key", "bearer", "basic", "passw", "secret", "token", "key", "authorization", "cookie")
_SECRETS = re.compile(
    # user:password@ of a URL
    r"(?P<url>://[^\s/:@\"']*:)[^\s/@\"']+(?=@)"
    # Signed tokens, wherever they stand
    r"|eyJ[\w-]{8,}[.][\w-]+(?:[.][\w-]*)?"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    # "password": "...", secret_key=..., X-Api-Key: ...
    r"|(?P<name>(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization|cookie)[\w-]*"
    r"\\?[\"']?\s*[:=]\s*\\?[\"']?(?:(?:bearer|basic)\s+)?)[^\s\"',;&}\\]+"
    r"|(?P<scheme>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}",
    re.IGNORECASE | re.DOTALL,
)


class Redacting(structlog.stdlib.ProcessorFormatter):
    """Strikes secrets out of the finished line."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure(level: str, service: str, format: Format = "auto") -> None:
    """Route structlog and the standard library's loggers to one stream; `auto` is text on a terminal and JSON elsewhere."""

    def placed(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = service
        if place := tracing.current():
            event["trace_id"], event["request_id"] = place.trace_id, place.request_id
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        placed,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        Redacting(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(format)],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def _rendering(format: Format) -> list[structlog.typing.Processor]:
    if format == "text" or (format == "auto" and sys.stderr.isatty()):
        # Colours stand between a name and its value, where they hide secrets from whoever looks for these.
        return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def redact(line: str) -> str:
    """The line without what looks like a secret."""
    lower = line.lower()
    if not any(mark in lower for mark in _SUSPECT):
        return line
    return _SECRETS.sub(lambda found: (found["url"] or found["name"] or found["scheme"] or "") + _STRUCK, line)
