"""What can be wrong with a mapping."""

from chassis.errors import AlreadyExists, InvalidArgument


class InvalidGtin(InvalidArgument):
    def __init__(self, gtin: str) -> None:
        super().__init__(
            f"{gtin} is not a barcode: its check digit is wrong. Compare it with the one on the article.",
            violations={"mapping.gtin": "has a wrong check digit"},
            gtin=gtin,
        )


class MappingExists(AlreadyExists):
    def __init__(self, gtin: str, marketplace_id: str, asin: str) -> None:
        super().__init__(
            f"{gtin} is noted as {asin} on marketplace {marketplace_id} already.",
            gtin=gtin,
            marketplace_id=marketplace_id,
            asin=asin,
        )
