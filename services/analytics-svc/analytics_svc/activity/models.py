"""How many products changed: by day, and by the user or the run of an import that changed them."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from analytics_svc.base import Base

SOURCES = ("user", "run")


class ProductMetric(Base):
    __tablename__ = "product_metrics"
    __table_args__ = (
        CheckConstraint(f"source IN ({', '.join(map(repr, SOURCES))})", name="source"),
        Index(None, "day", "changed", "source", "source_id"),
    )

    # In UTC.
    day: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    # A user or a run; empty for edits by no user.
    source_id: Mapped[str] = mapped_column(primary_key=True)
    changed: Mapped[int] = mapped_column(BigInteger)
