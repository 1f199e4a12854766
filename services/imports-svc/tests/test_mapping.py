import json

import pytest

from imports_svc.feeds.errors import EmptyFeed, UnknownColumn
from imports_svc.jobs.errors import JobPartlyApplied, TooManySuppliers
from imports_svc.jobs.messages import job_proto
from imports_svc.jobs.models import Job
from imports_svc.pipeline.mapping import header_hash, reading_of
from imports_svc.pipeline.repository import PipelineRepository
from imports_svc.understanding.workbooks import xlsx

FEED = b"sku;name;extra;price\n1;Pen;a;1,50\n2;Ink;b;2,00\n"


async def test_what_was_found_is_shown(upload, mapped) -> None:
    shown = job_proto(await mapped(await upload(FEED)), [])
    shape, mapping = json.loads(shown.shape), json.loads(shown.mapping)
    assert (shape["delimiter"], shape["rows"], shape["decimals"]) == (";", 2, {"price": ","})
    assert mapping["fields"]["ref"]["column"] == "sku"
    assert mapping["fields"]["ref"]["why"]
    layout = shown.layout
    assert (layout.encoding, layout.delimiter, layout.quote, layout.header, layout.rows) == ("utf-8", ";", '"', True, 2)
    assert (list(layout.columns), dict(layout.decimal_marks)) == (["sku", "name", "extra", "price"], {"price": ","})
    assert [list(row.cells) for row in layout.sample] == [["1", "Pen", "a", "1,50"], ["2", "Ink", "b", "2,00"]]
    fields = [(each.field, each.column, bool(each.why)) for each in shown.field_mapping.fields]
    assert fields == [("ref", "sku", True), ("title", "name", True), ("price", "price", True)]


async def test_the_decimal_mark_that_a_person_said_is_shown(upload, mapped) -> None:
    codes = b"sku;name;price\nH1;Pen;1.250\nH2;Ink;3.400\n"
    shown = job_proto(await mapped(await upload(codes, overrides={"decimal_mark": ","})), [])
    assert json.loads(shown.shape)["decimals"] == {"price": ","}


async def test_without_identity_the_job_waits_for_a_person(upload, mapped) -> None:
    job = await mapped(await upload(b"name;price\nPen;1\n", auto_apply=True))
    assert job.state == "held"
    assert "ref" in job.hold_reason


async def test_what_a_person_has_seen_is_not_held_again(upload, mapped) -> None:
    codes = b"sku;ean\n1;4006381333931\n2;4006381333948\n"
    assert (await mapped(await upload(codes))).state == "held"
    assert (await mapped(await upload(codes, confirmed=True))).state == "mapped"


async def test_the_mapping_of_the_last_file_with_this_header_is_proposed(committing, upload, mapped) -> None:
    taught = await mapped(await upload(FEED, overrides={"title": "extra", "brand": "name"}))
    reading = reading_of(taught)
    async with committing.transaction() as session:
        await PipelineRepository(session).remember(taught, header_hash(reading.inspection), reading.choices, [])
    again = reading_of(await mapped(await upload(FEED, supplier_name="ACME"))).choices
    assert (again["title"], again["brand"]) == ("extra", "name")
    corrected = reading_of(await mapped(await upload(FEED, overrides={"title": "name"}))).choices
    assert (corrected["title"], corrected["brand"]) == ("name", "")
    stranger = reading_of(await mapped(await upload(FEED, supplier_name="Beta"))).choices
    assert stranger["title"] == "name"
    other_header = reading_of(await mapped(await upload(FEED.replace(b"extra", b"more")))).choices
    assert other_header["title"] == "name"


async def test_the_encoding_a_person_said_is_remembered_for_all_headers(committing, upload, mapped) -> None:
    def feed(header: str) -> bytes:
        return f"sku;{header};price\n1;Łódź;1,50\n2;Sąsiad;2,00\n".encode("cp1250")

    async def remember(job: Job) -> None:
        reading = reading_of(job)
        async with committing.transaction() as session:
            await PipelineRepository(session).remember(job, header_hash(reading.inspection), reading.choices, [])

    def first(job: Job) -> tuple[str, str]:
        seen = reading_of(job).inspection
        return seen.sample[0][1], seen.shape.letters

    wrong = await mapped(await upload(feed("name"), overrides={"encoding": "cp1252"}))
    assert first(wrong) == ("£ódŸ", "cp1252")
    wrong.state = "planned"
    wrong.replan({"encoding": "windows-1250"}, [], partly_applied=False)
    assert (wrong.state, wrong.inspection) == ("uploaded", None)
    await remember(await mapped(await upload(feed("name"), overrides={"encoding": "cp1252"})))
    assert first(await mapped(await upload(feed("name")))) == ("£ódŸ", "cp1252")
    assert first(await mapped(await upload(feed("title")))) == ("£ódŸ", "cp1252")
    stranger = await mapped(await upload(feed("name"), supplier_name="Beta"))
    assert first(stranger)[1] == ""
    anew = await mapped(await upload(feed("title"), overrides={"encoding": ""}))
    assert first(anew) == first(stranger)
    await remember(anew)
    assert first(await mapped(await upload(feed("name")))) == first(stranger)


