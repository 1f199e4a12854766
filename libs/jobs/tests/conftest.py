from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from uuid import UUID

import naps
import pytest
from naps.models import Base, Breath, Nap, NapAttempt
from sqlalchemy import select, update

from chassis.db import Database


@pytest.fixture(scope="session")
def migrations_dir() -> Path:
    return Path(naps.__file__).parent / "migrations"


@pytest.fixture
async def committing(database_url: str) -> AsyncIterator[Database]:
    """The database of naps with real commits; emptied at the end."""
    opened = Database.connect(database_url, pool_size=5)
    yield opened
    async with opened.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            await session.execute(table.delete())
    await opened.close()


@pytest.fixture
def save(committing: Database) -> Callable[..., Awaitable[Nap]]:
    """Writes a nap with these values."""

    async def write(**values: object) -> Nap:
        nap = Nap(**values)
        async with committing.transaction() as session:
            session.add(nap)
        return nap

    return write


@pytest.fixture
def change(committing: Database) -> Callable[..., Awaitable[None]]:
    """Sets values of a nap from outside."""

    async def write(id: UUID, **values: object) -> None:
        async with committing.transaction() as session:
            await session.execute(update(Nap).where(Nap.id == id).values(**values))

    return write


@pytest.fixture
def load(committing: Database) -> Callable[[UUID], Awaitable[Nap]]:
    async def read(id: UUID) -> Nap:
        async with committing.transaction() as session:
            return await session.get_one(Nap, id)

    return read


@pytest.fixture
def attempts(committing: Database) -> Callable[[UUID], Awaitable[Sequence[NapAttempt]]]:
    """The attempts at a nap, in their order."""

    async def read(id: UUID) -> Sequence[NapAttempt]:
        async with committing.transaction() as session:
            found = select(NapAttempt).where(NapAttempt.job_id == id).order_by(NapAttempt.number)
            return (await session.scalars(found)).all()

    return read


@pytest.fixture
def breaths(committing: Database) -> Callable[[UUID], Awaitable[list[int]]]:
    """What a nap has done for good."""

    async def read(id: UUID) -> list[int]:
        async with committing.transaction() as session:
            return list(await session.scalars(select(Breath.number).where(Breath.nap_id == id).order_by(Breath.number)))

    return read
