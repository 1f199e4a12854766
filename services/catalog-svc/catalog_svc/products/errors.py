from uuid import UUID

from chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound


class ProductNotFound(NotFound):
    def __init__(self, product_id: UUID | str) -> None:
        super().__init__("There is no product with this id.", product_id=product_id)


class GtinTaken(AlreadyExists):
    def __init__(self, gtin: str, product_id: UUID) -> None:
        super().__init__(
            f"Product {product_id} has the GTIN {gtin} already: change that product, or correct the GTIN.",
            gtin=gtin,
            product_id=product_id,
        )


class SkuTaken(AlreadyExists):
    def __init__(self, sku: str, product_id: UUID) -> None:
        super().__init__(
            f"Product {product_id} has the SKU {sku} already: change that product, or choose another SKU.",
            sku=sku,
            product_id=product_id,
        )


class ProductTrashed(FailedPrecondition):
    def __init__(self, product_id: UUID) -> None:
        super().__init__("This product is in the trash: restore it first, then change it.", product_id=product_id)


class ProductEmpty(InvalidArgument):
    def __init__(self) -> None:
        super().__init__(
            "A product needs something to know it by: send a title, a GTIN, an SKU or an MPN.",
            violations={"product": "must have a title, gtin, sku or mpn"},
        )
