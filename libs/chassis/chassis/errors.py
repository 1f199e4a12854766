"""The errors a service may raise across its boundary.

The class name is the stable reason (`ProductNotFound` -> `PRODUCT_NOT_FOUND`), the base class is the gRPC code. Only the gateway
knows HTTP.

ServiceError
├── InvalidArgument      400
├── Unauthenticated      401
├── PermissionDenied     403
├── NotFound             404
├── AlreadyExists        409
├── FailedPrecondition   409
├── Aborted              409
├── ResourceExhausted    429
├── DeadlineExceeded     504
└── Unavailable          503
"""

import re
from collections.abc import Mapping
from typing import ClassVar

import grpc

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def reason_of(kind: type[Exception]) -> str:
    """The stable reason of a kind of error: `EMPTY_FEED` for the class EmptyFeed."""
    return _WORD.sub("_", kind.__name__).upper()


class ServiceError(Exception):
    """Says what is wrong, where, and what to do; `metadata` holds whatever the message names, for programs.

    `violations` maps a field's path to what is wrong with it.
    """

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNKNOWN
    # Whether it came from the other side of a call (chassis.status).
    came_in = False

    def __init__(
        self, message: str, *, reason: str = "", violations: Mapping[str, str] | None = None, **metadata: object
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or reason_of(type(self))
        self.violations = dict(violations or {})
        self.metadata = {key: str(value) for key, value in metadata.items()}


class InvalidArgument(ServiceError):
    code = grpc.StatusCode.INVALID_ARGUMENT


class Unauthenticated(ServiceError):
    code = grpc.StatusCode.UNAUTHENTICATED


class PermissionDenied(ServiceError):
    code = grpc.StatusCode.PERMISSION_DENIED


class NotFound(ServiceError):
    code = grpc.StatusCode.NOT_FOUND


class AlreadyExists(ServiceError):
    code = grpc.StatusCode.ALREADY_EXISTS


class FailedPrecondition(ServiceError):
    code = grpc.StatusCode.FAILED_PRECONDITION


class Aborted(ServiceError):
    code = grpc.StatusCode.ABORTED


class ResourceExhausted(ServiceError):
    code = grpc.StatusCode.RESOURCE_EXHAUSTED


class DeadlineExceeded(ServiceError):
    code = grpc.StatusCode.DEADLINE_EXCEEDED


class Unavailable(ServiceError):
    code = grpc.StatusCode.UNAVAILABLE


class VersionConflict(Aborted):
    """Somebody changed the resource since the caller read it."""

    def __init__(self, *, expected: int, actual: int) -> None:
        super().__init__(
            f"The resource is at version {actual}, not {expected}: read it again and repeat the change.",
            expected_version=expected,
            actual_version=actual,
        )


BY_CODE: dict[grpc.StatusCode, type[ServiceError]] = {cls.code: cls for cls in ServiceError.__subclasses__()}
