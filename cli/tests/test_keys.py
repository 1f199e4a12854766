"""`pm keys` without a running stack."""

import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from chassis.auth import InvalidToken, Signer, Verifier
from credentials.errors import SealingKeyMissing
from credentials.ring import Ring
from productsmanager import installation
from productsmanager.data import DataDir


def pm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "productsmanager", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("names", [(), ("imports",)])
def test_replaced_keys_overlap(tmp_path: Path, names: tuple[str, ...]) -> None:
    data = DataDir.at(tmp_path / "data")
    installation.prepare(data, installation.Door())
    signers = {name: Signer(f"{name}-svc", data.keys) for name in ("imports", "media")}
    before = {name: signer.service_token("catalog-svc") for name, signer in signers.items()}

    assert pm("keys", "rotate", *names, "--data", str(data.root)).returncode == 0

    verifier = Verifier("catalog-svc", data.keys)
    for name, signer in signers.items():
        assert verifier.verify(before[name]).subject == f"{name}-svc"
        assert verifier.verify(signer.service_token("catalog-svc", act="anew")).subject == f"{name}-svc"
        assert len(list(data.keys.glob(f"{name}.*.pub"))) == (1 if name in (names or signers) else 0)


def test_a_stolen_key_leaves_nothing_that_verifies(tmp_path: Path) -> None:
    data = DataDir.at(tmp_path / "data")
    installation.prepare(data, installation.Door())
    stolen = Signer("core-svc", data.keys).access_token("someone", [])
    assert pm("keys", "rotate", "core", "--data", str(data.root)).returncode == 0

    now = pm("keys", "rotate", "core", "--now", "--data", str(data.root))

    assert "within 30 seconds" in now.stdout
    assert not list(data.keys.glob("core.*.pub"))
    with pytest.raises(InvalidToken):
        Verifier("catalog-svc", data.keys).verify(stolen)
    fresh = Signer("core-svc", data.keys).access_token("someone", [])
    assert Verifier("catalog-svc", data.keys).verify(fresh).subject == "someone"


def test_what_cannot_be_replaced_is_said(tmp_path: Path) -> None:
    nothing = pm("keys", "rotate", "--data", str(tmp_path / "nothing"))
    unknown = pm("keys", "rotate", "nobody", "--data", str(tmp_path / "nothing"))

    assert (nothing.returncode, unknown.returncode) == (1, 1)
    assert "run `pm up` first" in nothing.stderr
    assert "nobody called nobody signs" in unknown.stderr


def test_sealing_keys_are_replaced_and_taken_away(tmp_path: Path) -> None:
    data = DataDir.at(tmp_path / "data")
    installation.prepare(data, installation.Door())
    rings = {name: Ring(directory=data.keys, name=name) for name in installation.KEEPERS}
    before = {name: ring.seal("geheim", "a feed") for name, ring in rings.items()}

    replaced = pm("keys", "reseal", "imports", "--data", str(data.root))

    assert "Replaced: imports." in replaced.stdout
    assert {name: ring.first == before[name].key for name, ring in rings.items()} == {
        name: name != "imports" for name in installation.KEEPERS
    }
    assert rings["imports"].open(before["imports"], "a feed").get_secret_value() == "geheim"
    retire = ("keys", "reseal", "imports", "--retire", "--data", str(data.root))
    unknown = pm(*retire)
    assert (unknown.returncode, "its database does not answer" in unknown.stderr) == (1, True)
    assert "1 old key of imports" in pm(*retire, "--anyway").stdout
    with pytest.raises(SealingKeyMissing):
        rings["imports"].open(before["imports"], "a feed")
    assert "nobody called media keeps credentials" in pm("keys", "reseal", "media", "--data", str(data.root)).stderr


async def test_old_keys_stay_while_rows_are_sealed_with_them(
    tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = DataDir.at(tmp_path / "data")
    installation.prepare(data, installation.Door())
    ring = Ring(directory=data.keys, name="imports")
    sealed = ring.seal("geheim", "a feed")
    connection = await asyncpg.connect(postgres_server)
    await connection.execute("CREATE DATABASE kept_by_imports")
    url = postgres_server.rsplit("/", 1)[0] + "/kept_by_imports"
    kept = await asyncpg.connect(url)
    await kept.execute('CREATE TABLE "Feeds" (id int, "of it" bytea, other bytea)')
    await kept.execute('INSERT INTO "Feeds" VALUES (1, $1, NULL)', sealed.kept)
    monkeypatch.setenv("PM_EXTERNAL_DATABASE_URL_IMPORTS", url)
    pm("keys", "reseal", "imports", "--data", str(data.root))
    retire = ("keys", "reseal", "imports", "--retire", "--data", str(data.root))

    refused = pm(*retire)

    assert refused.returncode == 1
    assert 'still seal 1 row of public."Feeds"."of it"' in refused.stderr
    assert ring.open(sealed, "a feed").get_secret_value() == "geheim"
    await kept.execute('UPDATE "Feeds" SET "of it" = $1', ring.reseal(sealed).kept)
    assert "1 old key of imports" in pm(*retire).stdout
    await kept.close()
    await connection.execute("DROP DATABASE kept_by_imports")
    await connection.close()
