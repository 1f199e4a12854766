"""The groups of a BMEcat catalogue, and which articles are in them: they stand before and behind the articles."""

from dataclasses import dataclass, field
from typing import Any

from imports_svc.formats.tree import xml
from imports_svc.formats.tree.flatten import TEXT
from imports_svc.formats.tree.names import Node

_MOST_DEEP = 20
_MAPS = ("ARTICLE_TO_CATALOGGROUP_MAP", "PRODUCT_TO_CATALOGGROUP_MAP")
_REFS = ("ART_ID", "PROD_ID", "SUPPLIER_AID", "SUPPLIER_PID")


@dataclass
class Groups:
    """Names and parents of groups by id, and the group of each article."""

    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    group_of: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, file: xml.XmlFile, root: Node) -> "Groups":
        """Those of a file. Raises FileDamaged."""
        groups = cls()
        for transaction, node in root.children.items():
            if "CATALOG_GROUP_SYSTEM" in node.children:
                for _, group in xml.records(file, (transaction, "CATALOG_GROUP_SYSTEM", "CATALOG_STRUCTURE")):
                    groups.names[_text(group, "GROUP_ID")] = (
                        _text(group, "GROUP_NAME") if _kind(group) != "root" else "",
                        _text(group, "PARENT_ID"),
                    )
            for name in _MAPS:
                for _, member in xml.records(file, (transaction, name)) if name in node.children else ():
                    ref = next((text for key in _REFS if (text := _text(member, key))), "")
                    groups.group_of.setdefault(ref, _text(member, "CATALOG_GROUP_ID"))
        return groups

    def path_of(self, ref: str) -> str:
        """The category of an article from the outermost group to its own, "" for one in none."""
        path: list[str] = []
        group = self.group_of.get(ref, "")
        while group in self.names and len(path) < _MOST_DEEP:
            name, group = self.names[group]
            if name:
                path.append(name)
        return " > ".join(reversed(path))


def _kind(group: Any) -> str:
    return str(group.get("@type", "")) if isinstance(group, dict) else ""


def _text(value: Any, name: str) -> str:
    found = value.get(name, "") if isinstance(value, dict) else ""
    found = found[0] if isinstance(found, list) else found
    return str(found.get(TEXT, "")) if isinstance(found, dict) else str(found)
