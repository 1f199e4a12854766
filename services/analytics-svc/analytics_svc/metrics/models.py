"""The table of measurements."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from analytics_svc.base import Base
from chassis.ids import uuid7
from chassis.rules import rules
from chassis.times import now
from pm.analytics.v1 import analytics_pb2 as pb

RULES = rules(pb.Metric.DESCRIPTOR)


class Metric(Base):
    __tablename__ = "performance_metrics"
    __table_args__ = (
        Index(None, "name", "observe_time", "id"),
        Index(None, "observe_time", "id"),
        CheckConstraint(RULES["name"].check("name"), name="name"),
        CheckConstraint(RULES["unit"].check("unit"), name="unit"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str]
    value: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    unit: Mapped[str]
    observe_time: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
