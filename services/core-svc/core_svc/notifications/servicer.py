from datetime import datetime
from uuid import UUID

from chassis import paging
from chassis.auth import current
from chassis.db import Database
from chassis.ids import parse
from chassis.times import timestamp
from core_svc.notifications.models import Notification
from core_svc.notifications.repository import NotificationRepository
from pm.core.v1 import notifications_pb2 as pb
from pm.core.v1 import notifications_pb2_grpc


class NotificationServicer(notifications_pb2_grpc.NotificationServiceServicer):
    """Everyone's own notifications: the user is the caller and never a parameter."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListNotifications(self, request: pb.ListNotificationsRequest, context: object) -> pb.ListNotificationsResponse:
        user_id = parse(current().user_id)
        size = paging.page_size(request.page_size)
        before = _before(request)
        async with self._database.transaction() as session:
            notifications = NotificationRepository(session)
            rows = await notifications.page(user_id, unread=request.unread, before=before, limit=size + 1)
            unread_count = await notifications.unread_count(user_id)
        token = ""
        if len(rows) > size:
            token = paging.encode(request, [rows[size - 1].create_time.isoformat(), str(rows[size - 1].id)])
        shown = map(notification_proto, rows[:size])
        return pb.ListNotificationsResponse(notifications=shown, next_page_token=token, unread_count=unread_count)

    async def MarkNotificationsRead(
        self, request: pb.MarkNotificationsReadRequest, context: object
    ) -> pb.MarkNotificationsReadResponse:
        user_id = parse(current().user_id)
        async with self._database.transaction() as session:
            notifications = NotificationRepository(session)
            if request.all:
                await notifications.mark_all_read(user_id)
            else:
                await notifications.mark_read(user_id, {parse(id, "ids") for id in request.ids})
            return pb.MarkNotificationsReadResponse(unread_count=await notifications.unread_count(user_id))


def _before(request: pb.ListNotificationsRequest) -> tuple[datetime, UUID] | None:
    """The row behind which the page begins; raises InvalidPageToken."""
    key = paging.decode(request, request.page_token, str, str)
    return (paging.moment(key[0]), parse(key[1], "page_token")) if key else None


def notification_proto(notification: Notification) -> pb.Notification:
    return pb.Notification(
        id=str(notification.id),
        kind=pb.Notification.Kind.Value(f"KIND_{notification.kind.upper()}"),
        subject_id=notification.subject_id,
        data=notification.data,
        create_time=timestamp(notification.create_time),
        read_time=timestamp(notification.read_time) if notification.read_time else None,
    )
