import time
from pathlib import Path

import jwt
import pytest

from chassis import keys
from chassis.auth import InvalidToken, Signer, Verifier


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


def test_a_replaced_key_verifies_until_its_tokens_have_ended(tmp_path):
    keys.ensure(tmp_path, ["gateway", "media"])
    signer, verifier = Signer("gateway", tmp_path), Verifier("media-svc", tmp_path)
    before = signer.service_token("media-svc", act="a")

    keys.rotate(tmp_path, ["gateway"])
    after = signer.service_token("media-svc", act="b")

    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    for token in (before, after):
        assert verifier.verify(token).subject == "gateway"
        assert Verifier("media-svc", tmp_path).verify(token).subject == "gateway"
    assert {jwk["kid"] for jwk in signer.jwks()} == {jwt.get_unverified_header(token)["kid"] for token in (before, after)}


def test_what_a_stolen_key_signed_ends_and_what_is_signed_anew_goes_on(tmp_path, monkeypatch):
    keys.ensure(tmp_path, ["gateway", "media"])
    signer, verifier = Signer("gateway", tmp_path), Verifier("media-svc", tmp_path)
    keys.rotate(tmp_path, ["gateway"])
    stolen = signer.service_token("media-svc")
    assert verifier.verify(stolen).subject == "gateway"

    keys.rotate(tmp_path, ["gateway"], overlap_seconds=0)

    assert verifier.verify(signer.service_token("media-svc")).subject == "gateway"
    assert len(signer.jwks()) == 1
    now = time.time() + 2 * keys.REREAD_SECONDS
    monkeypatch.setattr(keys.time, "time", lambda: now)
    with pytest.raises(InvalidToken):
        verifier.verify(stolen)
    assert verifier.verify(signer.service_token("media-svc")).subject == "gateway"


def test_a_key_whose_time_has_passed_verifies_nothing_and_goes_with_the_next(tmp_path):
    keys.ensure(tmp_path, ["gateway"])
    signer = Signer("gateway", tmp_path)
    before = signer.service_token("media-svc")

    keys.rotate(tmp_path, ["gateway"], overlap_seconds=-1)

    with pytest.raises(InvalidToken):
        Verifier("media-svc", tmp_path).verify(before)
    assert len(signer.jwks()) == 1
    keys.rotate(tmp_path, ["gateway"])
    assert len(list(tmp_path.glob("gateway.*.pub"))) == 1


def test_no_call_fails_while_keys_are_replaced(tmp_path):
    keys.ensure(tmp_path, ["gateway"])
    signer, verifier = Signer("gateway", tmp_path), Verifier("media-svc", tmp_path)

    for number in range(20):
        assert verifier.verify(signer.service_token("media-svc", act=str(number))).act == str(number)
        keys.rotate(tmp_path, ["gateway"])

    assert verifier.verify(signer.service_token("media-svc", act="0")).act == "0"


def test_a_replacement_that_broke_off_is_mended(tmp_path):
    keys.ensure(tmp_path, ["gateway", "media"])
    (tmp_path / "gateway.pub").write_bytes((tmp_path / "media.pub").read_bytes())

    keys.ensure(tmp_path, ["gateway"])

    assert Verifier("media-svc", tmp_path).verify(Signer("gateway", tmp_path).service_token("media-svc"))


def test_a_key_that_was_taken_away_is_used_for_a_moment_at_most(tmp_path, monkeypatch):
    keys.ensure(tmp_path, ["gateway"])
    public = keys.PublicKeys(tmp_path)
    public.get("gateway", "")
    (tmp_path / "gateway.pub").unlink()
    public.get("gateway", "")
    later = time.time() + keys.REREAD_SECONDS + 1
    monkeypatch.setattr(keys.time, "time", lambda: later)

    with pytest.raises(KeyError):
        public.get("gateway", "")
