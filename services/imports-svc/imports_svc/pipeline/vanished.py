"""Offers that a list no longer has: where they are many, the list may be a part of what the supplier offers."""

from collections.abc import Iterator

from chassis.counts import counted
from imports_svc.feeds.fields import MISSING_OFFERS
from imports_svc.feeds.model import Doubt
from imports_svc.jobs.models import Job

# Of the offers that are known: lists lose some articles, and partial ones most.
_MANY, _FEW = 0.2, 3


def vanished_doubts(job: Job, unread: int) -> Iterator[Doubt]:
    """Too many for a list of all, or no more than `unread` rows, which may be they, could explain for the most part."""
    assert job.mapping is not None, "a job is planned behind its mapping"
    if not job.vanished or job.mapping.get(MISSING_OFFERS) == "keep":
        return
    known = job.updated + job.unchanged + job.vanished
    if job.vanished < max(_FEW, _MANY * known) and 2 * unread < job.vanished:
        return
    rows = f" {counted(unread, 'row', 'rows')} could not be read and may be among them." if unread else ""
    message = (
        f"The list no longer has {job.vanished:,} of {counted(known, 'known offer')}: they would count no longer, and their"
        f" products without another offer would have no price and stock.{rows} If the list has only a part of what the supplier"
        f" offers, say {MISSING_OFFERS}=keep; accept this if they are gone."
    )
    yield Doubt("offers_vanished", message, rows=job.vanished)
