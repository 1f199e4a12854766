from uuid import UUID

from chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound


class SupplierNotFound(NotFound):
    def __init__(self, supplier_id: UUID | str) -> None:
        super().__init__("There is no supplier with this id.", supplier_id=supplier_id)


class SupplierNameTaken(AlreadyExists):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is a supplier named {name} already: use it, or choose another name.", name=name)


class SupplierNameBlank(InvalidArgument):
    def __init__(self) -> None:
        super().__init__("A supplier needs a name.", violations={"supplier.name": "must not be blank"})


class OwnListTaken(AlreadyExists):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is the shop's own list already: there is one at most.", name=name)


class OwnListRank(InvalidArgument):
    def __init__(self) -> None:
        super().__init__(
            "The shop's own list ranks before all suppliers: it has no other priority.",
            violations={"supplier.priority": "must be left out of the own list"},
        )


class SupplierBusy(FailedPrecondition):
    """Each batch of a run ranks offers by the priority it finds."""

    def __init__(self, run_id: UUID) -> None:
        super().__init__("An import of this supplier is being applied: change its rank afterwards.", run_id=run_id)