async def test_the_separator_of_categories_is_shown_changed_and_remembered(committing, upload, mapped) -> None:
    feed = b"sku;name;category\n1;Drill;Tools/Drills\n2;Saw;Tools/Saws\n3;Pen;Pens/Ink\n"
    found = await mapped(await upload(feed))
    assert json.loads(job_proto(found, []).mapping)["category_separator"] == "/"
    taught = await mapped(await upload(feed, overrides={"category_separator": ""}))
    reading = reading_of(taught)
    assert reading.mapping.category_separator == ""
    assert found.reading_hash != taught.reading_hash
    async with committing.transaction() as session:
        await PipelineRepository(session).remember(taught, header_hash(reading.inspection), reading.choices, [])
    assert reading_of(await mapped(await upload(feed))).mapping.category_separator == ""
    assert reading_of(await mapped(await upload(feed, overrides={"title": "sku"}))).mapping.category_separator == ""
    again = await mapped(await upload(feed, overrides={"category_separator": "/"}))
    assert again.reading_hash == found.reading_hash
    other_column = await mapped(await upload(feed, overrides={"category": "name"}))
    assert reading_of(other_column).mapping.category_separator is None


async def test_prices_and_stocks_in_brackets_are_carried_and_remembered(committing, upload, mapped) -> None:
    feed = b"sku;name;price;price_10;price_100;stock_lyon;stock_paris\n1;Pen;3;2;1;5;6\n2;Ink;3;2;1;5;6\n"
    many = ["price[min=100]", "price[min=10]", "stock[location=lyon]", "stock[location=paris]"]
    job = await mapped(await upload(feed))
    assert reading_of(job).columns == ["ref", "title", "price", *many]
    assert json.loads(job_proto(job, []).mapping)["fields"]["price[min=10]"]["column"] == "price_10"
    taught = await mapped(await upload(feed, overrides={"price[min=10]": "", "price[type=map]": "price_10"}))
    reading = reading_of(taught)
    kept = ["price[min=100]", "price[type=map]", *many[2:]]
    assert reading.columns[3:] == kept
    async with committing.transaction() as session:
        await PipelineRepository(session).remember(taught, header_hash(reading.inspection), reading.choices, [])
    again = await mapped(await upload(feed))
    assert reading_of(again).columns[3:] == kept
    assert again.reading_hash == taught.reading_hash != job.reading_hash


async def test_a_currency_is_carried_only_when_somebody_names_one(upload, mapped) -> None:
    assert "currency" not in reading_of(await mapped(await upload(FEED))).columns
    assert "currency" in reading_of(await mapped(await upload(FEED, currency="USD"))).columns
    assert "currency" in reading_of(await mapped(await upload(FEED.replace(b"price", b"price EUR")))).columns


@pytest.mark.parametrize(
    ("content", "overrides", "error"),
    [
        (b"sku;name;price\n", {}, EmptyFeed),
        (FEED, {"ref": "nowhere"}, UnknownColumn),
        (FEED, {"nothing": "sku"}, UnknownColumn),
        (b"sku;name\n" + b"".join(b"%d;n%d\n" % (no, no) for no in range(600)), {"supplier": "name"}, TooManySuppliers),
    ],
)
async def test_what_can_not_be_read_says_why(upload, mapped, content, overrides, error) -> None:
    with pytest.raises(error):
        await mapped(await upload(content, overrides=overrides))


async def test_a_person_names_the_sheet_and_another_one_later(committing, upload, mapped, load) -> None:
    header = ["SKU", "Name", "Price"]
    book = xlsx({"DE": [header, ["A-1", "Lamp", 1.5]], "AT": [header, ["B-1", "Nut", 2.5], ["B-2", "Bolt", 3.5]]})
    job = await mapped(await upload(book))
    assert [doubt.name for doubt in job.open_doubts] == ["sheets_together"]
    assert job.inspection["shape"]["tables"] == ["DE", "AT"]
    job = await mapped(await upload(book, overrides={"table": "AT"}))
    assert (job.state, job.inspection["rows"], job.open_doubts) == ("mapped", 2, [])
    job.enter("planned")
    job.replan({"title": "Name"}, [], partly_applied=False)
    assert (job.state, job.inspection["rows"]) == ("sniffed", 2)
    job.enter("planned")
    job.replan({"table": "DE"}, [], partly_applied=False)
    assert (job.state, job.inspection) == ("uploaded", None)


