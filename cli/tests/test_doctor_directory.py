"""`pm doctor` on an installation that does not run: each fault is made, found, and comes with what to do."""

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from productsmanager import installation, orphans, ports
from productsmanager.data import DataDir
from productsmanager.diagnosis import Finding, Limits, Severity, examine
from productsmanager.embedded.traefik import Certificate
from productsmanager.installation import Door

ROOT = os.geteuid() == 0
HOUR = timedelta(hours=1)
LIMITS = Limits()


@pytest.fixture
def made(tmp_path: Path) -> DataDir:
    """The directory of an installation that was never started."""
    data = DataDir.at(tmp_path / "data")
    installation.prepare(data, Door())
    return data


def wrong(data: DataDir, limits: Limits = LIMITS) -> list[Finding]:
    return [finding for finding in examine(data, limits) if finding.severity is Severity.BAD]


def overwrite(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")


def remove_secrets(data: DataDir) -> None:
    (data.root / "postgres" / "data").mkdir(parents=True)
    data.secrets_file.unlink()


def take_from_user(data: DataDir) -> None:
    if ROOT:
        os.chown(data.logs, 65534, 65534)
    else:
        data.logs.chmod(0o500)


def swap_keys(data: DataDir) -> None:
    (data.keys / "core.pub").write_bytes((data.keys / "media.pub").read_bytes())


def write_later(data: DataDir) -> None:
    later = time.time() + 7200
    os.utime(data.keys / "core.pub", (later, later))


FAULTS: dict[str, tuple[Callable[[DataDir], object], str, str]] = {
    "secrets lost": (remove_secrets, "is missing, and the databases open only with its passwords", "backup"),
    "secrets damaged": (lambda data: overwrite(data.secrets_file, "{"), "is not valid JSON", ""),
    "secrets readable by others": (lambda data: data.secrets_file.chmod(0o644), "others may read secrets", "chmod 600"),
    "key readable by others": (lambda data: (data.keys / "core.pem").chmod(0o640), "others may read secrets", "core.pem"),
    "directory open to others": (lambda data: data.root.chmod(0o777), "others may write to", "chmod go-w"),
    "directory of another user": (take_from_user, "of another user" if ROOT else "can't be written", str(os.sep)),
    "key missing": (lambda data: (data.keys / "core.pem").unlink(), "core.pem is missing", "`pm up` makes"),
    "key damaged": (lambda data: overwrite(data.keys / "core.pem", "no key"), "core.pem is damaged", "remove core.pem"),
    "key unlike its public half": (swap_keys, "not the public half of core.pem", "`pm up` makes"),
    "sealing key missing": (lambda data: (data.keys / "core.fernet").unlink(), "core.fernet is missing", "entered anew"),
    "sealing key damaged": (lambda data: overwrite(data.keys / "core.fernet", "no key"), "core.fernet is damaged", "backup"),
    "sealing key readable by others": (lambda data: (data.keys / "core.fernet").chmod(0o640), "others may read", "core.fernet"),
    "clock gone back": (write_later, "the clock of this machine has gone back", "set the clock"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_directory_is_found(made: DataDir, fault: str) -> None:
    assert wrong(made) == []
    make, text, remedy = FAULTS[fault]
    make(made)
    [found] = wrong(made)
    assert text in found.text
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("limits", "check"),
    [
        (Limits(free_gb=1e6), "disk"),
        (Limits(available_gb=1e6), "memory"),
    ],
)
def test_a_machine_that_is_too_small_is_found(made: DataDir, limits: Limits, check: str) -> None:
    [found] = wrong(made, limits)
    assert found.check == check
    assert found.remedy


def test_taken_ports_are_named(made: DataDir) -> None:
    port = ports.remembered(made)["valkey"]
    with socket.create_server(("127.0.0.1", port)):
        notes = [finding for finding in examine(made) if finding.check == "ports"]
    assert [note.text for note in notes] == [f"taken by others: valkey {port}"]
    assert notes[0].remedy


def test_few_files_are_found_where_the_start_would_be(made: DataDir) -> None:
    command = f"ulimit -n 256; exec {sys.executable} -m productsmanager doctor --json --data {made.root}"
    report = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert report.returncode == 1
    found = {finding["check"]: finding for finding in json.loads(report.stdout)["findings"]}
    assert found["open files"]["severity"] == "bad"
    assert "ulimit -n" in found["open files"]["remedy"]


def test_what_an_earlier_start_left_is_found(made: DataDir) -> None:
    left = subprocess.Popen(["sleep", "600"], env=os.environ | {orphans.MARK: str(made.root)})
    try:
        [found] = wrong(made)
        assert f"sleep {left.pid}" in found.text
        assert "`pm down`" in found.remedy
    finally:
        left.kill()
        left.wait()


@contextmanager
def held(data: DataDir, pid: str) -> Iterator[None]:
    """The lock of the directory, held by somebody who is no supervisor."""
    with data.lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(pid)
        lock.flush()
        yield


@pytest.mark.parametrize(("pid", "text"), [("", "held by a process that is no stack"), ("4194304", "does not answer")])
def test_a_lock_without_a_supervisor_is_found(made: DataDir, pid: str, text: str) -> None:
    with held(made, pid):
        [found] = wrong(made)
    assert text in found.text
    assert "fuser" in found.remedy


def certificate(directory: Path, start: datetime, end: datetime) -> Certificate:
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start, end)
    chain = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    files = Certificate(directory / "chain.pem", directory / "key.pem")
    files.chain.write_bytes(chain)
    write_key(files.key, key)
    return files


def write_key(path: Path, key: EllipticCurvePrivateKey) -> None:
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))


@pytest.mark.parametrize(
    ("age", "life", "harm", "text"),
    [
        (48 * HOUR, 24 * HOUR, lambda files: None, "expired on"),
        (-HOUR, 24 * 90 * HOUR, lambda files: None, "not valid before"),
        (HOUR, 24 * 90 * HOUR, lambda files: files.chain.write_text("no certificate"), "can't be read"),
        (HOUR, 24 * 90 * HOUR, lambda files: files.key.unlink(), "can't be read"),
        (HOUR, 24 * 90 * HOUR, lambda files: write_key(files.key, generate_private_key(SECP256R1())), "is not the key of"),
    ],
)
def test_a_certificate_that_browsers_refuse_is_found(
    tmp_path: Path, age: timedelta, life: timedelta, harm: Callable[[Certificate], object], text: str
) -> None:
    start = datetime.now(UTC) - age
    files = certificate(tmp_path, start, start + life)
    data = DataDir.at(tmp_path / "data")
    installation.prepare(data, Door(certificate=files))
    harm(files)
    [found] = wrong(data)
    assert found.check == "certificate"
    assert text in found.text
    assert found.remedy


def test_half_an_external_server_is_found(made: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM_EXTERNAL_S3_ENDPOINT", "s3:9000")
    assert any("PM_EXTERNAL_S3_ACCESS_KEY and PM_EXTERNAL_S3_SECRET_KEY" in found.text for found in wrong(made))
