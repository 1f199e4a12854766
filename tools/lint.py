"""Rules of this repository that no ready-made linter knows: `python tools/lint.py`.

Each rule is a function from the repository's root to complaints; a complaint says where, what and what to do.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parent.parent

MODULE_LINES = 300
# docs/adr/0037-events-library.md
CHASSIS_LINES = 3500
GENERATED = re.compile(r"_pb2(_grpc)?\.py$|/migrations/versions/")

# What ties a checkout to one network or one machine. The dots and slashes are put in here, so that this file does not hold them.
REGISTRIES = ("pypi org", "python+hosted org", "npmjs org", "npmjs com", "yarnpkg com", "crates io", "proxy golang org")
HOMES = ("work", "root", "home/[a-z]+")
_HOSTS = [rf"\b{host}\b".replace("+", "").replace(" ", "[.]") for host in REGISTRIES]
FOREIGN = re.compile("|".join([*_HOSTS, *(rf"(?<![\w.$}}])/{home}/" for home in HOMES)]))

PIN = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][a-z0-9.]*")


def tracked(root: Path) -> list[Path]:
    """The files git knows or would add, as paths below `root`."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=root, capture_output=True, check=True
    )
    paths = (Path(name.decode()) for name in listing.stdout.split(b"\0") if name)
    return sorted({path for path in paths if (root / path).is_file()})


def module_length(root: Path) -> Iterator[str]:
    for path in tracked(root):
        if path.suffix == ".py" and not GENERATED.search(path.as_posix()):
            lines = _lines(root / path)
            if lines > MODULE_LINES:
                yield f"{path}: {lines} lines; at most {MODULE_LINES}: split it by what it is about"


def chassis_size(root: Path) -> Iterator[str]:
    modules = (root / "libs" / "chassis" / "chassis").rglob("*.py")
    lines = sum(_lines(path) for path in modules if path.name != "testing.py")
    if lines >= CHASSIS_LINES:
        yield f"libs/chassis: {lines} lines; under {CHASSIS_LINES}: what not every service needs belongs to a service"


def foreign_addresses(root: Path) -> Iterator[str]:
    for path in tracked(root):
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if found := FOREIGN.search(line):
                yield f"{path}:{number}: names {found[0]}, which only some machines have: say it without the address"


def exact_constraints(root: Path) -> Iterator[str]:
    for number, line in enumerate((root / "constraints.txt").read_text(encoding="utf-8").splitlines(), start=1):
        if not PIN.fullmatch(line):
            yield f"constraints.txt:{number}: {line!r} is not `name==version`: pin it exactly, without address or marker"


def constrained_dependencies(root: Path) -> Iterator[str]:
    pinned = {line.split("==")[0] for line in (root / "constraints.txt").read_text(encoding="utf-8").splitlines()}
    projects = {
        path: tomllib.loads((root / path).read_text(encoding="utf-8")) for path in tracked(root) if path.name == "pyproject.toml"
    }
    ours = {canonicalize_name(project["project"]["name"]) for project in projects.values() if "project" in project}
    for path, project in projects.items():
        for requirement in _requirements(project):
            name = canonicalize_name(Requirement(requirement).name)
            if name not in pinned | ours:
                yield f"{path}: {requirement} is not in constraints.txt: pin the version that was tested"


def decisions_listed(root: Path) -> Iterator[str]:
    index = (root / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    for path in sorted((root / "docs" / "adr").glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        number, _, name = title.partition(". ")
        if f"[{number}]({path.name}) {name}\n" not in index:
            yield f"docs/adr/README.md: lists no [{number}]({path.name}) {name}: the index is in the order of numbers"


def _requirements(project: dict[str, dict[str, object]]) -> Iterator[str]:
    metadata: dict[str, object] = project.get("project", {})
    optional = metadata.get("optional-dependencies", {})
    groups = [
        metadata.get("dependencies", []),
        project.get("build-system", {}).get("requires", []),
        *(optional.values() if isinstance(optional, dict) else ()),
        *project.get("dependency-groups", {}).values(),
    ]
    for group in groups:
        assert isinstance(group, list), "pyproject.toml keeps requirements in lists"
        yield from group


def _lines(path: Path) -> int:
    return len(path.read_bytes().splitlines())


RULES = (module_length, chassis_size, foreign_addresses, exact_constraints, constrained_dependencies, decisions_listed)


def main() -> int:
    complaints = [complaint for rule in RULES for complaint in rule(REPOSITORY)]
    print("\n".join(complaints) or f"{len(RULES)} rules, no complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
