"""Which permissions there are, as the contracts declare them, and the roles every installation begins with."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

import pm
from core_svc.roles.models import ADMIN
from pm.common.v1 import options_pb2


@dataclass(frozen=True)
class DefaultRole:
    """A role to begin with; `patterns` are those of the permissions it grants, but for the `withheld` ones."""

    name: str
    description: str
    patterns: tuple[str, ...]
    withheld: tuple[str, ...] = ()

    def granted(self, permissions: frozenset[str]) -> frozenset[str]:
        """Those of `permissions` that this role grants."""
        return frozenset(name for name in permissions if _matches(name, self.patterns) and not _matches(name, self.withheld))


DEFAULT_ROLES = (
    DefaultRole(ADMIN, "May do everything.", ("*",)),
    DefaultRole("manager", "Runs the catalogue and its imports.", ("catalog.*", "imports.*", "core.jobs.*", "core.me.read")),
    # Where and when people sign in is nobody's business but an administrator's.
    DefaultRole(
        "viewer",
        "Sees the whole business and changes nothing.",
        ("*.read",),
        ("core.audit.*", "core.sessions.*", "core.apikeys.*"),
    ),
)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def declared_permissions() -> frozenset[str]:
    """Every permission that a contract which is installed asks for: to call a method, to see a field, or to ask for a value."""
    return frozenset(filter(None, _declared()))


def _declared() -> Iterator[str]:
    for file in _files():
        for service in file.services_by_name.values():
            yield from (method.GetOptions().Extensions[options_pb2.permission] for method in service.methods)
        for message in file.message_types_by_name.values():
            yield from (field.GetOptions().Extensions[options_pb2.visible_to] for field in message.fields)
        for enum in file.enum_types_by_name.values():
            yield from (value.GetOptions().Extensions[options_pb2.askable_by] for value in enum.values)


def declared_methods() -> Iterator[MethodDescriptor]:
    """Every method of every contract that is installed."""
    for file in _files():
        for service in file.services_by_name.values():
            yield from service.methods


def _files() -> Iterator[FileDescriptor]:
    for root in map(Path, pm.__path__):
        for file in sorted(root.glob("*/v*/*_pb2.py")):
            module = importlib.import_module(".".join(("pm", *file.relative_to(root).with_suffix("").parts)))
            yield module.DESCRIPTOR
