"""Which permissions there are, as the contracts declare them, and the roles every installation begins with."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from google.protobuf.descriptor import MethodDescriptor

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
    DefaultRole("manager", "Runs the catalogue and its imports.", ("catalog.*", "imports.*", "core.me.read")),
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
    """Every `(pm.common.v1.permission)` of every method of every contract that is installed."""
    declared = (method.GetOptions().Extensions[options_pb2.permission] for method in declared_methods())
    return frozenset(filter(None, declared))


def declared_methods() -> Iterator[MethodDescriptor]:
    """Every method of every contract that is installed."""
    for root in map(Path, pm.__path__):
        for file in sorted(root.glob("*/v*/*_pb2.py")):
            module = importlib.import_module(".".join(("pm", *file.relative_to(root).with_suffix("").parts)))
            for service in module.DESCRIPTOR.services_by_name.values():
                yield from service.methods
