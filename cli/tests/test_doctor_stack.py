"""`pm doctor` and `pm status` on a stack at work: each fault is made, found, comes with what to do, and is mended again."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest
import redis

from pm.imports.v1.events_pb2 import ImportFinished
from productsmanager import incidents, lifecycle, orphans
from productsmanager.backup import s3_of
from productsmanager.diagnosis import Finding, Limits, Severity, examine
from productsmanager.lifecycle import Running

SERVICES = ("core", "imports", "catalog")
PARTS = {"postgres", "valkey", "seaweedfs", "migrate", "core", "imports", "imports-worker"}
LIMITS = Limits()
EVENT = "pm.imports.v1.ImportFinished"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Storage, two services and a worker."""
    root = tmp_path_factory.mktemp("doctor") / "data"
    with lifecycle.running(root, PARTS) as running:
        eventually(running, lambda found: found == [])
        yield running
    assert orphans.find(root) == []


def wrong(stack: Running, limits: Limits = LIMITS) -> list[Finding]:
    findings = examine(stack.installation.data, limits)
    return [finding for finding in findings if finding.severity is Severity.BAD]


def eventually(stack: Running, condition: Callable[[list[Finding]], bool], limits: Limits = LIMITS) -> list[Finding]:
    """What is wrong, once the condition holds for it."""
    deadline = time.monotonic() + 90
    while not condition(found := wrong(stack, limits)):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


def sql(stack: Running, service: str, script: str) -> str:
    return stack.installation.postgres.psql(script, f"db_{service}")


@contextmanager
def changed(stack: Running, service: str, before: str, after: str) -> Iterator[None]:
    """The database of a service after a statement, until another mends it."""
    sql(stack, service, before)
    try:
        yield
    finally:
        sql(stack, service, after)


@contextmanager
def frozen(stack: Running, name: str) -> Iterator[None]:
    pid = stack.pid(name)
    assert pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def held(stack: Running, name: str) -> Iterator[None]:
    """A process that is down, and stays so."""
    stack.supervisor.hold(name)
    try:
        yield
    finally:
        stack.supervisor.release(name)


@contextmanager
def configured(stack: Running, name: str, value: str) -> Iterator[None]:
    with redis.Redis.from_url(stack.installation.redis_url(0)) as client:
        before = client.config_get(name)[name]
        client.config_set(name, value)
        try:
            yield
        finally:
            client.config_set(name, before)


@contextmanager
def without_bucket(stack: Running) -> Iterator[None]:
    client = s3_of(stack.installation)
    client.remove_bucket("imports")
    try:
        yield
    finally:
        client.make_bucket("imports")


@contextmanager
def few_files(stack: Running) -> Iterator[None]:
    supervisor = psutil.Process(stack.supervisor_pid)
    soft, hard = supervisor.rlimit(psutil.RLIMIT_NOFILE)
    supervisor.rlimit(psutil.RLIMIT_NOFILE, (256, hard))
    try:
        yield
    finally:
        supervisor.rlimit(psutil.RLIMIT_NOFILE, (soft, hard))


def of_schema(stack: Running, service: str, version: str) -> AbstractContextManager[None]:
    current = sql(stack, service, "SELECT version_num FROM alembic_version")
    change = "UPDATE alembic_version SET version_num = '{}'"
    return changed(stack, service, change.format(version), change.format(current))


def unsafe(stack: Running) -> AbstractContextManager[None]:
    setting = "ALTER SYSTEM SET full_page_writes = {}; SELECT pg_reload_conf();"
    return changed(stack, "core", setting.format("off"), setting.format("on"))


def seen_tomorrow(stack: Running) -> AbstractContextManager[None]:
    session = """
    INSERT INTO user_sessions
      (id, user_id, create_time, last_use_time, expire_time, address, user_agent, seed, family_hash, secret_hash)
    SELECT gen_random_uuid(), id, now(), now() + interval '1 day', now() + interval '2 days', '', 'doctor', '', '', ''
    FROM users LIMIT 1
    """
    return changed(stack, "core", session, "DELETE FROM user_sessions WHERE user_agent = 'doctor'")


