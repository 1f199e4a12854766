from chassis.errors import InvalidArgument


class InvalidGtin(InvalidArgument):
    def __init__(self, gtin: str, field: str) -> None:
        super().__init__(
            f"{gtin} is not a GTIN: its last digit does not check. Compare it with the barcode.",
            violations={field: "must be a GTIN, zero-padded to 14 digits"},
            gtin=gtin,
        )


class CategoryNameInvalid(InvalidArgument):
    def __init__(self, why: str) -> None:
        super().__init__(f"This can't name a category: it {why}.", violations={"category.name": why})


class CategoryTooDeep(InvalidArgument):
    def __init__(self, limit: int) -> None:
        super().__init__(f"A category can't stand deeper than {limit} levels.", limit=limit)


class FirstDiffers(InvalidArgument):
    """A list, and a first of it that is another one: which is meant is not said."""

    def __init__(self, field: str, listed_as: str) -> None:
        super().__init__(
            f"{field} is not the first of {listed_as}: send one of them, or both alike.",
            violations={field: f"must be the first of {listed_as}, or left out"},
        )
