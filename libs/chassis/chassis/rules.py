"""Field rules read from the contracts, so that a limit is declared once: in the proto.

The same rule becomes the protovalidate check of a call, the CHECK of a column and the column expression of an import.
"""

from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from buf.validate import validate_pb2


@dataclass(frozen=True)
class Rule:
    """What a field may hold; None means no such limit. Lengths are in characters."""

    min_len: int | None = None
    max_len: int | None = None
    pattern: str | None = None
    gte: int | None = None
    lte: int | None = None

    def check(self, column: str) -> str:
        """The rule as the SQL condition of a CHECK; true for NULL."""
        conditions = [
            f"char_length({column}) >= {self.min_len}" if self.min_len is not None else "",
            f"char_length({column}) <= {self.max_len}" if self.max_len is not None else "",
            f"{column} ~ '{self.pattern}'" if self.pattern is not None else "",
            f"{column} >= {self.gte}" if self.gte is not None else "",
            f"{column} <= {self.lte}" if self.lte is not None else "",
        ]
        return " AND ".join(condition for condition in conditions if condition)


def rules(descriptor: Descriptor) -> dict[str, Rule]:
    """The rule of every constrained scalar field of a message."""
    found = {field.name: _rule(field) for field in descriptor.fields}
    return {name: rule for name, rule in found.items() if rule != Rule()}


def max_items(descriptor: Descriptor, name: str) -> int:
    """How many values a repeated field may have. Raises KeyError for a field without such a limit."""
    constraints = descriptor.fields_by_name[name].GetOptions().Extensions[validate_pb2.field]
    limits: dict[str, int] = {limit.name: value for limit, value in constraints.repeated.ListFields()}
    return limits["max_items"]


def _rule(field: FieldDescriptor) -> Rule:
    constraints = field.GetOptions().Extensions[validate_pb2.field]
    kind = constraints.WhichOneof("type")
    if kind not in {"string", "int32", "int64"}:
        return Rule()
    declared: Any = getattr(constraints, kind)
    present = {limit.name: value for limit, value in declared.ListFields()}
    return Rule(**{name: present[name] for name in Rule.__dataclass_fields__ if name in present})
