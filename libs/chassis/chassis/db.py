"""One service's database: sessions for single rows, plain asyncpg for the bulk path."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Set
from contextlib import asynccontextmanager
from contextvars import ContextVar
from traceback import walk_tb
from typing import TypeAlias, TypeVar, cast

import asyncpg
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from chassis import metrics
from chassis.errors import Aborted, InvalidArgument, Unavailable
from chassis.statements import TimedPool, watch_connection, watch_engine

T = TypeVar("T")
# A plain asyncpg connection, as the bulk path and hot reads use it.
Connection: TypeAlias = asyncpg.Connection
OnChanges: TypeAlias = Callable[[Set[str]], Awaitable[None]]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# InternalClientError is how asyncpg says that a server died in the middle of its answer.
_AWAY = (
    *(PoolTimeout, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError),
    *(asyncpg.CannotConnectNowError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError),
)
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 30
POOL_WAIT_SECONDS = 30
RECYCLE_SECONDS = 3600
MAX_OVERFLOW = 10
DEADLOCK_ATTEMPTS, DEADLOCK_REST_SECONDS = 4, 0.1


def service_metadata() -> MetaData:
    """Metadata with our naming rules."""
    return MetaData(naming_convention=NAMING)


class InvalidText(InvalidArgument):
    def __init__(self) -> None:
        super().__init__("The request holds the character U+0000, which no text may hold: remove it.")


class DatabaseAway(Unavailable):
    """The database is not there, restarts, or gave no answer in time."""

    def __init__(self, domain: str) -> None:
        super().__init__(f"The database of {domain} does not answer; try again in a moment.", domain=domain)


class DatabaseFull(Unavailable):
    """The disk below the database has no room for what was to be written."""

    def __init__(self, domain: str) -> None:
        super().__init__(
            f"The disk of the database of {domain} is full, so nothing can be written there: make room, then repeat the request.",
            domain=domain,
        )


class Contended(Aborted):
    """PostgreSQL undid the transaction again and again, because it and others waited for each other."""

    def __init__(self) -> None:
        super().__init__("Others changed the same things at the same moment, and nothing of this was done: repeat the request.")


class Raced(Exception):
    """Another transaction has taken meanwhile what this one read as free: done again, it sees that."""


class _Telling:
    """What is to be said once the running transaction is committed."""

    def __init__(self) -> None:
        # Whether it tells a fact, of which those who follow are to hear.
        self.told = False
        # What it changes (chassis.invalidation).
        self.topics: set[str] = set()


_telling: ContextVar[_Telling | None] = ContextVar("telling", default=None)


def note_fact() -> None:
    """Note that the transaction around this call tells a fact."""
    if telling := _telling.get():
        telling.told = True


def note_change(*topics: str) -> None:
    """Note that the transaction around this call changes what answers that depend on these topics were made from."""
    if telling := _telling.get():
        telling.topics.update(topics)


class Database:
    """Hands out sessions, each one transaction: committed when the block ends, rolled back when it raises.

    `on_facts` is called after the commit of a transaction that told facts, `on_changes` awaited with the topics of one that noted
    some; `name` is the pool's in the metrics.
    """

    def __init__(
        self,
        bind: AsyncEngine | AsyncConnection,
        reads: asyncpg.Pool | None = None,
        on_facts: Callable[[], object] | None = None,
        name: str = "main",
        on_changes: OnChanges | None = None,
    ) -> None:
        self._bind = bind
        self._reads = reads
        self._on_facts = on_facts
        self._on_changes = on_changes
        self._waited = metrics.POOL_WAIT.labels(_reads_of(name))
        self._sessions = async_sessionmaker(bind, expire_on_commit=False, join_transaction_mode="create_savepoint")

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        pool_size: int,
        name: str = "main",
        statement_seconds: float | None = STATEMENT_SECONDS,
        on_facts: Callable[[], object] | None = None,
        on_changes: OnChanges | None = None,
        **server_settings: str,
    ) -> "Database":
        """A pool on `url` (postgresql://...), `name` in the metrics; `server_settings` are PostgreSQL's, such as `work_mem`."""
        engine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            poolclass=TimedPool,
            pool_logging_name=name,
            pool_size=pool_size,
            max_overflow=MAX_OVERFLOW,
            pool_timeout=POOL_WAIT_SECONDS,
            pool_recycle=RECYCLE_SECONDS,
            pool_pre_ping=True,
            # Parameters hold passwords and customers' data; they must not reach a log through an error's text.
            hide_parameters=True,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": statement_seconds,
                "server_settings": {"jit": "off", **server_settings},
            },
        )
        # Without a least size it connects when first asked; a read leaves nothing on the connection that had to be reset.
        reads = asyncpg.create_pool(
            url,
            min_size=0,
            max_size=pool_size,
            timeout=CONNECT_SECONDS,
            command_timeout=statement_seconds,
            server_settings={"jit": "off", **server_settings},
            init=watch_connection,
            reset=_keep,
        )
        watch_engine(engine)
        _measure(name, engine, pool_size, reads)
        return cls(engine, reads, on_facts, name, on_changes)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction. Raises InvalidText for text that PostgreSQL can't hold."""
        try:
            async with self._telling(), self._sessions.begin() as session:
                yield session
        except asyncpg.CharacterNotInRepertoireError:
            raise InvalidText from None
        except DBAPIError as error:
            if isinstance(_driver_error(error), asyncpg.CharacterNotInRepertoireError):
                raise InvalidText from None
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A plain connection for hot reads, at a tenth of a session's CPU. Each statement is a transaction of its own."""
        assert self._reads is not None, "only a database made by connect() has connections for reads"
        await self._reads
        started = time.monotonic()
        try:
            async with self._reads.acquire(timeout=POOL_WAIT_SECONDS) as connection:
                self._waited.observe(time.monotonic() - started)
                yield connection
        except asyncpg.CharacterNotInRepertoireError:
            raise InvalidText from None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """A plain connection in one transaction, for edits of single rows: a session costs several times the CPU."""
        async with self._telling(), self.reading() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def _telling(self) -> AsyncIterator[None]:
        outer, telling = _telling.get(), _Telling()
        _telling.set(telling)
        try:
            yield
        finally:
            _telling.set(outer)
            if telling.topics and self._on_changes is not None:
                # Before the caller hears of the commit, so that what it reads next is not older; and also when it hears of none:
                # one whose answer was lost may have happened.
                await self._on_changes(telling.topics)
        if telling.told and self._on_facts is not None:
            self._on_facts()

    async def close(self) -> None:
        if self._reads is not None:
            # A pool that nobody read from was never opened, and asyncpg refuses to close such a one.
            await self._reads
            await self._reads.close()
        if isinstance(self._bind, AsyncEngine):
            await self._bind.dispose()


