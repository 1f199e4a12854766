"""Tables whose rows go after a while, by partitions in a ring: the one written next is emptied first (docs/adr/0015).

What a table holds is known by the transaction that wrote it, so the table needs the columns `slot` (`Ring.slot` is its default),
`txid xid8` and `create_time`.
"""

from dataclasses import dataclass

from sqlalchemy import Column, MetaData, SmallInteger, Table
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

from chassis.db import Database

# What is cleared is old by all slots but one; the clock, which chose the slot, is not asked again for that.
_NEWEST = """
SELECT max(txid)::text AS txid, max(create_time) > clock_timestamp() - make_interval(secs => $2) AS recent
FROM {table} WHERE slot = $1 HAVING count(*) > 0
"""
_NOTE = """
INSERT INTO {table}_horizon VALUES ($1, $2::text::xid8) ON CONFLICT (slot) DO UPDATE SET txid = excluded.txid
"""
_HORIZON = "CREATE TABLE {table}_horizon (slot smallint CONSTRAINT pk_{table}_horizon PRIMARY KEY, txid xid8 NOT NULL)"


class Xid8(UserDefinedType[str]):
    """PostgreSQL's number of a transaction."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


# So that a comparison of models and migrations recognises it.
ischema_names["xid8"] = Xid8


@dataclass(frozen=True)
class Ring:
    """The partitions of one table: each holds `seconds` of rows, and all but two of them are always kept whole."""

    table: str
    slots: int
    seconds: int

    @property
    def slot(self) -> str:
        """The SQL of the partition that a row of now belongs to."""
        return f"((extract(epoch FROM now())::bigint / {self.seconds}) % {self.slots})::smallint"

    @property
    def create(self) -> tuple[str, ...]:
        """What makes the partitions of the table, which is there, and its horizon: up to which transaction rows are gone."""
        return (
            *(f"CREATE TABLE {self.table}_{slot} PARTITION OF {self.table} FOR VALUES IN ({slot})" for slot in range(self.slots)),
            _HORIZON.format(table=self.table),
        )

    def declare(self, metadata: MetaData) -> None:
        """Declare the horizon, so that models and migrations can be compared."""
        Table(
            f"{self.table}_horizon",
            metadata,
            Column("slot", SmallInteger, primary_key=True, autoincrement=False),
            Column("txid", Xid8, nullable=False),
        )

    async def clear_next(self, database: Database) -> None:
        """Empty the partition that will be written next, and note up to which transaction its rows are gone.

        Doing it late or never keeps rows for longer and harms nothing. What is not old is left alone, whatever the hour.
        """
        async with database.writing() as connection:
            slot = await connection.fetchval(f"SELECT ({self.slot} + 1) % {self.slots}")
            # Who reads the table would queue behind a lock that waits.
            await connection.execute("SET LOCAL lock_timeout = '2s'")
            # From here on nobody writes there: the slot may have changed since, and the next be the one of now.
            await connection.execute(f"LOCK TABLE {self.table}_{slot} IN ACCESS EXCLUSIVE MODE")
            newest = await connection.fetchrow(_NEWEST.format(table=self.table), slot, 2 * self.seconds)
            if newest is None or newest["recent"]:
                return
            await connection.execute(_NOTE.format(table=self.table), slot, newest["txid"])
            await connection.execute(f"TRUNCATE {self.table}_{slot}")
