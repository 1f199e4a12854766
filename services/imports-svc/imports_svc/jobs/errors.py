"""What can be wrong with an import job."""

from collections.abc import Sequence
from uuid import UUID

from chassis.counts import counted
from chassis.errors import FailedPrecondition, InvalidArgument, NotFound
from imports_svc.feeds.doubt import CODES, NOT_FOUND
from imports_svc.feeds.encodings import KNOWN
from imports_svc.feeds.fields import FIELDS


class JobNotFound(NotFound):
    def __init__(self, id: UUID) -> None:
        super().__init__("There is no import job with this id.", job_id=id)


class RunNotFound(NotFound):
    def __init__(self, id: UUID) -> None:
        super().__init__("This job has no planned run with this id: take one from the job's runs.", run_id=id)


class RunNotNamed(InvalidArgument):
    def __init__(self, runs: int) -> None:
        super().__init__(
            f"This job has {runs} planned runs: name one of them.", violations={"run_id": "is needed for this job"}, runs=runs
        )


class UploadRemoved(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is no longer kept: uploads of ended imports are removed after a while. Send the file again.")


class EmptyUpload(InvalidArgument):
    def __init__(self) -> None:
        super().__init__("The file is empty: it holds no byte. Send the list itself.")


class UploadIncomplete(InvalidArgument):
    def __init__(self, size: int) -> None:
        super().__init__(f"The upload broke off after {counted(size, 'byte')} and was dropped: send the file again.", size=size)


class UploadOptionsMissing(InvalidArgument):
    def __init__(self) -> None:
        super().__init__("The first message of an upload carries its options, the others carry data.")


class UploadTooLarge(InvalidArgument):
    def __init__(self, limit: int) -> None:
        super().__init__(f"The file is larger than {counted(limit, 'byte')}: split it, or send it compressed.", limit=limit)


class UnknownFields(InvalidArgument):
    def __init__(self, names: Sequence[str], field: str) -> None:
        super().__init__(
            f"There is no field {', '.join(map(repr, names))} to map. Fields: {', '.join(FIELDS)}, price[...], stock[...];"
            " category_separator, decimal_mark, encoding, missing_offers, repeated_rows and table are said like one.",
            violations={field: f"unknown field {', '.join(names)}"},
        )


class UnknownEncoding(InvalidArgument):
    def __init__(self, name: str, field: str) -> None:
        said = f"there is no encoding {name!r}; known are {', '.join(KNOWN)}"
        super().__init__(f"{field}: {said}.", violations={field: said})


class PlanChanged(FailedPrecondition):
    def __init__(self, actual: str) -> None:
        super().__init__(
            "This is not the hash of the job's present plan: look at the plan again, then confirm it.", actual=actual
        )


class DoubtsOpen(FailedPrecondition):
    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"The job is held by what is not sure about its file: {', '.join(names)}. Accept each of them by its name, or correct"
            " the mapping and replan.",
            doubts=", ".join(names),
        )


class UnknownDoubts(InvalidArgument):
    def __init__(self, names: Sequence[str], field: str) -> None:
        said = f"there is no doubt called {', '.join(names)}; known are {', '.join(sorted(CODES - {NOT_FOUND}))}"
        super().__init__(f"{field}: {said}.", violations={field: said})


class JobPartlyApplied(FailedPrecondition):
    def __init__(self) -> None:
        super().__init__(
            "Some suppliers of this file are applied already, so its mapping can't change any more: upload the file again."
        )


class TooManySuppliers(FailedPrecondition):
    def __init__(self, column: str, count: int, limit: int) -> None:
        super().__init__(
            f"The column {column} does not look like suppliers: it holds about {count} different values, {limit} are possible."
            " Replan with another supplier column, or with none.",
            column=column,
            count=count,
        )
