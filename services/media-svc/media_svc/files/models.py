"""The table of files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.ids import uuid7
from chassis.rules import rules
from chassis.times import now
from media_svc.base import Base
from pm.media.v1 import media_pb2 as pb

RULES = rules(pb.File.DESCRIPTOR)


class File(Base):
    __tablename__ = "media_files"
    __table_args__ = (
        UniqueConstraint("product_id", "source_url"),
        Index(None, "product_id", "position", "id"),
        CheckConstraint(RULES["source_url"].check("source_url"), name="source_url"),
        CheckConstraint(RULES["position"].check("position"), name="position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    # A product of db_catalog.
    product_id: Mapped[UUID]
    source_url: Mapped[str]
    position: Mapped[int]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    version: Mapped[int] = mapped_column(default=1)
