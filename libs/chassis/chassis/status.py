"""Service errors on the wire: google.rpc.Status with ErrorInfo and BadRequest, and back."""

import grpc
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from chassis.errors import BY_CODE, ServiceError

DOMAIN = "productsmanager"


def encode(error: ServiceError) -> grpc.Status:
    """The trailing status that carries `error` to the caller."""
    status = status_pb2.Status(code=error.code.value[0], message=error.message)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata))
    if error.violations:
        bad_request = error_details_pb2.BadRequest()
        for field, description in error.violations.items():
            bad_request.field_violations.add(field=field, description=description)
        status.details.add().Pack(bad_request)
    trailing: grpc.Status = rpc_status.to_status(status)
    return trailing


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
    return decoded
