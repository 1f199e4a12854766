from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.testing import check_models, error_of
from pm.exports.v1 import exports_pb2 as pb
from pm.exports.v1.exports_pb2_grpc import PlatformServiceStub

Metadata = tuple[tuple[str, str], ...]


@pytest.fixture
def writer(as_user: Callable[..., Metadata]) -> Metadata:
    return as_user("exports.platforms.read", "exports.platforms.write")


async def create(platforms: PlatformServiceStub, writer: Metadata, name: str) -> pb.Platform:
    request = pb.CreatePlatformRequest(platform=pb.Platform(name=name, kind=pb.Platform.KIND_SHOPIFY))
    return await platforms.CreatePlatform(request, metadata=writer)


async def test_what_was_created_is_listed_by_name(platforms: PlatformServiceStub, writer: Metadata) -> None:
    second = await create(platforms, writer, "second")
    first = await create(platforms, writer, "first")
    listed = await platforms.ListPlatforms(pb.ListPlatformsRequest(), metadata=writer)
    assert list(listed.platforms) == [first, second]
    assert first.version == 1
    assert first.kind == pb.Platform.KIND_SHOPIFY
    assert first.create_time.seconds > 0
    assert not listed.next_page_token


async def test_pages_join_without_gap_or_overlap(platforms: PlatformServiceStub, writer: Metadata) -> None:
    for name in "abcde":
        await create(platforms, writer, name)
    names, token = [], ""
    while True:
        page = await platforms.ListPlatforms(pb.ListPlatformsRequest(page_size=2, page_token=token), metadata=writer)
        names += [platform.name for platform in page.platforms]
        token = page.next_page_token
        if not token:
            break
    assert names == list("abcde")


async def test_a_name_can_be_given_once(platforms: PlatformServiceStub, writer: Metadata) -> None:
    await create(platforms, writer, "only")
    error = await error_of(create(platforms, writer, "only"))
    assert error.reason == "PLATFORM_NAME_TAKEN"
    listed = await platforms.ListPlatforms(pb.ListPlatformsRequest(), metadata=writer)
    assert len(listed.platforms) == 1


async def test_the_contract_is_enforced(platforms: PlatformServiceStub, writer: Metadata) -> None:
    error = await error_of(create(platforms, writer, ""))
    assert list(error.violations) == ["platform.name"]


async def test_the_kind_must_be_named(platforms: PlatformServiceStub, writer: Metadata) -> None:
    error = await error_of(platforms.CreatePlatform(pb.CreatePlatformRequest(platform=pb.Platform(name="any")), metadata=writer))
    assert list(error.violations) == ["platform.kind"]


@pytest.mark.parametrize("kind", [number for number in pb.Platform.Kind.values() if number])
async def test_every_kind_can_be_kept(
    platforms: PlatformServiceStub, writer: Metadata, kind: "pb.Platform.Kind.ValueType"
) -> None:
    request = pb.CreatePlatformRequest(platform=pb.Platform(name="any", kind=kind))
    assert (await platforms.CreatePlatform(request, metadata=writer)).kind == kind


async def test_reading_does_not_permit_writing(platforms: PlatformServiceStub, as_user: Callable[..., Metadata]) -> None:
    error = await error_of(create(platforms, as_user("exports.platforms.read"), "any"))
    assert error.reason == "MISSING_PERMISSION"


async def test_models_match_the_migrations(database_url: str, migrations_dir: Path) -> None:
    await check_models(migrations_dir, database_url)


async def test_a_call_that_is_sent_again_creates_nothing_more(platforms: PlatformServiceStub, writer: Metadata) -> None:
    request = pb.CreatePlatformRequest(platform=pb.Platform(name="once", kind=pb.Platform.KIND_SHOPIFY), request_id="once")
    first = await platforms.CreatePlatform(request, metadata=writer)
    assert await platforms.CreatePlatform(request, metadata=writer) == first
    assert list((await platforms.ListPlatforms(pb.ListPlatformsRequest(), metadata=writer)).platforms) == [first]
