"""Rows by outcome, as jobs and runs keep them."""

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

COUNTS = (
    *("read", "created", "updated", "unchanged", "rejected", "skipped"),
    *("vanished", "warnings", "products_created", "products_changed"),
)
ZERO = text("0")
NO_OBJECT = text("'{}'::jsonb")


def balance() -> CheckConstraint:
    """The sum that the database holds."""
    return CheckConstraint("read = created + updated + unchanged + rejected + skipped", name="ledger")


class Ledger:
    """Rows by outcome. They are written all at once, so the sum holds at every moment; `reasons` counts rows per reason."""

    read: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    created: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    updated: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    unchanged: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    rejected: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    skipped: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    vanished: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    warnings: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    products_created: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    products_changed: Mapped[int] = mapped_column(default=0, server_default=ZERO)
    reasons: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict, server_default=NO_OBJECT)

    def count(self, *parts: "Ledger") -> None:
        """Become the sum of `parts`; of none, nothing."""
        for name in COUNTS:
            setattr(self, name, sum(getattr(part, name) for part in parts))
        reasons = sorted({reason for part in parts for reason in part.reasons})
        self.reasons = {reason: sum(part.reasons.get(reason, 0) for part in parts) for reason in reasons}
