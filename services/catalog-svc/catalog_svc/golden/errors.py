from chassis.errors import Unavailable


class SkusBeingGiven(Unavailable):
    """Whether a product has an SKU can't be told before that has ended."""

    def __init__(self) -> None:
        super().__init__("The shop's own list is giving products their SKUs at this moment; what names SKUs waits for it.")
