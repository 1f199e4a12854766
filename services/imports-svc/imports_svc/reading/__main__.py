"""The process that reads: answers one request after the other on its standard output, and ends with whoever asks."""

import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from imports_svc.feeds.encodings import Letters
from imports_svc.feeds.errors import FeedError, SampleMisleads
from imports_svc.feeds.model import Shape
from imports_svc.feeds.reader import inspect
from imports_svc.feeds.tables import Earlier
from imports_svc.formats.opening import open_feed
from imports_svc.packing import unpacked
from imports_svc.reading import frames, usage
from imports_svc.reading.chunks import Cutter, Piece
from imports_svc.reading.errors import DiskFull
from imports_svc.reading.reading import Reading

Request = dict[str, Any]
# A message with its blobs.
Answer = tuple[dict[str, Any], list[bytes]]
# When memory runs out, the kernel shall end a reader, which is started again, and not the worker or the database.
OOM_SCORE = 500


def unpack(request: Request) -> Iterator[Answer]:
    stored, folder = Path(request["stored"]), Path(request["folder"])
    earlier = Earlier(tuple(request["sheets"]), tuple(request["records"]))
    letters = Letters(*request["letters"])
    yield {"path": str(open_feed(unpacked(stored), folder, request["table"], earlier=earlier, letters=letters))}, []


def look(request: Request) -> Iterator[Answer]:
    shape = Shape.from_json(request["shape"]) if request["shape"] else None
    yield {"inspection": inspect(Path(request["path"]), shape, whole=request["whole"]).to_json()}, []


def cut(request: Request) -> Iterator[Answer]:
    reading = Reading.from_json(request["reading"])
    cutter = Cutter(reading.columns, request["supplier"])
    for piece in cutter.pieces(reading.blocks(Path(request["path"]))):
        yield _told(piece)


ANSWERS: dict[str, Callable[[Request], Iterator[Answer]]] = {"unpack": unpack, "inspect": look, "cut": cut}


def _told(piece: Piece) -> Answer:
    message = {
        "rows": piece.rows,
        "suppliers": piece.suppliers,
        "chunks": [(chunk.supplier, chunk.seq, chunk.rows, chunk.sha256.hex()) for chunk in piece.chunks],
        "problems": list(piece.problems),
        "lines": list(piece.lines),
    }
    return message, [*(chunk.data for chunk in piece.chunks), *piece.problems.values(), *piece.lines.values()]


def serve(requests: "queue.Queue[Request]", out: BinaryIO) -> None:
    def answer(message: dict[str, Any], blobs: Iterable[bytes] = ()) -> None:
        out.writelines(frames.frame(message | {"used": usage.own()}, blobs))
        out.flush()

    while True:
        request = requests.get()
        try:
            for message, blobs in ANSWERS[request["do"]](request):
                answer(message, blobs)
            end: dict[str, Any] = {"end": True}
        except (FeedError, SampleMisleads) as error:
            end = {"refused": type(error).__name__, "why": str(error)}
        except Exception as error:
            end = {"full": True} if DiskFull.caused(error) else {"failed": traceback.format_exc()}
        answer(end)


def listen(requests: "queue.Queue[Request]") -> None:
    """Pass requests on until nobody can ask any more; then nobody waits for an answer either, in whatever state it is."""
    while (request := frames.receive(sys.stdin.buffer)) is not None:
        requests.put(request)
    os._exit(0)


def main() -> None:
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE), encoding="ascii")
    requests: queue.Queue[Request] = queue.Queue()
    threading.Thread(target=listen, args=[requests], daemon=True).start()
    # Whoever prints must not write into the frames.
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    with suppress(BrokenPipeError):
        serve(requests, out)


if __name__ == "__main__":
    main()
