from chassis.errors import FailedPrecondition


class HistoryTooOld(FailedPrecondition):
    """A change of a time when history kept texts to be read, and nothing to be written back."""

    def __init__(self, seq: int) -> None:
        super().__init__(
            f"Change {seq} was recorded as text, by a release that could not restore: nothing older can be.", seq=seq
        )