def _reads_of(name: str) -> str:
    return f"{name}-reads"


def _measure(name: str, engine: AsyncEngine, pool_size: int, reads: asyncpg.Pool) -> None:
    """Let the metrics show both pools whenever they are read."""
    pool = cast(TimedPool, engine.sync_engine.pool)
    metrics.POOL_LIMIT.labels(name).set(pool_size + MAX_OVERFLOW)
    metrics.POOL_CONNECTIONS.labels(name, "used").set_function(pool.checkedout)
    metrics.POOL_CONNECTIONS.labels(name, "idle").set_function(pool.checkedin)
    name = _reads_of(name)
    metrics.POOL_LIMIT.labels(name).set(pool_size)
    metrics.POOL_CONNECTIONS.labels(name, "used").set_function(lambda: reads.get_size() - reads.get_idle_size())
    metrics.POOL_CONNECTIONS.labels(name, "idle").set_function(reads.get_idle_size)


async def _keep(connection: Connection) -> None:
    """Leave a connection as it is when it goes back to the pool."""


def out_of(error: BaseException | None) -> type[DatabaseAway | DatabaseFull] | None:
    """What an error means when the database could not be reached, could not go on, or had no room; None for any other."""
    if isinstance(error, DBAPIError):
        return DatabaseAway if error.connection_invalidated else out_of(_driver_error(error))
    if isinstance(error, asyncpg.DiskFullError):
        return DatabaseFull
    return DatabaseAway if isinstance(error, _AWAY) or (isinstance(error, OSError) and _by_driver(error)) else None


def _by_driver(error: BaseException) -> bool:
    """Whether an error of the operating system, a TimeoutError among them, came up through asyncpg: others raise them as well."""
    frames = (frame for frame, _ in walk_tb(error.__traceback__))
    return any(str(frame.f_globals.get("__name__")).partition(".")[0] == asyncpg.__name__ for frame in frames)


async def uncontended(work: Callable[[], Awaitable[T]]) -> T:
    """Do `work`, one transaction, and again when it was Raced or undone by a deadlock; raises Contended after too often."""
    for _ in range(DEADLOCK_ATTEMPTS):
        try:
            return await work()
        except Exception as error:
            found = _driver_error(error) if isinstance(error, DBAPIError) else error
            if not isinstance(found, asyncpg.DeadlockDetectedError | Raced):
                raise
        # The other side goes first; it waits for nothing any more.
        await asyncio.sleep(random.uniform(0, DEADLOCK_REST_SECONDS))  # noqa: S311  # only to part those who met
    raise Contended


def violated_constraint(error: IntegrityError) -> str:
    """The name of the constraint or unique index that refused a row; empty when there is none (NOT NULL)."""
    return getattr(_driver_error(error), "constraint_name", None) or ""


def _driver_error(error: DBAPIError) -> BaseException | None:
    """What asyncpg raised: SQLAlchemy's wrapper keeps it as the cause of its own."""
    return error.orig.__cause__ if error.orig else None


async def driver_connection(session: AsyncSession) -> Connection:
    """The asyncpg connection under a session, for COPY and set-based work; it is inside the session's transaction."""
    # SQLAlchemy only begins the transaction with its first statement.
    await session.execute(text("SELECT 1"))
    raw = await (await session.connection()).get_raw_connection()
    connection: Connection = raw.driver_connection
    return connection
