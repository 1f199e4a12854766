from chassis.errors import FailedPrecondition


class ChangesLost(FailedPrecondition):
    """A cursor behind which entries are gone, or that another database gave: to go on would pass changes by in silence."""

    def __init__(self, cursor: str) -> None:
        super().__init__(
            "Some changes behind this cursor are no longer kept, or it is from before the catalogue was restored: take the whole"
            " catalogue with GET /api/v1/products:export, and go on from the cursor in its first line.",
            cursor=cursor,
        )
