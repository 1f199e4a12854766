from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog_svc.base import Base, contract_checks, facet_numbers
from chassis.ids import uuid7
from pm.catalog.v1 import suppliers_pb2 as pb

DEFAULT_PRIORITY = 100
# Before the first rank that anybody else can have.
OWN_PRIORITY = 0


class Supplier(Base):
    """Where offers come from."""

    __tablename__ = "suppliers"
    __table_args__ = (
        *contract_checks(
            pb.Supplier.DESCRIPTOR, {"name": "name", "priority": "priority", "default_currency": "default_currency"}
        ),
        Index("uq_suppliers_lower_name", text("lower(name)"), unique=True),
        Index("uq_suppliers_facet", "facet", unique=True),
        Index("uq_suppliers_own_list", "own_list", unique=True, postgresql_where=text("own_list")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str]
    # 1 ranks first.
    priority: Mapped[int] = mapped_column(default=DEFAULT_PRIORITY, server_default=text("100"))
    default_currency: Mapped[str]
    # The shop's own article list: its references are SKUs of products.
    own_list: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    facet: Mapped[int] = mapped_column(facet_numbers, server_default=facet_numbers.next_value())
    # Grows whenever a run begins and ends to be applied: a plan made at another number is stale.
    epoch: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    # The run that is being applied; only one may be at a time.
    applying_run_id: Mapped[UUID | None]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    update_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))


class Reranking(Base):
    """A supplier of very many offers whose rank changed: they are ranked again in slices, and the row goes with the last."""

    __tablename__ = "supplier_rerankings"

    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("suppliers.id"), primary_key=True, autoincrement=False)
    # The last reference that is done.
    after_ref: Mapped[str] = mapped_column(server_default=text("''"))
    # About how many offers are still to be ranked: those that came meanwhile are right already.
    offers_left: Mapped[int]
    # Who changed the rank, and so what follows from it.
    user_id: Mapped[UUID]
    create_time: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
