"""Why a kept credential can't be used. No message holds any of it."""

from collections.abc import Mapping

from chassis.counts import counted
from chassis.errors import FailedPrecondition


class SealingKeyMissing(FailedPrecondition):
    """It was sealed with a key that this process does not have."""

    def __init__(self, what: str, key: str, known: list[str], place: str) -> None:
        super().__init__(
            f"The credentials of {what} were sealed with key {key}, and {place} holds {', '.join(known)}: put the file with that "
            "key back from a backup (`pm backup` keeps it), or enter the credentials anew.",
            key=key,
        )


class SealBroken(FailedPrecondition):
    """It was changed behind the service's back, or is somebody else's."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The credentials of {what} are damaged, or were sealed for something else: enter them anew.")


class KeysInUse(FailedPrecondition):
    """Keys that are to go still seal rows."""

    def __init__(self, name: str, rows: Mapping[str, int]) -> None:
        found = ", ".join(f"{counted(count, 'row')} of {place}" for place, count in rows.items())
        super().__init__(
            f"Old keys of {name} still seal {found}: without them these credentials must be entered anew. The upkeep of {name} "
            "seals rows anew within an hour, unless they are damaged. `--anyway` takes the keys away all the same.",
        )


class RowsUnknown(FailedPrecondition):
    """Nobody can say whether keys that are to go still seal rows."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"Whether rows of {name} are still sealed with its old keys can't be looked up: {why}. "
            "`--anyway` takes the keys away all the same; what they seal must be entered anew then.",
        )
