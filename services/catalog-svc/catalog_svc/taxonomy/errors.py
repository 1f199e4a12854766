from uuid import UUID

from chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound


class BrandNotFound(NotFound):
    def __init__(self, brand_id: UUID | str) -> None:
        super().__init__("There is no brand with this id.", brand_id=brand_id)


class BrandMerged(FailedPrecondition):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is a synonym of another brand: name that one, or split it first.", brand=name)


class BrandNotMerged(FailedPrecondition):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is no synonym: there is nothing to split.", brand=name)


class BrandItself(InvalidArgument):
    def __init__(self) -> None:
        super().__init__("A brand is no synonym of itself: choose another one.", violations={"into_id": "is the brand itself"})


class BrandTooLarge(FailedPrecondition):
    def __init__(self, name: str, limit: int) -> None:
        super().__init__(
            f"{name} has more than {limit:,} products, which can't change at once: merge the smaller brand into the larger.",
            brand=name,
            limit=limit,
        )


class CategoryNotFound(NotFound):
    def __init__(self, category_id: UUID | str) -> None:
        super().__init__("There is no category with this id.", category_id=category_id)


class CategoryTaken(AlreadyExists):
    def __init__(self, path: str) -> None:
        super().__init__(f"There is a category {path} already: use it, or choose another name.", path=path)


class CategoryPathTooLong(InvalidArgument):
    def __init__(self, limit: int) -> None:
        super().__init__(f"The names from the root down would be longer than {limit} characters: shorten one.", limit=limit)


class CategoryCycle(InvalidArgument):
    def __init__(self) -> None:
        super().__init__(
            "A category can't stand below itself: choose a parent outside of it.", violations={"parent_id": "is below it"}
        )


class CategoryUsed(FailedPrecondition):
    def __init__(self, by: str) -> None:
        super().__init__(f"The category can't be deleted: {by}.", by=by)


class ImportRunning(FailedPrecondition):
    """A batch reads the tree while it writes products; the tree holds still meanwhile."""

    def __init__(self, supplier: str) -> None:
        super().__init__(f"An import of {supplier} is being applied: change the tree afterwards.", supplier=supplier)
