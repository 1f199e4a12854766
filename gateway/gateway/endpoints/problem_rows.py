"""The rows an import did not take in as they stood, as CSV: `GET /api/v1/imports/{id}/problems.csv`."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.auth.door import Door, Guard, Metadata
from gateway.endpoints.transcoding import Asking
from gateway.http.routing import Endpoint
from gateway.services import Channels
from pm.imports.v1 import imports_pb2 as pb

PAGE_SIZE = 5000
COLUMNS = ("row_no", "supplier", "outcome", "reasons", "values", "line")
METHOD = pb.DESCRIPTOR.services_by_name["ImportService"].methods_by_name["ListProblems"]


def endpoints(channels: Channels, door: Door) -> Iterator[Endpoint]:
    """The download."""
    yield Endpoint("GET", "/v1/imports/{id}/problems.csv", ProblemRows(channels, door))


class ProblemRows:
    """Answers downloads, page by page: the whole is never in memory."""

    def __init__(self, channels: Channels, door: Door) -> None:
        self._guard = Guard(door, METHOD)
        self._list = Asking(channels, "imports", METHOD)

    async def __call__(self, request: Request) -> Response:
        metadata = await self._guard.admit(request)
        (job_id,) = request.path_params.values()
        wanted = pb.ListProblemsRequest(job_id=job_id, page_size=PAGE_SIZE)
        # The first page is fetched before the answer begins, so that a refusal is a problem document.
        first = await self._list(wanted, metadata, request)
        headers = {"content-disposition": 'attachment; filename="problems.csv"'}
        return StreamingResponse(self._pages(wanted, first, metadata), 200, headers, "text/csv; header=present")

    async def _pages(
        self, wanted: pb.ListProblemsRequest, page: pb.ListProblemsResponse, metadata: Metadata
    ) -> AsyncIterator[bytes]:
        yield rows([COLUMNS])
        while True:
            yield rows(map(cells, page.problems))
            if not page.next_page_token:
                return
            wanted.page_token = page.next_page_token
            page = await self._list(wanted, metadata)


def cells(problem: pb.Problem) -> Iterable[object]:
    """One line of the file; the cells at fault are a JSON object by column name, for each row has others."""
    outcome = pb.Problem.Outcome.Name(problem.outcome).removeprefix("OUTCOME_").lower()
    values = orjson.dumps(dict(problem.values)).decode() if problem.values else ""
    line = problem.line if problem.HasField("line") else ""
    return problem.row_no, problem.supplier_name, outcome, " ".join(problem.reasons), values, line


def rows(lines: Iterable[Iterable[object]]) -> bytes:
    """Lines as CSV (RFC 4180); a text that a spreadsheet would take for a formula gets a leading apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in line] for line in lines)
    return text.getvalue().encode()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
