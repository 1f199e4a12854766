"""Keys: made, used, replaced; and what is said when one is missing."""

import io
import json
import logging
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from credentials import keys
from credentials.errors import SealBroken, SealingKeyMissing
from credentials.ring import Ring
from credentials.sealed import Sealed, SealedColumn
from credentials.settings import KeepingSettings

FEED = "the feed 1"
ONE, TWO = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=", "S6dDl4bO8Wv2yWnTJUnlMY2GmeYpqjBHQG0rQ9FyfRk="


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    keys.ensure(tmp_path, ["imports"])
    return Ring(directory=tmp_path, name="imports")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back(text: str) -> None:
    ring = Ring(given=ONE)
    sealed = ring.seal(text, FEED)
    assert ring.open(Sealed.of(sealed.kept), FEED).get_secret_value() == text
    assert ring.seal(text, FEED) != sealed


def test_keys_are_made_once_and_private(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "credentials.keys", str(tmp_path), "core", "imports"]
    subprocess.run(command, check=True)
    kept = (tmp_path / "core.fernet").read_bytes()
    subprocess.run(command, check=True)
    assert (tmp_path / "core.fernet").read_bytes() == kept != (tmp_path / "imports.fernet").read_bytes()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert not keys.fault(tmp_path, "core")


def test_faults_are_named(tmp_path: Path) -> None:
    assert keys.fault(tmp_path, "core") == "core.fernet is missing"
    keys.ensure(tmp_path, ["core"])
    (tmp_path / "core.fernet").write_text("short\n")
    assert keys.fault(tmp_path, "core") == "core.fernet is damaged"
    with pytest.raises(ValueError, match="key 2 of 2 is no sealing key") as refused:
        keys.parse(f"{ONE},geheim")
    assert "geheim" not in str(refused.value)


def test_a_running_process_follows_a_new_key(tmp_path: Path, ring: Ring) -> None:
    old = ring.seal("geheim", FEED)
    keys.rotate(tmp_path, ["imports"])
    new = ring.seal("geheim", FEED)
    assert new.key != old.key and new.key == ring.first
    assert {ring.open(one, FEED).get_secret_value() for one in (old, new)} == {"geheim"}
    again = ring.reseal(old)
    assert again.key == new.key
    assert keys.retire(tmp_path, "imports", keys.old(tmp_path, "imports")) == [old.key]
    assert ring.open(again, FEED).get_secret_value() == "geheim"
    with pytest.raises(SealingKeyMissing):
        ring.open(old, FEED)


def test_keys_stay_in_memory_while_their_file_can_not_be_read(tmp_path: Path, ring: Ring) -> None:
    path = tmp_path / "imports.fernet"
    sealed = ring.seal("geheim", FEED)
    path.rename(tmp_path / "away")
    with structlog.testing.capture_logs() as told:
        assert ring.open(sealed, FEED).get_secret_value() == "geheim"
        assert ring.open(ring.reseal(ring.seal("x", FEED)), FEED).get_secret_value() == "x"
    assert [line["file"] for line in told] == ["imports.fernet"]
    path.write_text("half a k\n")
    assert ring.open(sealed, FEED).get_secret_value() == "geheim"
    (tmp_path / "away").replace(path)
    keys.rotate(tmp_path, ["imports"])
    assert ring.first != sealed.key
    assert ring.open(sealed, FEED).get_secret_value() == "geheim"


@pytest.mark.parametrize("is_there", [True, False])
def test_keys_that_many_replace_at_once_are_all_kept(tmp_path: Path, is_there: bool) -> None:
    """Each in a process or thread of its own: `pm keys reseal` twice, two containers on an empty volume."""
    for number in range(20):
        directory = tmp_path / str(number)
        directory.mkdir()
        if is_there:
            keys.ensure(directory, ["imports"])
        began = threading.Barrier(4)

        def replace(directory: Path = directory, began: threading.Barrier = began) -> str:
            began.wait()
            keys.rotate(directory, ["imports"])
            return keys.read(directory, "imports")[0]

        with ThreadPoolExecutor(4) as pool:
            sealing = {future.result() for future in [pool.submit(replace) for _ in range(4)]}
        kept = keys.read(directory, "imports")
        assert len(set(kept)) == len(kept) == 5
        assert sealing <= set(kept)


