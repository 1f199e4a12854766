"""The table of mappings."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates
from stdnum import ean

from chassis.ids import uuid7
from chassis.rules import rules
from chassis.times import now
from code2asin_svc.base import Base
from code2asin_svc.mappings.errors import InvalidGtin
from pm.code2asin.v1 import code2asin_pb2 as pb

RULES = rules(pb.Mapping.DESCRIPTOR)


def gtin14(gtin: str) -> str:
    """The 14 digits under which a barcode of 8, 12 or 13 is kept and looked for (GS1 General Specifications, 3.3.2)."""
    return gtin.zfill(14)


class Mapping(Base):
    __tablename__ = "code2asin_results"
    __table_args__ = (
        UniqueConstraint("gtin", "marketplace_id", "asin"),
        Index(None, "asin"),
        CheckConstraint("gtin ~ '^[0-9]{14}$'", name="gtin"),
        CheckConstraint(RULES["marketplace_id"].check("marketplace_id"), name="marketplace_id"),
        CheckConstraint(RULES["asin"].check("asin"), name="asin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    gtin: Mapped[str]
    marketplace_id: Mapped[str]
    asin: Mapped[str]
    # A user of db_core.
    created_by: Mapped[UUID]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    version: Mapped[int] = mapped_column(default=1)

    @validates("gtin")
    def _with_check_digit(self, _: str, gtin: str) -> str:
        """Raises InvalidGtin."""
        if not ean.is_valid(gtin):
            raise InvalidGtin(gtin)
        return gtin14(gtin)
