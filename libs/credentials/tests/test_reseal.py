"""Rows sealed with older keys are sealed anew, in a real database."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, text, type_coerce
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from credentials import keys
from credentials.repository import Resealed, reseal
from credentials.ring import Ring
from credentials.rows import rows_under
from credentials.sealed import Sealed, SealedColumn


class Base(DeclarativeBase):
    pass


class Account(Base):
    """What a service keeps: credentials of a supplier, or none."""

    __tablename__ = "accounts_of_credentials_tests"
    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[Sealed | None] = mapped_column(SealedColumn)


class Part(Base):
    """One whose key has two columns."""

    __tablename__ = "parts_of_credentials_tests"
    shop: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[Sealed | None] = mapped_column(SealedColumn)


@pytest.fixture
async def engine(postgres_server: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(postgres_server.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield engine
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
    await engine.dispose()


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    keys.ensure(tmp_path, ["imports"])
    return Ring(directory=tmp_path, name="imports")


async def test_a_column_keeps_what_is_sealed(engine: AsyncEngine, ring: Ring) -> None:
    async with AsyncSession(engine) as session, session.begin():
        session.add_all([Account(id=1, sealed=ring.seal("geheim", "account 1")), Account(id=2, sealed=None)])
    async with AsyncSession(engine) as session:
        one, two = (await session.scalars(select(Account).order_by(Account.id))).all()
        assert one.sealed and ring.open(one.sealed, "account 1").get_secret_value() == "geheim"
        assert two.sealed is None
        raw = await session.scalar(select(type_coerce(Account.sealed, LargeBinary)).where(Account.id == 1))
        assert raw and b"geheim" not in raw


async def test_rows_are_sealed_anew_until_old_keys_can_go(engine: AsyncEngine, ring: Ring, tmp_path: Path) -> None:
    keys.ensure(tmp_path, ["lost"])
    strange = Ring(directory=tmp_path, name="lost")
    async with AsyncSession(engine) as session, session.begin():
        session.add_all(Account(id=n, sealed=ring.seal(f"geheim {n}", f"account {n}")) for n in range(7))
        session.add(Account(id=7, sealed=None))
        session.add(Account(id=8, sealed=strange.seal("lost", "account 8")))
    keys.rotate(tmp_path, ["imports"])
    done = []
    while not done or done[-1].done:
        async with AsyncSession(engine) as session, session.begin():
            done.append(await reseal(session, Account.sealed, ring, rows=4))
    assert sum(one.done for one in done) == 7
    assert done[-1] == Resealed(0, 1)
    keys.retire(tmp_path, "imports", keys.old(tmp_path, "imports"))
    async with AsyncSession(engine) as session:
        for account in await session.scalars(select(Account).where(Account.id < 7)):
            assert (
                account.sealed and ring.open(account.sealed, f"account {account.id}").get_secret_value() == f"geheim {account.id}"
            )


async def test_rows_that_somebody_writes_are_passed_by(engine: AsyncEngine, ring: Ring, tmp_path: Path) -> None:
    async with AsyncSession(engine) as session, session.begin():
        session.add_all(Account(id=n, sealed=ring.seal("x", f"account {n}")) for n in range(2))
    keys.rotate(tmp_path, ["imports"])
    async with AsyncSession(engine) as writer, writer.begin(), AsyncSession(engine) as session, session.begin():
        await writer.execute(text(f"SELECT 1 FROM {Account.__tablename__} WHERE id = 0 FOR UPDATE"))
        assert await reseal(session, Account.sealed, ring) == Resealed(1, 0)


async def test_damaged_rows_do_not_hide_the_rest(engine: AsyncEngine, ring: Ring, tmp_path: Path) -> None:
    async with AsyncSession(engine) as session, session.begin():
        for n in range(9):
            sealed = ring.seal("geheim", f"account {n}")
            session.add(Account(id=n, sealed=sealed if n in (4, 7, 8) else Sealed(sealed.key, b"damaged")))
    keys.rotate(tmp_path, ["imports"])
    async with AsyncSession(engine) as session, session.begin():
        assert await reseal(session, Account.sealed, ring, rows=2) == Resealed(2, 6)
        again = await session.execute(select(Account.id, Account.sealed).where(Account.id.in_([4, 7, 8])).order_by(Account.id))
        assert [(id, sealed.key == ring.first) for id, sealed in again] == [(4, True), (7, True), (8, False)]
        assert await reseal(session, Account.sealed, ring, rows=2) == Resealed(1, 6)
        assert await reseal(session, Account.sealed, ring, rows=2) == Resealed(0, 6)


async def test_rows_whose_key_has_two_columns(engine: AsyncEngine, ring: Ring, tmp_path: Path) -> None:
    async with AsyncSession(engine) as session, session.begin():
        session.add_all(Part(shop=n // 3, name=f"n{n % 3}", sealed=ring.seal("x", "part")) for n in range(7))
        session.add(Part(shop=0, name="a", sealed=Sealed(ring.first, b"damaged")))
    keys.rotate(tmp_path, ["imports"])
    done = []
    while not done or done[-1].done:
        async with AsyncSession(engine) as session, session.begin():
            done.append(await reseal(session, Part.sealed, ring, rows=3))
    assert [one.done for one in done] == [3, 3, 1, 0]


async def test_old_keys_stay_while_they_seal_rows(engine: AsyncEngine, ring: Ring, tmp_path: Path, postgres_server: str) -> None:
    async with AsyncSession(engine) as session, session.begin():
        session.add_all(Account(id=n, sealed=ring.seal("x", f"account {n}")) for n in range(2))
        session.add(Part(shop=1, name="a", sealed=ring.seal("x", "part")))
    keys.rotate(tmp_path, ["imports"])
    found = {"public.accounts_of_credentials_tests.sealed": 2, "public.parts_of_credentials_tests.sealed": 1}
    assert await rows_under(postgres_server, keys.old(tmp_path, "imports")) == found
    assert await rows_under(postgres_server, [ring.first]) == {}

    def retire(*options: str, url: str = f"{postgres_server}?application_name=imports") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "credentials.keys", "--retire", *options, str(tmp_path), "imports"]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PM_DATABASE_URL": url})

    strange = retire()
    assert (strange.returncode, "run this in the container of imports" in strange.stderr) == (1, True)
    away = retire(url="postgresql://nobody@127.0.0.1:1/db_imports")
    assert (away.returncode, "its database does not answer" in away.stderr) == (1, True)
    assert len(keys.old(tmp_path, "imports")) == 1
    assert retire("--anyway").returncode == 0
    assert keys.old(tmp_path, "imports") == []
    assert retire(url="").returncode == 0
