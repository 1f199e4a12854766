import json
import subprocess
import sys

import pytest

from chassis import logs

DSN = "postgresql://svc_catalog:hunter2horse@127.0.0.1:5432/db_catalog"
JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxMjMifQ.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw"
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIHunter2\n-----END PRIVATE KEY-----"

# Run in a process of its own: logging belongs to the whole process.
PROGRAM = """
import logging, sys, structlog
from chassis import logs, tracing
logs.configure("info", "catalog-svc", sys.argv[1])
tracing.enter("00-{trace}-{span}-00", "request-1")
structlog.get_logger("ours").info("one", number=3)
logging.getLogger("theirs").warning("two of %s", "many")
try:
    raise ConnectionRefusedError("could not connect to {dsn}")
except ConnectionRefusedError:
    structlog.get_logger("ours").exception("three", password="hunter2horse", nested={{"access_token": "{jwt}"}})
""".format(trace="a" * 32, span="b" * 16, dsn=DSN, jwt=JWT)


def lines(format: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, format], capture_output=True, text=True, check=True)
    return done.stderr.splitlines()


def test_lines_are_json_and_say_where_they_belong() -> None:
    one, two, three = map(json.loads, lines("auto"))
    place = {"service": "catalog-svc", "trace_id": "a" * 32, "request_id": "request-1"}
    assert one.items() >= (place | {"event": "one", "number": 3, "level": "info", "logger": "ours"}).items()
    assert two.items() >= (place | {"event": "two of many", "level": "warning", "logger": "theirs"}).items()
    assert "ConnectionRefusedError" in three["exception"]
    assert three["nested"] == {"access_token": "***"}


def test_on_a_terminal_they_are_text() -> None:
    one, *_ = lines("text")
    assert "one" in one
    with pytest.raises(json.JSONDecodeError):
        json.loads(one)


@pytest.mark.parametrize("format", ["json", "text"])
def test_no_line_holds_a_secret(format: str) -> None:
    whole = "\n".join(lines(format))
    assert "three" in whole
    assert "hunter2horse" not in whole
    assert JWT not in whole


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (DSN, "postgresql://svc_catalog:***@127.0.0.1:5432/db_catalog"),
        ("redis://:hunter2horse@127.0.0.1/0", "redis://:***@127.0.0.1/0"),
        (f"Authorization: Bearer {JWT}", "Authorization: Bearer ***"),
        (f"got {JWT} from", "got *** from"),
        ('{"password": "hunter2horse", "name": "x"}', '{"password": "***", "name": "x"}'),
        (r'{"body": "{\"refresh_token\": \"hunter2horse\"}"}', r'{"body": "{\"refresh_token\": \"***\"}"}'),
        ("PM_S3_SECRET_KEY=hunter2horse next", "PM_S3_SECRET_KEY=*** next"),
        ("x-api-key: hunter2horse", "x-api-key: ***"),
        ("Basic aHVudGVyMmhvcnNl", "Basic ***"),
        (PEM, "***"),
        ("the password was wrong", "the password was wrong"),
        ("http://127.0.0.1:8000/api/v1/products", "http://127.0.0.1:8000/api/v1/products"),
        ("see https://grpc.io/docs and mail a@b.example", "see https://grpc.io/docs and mail a@b.example"),
    ],
)
def test_what_looks_like_a_secret_is_struck_out(line: str, kept: str) -> None:
    assert logs.redact(line) == kept
