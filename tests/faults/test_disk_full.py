"""The disk under the data is full: writes are refused with what to do, nothing is corrupt, and all goes on with room."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from api import Api, counts
from load import creation, word
from outages import healthy
from price_lists import FEEDS, feed

from productsmanager.lifecycle import Running, running

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]
# SeaweedFS stops writing with 1 GiB left.
DISK_BYTES = 3 << 30
ROWS = 60_000
FULL = {"DATABASE_FULL", "DATABASE_AWAY", "SERVICE_TIMEOUT", "SERVICE_DOWN"}
FULL_STORE = {"STORAGE_FAILING", "STORAGE_AWAY", *FULL}
PATIENCE_SECONDS = 240


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path_factory.mktemp("disk")
    image, mounted = folder / "image", folder / "mounted"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    try:
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(image)], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", str(image), str(mounted)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.fail(f"a full disk needs a file system that may be mounted: run the campaign as root on Linux ({error})")
    mounted.chmod(0o711)
    yield mounted
    subprocess.run(["umount", "--lazy", str(mounted)], check=True)


@pytest.fixture(scope="module")
def small(disk: Path) -> Iterator[Running]:
    with running(disk / "data") as stack:
        yield stack


def fill(disk: Path, left: int) -> Path:
    """Take all room but so many bytes."""
    ballast = disk / "ballast"
    status = os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, status.f_bavail * status.f_frsize - left)
    return ballast


def eventually(api: Api, name: str, wanted: set[str]) -> str:
    """Write products until the answer is one of `wanted`; every answer is a good one or says what is full."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    for number in range(1_000_000):
        answer = api.http.post("/products", **creation(f"{name}-{number}"))
        said = word(answer)
        assert said in FULL | {"yes"}, answer.text
        if said in wanted:
            return said
        assert time.monotonic() < deadline, f"never {wanted}"
    raise AssertionError


def test_no_room_for_the_database(disk: Path, small: Running) -> None:
    with Api(small.url) as api:
        api.login("admin", small.admin_password_file.read_text(encoding="ascii").strip())
        number = next(FEEDS)
        before = api.run(feed(number, 1_000), "Before it was full")
        ballast = fill(disk, 8 << 20)
        job_id = None
        try:
            upload = api.upload(feed(number + 1, ROWS), "While it was full")
            if upload.status_code == 201:
                job_id = upload.json()["id"]
            else:
                assert word(upload) in FULL_STORE, upload.text
            print("full:", eventually(api, "full", FULL))
        finally:
            ballast.unlink()
        healthy(small)
        eventually(api, "room", {"yes"})
        assert counts(api.get(f"/imports/{before['id']}"))["created"] == 1_000
        if job_id is None:
            job_id = api.upload(feed(number + 1, ROWS), "While it was full").json()["id"]
        job = api.follow(job_id)
        assert (job["state"], counts(job)["created"]) == ("STATE_APPLIED", ROWS), job
        damaged = "SELECT bt_index_check(c.oid, true) FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE amname = 'btree'"
        psql = small.installation.postgres.psql
        psql("CREATE EXTENSION IF NOT EXISTS amcheck", "db_catalog")
        psql(f"{damaged} AND c.relkind = 'i' AND c.relpersistence = 'p'", "db_catalog")


def test_no_room_for_objects(disk: Path, small: Running) -> None:
    healthy(small)
    with Api(small.url) as api:
        api.login("admin", small.admin_password_file.read_text(encoding="ascii").strip())
        number = next(FEEDS)
        ballast = fill(disk, 800 << 20)
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            # SeaweedFS looks at its disk once a minute.
            while (refused := api.upload(feed(number, 10), "No room")).status_code == 201:
                assert time.monotonic() < deadline, "the storage never refused"
                time.sleep(2)
            assert (refused.status_code, word(refused)) == (503, "STORAGE_FAILING"), refused.text
            assert "make room" in refused.json()["detail"]
            assert word(api.http.post("/products", **creation("beside-objects"))) == "yes"
        finally:
            ballast.unlink()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (taken := api.upload(feed(number, 10), "Room")).status_code != 201:
            assert time.monotonic() < deadline, taken.text
            time.sleep(2)
        assert api.follow(taken.json()["id"])["state"] == "STATE_APPLIED"
