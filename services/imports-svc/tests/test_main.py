from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.auth import Signer
from imports_svc.main import build
from imports_svc.settings import Settings
from pm.common.v1 import health_pb2 as dependencies
from pm.common.v1 import health_pb2_grpc as dependencies_grpc


async def test_the_service_starts_and_names_what_does_not_answer(
    database_url: str, keys_dir: Path, s3_server, valkey_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PM_S3_ENDPOINT", s3_server.endpoint)
    monkeypatch.setenv("PM_S3_ACCESS_KEY", s3_server.access_key)
    monkeypatch.setenv("PM_S3_SECRET_KEY", s3_server.secret_key)
    # A broker, but no worker; and nothing listens on port 1.
    settings = Settings(database_url=database_url, redis_url="redis://127.0.0.1:1/0", broker_url=valkey_server, keys_dir=keys_dir)
    service = build(settings, "api")
    port = await service.start()
    gateway = (("authorization", f"Bearer {Signer('gateway', keys_dir).service_token('imports-svc')}"),)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        health = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        checked = await dependencies_grpc.HealthServiceStub(channel).CheckDependencies(
            dependencies.CheckDependenciesRequest(), metadata=gateway
        )
    await service.stop()
    assert health.status == health_pb2.HealthCheckResponse.SERVING
    assert {found.name: found.healthy for found in checked.dependencies} == {
        "db_imports": True,
        "redis": False,
        "storage": True,
        "imports": False,
    }
    [workers] = [found for found in checked.dependencies if found.name == "imports"]
    assert (workers.kind, workers.detail) == (dependencies.Dependency.KIND_CELERY, "NoWorker")
