"""Rows sealed with older keys are sealed anew, in a real database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, text, type_coerce
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from credentials import keys
from credentials.repository import Resealed, reseal
from credentials.ring import Ring
from credentials.sealed import Sealed, SealedColumn


class Base(DeclarativeBase):
    pass


class Account(Base):
    """What a service keeps: credentials of a supplier, or none."""

    __tablename__ = "accounts_of_credentials_tests"
    id: Mapped[int] = mapped_column(primary_key=True)
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
    keys.retire(tmp_path, ["imports"])
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
