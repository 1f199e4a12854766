from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

import analytics_svc
from analytics_svc.activity.servicer import ProductMetricServicer
from analytics_svc.metrics.servicer import MetricServicer
from chassis.db import Database
from chassis.testing import serving
from pm.analytics.v1 import analytics_pb2_grpc


@pytest.fixture(scope="session")
def migrations_dir() -> Path:
    return Path(analytics_svc.__file__).parent / "migrations"


@pytest.fixture
async def metrics(database: Database, keys_dir: Path) -> AsyncIterator[analytics_pb2_grpc.MetricServiceStub]:
    register = partial(analytics_pb2_grpc.add_MetricServiceServicer_to_server, MetricServicer(database))
    async with serving("analytics-svc", keys_dir, [register]) as channel:
        yield analytics_pb2_grpc.MetricServiceStub(channel)


@pytest.fixture
async def product_metrics(database: Database, keys_dir: Path) -> AsyncIterator[analytics_pb2_grpc.ProductMetricServiceStub]:
    register = partial(analytics_pb2_grpc.add_ProductMetricServiceServicer_to_server, ProductMetricServicer(database))
    async with serving("analytics-svc", keys_dir, [register]) as channel:
        yield analytics_pb2_grpc.ProductMetricServiceStub(channel)
