"""Files that come packed."""

import bz2
import gzip
import io
import lzma
import zipfile

from imports_svc.understanding.draft import Draft
from imports_svc.understanding.kinds.registry import kind


@kind()
def packed(draft: Draft) -> None:
    """gzip, bzip2, xz."""
    suffix, pack = draft.random.choice((("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)))
    draft.suffix = f"csv.{suffix}"
    draft.of_bytes.append(pack)


@kind()
def zipped(draft: Draft) -> None:
    """A zip archive with what computers leave in folders, a read-me and a picture beside the list."""
    more = draft.random.sample(
        (
            ("__MACOSX/._list.csv", b"\0\5\x16\7"),
            (".DS_Store", b"\0\0\0\1Bud1"),
            ("Thumbs.db", b"\xd0\xcf\x11\xe0"),
            ("README.txt", b"Our price list.\nCall us.\n"),
            ("pictures/1.jpg", b"\xff\xd8\xff\xe0"),
        ),
        draft.random.randrange(4),
    )

    def pack(content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, other in more[:1]:
                archive.writestr(name, other)
            archive.writestr("export/list.csv", content)
            for name, other in more[1:]:
                archive.writestr(name, other)
        return out.getvalue()

    draft.suffix = "zip"
    draft.of_bytes.append(pack)
