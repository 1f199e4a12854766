"""Why something could not be fetched. The class name is the stable reason.

FetchFailed                  it stays so until somebody does something
├── UrlRefused               the address is never asked: UrlInvalid, CredentialsInUrl, PortRefused, AddressInside
├── TryLater                 it may go by: HostUnknown, HostAway, TooSlow, CutOff, ServerFailing, TooManyRequests,
│                            ChangedMeanwhile
└── NotThere, Gone, AccessRefused, CertificateRefused, TooManyRedirects, RedirectRefused, TooLarge, TooDense, EncodingUnknown,
    DamagedBody, WrongType, AnswerUnexpected

A message names scheme, host and port of an address and nothing else of it: path and query may be secrets.
"""

from typing import ClassVar

import grpc

from chassis.counts import counted
from chassis.errors import FailedPrecondition


class FetchFailed(FailedPrecondition):
    """It will fail again until somebody changes the address, the credentials or the file."""


class UrlRefused(FetchFailed):
    """The address itself is refused; nothing was asked."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.INVALID_ARGUMENT


class TryLater(FetchFailed):
    """It may go by. `retry_after` says in how many seconds the server wants to be asked again, None where it said nothing."""

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNAVAILABLE

    def __init__(self, message: str, *, retry_after: float | None = None, origin: str = "", status: int | None = None) -> None:
        told = {"origin": origin} if status is None else {"origin": origin, "status": str(status)}
        super().__init__(message, reason="", violations=None, **told)
        self.retry_after = retry_after


class UrlInvalid(UrlRefused):
    def __init__(self, why: str) -> None:
        super().__init__(f"The address can't be used: {why}. Write it like https://files.example.com/prices.csv.")


class CredentialsInUrl(UrlRefused):
    """User and password stand before the host, where everybody sees them."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The address of {host} holds a user or a password: take them out of it, and give them as credentials.", host=host
        )


class PortRefused(UrlRefused):
    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} of {host} is not one on which files are offered: use 80, 443 or one above 1023, or have the operator "
            f"allow {host}:{port} (PM_FETCH_INSIDE).",
            host=host,
            port=port,
        )


class AddressInside(UrlRefused):
    """A host that stands for an address which is not of the public Internet. Which one is for the operator's log only."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} is no host of the public Internet, but one of a private network or of this machine; those are not asked. "
            "Use its public address, or have the operator allow it (PM_FETCH_INSIDE).",
            host=host,
        )


class HostUnknown(TryLater):
    def __init__(self, host: str) -> None:
        super().__init__(f"No host is known as {host}: check how it is written; if it is right, try again later.", origin=host)


class HostAway(TryLater):
    def __init__(self, origin: str, why: str) -> None:
        super().__init__(f"{origin} can't be reached: {why}. Try again later, or ask whoever runs it.", origin=origin)


class CertificateRefused(FetchFailed):
    def __init__(self, origin: str, why: str) -> None:
        super().__init__(
            f"{origin} does not prove that it is who it says: {why}. Nothing was sent to it. Ask whoever runs it to renew its "
            "certificate; for an authority of your own, have the operator name its file (PM_FETCH_CA_FILE).",
            origin=origin,
        )


class TooSlow(TryLater):
    def __init__(self, origin: str, what: str) -> None:
        super().__init__(f"{origin} is too slow: {what}. Try again later, or ask whoever runs it.", origin=origin)


class CutOff(TryLater):
    """The connection ended before the file did. Nothing of it is used."""

    def __init__(self, origin: str, read: int, of: int | None) -> None:
        whole = f" of {counted(of, 'byte')}" if of is not None else ""
        super().__init__(
            f"{origin} broke off after {counted(read, 'byte')}{whole}; nothing of it is used. Try again later.", origin=origin
        )


class ChangedMeanwhile(TryLater):
    def __init__(self, origin: str) -> None:
        super().__init__(
            f"What {origin} offers changed again and again while it was read; nothing of it is used. Try again later.",
            origin=origin,
        )


class ServerFailing(TryLater):
    def __init__(self, origin: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(
            f"{origin} answers with a fault of its own ({status}). Try again later, or ask whoever runs it.",
            retry_after=retry_after,
            origin=origin,
            status=status,
        )


class TooManyRequests(TryLater):
    def __init__(self, origin: str, retry_after: float) -> None:
        super().__init__(
            f"{origin} has been asked too often and wants to be left alone for {counted(round(retry_after), 'second')}: "
            "it is asked again then.",
            retry_after=retry_after,
            origin=origin,
        )


class NotThere(FetchFailed):
    def __init__(self, origin: str) -> None:
        super().__init__(f"{origin} has nothing at this address (404): check the address, or ask where it went.", origin=origin)


class Gone(FetchFailed):
    def __init__(self, origin: str) -> None:
        super().__init__(f"{origin} says that what was at this address is gone for good (410): ask for a new one.", origin=origin)


class AccessRefused(FetchFailed):
    def __init__(self, origin: str, status: int, *, given: bool) -> None:
        done = "does not accept the credentials that are set" if given else "asks for credentials, and none are set"
        super().__init__(f"{origin} {done} ({status}): set the right ones.", origin=origin, status=status)


class TooManyRedirects(FetchFailed):
    def __init__(self, origin: str, hops: int) -> None:
        super().__init__(
            f"{origin} sends from one address to the next, {counted(hops, 'time')} and on: set the address where the file is.",
            origin=origin,
        )


class RedirectRefused(FetchFailed):
    """Sent on to an address that is not followed; `why` names it."""

    def __init__(self, origin: str, why: str) -> None:
        super().__init__(f"{origin} sends on to another address, which is not followed: {why}", origin=origin)


class TooLarge(FetchFailed):
    def __init__(self, origin: str, limit: int) -> None:
        super().__init__(
            f"What {origin} offers is larger than {counted(limit, 'byte')}, the limit: offer less in one file, or have the "
            "limit raised.",
            origin=origin,
            limit=limit,
        )


class TooDense(FetchFailed):
    """Compressed so much that it would fill memory or disk: what files never are, and traps are."""

    def __init__(self, origin: str, ratio: int) -> None:
        super().__init__(
            f"What {origin} sends grows to more than {ratio} times its size when it is unpacked, which real files do not: "
            "nothing of it is used. Ask whoever runs it.",
            origin=origin,
        )


class EncodingUnknown(FetchFailed):
    def __init__(self, origin: str, encoding: str) -> None:
        super().__init__(
            f"{origin} sends in an encoding that was not asked for ({encoding!r}) and that is not read: gzip or none is.",
            origin=origin,
        )


class DamagedBody(FetchFailed):
    def __init__(self, origin: str) -> None:
        super().__init__(
            f"What {origin} sends says that it is compressed, and can't be unpacked: nothing of it is used. Ask whoever runs it.",
            origin=origin,
        )


class WrongType(FetchFailed):
    def __init__(self, origin: str, found: str, wanted: str) -> None:
        super().__init__(
            f"{origin} sends {found or 'something without a type'} where {wanted} is wanted: check the address. "
            "A page in its place mostly asks to sign in, or says that the file has moved.",
            origin=origin,
            found=found,
        )


class AnswerUnexpected(FetchFailed):
    def __init__(self, origin: str, what: str) -> None:
        super().__init__(f"{origin} answers with what it was not asked for: {what}. Ask whoever runs it.", origin=origin)
