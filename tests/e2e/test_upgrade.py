"""Data of an earlier version, started by this one: migrated, the same, and what was in flight goes on."""

import asyncio
import hashlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from alembic import command
from api import Api, counts
from argon2 import PasswordHasher
from price_lists import catalogue, feed

import productsmanager
from chassis import migrations
from productsmanager import lifecycle, schemas
from productsmanager.backup import s3_of
from productsmanager.installation import SERVICES
from productsmanager.lifecycle import Running
from productsmanager.stack import processes

ROOT = Path(productsmanager.__file__).parents[2]
# The schemas before sessions, notifications and outboxes of imports came, and a commit that has them.
EARLIER = {"core": "0001", "catalog": "0008", "imports": "0002", "analytics": "0001"}
EARLIER_COMMIT = "6ba7bce"
PASSWORD = "kept through the upgrade"
USER, FILE, JOB = (UUID(int=number) for number in (1, 2, 3))
FEED = feed(90, 500)
USERS = "SELECT string_agg(concat_ws(' ', id, username, password_hash, active, version), '; ' ORDER BY id) FROM users"


def directory_of(service: str) -> Path:
    return ROOT / "services" / f"{service}-svc" / f"{service}_svc" / "migrations"


def fill(stack: Running) -> None:
    """A user of that time, and an import that was being read when its worker was stopped."""
    password = PasswordHasher().hash(PASSWORD)
    digest = hashlib.sha256(FEED).hexdigest()
    core = f"""
    INSERT INTO roles VALUES ('admin', 'Everything');
    INSERT INTO users VALUES ('{USER}', 'admin', 'Kept', '{password}', true, now(), now(), NULL, 7);
    INSERT INTO user_roles VALUES ('{USER}', 'admin');
    """
    imports = f"""
    INSERT INTO import_files VALUES ('{FILE}', 'feed.csv', 'imports', 'kept.csv', {len(FEED)}, '{digest}');
    INSERT INTO import_jobs
      (id, file_id, supplier_name, state, auto_apply, force, overrides, confirmed, lease_owner, lease_expires, created_by)
    VALUES ('{JOB}', '{FILE}', 'In flight', 'uploaded', true, false, '{{}}', false, '{FILE}', now() - interval '1 s', '{USER}');
    """
    postgres = stack.installation.postgres
    postgres.psql(core, "db_core")
    postgres.psql(imports, "db_imports")
    s3 = s3_of(stack.installation)
    s3.make_bucket("imports")
    s3.put_object("imports", "kept.csv", io.BytesIO(FEED), len(FEED))


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A data directory with the schemas and the data of an earlier version."""
    with lifecycle.running(tmp_path / "data", {"postgres", "seaweedfs"}) as stack:
        for service, revision in EARLIER.items():
            command.upgrade(migrations.config(directory_of(service), stack.database_url(service)), revision)
        fill(stack)
    return tmp_path / "data"


@contextmanager
def blocked(stack: Running, table: str) -> Iterator[None]:
    """A table of core-svc that nobody else can touch."""

    async def begin() -> asyncpg.Connection:
        connection = await asyncpg.connect(stack.database_url("core"))
        await connection.execute(f"BEGIN; LOCK TABLE {table}")
        return connection

    with asyncio.Runner() as runner:
        connection = runner.run(begin())
        try:
            yield
        finally:
            runner.run(connection.close())


def interrupt_migration(stack: Running) -> None:
    """Kill a migration that has made tables and waits for another."""
    task = processes(stack.installation)["migrate"]
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'users'::regclass"
    with (
        blocked(stack, "users"),
        subprocess.Popen(task.command, env=os.environ | task.environment, start_new_session=True) as migration,
    ):
        while stack.installation.postgres.psql(waits, "db_core") == "0":
            assert migration.poll() is None, "the migration does not touch users any more: block another table"
            time.sleep(0.02)
        migration.kill()


def test_earlier_data_is_migrated_and_goes_on(earlier: Path) -> None:
    with lifecycle.running(earlier, {"postgres"}) as stack:
        users = stack.installation.postgres.psql(USERS, "db_core")
        interrupt_migration(stack)
        assert schemas.present(stack.installation, "core") == EARLIER["core"], "half a migration is none"
    with lifecycle.running(earlier) as stack, Api(stack.url) as api:
        for service in SERVICES:
            assert schemas.is_current(stack.installation, service)
        assert stack.installation.postgres.psql(USERS, "db_core") == users
        api.login("admin", PASSWORD)
        job = api.follow(str(JOB))
        assert (job["state"], counts(job)["created"]) == ("STATE_APPLIED", 500)
        assert len(catalogue(api, "In flight")) == 500
        assert api.run(FEED, "In flight")["same_as_job_id"] == str(JOB)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """The earlier code, installed beside this one."""
    there = tmp_path / "earlier"
    git = ("git", "-C", str(ROOT))
    if subprocess.run([*git, "cat-file", "-e", EARLIER_COMMIT], capture_output=True, check=False).returncode:
        pytest.fail(f"the earlier code is not here: run the campaign in a clone with history back to {EARLIER_COMMIT}")
    subprocess.run([*git, "worktree", "add", "--detach", str(there), EARLIER_COMMIT], check=True, capture_output=True)
    try:
        subprocess.run(["make", "setup", f"PYTHON={sys.executable}"], cwd=there, check=True, capture_output=True)
        yield there
    finally:
        subprocess.run([*git, "worktree", "remove", "--force", str(there)], check=True, capture_output=True)


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_a_directory_of_the_earlier_code_goes_on_and_never_goes_back(checkout: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    prices = tmp_path / "prices.csv"
    prices.write_bytes(FEED)

    def earlier_pm(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(checkout / ".venv" / "bin" / "pm"), *arguments, "--data", str(data)]
        return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)

    assert earlier_pm("up", "--detach").returncode == 0
    try:
        applied = earlier_pm("import", str(prices), "--supplier", "Applied", "--yes")
        assert applied.returncode == 0, applied.stderr
        assert earlier_pm("import", str(prices), "--supplier", "Planned").returncode == 3
    finally:
        assert earlier_pm("down").returncode == 0
    with lifecycle.running(data) as stack, Api(stack.url) as api:
        api.login("admin", stack.admin_password_file.read_text(encoding="ascii").strip())
        assert len(catalogue(api, "Applied")) == 500
        [planned] = [job for job in api.get("/imports")["jobs"] if job["state"] == "STATE_PLANNED"]
        api.post(f"/imports/{planned['id']}:apply", {"plan_hash": planned["plan_hash"]})
        assert counts(api.follow(planned["id"], {"STATE_APPLIED"}))["created"] == 500
        assert catalogue(api, "Planned") == catalogue(api, "Applied")
    refused = earlier_pm("up", "--detach")
    assert refused.returncode == 1, "its migrations do not know the schema"
