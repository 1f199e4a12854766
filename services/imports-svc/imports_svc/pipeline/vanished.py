"""Offers that a list no longer has: where they are many, the list may be a part of what the supplier offers."""

from collections.abc import Iterator, Sequence

from chassis.counts import counted
from imports_svc.feeds.fields import MISSING_OFFERS
from imports_svc.feeds.model import Doubt
from imports_svc.jobs.models import Job, Run

# Of the offers that are known: lists lose some articles, and partial ones most.
_MANY, _FEW = 0.2, 3


def vanished_doubts(job: Job, runs: Sequence[Run], unread: int) -> Iterator[Doubt]:
    """Too many of a supplier for a list of all, or no more than rows that could not be read, and may be they, could explain."""
    assert job.mapping is not None, "a job is planned behind its mapping"
    lost = [run for run in runs if run.vanished and _is_many(run, unread)]
    if not lost or job.mapping.get(MISSING_OFFERS) == "keep":
        return
    told = "; ".join(f"{run.vanished:,} of {counted(_known(run), 'known offer')} of {run.supplier_name}" for run in lost[:_FEW])
    more = f", and some of {counted(len(lost) - _FEW, 'more supplier')}" if len(lost) > _FEW else ""
    rows = f" {counted(unread, 'row')} could not be read and may be among them." if unread else ""
    message = (
        f"The list no longer has {told}{more}: they would count no longer, and their products without another offer would have no"
        f" price and stock.{rows} If the list has only a part of what the supplier offers, say {MISSING_OFFERS}=keep; accept this"
        " if they are gone."
    )
    yield Doubt("offers_vanished", message, rows=sum(run.vanished for run in lost))


def _known(run: Run) -> int:
    return run.updated + run.unchanged + run.vanished


def _is_many(run: Run, unread: int) -> bool:
    return run.vanished >= max(_FEW, _MANY * _known(run)) or 2 * unread >= run.vanished
