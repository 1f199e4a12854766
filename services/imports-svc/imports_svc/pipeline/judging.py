"""What the rows of a planned job say together: when most of them could not be used, a person looks before anything is applied."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from chassis.counts import counted
from imports_svc.cleaning.contradicted import REASON as CONTRADICTED
from imports_svc.cleaning.contradicted import may_contradict
from imports_svc.cleaning.list_units import REASON as OF_ONE
from imports_svc.feeds.doubt import DATES
from imports_svc.feeds.model import Doubt
from imports_svc.jobs.doubted import ROWS_REJECTED
from imports_svc.jobs.models import Job, Run
from imports_svc.pipeline.mapping import reading_of
from imports_svc.pipeline.own_list import ignored_ties, own_list_doubts
from imports_svc.pipeline.vanished import vanished_doubts
from pm.catalog.v1 import bulk_pb2 as pb

DUPLICATE, DIFFERS = "duplicate_in_file", "duplicate_differs"
# A row of the own list that ties another supplier's number to an article.
ROW_OF_TIES = "row_of_ties"
# Several references of one supplier have one GTIN; and more of them than an article has pack sizes or old numbers.
SHARED, OF_MANY = "gtin_shared", "gtin_of_many"
# A reference that is known has another GTIN than before.
CHANGED, EXCHANGED = "gtin_changed", "gtin_exchanged"
FEW = 3
# What lines among the rows say that prices, or stocks, are.
_SAID = {
    "remark_of_tax": "with tax",
    "remark_of_quantity": "for several pieces",
    "remark_of_discount": "before a discount",
    "remark_of_days": "not those of today",
    "remark_of_packs": "beside stocks in packs",
}
# Lines of the file that are no offers and were never meant to be.
NO_OFFERS = frozenset({"header_repeated", "total_row", "remark_row", *_SAID, "picture_row", "parent_row", "row_folded"})
_IN = "remark_in_"
# Of all rows: what one file in a hundred has by accident holds nobody up.
_DUPLICATES = 0.1
_REJECTED = 0.5
_UNREAD = 0.2
# More codes that are dates, stocks that are none, or list prices of another unit than chance gives.
_DATES = 0.005
# Of the references that are known: a single GTIN is corrected now and then.
_CHANGED = 0.1
# Rows that share a GTIN with another reference: pairs in a long list are pack sizes and old numbers.
_SHARED = 0.005
_UNTITLED = (
    "No column was recognised as the title, and the plan creates products: they would have none. Map a title column, or accept"
    " this if that is meant."
)
# What is lost of a column when cells are dropped for these reasons.
_DROPPED = {
    "prices_unread": (
        (
            "price_invalid",
            "price_negative",
            "list_price_invalid",
            "currency_invalid",
            "currency_mismatch",
            "currency_unknown",
            "currency_ambiguous",
            "currency_missing",
            "price_error",
        ),
        "prices",
    ),
    "stocks_unread": (("stock_invalid", "stock_negative", "stock_error", "stock_like_date"), "stocks"),
    "codes_unread": (("gtin_check_digit", "gtin_damaged", "gtin_several", "ref_damaged"), "codes"),
}


def with_judged(job: Job, usual: Collection[str] = (), own: pb.Ledger | None = None, runs: Sequence[Run] = ()) -> list[Doubt]:
    """The job's doubts about its file, and those its rows give.

    `usual`: the currencies of its suppliers; `own`: what the plan says of the run of the shop's own list, if it is one of these.
    """
    of_own_list = own_list_doubts(job, own) if own is not None else ()
    judged = [
        *_judged(job),
        *_of_remarks(job, usual),
        *_usual_currency(job, usual),
        *vanished_doubts(job, runs, job.rejected - _no_offers(job.reasons)),
        *of_own_list,
        *ignored_ties(job, own_list=own is not None),
    ]
    names = {doubt.name for doubt in judged}
    held = {doubt.name for doubt in job.all_doubts if doubt.holds}
    judged = [replace(doubt, holds=doubt.holds or doubt.name in held) for doubt in judged]
    return [*(doubt for doubt in job.all_doubts if doubt.name not in names), *judged]


def _currencies_said(reasons: Mapping[str, int]) -> dict[str, int]:
    """Currencies that lines among the rows say prices are in, each with how many do."""
    return {reason.removeprefix(_IN): rows for reason, rows in reasons.items() if reason.startswith(_IN)}


def _of_remarks(job: Job, usual: Collection[str]) -> Iterator[Doubt]:
    """Lines among the rows that say that prices are other ones than they are read as."""
    read_in = {job.currency} if job.currency else set(usual)
    said = {code: rows for code, rows in _currencies_said(job.reasons).items() if {code} != read_in}
    told = {f"in {code}": rows for code, rows in said.items()} | {
        what: job.reasons[reason] for reason, what in _SAID.items() if job.reasons.get(reason)
    }
    for what, rows in told.items():
        message = (
            f"A line among the rows says that prices are {what}, and they are read as they stand: look at the problems. Say"
            " --currency if it is that, or accept this."
        )
        yield Doubt("price_remark", message, what, rows)


def _judged(job: Job) -> Iterator[Doubt]:
    assert job.mapping is not None, "a job is planned behind its mapping"
    fields = job.mapping["fields"]
    reasons = job.reasons
    if job.products_created and "title" not in fields and not job.confirmed:
        yield Doubt("no_title", _UNTITLED, rows=job.products_created, holds=_may_have_title(job))
    read, rejected = job.read - _no_offers(reasons), job.rejected - _no_offers(reasons)
    if rejected > _REJECTED * read:
        most = ", ".join(sorted(reasons, key=lambda reason: -reasons[reason])[:3])
        yield Doubt(
            ROWS_REJECTED,
            f"{rejected:,} of {counted(read, 'row')} can't be used ({most}): look at the problems and the mapping.",
            rows=rejected,
        )
    if other := reasons.get("other_header", 0):
        yield Doubt(
            "second_table",
            "Another header stands within the file: rows behind it may be read under the wrong names. Send"
            " each table as a file of its own.",
            rows=other,
        )
    for code, (dropped, what) in _DROPPED.items():
        # A row may have several of them.
        most_dropped = max((reasons.get(reason, 0) for reason in dropped), default=0)
        if most_dropped >= max(FEW, _UNREAD * read):
            told = ", ".join(f"{reason} {reasons[reason]:,}" for reason in dropped if reasons.get(reason))
            yield Doubt(
                code, f"Many {what} could not be read and would be left out ({told}): look at the problems.", rows=most_dropped
            )
    for field in ("ref", "mpn", "tie_ref"):
        if dates := reasons.get(f"{field}_like_date", 0):
            yield _dates(job, field, dates, read)
    if shared := reasons.get(SHARED, 0):
        yield _shared(job, shared, read)
    yield from (doubt_of(job, reasons[reason], read) for reason, doubt_of in _OF_ROWS.items() if reasons.get(reason))
    changed, exchanged = reasons.get(CHANGED, 0), reasons.get(EXCHANGED, 0)
    if exchanged or (changed >= FEW and changed >= _CHANGED * (job.updated + job.unchanged)):
        yield _changed(job, changed, exchanged)
    if (refused := reasons.get("our_sku_conflict", 0)) >= max(FEW, _UNREAD * read):
        yield _refused(refused, said="our_sku" in fields)
    if (differing := reasons.get(DIFFERS, 0)) >= max(FEW, _DUPLICATES * read):
        yield _duplicates(job, differing)


def _refused(rows: int, *, said: bool) -> Doubt:
    """SKUs of ours that the GTIN contradicts: a supplier's own numbers are no SKUs of ours. `said`: the file says them itself."""
    if not said:
        message = (
            f"The shop's own list ties {counted(rows, 'row', 'rows')} to an SKU of ours whose product is another one by its GTIN:"
            " new offers among them are left out. Look at the suppliers' article numbers of that list, or accept this."
        )
        return Doubt("our_skus_refused", message, rows=rows)
    message = (
        f"{counted(rows, 'row names', 'rows name')} an SKU of ours whose product is another one by its GTIN: new offers among"
        " them are left out. Map our_sku to no column if these are the supplier's own numbers, or accept this."
    )
    return Doubt("our_skus_refused", message, rows=rows)


