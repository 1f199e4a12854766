from collections.abc import Callable
from pathlib import Path

import pytest

from chassis.testing import check_models, error_of
from pm.media.v1 import media_pb2 as pb
from pm.media.v1.media_pb2_grpc import FileServiceStub

Metadata = tuple[tuple[str, str], ...]
PRODUCT = "01890000-0000-7000-8000-00000000000a"
OTHER_PRODUCT = "01890000-0000-7000-8000-00000000000b"


@pytest.fixture
def writer(as_user: Callable[..., Metadata]) -> Metadata:
    return as_user("media.files.read", "media.files.write")


async def create(files: FileServiceStub, writer: Metadata, path: str, position: int = 0, product_id: str = PRODUCT) -> pb.File:
    file = pb.File(product_id=product_id, source_url=f"https://pictures.example/{path}", position=position)
    return await files.CreateFile(pb.CreateFileRequest(file=file), metadata=writer)


async def test_files_of_a_product_are_listed_by_position(files: FileServiceStub, writer: Metadata) -> None:
    back = await create(files, writer, "back.jpg", position=2)
    front = await create(files, writer, "front.jpg", position=1)
    await create(files, writer, "front.jpg", product_id=OTHER_PRODUCT)
    listed = await files.ListFiles(pb.ListFilesRequest(product_id=PRODUCT), metadata=writer)
    assert list(listed.files) == [front, back]
    assert front.create_time.seconds > 0
    assert not listed.next_page_token


async def test_pages_join_without_gap_or_overlap(files: FileServiceStub, writer: Metadata) -> None:
    # Equal positions, so that the order rests on the ids.
    made = [await create(files, writer, f"{number}.jpg", position=number // 3) for number in range(7)]
    listed: list[pb.File] = []
    token = ""
    while True:
        request = pb.ListFilesRequest(product_id=PRODUCT, page_size=2, page_token=token)
        page = await files.ListFiles(request, metadata=writer)
        listed += page.files
        token = page.next_page_token
        if not token:
            break
    assert sorted(file.id for file in listed) == sorted(file.id for file in made)
    assert [file.position for file in listed] == sorted(file.position for file in made)


async def test_a_page_token_of_another_product_is_refused(files: FileServiceStub, writer: Metadata) -> None:
    for path in ("a.jpg", "b.jpg"):
        await create(files, writer, path)
    page = await files.ListFiles(pb.ListFilesRequest(product_id=PRODUCT, page_size=1), metadata=writer)
    request = pb.ListFilesRequest(product_id=OTHER_PRODUCT, page_token=page.next_page_token)
    error = await error_of(files.ListFiles(request, metadata=writer))
    assert error.reason == "INVALID_PAGE_TOKEN"


async def test_a_product_has_a_url_once(files: FileServiceStub, writer: Metadata) -> None:
    await create(files, writer, "front.jpg")
    error = await error_of(create(files, writer, "front.jpg", position=9))
    assert error.reason == "SOURCE_URL_TAKEN"


@pytest.mark.parametrize(
    ("field", "file"),
    [
        ("source_url", pb.File(product_id=PRODUCT, source_url="file:///etc/passwd")),
        ("product_id", pb.File(product_id="7", source_url="https://pictures.example/a.jpg")),
        ("position", pb.File(product_id=PRODUCT, source_url="https://pictures.example/a.jpg", position=-1)),
    ],
)
async def test_the_contract_is_enforced(files: FileServiceStub, writer: Metadata, field: str, file: pb.File) -> None:
    error = await error_of(files.CreateFile(pb.CreateFileRequest(file=file), metadata=writer))
    assert list(error.violations) == [f"file.{field}"]


async def test_reading_does_not_permit_writing(files: FileServiceStub, as_user: Callable[..., Metadata]) -> None:
    error = await error_of(create(files, as_user("media.files.read"), "front.jpg"))
    assert error.reason == "MISSING_PERMISSION"


async def test_models_match_the_migrations(database_url: str, migrations_dir: Path) -> None:
    await check_models(migrations_dir, database_url)


async def test_a_call_that_is_sent_again_creates_nothing_more(files: FileServiceStub, writer: Metadata) -> None:
    request = pb.CreateFileRequest(
        file=pb.File(product_id=PRODUCT, source_url="https://pictures.example/a.jpg"), request_id="once"
    )
    first = await files.CreateFile(request, metadata=writer)
    assert await files.CreateFile(request, metadata=writer) == first
    assert list((await files.ListFiles(pb.ListFilesRequest(product_id=PRODUCT), metadata=writer)).files) == [first]
