"""The embedded servers by themselves, as the tests of other packages use them."""

import io
import subprocess
import sys
from pathlib import Path

import asyncpg
import minio
import psutil
import pytest
import redis

from productsmanager.embedded.standalone import postgres
from productsmanager.installation import S3
from productsmanager.supervision import wait_until_gone


async def test_postgres_serves_the_superuser_and_sorts_every_script(postgres_server: str) -> None:
    connection = await asyncpg.connect(postgres_server)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert await connection.fetchval("SELECT usesuper FROM pg_user WHERE usename = current_user")
        assert await connection.fetchval("SELECT show_trgm('чай') <> '{}'")
    finally:
        await connection.close()


async def test_postgres_refuses_a_wrong_password(postgres_server: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres_server, password="wrong")


def test_valkey_asks_for_its_password(valkey_server: str) -> None:
    with redis.Redis.from_url(valkey_server) as client:
        client.set("a", "1")
        assert client.get("a") == b"1"
        port = client.connection_pool.connection_kwargs["port"]
    with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.get("a")


def test_s3_keeps_objects_for_its_keys_only(s3_server: S3) -> None:
    client = minio.Minio(s3_server.endpoint, s3_server.access_key, s3_server.secret_key, secure=s3_server.secure)
    client.make_bucket("imports")
    client.put_object("imports", "a/b", io.BytesIO(b"abc"), 3)
    assert client.get_object("imports", "a/b").read() == b"abc"
    stranger = minio.Minio(s3_server.endpoint, s3_server.access_key, "wrong", secure=False)
    with pytest.raises(minio.error.S3Error, match="SignatureDoesNotMatch"):
        stranger.list_buckets()


def test_a_killed_test_run_leaves_no_server(tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib\n"
        "from productsmanager.embedded.standalone import postgres\n"
        "with postgres(pathlib.Path(sys.argv[1])) as server:\n"
        "    print((server.cluster / 'postmaster.pid').read_text().split()[0], flush=True)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        postmaster = int(run.stdout.readline())
        assert psutil.pid_exists(postmaster)
        run.kill()
    assert wait_until_gone(postmaster, 30)


def test_nothing_above_a_closed_directory_is_opened(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    directory = closed / "project"
    directory.mkdir()
    above = [path for path in (directory, *directory.parents) if path != Path("/")]
    before = [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in above]
    with postgres(directory) as server:
        assert server.psql("SELECT 1") == "1"
    assert [(path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in above] == before
