from datetime import datetime

from sqlalchemy import DateTime, Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_svc.base import Base


class Request(Base):
    """A call that must not happen twice, and what it answered."""

    __tablename__ = "requests"
    __table_args__ = (Index("ix_requests_create_time", "create_time"),)

    request_id: Mapped[str] = mapped_column(primary_key=True)
    method: Mapped[str]
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    response: Mapped[bytes] = mapped_column(LargeBinary, server_default=text("''"))
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
