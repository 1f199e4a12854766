"""Who did what to whose access."""

from chassis.testing import error_of
from pm.core.v1 import audit_pb2 as pb
from pm.core.v1 import audit_pb2_grpc


async def test_the_records_say_who_did_what_from_where(channel, add_user, login, admin):
    audit = audit_pb2_grpc.AuditServiceStub(channel)
    ann = await add_user("ann", roles=["viewer"])
    await error_of(login("ann", "my password from elsewhere"))
    await error_of(login("my password typed as a name", "x"))
    await login("ann", address="198.51.100.7")

    records = (await audit.ListAuditRecords(pb.ListAuditRecordsRequest(), metadata=admin)).audit_records
    of_ann = (await audit.ListAuditRecords(pb.ListAuditRecordsRequest(user_id=ann.id), metadata=admin)).audit_records

    assert [(one.action, one.user_id, one.address) for one in records[:3]] == [
        ("auth.login", ann.id, "198.51.100.7"),
        ("auth.login_failed", "", "192.0.2.1"),
        ("auth.login_failed", ann.id, "192.0.2.1"),
    ]
    assert records[0].details["session_id"]
    assert (records[3].action, records[3].details["roles"], records[3].actor_id != "") == ("users.created", "viewer", True)
    assert "my password" not in str(records)
    assert [one.action for one in of_ann] == ["auth.login", "auth.login_failed", "users.created"]


async def test_the_list_goes_page_by_page(channel, add_user, admin):
    audit = audit_pb2_grpc.AuditServiceStub(channel)
    for number in range(5):
        await add_user(f"user{number}")

    seen, token = [], ""
    while True:
        page = await audit.ListAuditRecords(pb.ListAuditRecordsRequest(page_size=2, page_token=token), metadata=admin)
        seen += [one.id for one in page.audit_records]
        token = page.next_page_token
        if not token:
            break

    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)
