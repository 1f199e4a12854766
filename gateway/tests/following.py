"""A small service that shows what changed, and all that there is, as those of `servicers`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from chassis.errors import FailedPrecondition
from gateway.tests.servicers import MISSING, PRODUCT, ProductNotFound, Told, answering, product
from pm.catalog.v1 import changes_pb2, changes_pb2_grpc, products_pb2
from pm.core.v1 import notifications_pb2, notifications_pb2_grpc


class ChangesLost(FailedPrecondition):
    pass


def changes(told: Told) -> Any:
    def list_changes(request: Any) -> changes_pb2.ListChangesResponse:
        if told.feed is not None:
            first = len(told.feed) if request.from_now else int(request.cursor.split(".")[1])
            if first > len(told.feed):
                raise ChangesLost("Begin anew.", cursor=request.cursor)
            page = told.feed[first : first + request.limit]
            last = first + len(page)
            return changes_pb2.ListChangesResponse(changes=page, cursor=f"1.{last}.0.0", more=last < len(told.feed))
        if request.cursor:
            raise ChangesLost("Begin anew.", cursor=request.cursor)
        return changes_pb2.ListChangesResponse(cursor="1.2.3.4", more=True)

    return answering(told, changes_pb2_grpc.ChangeServiceServicer, ListChanges=list_changes)


def exporting(servicer: Any, told: Told) -> Any:
    """The servicer with an export of 120 products in two parts.

    `told.export` is where it fails: "first" before it begins, "then" in the middle. Or it "waits" for its client to leave, or is
    "slow" and has no end.
    """

    class Exporting(type(servicer)):  # type: ignore[misc]  # made by `answering`
        async def ExportProducts(self, request: Any, context: Any) -> AsyncIterator[products_pb2.ExportProductsResponse]:
            told.hear(request, context)
            if told.export == "first":
                raise ProductNotFound(MISSING)
            yield products_pb2.ExportProductsResponse(cursor="1.2.0.0")
            yield products_pb2.ExportProductsResponse(products=[product(PRODUCT)] * 70)
            if told.export == "then":
                raise ProductNotFound(MISSING)
            while told.export == "slow":
                await asyncio.sleep(0.1)
                yield products_pb2.ExportProductsResponse(products=[product(PRODUCT)])
            if told.export == "waits":
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    told.cancelled.set()
                    raise
            yield products_pb2.ExportProductsResponse(products=[product(PRODUCT)] * 50)
            yield products_pb2.ExportProductsResponse(total=120)

    return Exporting()


def notifications(told: Told) -> Any:
    """Those of everybody, newest first; half of them are not read."""

    def list_notifications(request: Any) -> notifications_pb2.ListNotificationsResponse:
        newest = sorted(told.notifications, key=lambda one: one.id, reverse=True)
        return notifications_pb2.ListNotificationsResponse(
            notifications=newest[: request.page_size], unread_count=len(newest) // 2
        )

    return answering(told, notifications_pb2_grpc.NotificationServiceServicer, ListNotifications=list_notifications)
