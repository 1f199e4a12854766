"""What is told of the shop's own list once its plan is made: whose number the reference is, its price, and the ties it makes."""

from collections.abc import Iterator

from chassis.counts import counted
from imports_svc.feeds.fields import TIES
from imports_svc.feeds.model import Doubt
from imports_svc.jobs.models import Job
from imports_svc.mapping.own_list import may_tie, unread
from imports_svc.mapping.suggest import CHOSEN
from imports_svc.pipeline.mapping import inspection_of
from imports_svc.vocabulary.words import is_suppliers
from pm.catalog.v1 import bulk_pb2 as pb

# Ties that become others: of all that there were, and never for fewer.
_CHANGED, _FEW = 0.2, 3


def own_list_doubts(job: Job, ledger: pb.Ledger) -> Iterator[Doubt]:
    """What a list of the shop's own articles may mean otherwise than a supplier's; `ledger` is its run's."""
    assert job.inspection is not None and job.mapping is not None, "a job is planned behind its mapping"
    columns, fields = job.inspection["shape"]["columns"], job.mapping["fields"]
    ref = columns[fields["ref"]["column"]]
    ours = columns[fields["our_sku"]["column"]] if "our_sku" in fields else ref
    chosen = fields["ref"]["why"] == CHOSEN
    if not chosen and (ours != ref or is_suppliers(ref)):
        other = f" {ours!r} may be it." if ours != ref else ""
        message = (
            f"{ref!r} is read as our SKU, because this is the shop's own list.{other} Map ref to the right one, or accept this."
        )
        yield Doubt("own_ref", message, ref)
    if "price" in fields:
        price = columns[fields["price"]["column"]]
        message = (
            f"{price!r} is read as what we pay, and the shop's own list comes before all suppliers: it would be the price of its"
            " products. Map list_price to it if it is what we ask, or accept this."
        )
        yield Doubt("own_price", message, price)
    used = {columns[choice["column"]] for choice in fields.values()}
    left = unread([name for name in columns if name not in used])
    if "tie_ref" not in fields and not left:
        profiles = inspection_of(job).profile.columns
        pairs = zip(columns, profiles, strict=True)
        left = [name for name, column in pairs if name not in used and may_tie(name, column)]
    if job.inspection["shape"]["header"] and left:
        message = (
            f"Suppliers' numbers of articles are not read: {', '.join(map(repr, left))}. Map tie_supplier to the column of"
            " suppliers and tie_ref to that of their numbers: one pair is read, so have a row for each supplier of an article."
        )
        yield Doubt("sku_ties_unread", message, left[0], holds=False)
    yield from _ties(ledger)


def _ties(ledger: pb.Ledger) -> Iterator[Doubt]:
    """What becomes of the ties between suppliers' references and our SKUs, and when offers follow them."""
    moved = ledger.ties_changed + ledger.ties_removed
    if not (moved or ledger.ties_added or ledger.ties_waiting):
        return
    waiting = ""
    if ledger.ties_waiting:
        offers = counted(ledger.ties_waiting, "offer is", "offers are")
        waiting = (
            f" {offers} of another product than the list says, and each goes to our SKU's with its supplier's next list, unless"
            " its GTIN speaks against it."
        )
    yield Doubt(
        "sku_ties",
        f"Suppliers' article numbers that the list ties to our SKUs: {ledger.ties_added:,} new, {ledger.ties_changed:,} to"
        f" another SKU than before, {ledger.ties_removed:,} taken back, {ledger.ties_unchanged:,} as they were.{waiting}",
        holds=False,
    )
    if moved >= max(_FEW, _CHANGED * (moved + ledger.ties_unchanged)):
        message = (
            f"{counted(moved, 'tie', 'ties')} of suppliers' article numbers to our SKUs would be taken back or go to another SKU,"
            f" and {ledger.ties_unchanged:,} stay: the columns may be wrong or empty. Map tie_supplier and tie_ref to no column"
            " to keep the ties as they are, or accept this."
        )
        yield Doubt("sku_ties_changed", message, rows=moved)


def ignored_ties(job: Job, *, own_list: bool) -> Iterator[Doubt]:
    """Columns that were chosen to tie and do not: half a tie, or a list that is not the shop's own."""
    assert job.inspection is not None and job.mapping is not None, "a job is planned behind its mapping"
    fields = job.mapping["fields"]
    tied = [name for name in TIES if name in fields]
    if not tied or (own_list and len(tied) == len(TIES)):
        return
    column = job.inspection["shape"]["columns"][fields[tied[0]]["column"]]
    why = f"{tied[0]} is mapped and its other half is not" if own_list else "only the shop's own list ties (`pm suppliers own`)"
    yield Doubt("sku_ties_ignored", f"{column!r} ties nothing: {why}. Map {', '.join(TIES)}, or accept this.", column)
