"""What must be refused, precisely, with nothing half-written."""

import gzip
import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from api import FIXTURES, Api, counts

# Without barcodes, so that no product is shared with another supplier's.
CLEAN = b"\n".join(re.sub(rb"^([^,]*),[^,]*,", rb"\1,", line) for line in (FIXTURES / "clean.csv").read_bytes().splitlines())


def zip_of(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.csv", content)
    return out.getvalue()


# name -> content and the reason the job fails for
FAILING: dict[str, tuple[bytes, str]] = {
    "header_only.csv": ((FIXTURES / "header_only.csv").read_bytes(), "EMPTY_FEED"),
    "blank_lines.csv": (b"\n\n\r\n", "EMPTY_FEED"),
    "picture.csv": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "UNSUPPORTED_FORMAT"),
    "document.csv": (b"%PDF-1.7\n" + b"x" * 500, "UNSUPPORTED_FORMAT"),
    "nul.csv": (b"ref,title,price\nA,Pen,1\nB,In\x00k,2\n" * 20, "UNREADABLE_TEXT"),
    "cut.csv.gz": (gzip.compress(CLEAN * 50)[:-300], "ARCHIVE_DAMAGED"),
    "bomb.csv.gz": (gzip.compress(b"ref,title\n" + b"A,x\n" * 60_000_000, 9)[: 1 << 24], "FEED_TOO_LARGE"),
    "two.zip": (zip_of(first=CLEAN, second=CLEAN), "ARCHIVE_REFUSED"),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_file_that_can_not_be_read_fails_with_its_reason(api: Api, name: str) -> None:
    content, reason = FAILING[name]
    job = api.run(content, f"Bad {name}", name=name)
    assert (job["state"], job["failure_reason"]) == ("STATE_FAILED", reason), job
    assert job["failure_message"]
    assert api.get("/suppliers", name=f"Bad {name}")["suppliers"] == [], "nothing was written"


def test_an_empty_upload_is_refused(api: Api) -> None:
    answer = api.upload(b"", "Bad empty")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["reason"] == "EMPTY_UPLOAD"


def test_a_line_of_fifty_megabytes(api: Api) -> None:
    content = b"ref,title,price\nA,Pen,1\nB," + b"x" * 50_000_000 + b",2\nC,Ink,3\n"
    job = api.run(content, "Bad long line")
    if job["state"] == "STATE_APPLIED":
        assert counts(job) == {"read": 3, "created": 2, "rejected": 1, "products_created": 2}
        assert job["ledger"]["reasons"] == {"line_too_long": 1}
    else:
        assert (job["state"], job["failure_reason"]) == ("STATE_FAILED", "LINE_TOO_LONG")


def test_an_unknown_column_is_named_with_those_that_exist(api: Api) -> None:
    job = api.run(CLEAN, "Bad mapping", mapping={"title": "Bezeichnung"})
    assert (job["state"], job["failure_reason"]) == ("STATE_FAILED", "UNKNOWN_COLUMN")
    assert "Bezeichnung" in job["failure_message"]
    assert "title" in job["failure_message"]


def test_a_file_without_any_identity_waits_for_a_mapping(api: Api) -> None:
    job = api.run(b"colour,remark\nred,nice\nblue,nice\n", "Bad identity")
    assert job["state"] == "STATE_HELD", job
    assert job["hold_reason"]


def test_two_uploads_of_one_supplier_at_once(api: Api) -> None:
    one = CLEAN.replace(b"Modell", b"Model")
    with ThreadPoolExecutor() as pool:
        jobs = list(pool.map(lambda content: api.run(content, "Twice at once"), [CLEAN, one]))
    assert [job["state"] for job in jobs] == ["STATE_APPLIED", "STATE_APPLIED"], jobs
    assert sorted(counts(job).get("created", 0) for job in jobs) == [0, 40]
    assert sorted(counts(job).get("updated", 0) for job in jobs) == [0, 40]


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/products/not-a-uuid", 400, "INVALID_MESSAGE"),
        ("/products/01890000-0000-7000-8000-000000000001", 404, "PRODUCT_NOT_FOUND"),
        ("/imports/01890000-0000-7000-8000-000000000001", 404, "JOB_NOT_FOUND"),
        ("/products?page_token=bm9uc2Vuc2U", 400, "INVALID_PAGE_TOKEN"),
        ("/products?page_size=many", 400, None),
        ("/products?colour=red", 400, None),
        ("/nothing", 404, None),
    ],
)
def test_a_bad_request_gets_a_precise_problem(api: Api, path: str, status: int, reason: str | None) -> None:
    answer = api.http.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["trace_id"]
    if reason:
        assert problem["reason"] == reason


def test_a_page_token_of_another_list_is_foreign(api: Api) -> None:
    api.run(CLEAN, "Pages")
    token = api.get("/products", page_size=1)["next_page_token"]
    assert token
    answer = api.http.get("/suppliers", params={"page_token": token})
    assert (answer.status_code, answer.json()["reason"]) == (400, "INVALID_PAGE_TOKEN")
