"""What happened to the processes of a stack: when the supervisor saw them end, and what they said last."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from productsmanager.data import DataDir
from productsmanager.supervision import tail

# The supervisor writes a few lines for each end, so this reaches back hundreds of them.
LINES = 5_000
LONGEST_SAID = 200
_STARTED = " supervisord started with pid "
_ENDED = re.compile(r"^(?P<time>\S+ [\d:]+),\d+ \w+ exited: (?P<name>\S+) \((?P<how>.*); (?:not )?expected\)$")
# The names of exceptions as they are written: `_security_error(uid` is a line of somebody's code.
_SAYS_ERROR = re.compile(r"\b[A-Za-z]*(?:Error|Exception)\b|\b(?i:error|fatal|panic|critical)\b")


@dataclass(frozen=True)
class End:
    """One end that nobody had asked for. `time` is this machine's, `how` such as `exit status 1`."""

    time: datetime
    how: str


def ends(data: DataDir) -> Mapping[str, Sequence[End]]:
    """By process, its ends since the stack was started, the last one last."""
    found: dict[str, list[End]] = {}
    for line in tail(data.log_of("supervisord"), LINES):
        if _STARTED in line:
            found.clear()
        elif match := _ENDED.match(line):
            found.setdefault(match["name"], []).append(End(datetime.fromisoformat(match["time"]), match["how"]))
    return found


def last_error(log: Path) -> str:
    """The last line of a log that tells of an error, shortened; empty when none does."""
    said = (_error_of(line) for line in reversed(tail(log, LINES)))
    return next(filter(None, said), "")[:LONGEST_SAID]


def _error_of(line: str) -> str:
    try:
        record = json.loads(line)
    except ValueError:
        return line.strip() if _SAYS_ERROR.search(line) else ""
    if not isinstance(record, dict) or record.get("level") not in ("error", "critical"):
        return ""
    trace = str(record.get("exception", "")).strip().splitlines()
    return ": ".join([str(record.get("event", "")), *trace[-1:]])
