"""What the plan says of a batch as a whole, so that only what it needs is done."""

from dataclasses import dataclass

from catalog_svc.bulk.plan import CREATE, UPDATE, VANISHED
from catalog_svc.fields.masks import Masks
from chassis.db import Connection


@dataclass(frozen=True)
class Planned:
    """Offers to create, to update and to vanish; how many create their product, and what updates change."""

    create: int
    update: int
    creating: int
    vanishing: int
    changed: frozenset[str]

    @classmethod
    async def of(cls, connection: Connection, plan: str, masks: Masks, rows: tuple[int, int]) -> "Planned":
        """Count a range of a plan's table."""
        united = ", ".join(f"coalesce(bit_or({word}) FILTER (WHERE kind = {UPDATE}), 0) AS {word}" for word in masks.columns)
        row = await connection.fetchrow(
            f"""
            SELECT count(*) FILTER (WHERE kind = {CREATE})::int AS create, count(*) FILTER (WHERE kind = {UPDATE})::int AS update,
                   count(*) FILTER (WHERE creates)::int AS creating,
                   count(*) FILTER (WHERE kind = {VANISHED})::int AS vanishing, {united}
            FROM {plan} WHERE row_no BETWEEN $1 AND $2""",
            *rows,
        )
        assert row is not None, "counts are always one row"
        return cls(row["create"], row["update"], row["creating"], row["vanishing"], frozenset(masks.names(row)))
