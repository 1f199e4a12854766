from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.auth import Signer
from media_svc.main import build
from media_svc.settings import Settings
from pm.common.v1 import health_pb2 as dependencies
from pm.common.v1 import health_pb2_grpc as dependencies_grpc


async def test_the_service_starts_and_names_what_does_not_answer(database_url: str, keys_dir: Path) -> None:
    # Nothing listens on port 1: the service serves all the same and says that Redis is gone.
    settings = Settings(database_url=database_url, redis_url="redis://127.0.0.1:1/0", keys_dir=keys_dir)
    service = build(settings, "api")
    port = await service.start()
    gateway = (("authorization", f"Bearer {Signer('gateway', keys_dir).service_token('media-svc')}"),)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        checked = await dependencies_grpc.HealthServiceStub(channel).CheckDependencies(
            dependencies.CheckDependenciesRequest(), metadata=gateway
        )
    await service.stop()
    assert health.status == health_pb2.HealthCheckResponse.SERVING
    assert {dependency.name: dependency.healthy for dependency in checked.dependencies} == {"db_media": True, "redis": False}