@contextmanager
def in_latin(stack: Running) -> Iterator[None]:
    """The catalogue in a database that knows no letters but ASCII."""
    cluster = stack.installation.postgres.by_service["catalog"]
    cluster.psql("ALTER DATABASE db_catalog RENAME TO db_kept")
    cluster.psql("CREATE DATABASE db_catalog TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'")
    cluster.psql("CREATE EXTENSION pg_trgm; CREATE TABLE alembic_version AS SELECT '' AS version_num LIMIT 0", "db_catalog")
    try:
        yield
    finally:
        cluster.psql("DROP DATABASE db_catalog")
        cluster.psql("ALTER DATABASE db_kept RENAME TO db_catalog")


# Made how, found by which check, told how, mended how.
FAULTS: dict[str, tuple[Callable[[Running], AbstractContextManager[None]], str, str, str]] = {
    "schema behind": (lambda stack: of_schema(stack, "imports", "0001"), "schema of imports", "at 0001", "migrates"),
    "schema newer": (lambda stack: of_schema(stack, "imports", "9999"), "schema of imports", "knows 0", "newer"),
    "power cut unsafe": (unsafe, "durability of postgres", "full_page_writes = off", "ALTER SYSTEM RESET full_page_writes"),
    "clock gone back": (seen_tomorrow, "clock of sessions", "the clock has gone back", "set the clock"),
    "letters unknown": (in_latin, "database locale", "not searchable", "new --data"),
    "password of the queue": (
        *(lambda stack: configured(stack, "requirepass", "another"), "queue and cache"),
        *("refuses the password", "secrets.json"),
    ),
    "queue throws away": (
        *(lambda stack: configured(stack, "maxmemory-policy", "allkeys-lru"), "queue and cache"),
        *("throws queued work away", "volatile-lru"),
    ),
    "queue forgets": (lambda stack: configured(stack, "appendonly", "no"), "queue and cache", "forgets", "appendonly yes"),
    "queue frozen": (lambda stack: frozen(stack, "valkey"), "queue and cache", "does not answer", "pm logs valkey"),
    "bucket missing": (without_bucket, "objects", "the bucket imports is missing", "pm restore"),
    "storage frozen": (lambda stack: frozen(stack, "seaweedfs"), "objects", "does not answer", "pm logs seaweedfs"),
    "few open files": (few_files, "open files", "256 for each process", "ulimit -n"),
    "worker dead": (lambda stack: held(stack, "imports-worker"), "imports-worker", "is not running", "`pm up`"),
    "worker frozen": (lambda stack: frozen(stack, "imports-worker"), "imports-worker", "is frozen", "kill -CONT"),
    "service frozen": (lambda stack: frozen(stack, "core"), "core", "is frozen", "kill -CONT"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_running_stack_is_found(stack: Running, fault: str) -> None:
    make, check, text, remedy = FAULTS[fault]
    with make(stack):
        findings = eventually(stack, lambda found: any(one.check == check for one in found))
    [found] = [one for one in findings if one.check == check]
    assert text in found.text
    assert remedy in found.remedy
    eventually(stack, lambda found: found == [])


def test_what_needs_a_database_that_is_away_says_so(stack: Running) -> None:
    with held(stack, "postgres"):
        found = {one.check: one for one in wrong(stack)}
    assert "is not running" in found["postgres"].text
    assert found["schema of core"].text
    assert found["jobs"].remedy
    eventually(stack, lambda found: found == [])


def test_a_process_that_ends_again_and_again_is_shown_with_its_last_error(stack: Running) -> None:
    for _ in range(LIMITS.ends):
        running = next(one for one in stack.status() if one.name == "imports-worker")
        os.kill(running.pid or 0, signal.SIGKILL)
        eventually(stack, lambda _, pid=running.pid: stack.pid("imports-worker") not in (None, pid))
    try:
        [found] = eventually(stack, lambda found: len(found) == 1)
        assert found.check == "imports-worker"
        assert f"ends again and again: {LIMITS.ends} times lately" in found.text
        assert "SIGKILL" in found.text
        assert "pm logs imports-worker" in found.remedy
        command = [sys.executable, "-m", "productsmanager", "status", "--data", str(stack.installation.data.root)]
        shown = subprocess.run(command, capture_output=True, text=True, check=False)
        assert f"{LIMITS.ends} times" in shown.stdout
    finally:
        # The supervisor's log is what the others go by.
        stack.installation.data.log_of("supervisord").write_text("")


async def test_an_open_transaction_holds_back_events_and_both_are_found(stack: Running) -> None:
    connection = await asyncpg.connect(stack.database_url("imports"))
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_current_xact_id()")
            told = f"INSERT INTO outbox (type, key, payload) VALUES ('{EVENT}', 'late', '')"
            await asyncio.to_thread(sql, stack, "imports", told)
            limits = Limits(transaction=0, waiting=0)
            both = {"transactions of postgres", "event lag"}
            found = await asyncio.to_thread(eventually, stack, lambda found: both <= {one.check for one in found}, limits)
            texts = {one.check: one for one in found}
            assert "svc_imports" in texts["transactions of postgres"].text
            assert "pg_terminate_backend" in texts["transactions of postgres"].remedy
            assert "core-svc/import-notifications" in texts["event lag"].text
    finally:
        await connection.close()


def test_a_consumer_that_stands_at_an_event_is_found(stack: Running) -> None:
    poison = ImportFinished(user_id="nobody").SerializeToString().hex()
    add = f"INSERT INTO outbox (type, key, payload) VALUES ('{EVENT}', 'poison', '\\x{poison}')"
    with changed(stack, "imports", add, "DELETE FROM outbox WHERE key = 'poison'"):
        found = eventually(stack, lambda found: any(one.check == "events" for one in found))
    [stopped] = [one for one in found if one.check == "events"]
    assert "core-svc/import-notifications stands at an event" in stopped.text
    assert "nobody" in stopped.text or "UUID" in stopped.text
    assert "pm events skip core-svc/import-notifications KEY" in stopped.remedy
    sql(stack, "core", "UPDATE event_consumers SET error = '', failures = 0, retry_time = NULL")
    eventually(stack, lambda found: found == [])


def test_jobs_that_wait_for_a_worker_are_found(stack: Running) -> None:
    add = """
    WITH file AS (
      INSERT INTO import_files (id, name, bucket, key, size, sha256)
      VALUES (gen_random_uuid(), 'f', 'imports', 'k', 1, '') RETURNING id)
    INSERT INTO import_jobs (id, file_id, supplier_name, state, auto_apply, force, overrides, confirmed, next_attempt_time)
    SELECT gen_random_uuid(), id, 'Waiting', 'uploaded', false, false, '{}', false, now() - interval '1 hour' FROM file
    """
    with frozen(stack, "imports-worker"), changed(stack, "imports", add, "DELETE FROM import_jobs; DELETE FROM import_files"):
        [found] = [one for one in wrong(stack) if one.check == "jobs"]
    assert "1 job waits for a worker of imports, the longest for 3,6" in found.text
    assert "imports-worker" in found.remedy


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ['{"level": "error", "event": "failed", "exception": "at\\nOSError: no room"}', "later"],
            "failed: OSError: no room",
        ),
        (['{"level": "info", "event": "an error of the past"}', "it goes on"], ""),
        (["FATAL:  lock file exists", '{"level": "info", "event": "retry"}'], "FATAL:  lock file exists"),
        (["ValueError: " + "x" * 500], "ValueError: " + "x" * 188),
        (["SecurityWarning: as root", "  _warn_or_raise_security_error(egid, euid, gid, uid,"], ""),
    ],
)
def test_the_last_error_of_a_log(tmp_path: Path, lines: list[str], said: str) -> None:
    log = tmp_path / "some.log"
    log.write_text("\n".join(lines))
    assert incidents.last_error(log) == said


def test_no_finding_shows_a_secret(stack: Running) -> None:
    secrets = Path(stack.installation.data.secrets_file).read_text(encoding="utf-8").split('"')
    told = str(examine(stack.installation.data))
    assert not [secret for secret in secrets if len(secret) >= 16 and secret in told]
