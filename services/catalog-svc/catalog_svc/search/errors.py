from chassis.errors import InvalidArgument, NotFound


class CurrencyMissing(InvalidArgument):
    def __init__(self) -> None:
        super().__init__(
            "Bounds of a price and an order by price need a currency: send currency too.",
            violations={"currency": "is needed with price_min, price_max and an order by price"},
        )


class SelectionNotFound(NotFound):
    def __init__(self, selection_id: str) -> None:
        super().__init__(
            "There is no selection with this id; selections last for 24 hours. Select again.", selection_id=selection_id
        )