def test_the_key_that_is_made_first_is_everybodys(tmp_path: Path) -> None:
    for number in range(20):
        directory = tmp_path / str(number)
        directory.mkdir()
        began = threading.Barrier(4)

        def make(directory: Path = directory, began: threading.Barrier = began) -> list[str]:
            began.wait()
            keys.ensure(directory, ["imports"])
            return keys.read(directory, "imports")

        with ThreadPoolExecutor(4) as pool:
            made = [future.result() for future in [pool.submit(make) for _ in range(4)]]
        assert made == [keys.read(directory, "imports")] * 4


def test_a_missing_key_is_named_with_what_to_do(tmp_path: Path, ring: Ring) -> None:
    sealed = Ring(given=ONE).seal("geheim", FEED)
    words = rf"The credentials of the feed 1 .* {sealed.key}, and imports\.fernet holds {ring.first}: put"
    with pytest.raises(SealingKeyMissing, match=words):
        ring.open(sealed, FEED)
    with pytest.raises(SealingKeyMissing, match="PM_SEALING_KEYS holds"):
        Ring(given=TWO).open(sealed, FEED)


def test_what_is_sealed_for_one_does_not_open_for_another(ring: Ring) -> None:
    sealed = ring.seal("geheim", FEED)
    with pytest.raises(SealBroken, match="the feed 2"):
        ring.open(sealed, "the feed 2")
    broken = Sealed(sealed.key, sealed.token[:-6] + b"AAAA==")
    with pytest.raises(SealBroken):
        ring.open(broken, FEED)
    with pytest.raises(SealBroken):
        ring.reseal(broken)


@pytest.mark.parametrize("kept", [b"", b"geheim", b"1:zz:abc", b"2:01234567:abc"])
def test_what_is_not_sealed_is_no_credential(kept: bytes) -> None:
    with pytest.raises(ValueError, match="no sealed credentials"):
        Sealed.of(kept)


def test_plain_text_is_not_kept() -> None:
    with pytest.raises(TypeError):
        SealedColumn().process_bind_param("geheim", None)  # type: ignore[arg-type]


def test_keys_come_from_the_environment_or_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM_KEYS_DIR", str(tmp_path))
    with pytest.raises(ValueError, match=r"imports\.fernet is missing in PM_KEYS_DIR: make it"):
        Ring.of(KeepingSettings(), "imports-svc")
    keys.ensure(tmp_path, ["imports"])
    from_file = Ring.of(KeepingSettings(), "imports-svc")
    monkeypatch.setenv("PM_SEALING_KEYS", f"{ONE},{TWO}")
    settings = KeepingSettings()
    ring = Ring.of(settings, "imports-svc")
    assert (ring.first, from_file.first != ring.first) == (keys.key_id(ONE), True)
    assert ring.open(Ring(given=TWO).seal("x", FEED), FEED).get_secret_value() == "x"
    assert ONE not in repr(settings) + repr(ring)
    monkeypatch.setenv("PM_SEALING_KEYS", "geheim")
    with pytest.raises(ValueError, match="no sealing key") as refused:
        KeepingSettings()
    assert "geheim" not in str(refused.value)


def test_no_secret_is_shown(ring: Ring, tmp_path: Path) -> None:
    """Of everything that the library gives out, logged and shown in every way."""
    told = io.StringIO()
    logger = logging.getLogger("credentials-test")
    handler = logging.StreamHandler(told)
    logger.addHandler(handler)
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()],
        logger_factory=structlog.PrintLoggerFactory(told),
        cache_logger_on_first_use=False,
    )
    secret = "s3cr3t-passw0rd"
    key = (tmp_path / "imports.fernet").read_text().strip()
    sealed = ring.seal(secret, FEED)
    opened = ring.open(sealed, FEED)
    strange = Ring(given=ONE)
    for shown in (ring, strange, sealed, opened, vars(sealed) | {"token": ""}):
        logger.error("%s %r", shown, shown)
        structlog.get_logger().error("shown", shown=shown)
    for failing in (lambda: strange.open(sealed, FEED), lambda: ring.open(sealed, "other"), lambda: json.dumps(opened)):
        try:
            failing()
        except Exception as error:
            told.write(f"{error!r} {getattr(error, 'metadata', '')}")
            logger.exception("failed")
            structlog.get_logger().exception("failed")
    structlog.configure(**before)
    logger.removeHandler(handler)
    assert "Sealed(" in told.getvalue()
    for hidden in (secret, key, ONE):
        assert hidden not in told.getvalue()
        assert hidden.encode() not in pickle.dumps(sealed) + os.fsencode(repr(opened))