def _shared(job: Job, shared: int, read: int) -> Doubt:
    """One GTIN at several references of one supplier: they are joined, and the column may be wrong."""
    assert job.inspection is not None and job.mapping is not None, "a job is planned behind its mapping"
    column = job.inspection["shape"]["columns"][job.mapping["fields"]["gtin"]["column"]]
    of_many = job.reasons.get(OF_MANY, 0)
    many = f", {of_many:,} of them with more than {FEW - 1} others" if of_many else ""
    message = (
        f"In {column!r} {counted(shared, 'row has', 'rows have')} the GTIN of another reference{many}: rows with one GTIN become"
        " one product. The problems name the references. Accept this if each GTIN is one article, as pack sizes and old numbers"
        " of it are; else map gtin to no column, or have the codes corrected."
    )
    return Doubt("gtins_shared", message, column, shared, holds=bool(of_many) or shared >= _SHARED * read)


def _is_no_accident(rows: int, read: int) -> bool:
    """Whether so many rows of a list hold it: a few of a long one, each of a short one."""
    return rows >= min(FEW, max(1, _DATES * read))


def _contradicted(job: Job, rows: int, read: int) -> Doubt:
    """Articles with a stock of which another column says that there is none: the doubt of the first rows, of all."""
    reading = reading_of(job)
    names = may_contradict(reading.inspection, reading.mapping)
    stock = reading.choices["stock"]
    message = (
        f"{', '.join(map(repr, names))} says of {counted(rows, 'row')} with a stock in {stock!r} that there is none: the problems"
        " name them. It is not read. Map stock to what is meant, or accept this."
    )
    # Under the name that was told of the first rows: who said yes to that is not asked again.
    told = {doubt.column for doubt in job.all_doubts if doubt.code == "state_unread"}
    name = next((name for name in names if name in told), names[0])
    return Doubt("state_unread", message, name, rows, holds=_is_no_accident(rows, read))


