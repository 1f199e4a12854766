"""Why a kept credential can't be used. No message holds any of it."""

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
