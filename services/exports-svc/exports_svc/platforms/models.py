"""The table of platforms."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime
from sqlalchemy.orm import Mapped, mapped_column

from chassis.ids import uuid7
from chassis.rules import rules
from chassis.times import now
from exports_svc.base import Base
from pm.exports.v1 import exports_pb2 as pb

RULES = rules(pb.Platform.DESCRIPTOR)


class Platform(Base):
    __tablename__ = "export_platforms"
    __table_args__ = (
        CheckConstraint(RULES["name"].check("name"), name="name"),
        CheckConstraint("kind IN ('file', 'google_merchant', 'shopify', 'woocommerce')", name="kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(unique=True)
    # A name of the contract's Kind, in lower case and without its prefix.
    kind: Mapped[str]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    version: Mapped[int] = mapped_column(default=1)