async def test_the_currency_of_a_sign_is_said_to_a_held_job(upload, mapped) -> None:
    content = b"sku;navn;pris\nN-1;Kaffe;1.249,50 kr\nN-2;Te;49,- kr\n"
    job = await mapped(await upload(content))
    assert [doubt.name for doubt in job.open_doubts] == ["currency_ambiguous:pris"]
    job.enter("planned")
    job.replan({}, [], partly_applied=False, currency="SEK")
    assert (job.state, job.currency) == ("sniffed", "SEK")
    assert (await mapped(await upload(content, currency=job.currency))).open_doubts == []
    job.enter("planned")
    with pytest.raises(JobPartlyApplied):
        job.replan({}, [], partly_applied=True, currency="NOK")


async def test_a_chosen_sheet_is_read_of_the_supplier_s_next_file(committing, upload, mapped) -> None:
    header = ["SKU", "Name", "Price"]
    book = {"DE": [header, ["A-1", "Lamp", 1.5]], "AT": [header, ["B-1", "Nut", 2.5], ["B-2", "Bolt", 3.5]]}
    later = xlsx({"AT": [*book["AT"], ["B-3", "Nail", 4.5]], "DE": book["DE"], "Info": [["Call us"]]})

    async def applied(job) -> None:
        reading = reading_of(job)
        async with committing.transaction() as session:
            await PipelineRepository(session).remember(job, header_hash(reading.inspection), reading.choices, [])

    await applied(await mapped(await upload(xlsx(book), overrides={"table": "AT"})))
    again = await mapped(await upload(later, supplier_name="ACME"))
    assert (again.inspection["rows"], again.inspection["shape"]["table"], again.open_doubts) == (3, "AT", [])
    assert (await mapped(await upload(later, supplier_name="Beta"))).inspection["shape"]["table"] == "*"
    # A text with the same header has no sheets, and leaves the choice as it is.
    await applied(await mapped(await upload(b"SKU,Name,Price\nA-1,Lamp,1.5\n")))
    assert (await mapped(await upload(later))).inspection["shape"]["table"] == "AT"
    # Said of one file, for it and those that follow.
    found = await mapped(await upload(later, overrides={"table": ""}))
    assert (found.inspection["shape"]["table"], [doubt.name for doubt in found.open_doubts]) == ("*", ["sheets_together"])
    again.enter("planned")
    again.replan({"table": ""}, [], partly_applied=False)
    assert (again.state, again.inspection) == ("uploaded", None)
    gone = await mapped(await upload(xlsx({"DE": book["DE"], "CH": book["AT"]})))
    assert [doubt.name for doubt in gone.open_doubts] == ["sheet_missing:DE, CH", "sheets_together"]
    assert "'AT'. Its sheets: 'DE', 'CH'" in gone.open_doubts[0].message


async def test_a_choice_in_one_kind_of_workbook_says_nothing_of_another_kind(committing, upload, mapped) -> None:
    stock = [["SKU", "Stock"], ["A-1", 5]]

    async def applied(job) -> None:
        reading = reading_of(job)
        async with committing.transaction() as session:
            await PipelineRepository(session).remember(job, header_hash(reading.inspection), reading.choices, [])

    await applied(await mapped(await upload(xlsx({"Stock 1": stock}))))
    prices = {"DE": [["SKU", "Name", "Price"], ["A-1", "Lamp", 1.5]], "EN": [["SKU", "Name", "Cost"], ["A-1", "Lamp", 2.5]]}
    await applied(await mapped(await upload(xlsx(prices), overrides={"table": "EN"})))
    # Its sheet has another name each time.
    for name in ("Stock 2", "Stock 3"):
        again = await mapped(await upload(xlsx({name: stock})))
        assert (again.inspection["shape"]["table"], again.open_doubts) == (name, [])
        await applied(again)
    renamed = await mapped(await upload(xlsx({"English": prices["EN"]})))
    assert [doubt.name for doubt in renamed.open_doubts] == ["sheet_missing:English"]
    await applied(renamed)
    assert (await mapped(await upload(xlsx({"English": prices["EN"], "DE": prices["DE"]})))).open_doubts == []


async def test_who_chose_the_sheet_makes_no_other_rows(committing, upload, mapped) -> None:
    book = xlsx({"DE": [["SKU", "Name"], ["A-1", "Lamp"]], "Info": [["Call us"]]})
    found = await mapped(await upload(book))
    said = await mapped(await upload(book, overrides={"table": "DE"}))
    assert found.reading_hash == said.reading_hash
