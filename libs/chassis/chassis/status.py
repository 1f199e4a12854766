"""Service errors on the wire: google.rpc.Status with ErrorInfo and BadRequest, and back."""

from collections.abc import Mapping

import grpc
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from chassis.errors import BY_CODE, ServiceError

DOMAIN = "productsmanager"
# gRPC sends errors as headers, of which a peer takes 8 KB: the message is there twice, percent-encoded and in Base64.
MESSAGE_BYTES, VIOLATIONS_BYTES, METADATA_BYTES = 1_000, 1_200, 600
TEXT_BYTES = 300


def encode(error: ServiceError) -> grpc.Status:
    """The trailing status that carries `error` to the caller."""
    status = status_pb2.Status(code=error.code.value[0], message=_shortened(error.message, MESSAGE_BYTES))
    violations = _within(error.violations, VIOLATIONS_BYTES)
    left_out = len(error.violations) - len(violations)
    metadata = _within(({"violations_left_out": str(left_out)} if left_out else {}) | error.metadata, METADATA_BYTES)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata))
    if violations:
        bad_request = error_details_pb2.BadRequest()
        for field, description in violations.items():
            bad_request.field_violations.add(field=field, description=description)
        status.details.add().Pack(bad_request)
    trailing: grpc.Status = rpc_status.to_status(status)
    return trailing


def _within(pairs: Mapping[str, str], limit: int) -> dict[str, str]:
    """The first of these texts, as many as there is room for."""
    kept: dict[str, str] = {}
    for name, text in pairs.items():
        pair = _shortened(name, TEXT_BYTES), _shortened(text, TEXT_BYTES)
        limit -= len("".join(pair).encode())
        if limit < 0:
            break
        kept.update([pair])
    return kept


def _shortened(text: str, limit: int) -> str:
    """The beginning of a text, with a mark where more was."""
    whole = text.encode()
    return text if len(whole) <= limit else f"{whole[:limit].decode(errors='ignore')}…"


def decode(error: grpc.aio.AioRpcError) -> ServiceError:
    """What the other side raised; a failure of the transport keeps its gRPC code and gets the code's name as reason."""
    info = error_details_pb2.ErrorInfo()
    bad_request = error_details_pb2.BadRequest()
    status = rpc_status.from_call(error)  # an AioRpcError carries what a Call does
    if status is not None:
        for detail in status.details:
            detail.Unpack(info)
            detail.Unpack(bad_request)
    kind = BY_CODE.get(error.code(), ServiceError)
    decoded = kind(
        error.details() or "The service did not answer.",
        reason=info.reason or code_pb2.Code.Name(error.code().value[0]),
        violations={violation.field: violation.description for violation in bad_request.field_violations},
    )
    decoded.metadata = dict(info.metadata)
    decoded.came_in = True
    return decoded
