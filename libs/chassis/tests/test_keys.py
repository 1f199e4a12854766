from pathlib import Path

from chassis import keys
from chassis.auth import Signer, Verifier


def test_a_pair_signs_and_verifies(tmp_path: Path) -> None:
    keys.ensure(tmp_path, ["gateway", "media"])
    token = Signer("gateway", tmp_path).service_token("media-svc")
    assert Verifier("media-svc", tmp_path).verify(token).subject == "gateway"
    assert (tmp_path / "gateway.pem").stat().st_mode & 0o777 == 0o600


def test_what_is_there_stays_and_what_is_missing_is_made(tmp_path: Path) -> None:
    keys.ensure(tmp_path, ["gateway"])
    before = (tmp_path / "gateway.pem").read_bytes(), (tmp_path / "gateway.pub").read_bytes()
    (tmp_path / "gateway.pub").unlink()
    keys.ensure(tmp_path, ["gateway", "media"])
    assert before == ((tmp_path / "gateway.pem").read_bytes(), (tmp_path / "gateway.pub").read_bytes())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gateway.pem", "gateway.pub", "media.pem", "media.pub"]


def test_a_public_key_without_its_private_one_is_replaced(tmp_path: Path) -> None:
    keys.ensure(tmp_path, ["gateway"])
    (tmp_path / "gateway.pem").unlink()
    keys.ensure(tmp_path, ["gateway"])
    token = Signer("gateway", tmp_path).service_token("media-svc")
    assert Verifier("media-svc", tmp_path).verify(token).subject == "gateway"
