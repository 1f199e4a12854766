"""The catalogue through its contracts, as one user sees it, for tests."""

from typing import Any

import grpc
import pytest

from chassis.errors import ServiceError
from pm.catalog.v1 import (
    changes_pb2_grpc,
    offers_pb2,
    offers_pb2_grpc,
    products_pb2,
    products_pb2_grpc,
    search_pb2_grpc,
    suppliers_pb2,
    suppliers_pb2_grpc,
    taxonomy_pb2_grpc,
)

PERMISSIONS = (
    "catalog.prices.read",
    "catalog.products.read",
    "catalog.products.write",
    "catalog.suppliers.read",
    "catalog.suppliers.write",
)
PEN, INK = "04006381333931", "04006381333948"
NOWHERE = "01890000-0000-7000-8000-00000000ffff"


class Catalog:
    """Products, offers, suppliers, brands and categories; `metadata` is that of a user."""

    def __init__(self, channel: grpc.aio.Channel, metadata: tuple[tuple[str, str], ...]) -> None:
        self._metadata = metadata
        self._stubs = (
            products_pb2_grpc.ProductServiceStub(channel),
            changes_pb2_grpc.ChangeServiceStub(channel),
            offers_pb2_grpc.OfferServiceStub(channel),
            suppliers_pb2_grpc.SupplierServiceStub(channel),
            search_pb2_grpc.SearchServiceStub(channel),
            taxonomy_pb2_grpc.TaxonomyServiceStub(channel),
        )

    async def __call__(self, method: str, request: object) -> Any:
        """What the method of this name answers."""
        stub = next(stub for stub in self._stubs if hasattr(stub, method))
        return await getattr(stub, method)(request, metadata=self._metadata)

    async def refused(self, method: str, request: object) -> ServiceError:
        """The error the method answers with."""
        with pytest.raises(ServiceError) as caught:
            await self(method, request)
        return caught.value

    async def product(self, request_id: str = "", **fields: object) -> products_pb2.Product:
        product = products_pb2.Product(**fields)
        return await self("CreateProduct", products_pb2.CreateProductRequest(product=product, request_id=request_id))

    async def export(self) -> tuple[str, dict[str, products_pb2.Product]]:
        """The cursor of an export and its products by id; fails when it was cut off."""
        parts = [
            part async for part in self._stubs[0].ExportProducts(products_pb2.ExportProductsRequest(), metadata=self._metadata)
        ]
        products = [product for part in parts for product in part.products]
        assert parts[-1].total == len(products)
        assert [product.id for product in products] == sorted({product.id for product in products})
        return parts[0].cursor, {product.id: product for product in products}

    async def supplier(self, name: str, **fields: object) -> suppliers_pb2.Supplier:
        supplier = suppliers_pb2.Supplier(name=name, **fields)
        return await self("CreateSupplier", suppliers_pb2.CreateSupplierRequest(supplier=supplier))

    async def offer(self, supplier: suppliers_pb2.Supplier, ref: str, **fields: object) -> offers_pb2.Offer:
        offer = offers_pb2.Offer(supplier_id=supplier.id, ref=ref, **fields)
        return await self("PutOffer", offers_pb2.PutOfferRequest(offer=offer))

    async def get(self, product_id: str) -> products_pb2.Product:
        return await self("GetProduct", products_pb2.GetProductRequest(id=product_id))

    async def changes(self, product_id: str) -> list[products_pb2.Change]:
        request = products_pb2.ListProductChangesRequest(product_id=product_id)
        return list((await self("ListProductChanges", request)).changes)

    async def search(self, query: str = "", **filters: object) -> products_pb2.SearchProductsResponse:
        return await self("SearchProducts", products_pb2.SearchProductsRequest(query=query, **filters))


def found(response: products_pb2.SearchProductsResponse) -> list[tuple[str, str]]:
    """What a search found, and why."""
    return [(hit.product.title, products_pb2.SearchHit.Match.Name(hit.match)) for hit in response.hits]


def titles(response: products_pb2.SearchProductsResponse) -> list[str]:
    return [hit.product.title for hit in response.hits]
