"""Write a new service: `python tools/new_service.py exports --resource Platform --table export_platforms`.

The service has its own database, health, and one resource that can be created and listed; its fields are then edited by hand.
The files are the templates of tools/templates/service with the names filled in; with `--job` those of tools/templates/job come in
their place or beside them: each new resource then has a job that a worker of the service moves on.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from string import Template

REPOSITORY = Path(__file__).resolve().parent.parent
TEMPLATES = Path(__file__).resolve().parent / "templates"

# What a new service must be added to by hand, because these lists have an order and a meaning of their own.
NEXT_STEPS = """\
Now
  1. edit the contract {proto}, then the model, the migration, the servicer and the tests;
  2. add {service} to
       pyproject.toml                    mypy_path, the import-linter contracts
       cli/productsmanager/installation.py and libs/chassis/chassis/testing.py   SERVICES
       proto/pm/common/v1/revocations.proto and events.proto   the callers
       gateway/gateway/settings.py and services.py   its address and its contracts
       deploy/compose.yaml, deploy/postgres/create-databases.sh;
     where it has jobs also to cli/productsmanager/stack.py (its worker) and gateway/gateway/jobs.py (OWNERS);
  3. run `make setup lint test`."""


def names(name: str, resource: str, table: str | None) -> dict[str, str]:
    """Everything the templates call by name, from `exports`, `Platform` and `export_platforms`."""
    words = re.findall(r"[A-Z][a-z0-9]*", resource)
    variable = "_".join(words).lower()
    noun = " ".join(words).lower()
    return {
        "name": name,
        "service": f"{name}-svc",
        "package": f"{name}_svc",
        "database": f"db_{name}",
        "resource": resource,
        "plural": plural(resource),
        "variable": variable,
        "aggregate": plural(variable),
        "noun": noun,
        "nouns": plural(noun),
        "Nouns": plural(noun).capitalize(),
        "REASON": variable.upper(),
        "table": table or plural(variable),
        "jobs_table": f"{variable}_jobs",
        "route": (table or plural(variable)).replace("_", "-"),
        "summary": f"Keeps {plural(noun)}.",
    }


def plural(noun: str) -> str:
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if re.search(r"(s|x|ch|sh)$", noun) else f"{noun}s"


def render(values: dict[str, str], target: Path, *, job: bool = False) -> list[Path]:
    """Write every template below `target`, the root of a workspace; returns the files written. `job`: with a job of the resource.

    Raises FileExistsError before anything is written when the service or its contract is there already.
    """
    service = target / "services" / values["service"]
    contract = target / "proto" / "pm" / values["name"] / "v1" / f"{values['name']}.proto"
    for taken in (service, contract):
        if taken.exists():
            raise FileExistsError(f"{taken} exists: choose another name, or remove it first")
    templates: dict[Path, Path] = {}
    for folder in ("service", "job") if job else ("service",):
        root = TEMPLATES / folder
        templates |= {_path(each.relative_to(root), values, service, contract): each for each in sorted(root.rglob("*.tmpl"))}
    for path, template in templates.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(template.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
    _tidy(service)
    return list(templates)


def _tidy(service: Path) -> None:
    """Sort imports and wrap lines: where a name sorts and how long it is differs from service to service."""
    ruff = [sys.executable, "-m", "ruff"]
    settings = ["--quiet", "--config", str(REPOSITORY / "pyproject.toml"), str(service)]
    subprocess.run([*ruff, "check", "--select", "I", "--fix", *settings], check=True)
    subprocess.run([*ruff, "format", *settings], check=True)


def _path(template: Path, values: dict[str, str], service: Path, contract: Path) -> Path:
    relative = str(template).removesuffix(".tmpl").replace("aggregate", values["aggregate"])
    if relative.startswith("proto/"):
        return contract
    return service / re.sub(r"^package/", f"{values['package']}/", relative)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name", type=_matching(r"[a-z][a-z0-9]*"), help="lower case, without -svc: exports")
    parser.add_argument("--resource", type=_matching(r"([A-Z][a-z0-9]*)+"), default="Item", help="singular: Platform")
    parser.add_argument("--table", type=_matching(r"[a-z][a-z0-9_]*"), default=None, help="its table: export_platforms")
    parser.add_argument("--job", action="store_true", help="each new resource has a job that a worker moves on")
    parser.add_argument("--target", type=Path, default=REPOSITORY, help="root of the workspace (default: this one)")
    return parser.parse_args()


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!r} does not match {pattern}")
        return text

    return parse


def main() -> int:
    given = arguments()
    values = names(given.name, given.resource, given.table)
    try:
        written = render(values, given.target, job=given.job)
    except FileExistsError as error:
        print(error, file=sys.stderr)
        return 1
    for path in written:
        print(path.relative_to(given.target))
    proto = f"proto/pm/{values['name']}/v1/{values['name']}.proto"
    print(NEXT_STEPS.format(proto=proto, service=values["service"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