def _of_one(job: Job, rows: int, read: int) -> Doubt:
    """List prices of another unit than the price beside them: the doubt of the first rows, of all."""
    choices = reading_of(job).choices
    price, listed = choices["price"], choices["list_price"]
    message = (
        f"In {counted(rows, 'row')} {price!r} and {listed!r} do not seem to be for as many pieces: the problems name them. Have"
        " both sent for as many, or map list_price to nothing; accept this if they are right."
    )
    return Doubt(OF_ONE, message, listed, rows, holds=_is_no_accident(rows, read))


_OF_ROWS = {CONTRADICTED: _contradicted, OF_ONE: _of_one}


def _changed(job: Job, changed: int, exchanged: int) -> Doubt:
    """Other GTIN for many references that are known, or for some that exchange theirs: another column, or slipped rows."""
    assert job.inspection is not None and job.mapping is not None, "a job is planned behind its mapping"
    column = job.inspection["shape"]["columns"][job.mapping["fields"]["gtin"]["column"]]
    said = (
        f" {counted(exchanged, 'of them has', 'of them have')} one that another reference of this file brings or gives up: which"
        " article is meant is not certain, and offers would change their products."
        if exchanged
        else " Their products would follow."
    )
    message = (
        f"By {column!r} {counted(changed, 'known reference has', 'known references have')} another GTIN than before.{said}"
        " The problems name both. Map gtin to another column, or accept this if the new ones are right."
    )
    return Doubt("gtins_changed", message, column, changed)


def _dates(job: Job, field: str, dates: int, read: int) -> Doubt:
    """Codes that are dates now, however the file came: of a workbook it is the same doubt."""
    assert job.inspection is not None and job.mapping is not None, "a job is planned behind its mapping"
    column = job.inspection["shape"]["columns"][job.mapping["fields"][field]["column"]]
    message = (
        f"In {column!r} {counted(dates, 'code is a date', 'codes are dates')}: a spreadsheet makes dates of codes such as 3-1"
        " and MAR1. The problems say what each may have been. Have them sent as text, or accept this if they are meant."
    )
    return Doubt(DATES, message, column, dates, holds=_is_no_accident(dates, read))


def _usual_currency(job: Job, usual: Collection[str]) -> Iterator[Doubt]:
    """A first file whose prices name no currency: the supplier's is only what suppliers have who say nothing."""
    fields = (job.mapping or {}).get("fields", {})
    priced = {"price", "list_price"} & fields.keys()
    # Signs that stand for several currencies name one, too.
    if not priced or not usual or not job.created or job.updated or job.unchanged or job.reasons.get("currency_ambiguous"):
        return
    reading, listed = reading_of(job), ", ".join(sorted(usual))
    if reading.names_currency_of_few:
        message = f"Some prices name a currency and most do not: these would be in {listed}. Say --currency, or accept this."
        yield Doubt("currency_of_few", message)
    elif not reading.names_currency:
        message = (
            f"No price of this first list names a currency: they are read as {listed}, which suppliers have who never said one."
            " Say --currency if it is another."
        )
        yield Doubt("currency_usual", message, holds=False)


def _may_have_title(job: Job) -> bool:
    """Whether a column that is not used holds texts: it may be the title, under a name nobody knows."""
    assert job.inspection is not None and job.mapping is not None, "a job is planned behind its mapping"
    used = {choice["column"] for choice in job.mapping["fields"].values()}
    columns = enumerate(job.inspection["profile"]["columns"])
    return any(column["texts"] > 0.5 * column["values"] > 0 for at, column in columns if at not in used)


def _duplicates(job: Job, differing: int) -> Doubt:
    assert job.inspection is not None and job.mapping is not None, "a job is planned behind its mapping"
    hint = "If rows complete each other, such as one per language or picture, replan with repeated_rows=first."
    suggested = job.inspection["mapping"]["fields"].get("supplier")
    if suggested is not None and "supplier" not in job.mapping["fields"]:
        column = job.inspection["shape"]["columns"][suggested["column"]]
        hint = f"The column {column!r} may name each row's supplier: map it to supplier if it does. {hint}"
    told = counted(differing, "row repeats", "rows repeat")
    message = f"{told} the reference of a later row with something else beside it; only the last would count. {hint}"
    return Doubt("duplicates_differ", message, rows=differing)


def _no_offers(reasons: dict[str, int]) -> int:
    return _sum(reasons, NO_OFFERS) + sum(_currencies_said(reasons).values())


def _sum(reasons: dict[str, int], names: Iterable[str]) -> int:
    return sum(reasons.get(name, 0) for name in names)
