import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.testing import check_models
from core_svc.main import build
from core_svc.settings import Settings
from pm.common.v1 import health_pb2 as dependencies_pb2
from pm.common.v1 import health_pb2_grpc as dependencies_pb2_grpc
from pm.core.v1 import auth_pb2, auth_pb2_grpc, users_pb2, users_pb2_grpc


async def test_the_service_starts_signs_in_and_answers_for_its_health(
    committed_database, database_url, keys_dir, password_file, as_service
):
    settings = Settings(database_url=database_url, keys_dir=keys_dir, admin_password_file=password_file, bind="127.0.0.1:0")
    service = build(settings, "api")
    port = await service.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
            login = auth_pb2.LoginRequest(username="admin", password=password_file.read_text().strip())
            token = (await auth_pb2_grpc.AuthServiceStub(channel).Login(login)).access_token
            metadata = (("authorization", f"Bearer {token}"),)
            me = await users_pb2_grpc.UserServiceStub(channel).GetMe(users_pb2.GetMeRequest(), metadata=metadata)
            state = await dependencies_pb2_grpc.HealthServiceStub(channel).CheckDependencies(
                dependencies_pb2.CheckDependenciesRequest(), metadata=as_service("gateway", "core-svc")
            )
    finally:
        await service.stop()

    assert health.status == health_pb2.HealthCheckResponse.SERVING
    assert (me.user.username, me.user.roles) == ("admin", ["admin"])
    assert [(each.name, each.healthy) for each in state.dependencies] == [("db_core", True)]


async def test_the_migrations_make_what_the_models_describe(migrations_dir, database_url):
    await check_models(migrations_dir, database_url)
