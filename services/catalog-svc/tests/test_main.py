import grpc
import pytest

from catalog_svc.main import build
from catalog_svc.settings import Settings
from pm.catalog.v1 import bulk_pb2, bulk_pb2_grpc, products_pb2, products_pb2_grpc

SERVED, UNKNOWN = grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize(("role", "products", "bulk"), [("api", SERVED, UNKNOWN), ("bulk", UNKNOWN, SERVED)])
async def test_each_role_serves_its_part(database_url, keys_dir, as_user, role, products, bulk):
    service = build(Settings(database_url=database_url, keys_dir=keys_dir, bind="127.0.0.1:0"), role)
    port = await service.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        for method, request, code in (
            (products_pb2_grpc.ProductServiceStub(channel).ListProducts, products_pb2.ListProductsRequest(), products),
            (bulk_pb2_grpc.BulkServiceStub(channel).GetRun, bulk_pb2.GetRunRequest(), bulk),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await method(request, metadata=as_user())
            assert refused.value.code() == code
    await service.stop()
