from uuid import UUID

from chassis.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound, ServiceError


class RunNotFound(NotFound):
    def __init__(self, run_id: UUID) -> None:
        super().__init__("There is no run with this id.", run_id=run_id)


class UnknownColumns(InvalidArgument):
    def __init__(self, names: list[str]) -> None:
        super().__init__(f"A run can't carry these columns: {', '.join(names)}.", columns=",".join(names))


class MissingRef(InvalidArgument):
    def __init__(self) -> None:
        super().__init__("A run needs the column ref: without it no row can be found again.")


class ChunkDiffers(FailedPrecondition):
    def __init__(self, seq: int) -> None:
        super().__init__(f"Chunk {seq} was staged with other bytes: the file or its reading changed. Open a new run.", seq=seq)


class ChunkDamaged(InvalidArgument):
    def __init__(self, seq: int) -> None:
        super().__init__(f"The bytes of chunk {seq} do not match their SHA-256: send it again.", seq=seq)


class ChunkUnreadable(InvalidArgument):
    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"Chunk {seq} can't be copied: {why}", seq=seq)


class WrongState(FailedPrecondition):
    def __init__(self, wanted: str, state: str) -> None:
        super().__init__(f"The run is {state}; this needs {wanted}.", state=state)


class StagingLost(Aborted):
    """The database crashed and emptied what is unlogged: the same chunks must be staged again."""

    def __init__(self) -> None:
        super().__init__(
            "The staged rows are gone after a crash of the database: stage the same chunks again. For an import, applying or"
            " replanning it does that."
        )


class RunStale(FailedPrecondition):
    def __init__(self) -> None:
        super().__init__("The supplier's offers moved since this plan was made: open a new run and plan again.")


class PlanChanged(FailedPrecondition):
    def __init__(self) -> None:
        super().__init__("This is not the plan that was confirmed: look at the new plan and confirm it.")


class BatchesOpen(FailedPrecondition):
    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} batches are not applied and indexed yet.", missing=missing)


class BatchNotApplied(FailedPrecondition):
    def __init__(self, batch: int) -> None:
        super().__init__(f"Batch {batch} is not applied yet, so there is nothing to index.", batch=batch)


class NoSuchBatch(InvalidArgument):
    def __init__(self, batch: int) -> None:
        super().__init__(f"The plan has no batch {batch}.", batch=batch)


class ContractBroken(InvalidArgument):
    """A staged value that no offer may hold got past the cleaning; nothing of its batch is kept."""

    def __init__(self, constraint: str) -> None:
        super().__init__(
            f"A row breaks {constraint}; the batch was rolled back. Clean the column before staging it.", constraint=constraint
        )


class BatchContended(Aborted):
    """A batch was applied while the run was being given up."""

    def __init__(self) -> None:
        super().__init__("A batch of the run was applied at this moment, and the search does not know it yet: abandon it again.")


class OrphanedOffer(ServiceError):
    """A plan that would break the catalogue: a defect of ours, and nothing of the batch is kept."""

    def __init__(self, offer_id: UUID) -> None:
        super().__init__(f"Offer {offer_id} would have no product; the batch was rolled back.", offer_id=offer_id)
