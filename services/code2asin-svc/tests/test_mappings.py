from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.testing import check_models, error_of
from pm.code2asin.v1 import code2asin_pb2 as pb
from pm.code2asin.v1.code2asin_pb2_grpc import MappingServiceStub

Metadata = tuple[tuple[str, str], ...]
FRANCE = "A13V1IB3VIYZZH"
EAN = "4006381333931"
ASIN = "B000000001"
USER = "01890000-0000-7000-8000-0000000000aa"


@pytest.fixture
def writer(as_user: Callable[..., Metadata]) -> Metadata:
    return as_user("code2asin.mappings.read", "code2asin.mappings.write", user_id=USER)


async def create(mappings: MappingServiceStub, writer: Metadata, gtin: str = EAN, asin: str = ASIN) -> pb.Mapping:
    mapping = pb.Mapping(gtin=gtin, marketplace_id=FRANCE, asin=asin)
    return await mappings.CreateMapping(pb.CreateMappingRequest(mapping=mapping), metadata=writer)


async def test_a_mapping_says_who_noted_it(mappings: MappingServiceStub, writer: Metadata) -> None:
    made = await create(mappings, writer)
    listed = await mappings.ListMappings(pb.ListMappingsRequest(), metadata=writer)
    assert list(listed.mappings) == [made]
    assert made.gtin == "04006381333931"
    assert made.created_by == USER


async def test_a_barcode_is_found_in_any_length(mappings: MappingServiceStub, writer: Metadata) -> None:
    upc = await create(mappings, writer, "036000291452")
    await create(mappings, writer)
    for written in ("036000291452", "0036000291452", "00036000291452"):
        listed = await mappings.ListMappings(pb.ListMappingsRequest(gtin=written), metadata=writer)
        assert list(listed.mappings) == [upc]


async def test_one_barcode_may_be_several_items_and_one_item_several_barcodes(
    mappings: MappingServiceStub, writer: Metadata
) -> None:
    first = await create(mappings, writer)
    other_item = await create(mappings, writer, asin="B000000002")
    other_barcode = await create(mappings, writer, gtin="96385074")
    of_barcode = await mappings.ListMappings(pb.ListMappingsRequest(gtin=EAN), metadata=writer)
    of_item = await mappings.ListMappings(pb.ListMappingsRequest(asin=ASIN), metadata=writer)
    assert sorted(mapping.id for mapping in of_barcode.mappings) == sorted([first.id, other_item.id])
    assert sorted(mapping.id for mapping in of_item.mappings) == sorted([first.id, other_barcode.id])


async def test_pages_join_without_gap_or_overlap(mappings: MappingServiceStub, writer: Metadata) -> None:
    made = [await create(mappings, writer, asin=f"B00000000{number}") for number in range(5)]
    listed: list[pb.Mapping] = []
    token = ""
    while True:
        request = pb.ListMappingsRequest(gtin=EAN, page_size=2, page_token=token)
        page = await mappings.ListMappings(request, metadata=writer)
        listed += page.mappings
        token = page.next_page_token
        if not token:
            break
    assert sorted(mapping.id for mapping in listed) == sorted(mapping.id for mapping in made)


async def test_a_mapping_is_noted_once(mappings: MappingServiceStub, writer: Metadata) -> None:
    await create(mappings, writer)
    error = await error_of(create(mappings, writer, gtin=f"0{EAN}"))
    assert error.reason == "MAPPING_EXISTS"


async def test_a_wrong_check_digit_is_refused(mappings: MappingServiceStub, writer: Metadata) -> None:
    error = await error_of(create(mappings, writer, gtin="4006381333932"))
    assert error.reason == "INVALID_GTIN"
    assert list(error.violations) == ["mapping.gtin"]


@pytest.mark.parametrize(("field", "value"), [("gtin", "12345"), ("asin", "b000000001"), ("marketplace_id", "FR")])
async def test_the_contract_is_enforced(mappings: MappingServiceStub, writer: Metadata, field: str, value: str) -> None:
    mapping = pb.Mapping(**{"gtin": EAN, "asin": ASIN, "marketplace_id": FRANCE, field: value})
    error = await error_of(mappings.CreateMapping(pb.CreateMappingRequest(mapping=mapping), metadata=writer))
    assert list(error.violations) == [f"mapping.{field}"]


async def test_reading_does_not_permit_writing(mappings: MappingServiceStub, as_user: Callable[..., Metadata]) -> None:
    error = await error_of(create(mappings, as_user("code2asin.mappings.read")))
    assert error.reason == "MISSING_PERMISSION"


async def test_models_match_the_migrations(database_url: str, migrations_dir: Path) -> None:
    await check_models(migrations_dir, database_url)


async def test_a_call_that_is_sent_again_creates_nothing_more(mappings: MappingServiceStub, writer: Metadata) -> None:
    request = pb.CreateMappingRequest(mapping=pb.Mapping(gtin=EAN, marketplace_id=FRANCE, asin=ASIN), request_id="once")
    first = await mappings.CreateMapping(request, metadata=writer)
    assert await mappings.CreateMapping(request, metadata=writer) == first
    assert list((await mappings.ListMappings(pb.ListMappingsRequest(), metadata=writer)).mappings) == [first]
