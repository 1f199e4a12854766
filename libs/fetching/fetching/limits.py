"""How large, how long, how dense and of which kind a thing may be that is fetched."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The limits of one fetch. Each has a value that suits price lists; pictures and shops want others."""

    # Bytes, as declared and as they come, unpacked.
    size: int = 2048 * MIB
    # Unpacked bytes for each byte that came, once they are more than FREE_BYTES. gzip can't exceed 1,032.
    ratio: int = 200
    # Seconds until there is a connection, name and TLS included.
    connect: float = 10.0
    # Seconds until the answer begins, and between two pieces of it.
    silence: float = 60.0
    # Seconds for all of it, waits and repetitions included.
    whole: float = 3600.0
    # Bytes a second that an answer brings at least, looked at each time that `patience` seconds were spent on waiting for it.
    slowest: int = 512
    patience: float = 120.0
    redirects: int = 5
    # How often a transfer that broke off is gone on with, or begun anew because the file changed.
    resumes: int = 3
    # Seconds that are waited inside a fetch when the server asks for that; whoever wants more hears TooManyRequests.
    waits: float = 20.0
    # Of which at least one must fit, as in `image/*`; none for anything. A type that is not told fits `application/octet-stream`.
    types: tuple[str, ...] = ()
    # Of which none may fit: `text/html` where a price list is wanted.
    no_types: tuple[str, ...] = ()


# Unpacked bytes up to which the ratio is not looked at: a small file of equal lines is dense.
FREE_BYTES = 4 * MIB
