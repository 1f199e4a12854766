"""Where the time of a benchmark goes: functions of our processes (py-spy), statements of PostgreSQL (pg_stat_statements)."""

import contextlib
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from productsmanager.bench.bed import Bed
from productsmanager.errors import ProductsManagerError

SAMPLES_A_SECOND = 100
SHOWN = 15
END_SECONDS = 60
# Of all databases, since the reset; a statement is cut where it would no longer fit a line of a table.
STATEMENTS = """
SELECT format('| %s | %s | %s | %s | %s | %s |', datname, calls, round(total_exec_time),
       round((total_exec_time / calls)::numeric, 3), shared_blks_hit + shared_blks_read,
       left(replace(regexp_replace(query, '\\s+', ' ', 'g'), '|', '\\|'), 160))
  FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid
 ORDER BY total_exec_time DESC LIMIT 20;
"""


@contextlib.contextmanager
def profiled(stack: Bed, folder: Path, name: str) -> Iterator[None]:
    """Write `folder`/`name`.md about what happens in the block, and the stacks of each process beside it (for a flame graph).

    Raises ProductsManagerError where py-spy is not installed or may not look.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stacks = {process: folder / f"{name}-{process}.stacks" for process in stack.meter.ours}
    postgres = stack.running.installation.postgres
    postgres.psql("SELECT pg_stat_statements_reset();", "db_catalog")
    spies = {process: _spy(stack.meter.ours[process], path) for process, path in stacks.items()}
    try:
        yield
    finally:
        statements = postgres.psql(STATEMENTS, "db_catalog")
        for spy in spies.values():
            spy.send_signal(signal.SIGINT)
        for process, spy in spies.items():
            said = spy.communicate(timeout=END_SECONDS)[1]
            if spy.returncode != 0:
                stack.notify(f"py-spy could not look at {process}: {said.strip().splitlines()[-1:]}")
    sections = [section(process, path) for process, path in stacks.items() if path.is_file() and path.stat().st_size]
    head = "| database | calls | ms | ms a call | buffers | statement |\n|---|--:|--:|--:|--:|---|"
    report = folder / f"{name}.md"
    report.write_text("\n\n".join([f"# {name}", *sections, "## PostgreSQL", f"{head}\n{statements}"]) + "\n", encoding="utf-8")
    stack.notify(f"profile in {report}")


def spy() -> str:
    """The program that looks into our processes. Raises ProductsManagerError where it is not installed."""
    # Beside our own interpreter when its environment is not activated.
    program = shutil.which("py-spy") or shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if program is None:
        raise ProductsManagerError("py-spy is not installed: install it into the environment of pm, or leave --profile out")
    return program


def _spy(pid: int, path: Path) -> subprocess.Popen[str]:
    # Only what runs is counted, and nothing waits for py-spy.
    command = (spy(), "record", "--pid", str(pid), "--rate", str(SAMPLES_A_SECOND), "--nonblocking", "--function")
    # More seconds than a benchmark takes; it is told to end.
    return subprocess.Popen(
        (*command, "--format", "raw", "--duration", "86400", "--output", str(path)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def section(process: str, path: Path) -> str:
    """What the stacks of one process say, in Markdown."""
    own, within, total = _counted(path)
    lines = [f"## {process}: {total / SAMPLES_A_SECOND:.1f} s of CPU", "| share | in itself |", "|--:|---|"]
    lines += [f"| {count / total:.1%} | {function} |" for function, count in own.most_common(SHOWN)]
    lines += ["", "| share | with what it calls |", "|--:|---|"]
    lines += [f"| {count / total:.1%} | {function} |" for function, count in within.most_common(SHOWN)]
    return "\n".join(lines)


def _counted(path: Path) -> tuple[Counter[str], Counter[str], int]:
    """Samples by function at the top of the stack, by function anywhere in it, and all.

    A line is a stack, frames separated by `;` from the outermost in, and behind a space how often it was seen.
    """
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    total = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        frames, _, count = line.rpartition(" ")
        functions = frames.split(";")
        own[functions[-1]] += int(count)
        within.update(dict.fromkeys(functions, int(count)))
        total += int(count)
    return own, within, max(total, 1)
