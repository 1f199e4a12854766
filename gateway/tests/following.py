"""A small service that shows what changed, as those of `servicers`."""

from typing import Any

from chassis.errors import FailedPrecondition
from gateway.tests.servicers import Told, answering
from pm.catalog.v1 import changes_pb2, changes_pb2_grpc


class ChangesLost(FailedPrecondition):
    pass


def changes(told: Told) -> Any:
    def list_changes(request: Any) -> changes_pb2.ListChangesResponse:
        if request.cursor:
            raise ChangesLost("Begin anew.", cursor=request.cursor)
        return changes_pb2.ListChangesResponse(cursor="1.2.3.4", more=True)

    return answering(told, changes_pb2_grpc.ChangeServiceServicer, ListChanges=list_changes)
