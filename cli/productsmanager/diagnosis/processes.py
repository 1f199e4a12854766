"""The processes of a running stack: each one's state, and why it is so."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from chassis.counts import counted
from productsmanager import incidents
from productsmanager.diagnosis.finding import Finding, Limits, Severity
from productsmanager.incidents import End
from productsmanager.lifecycle import Running, Status
from productsmanager.process import Process


def processes(running: Running, limits: Limits) -> Iterator[Finding]:
    found = running.status()
    ill = {status.name for status in found if not status.healthy}
    ends = incidents.ends(running.installation.data)
    for status in found:
        yield _finding(running, status, ends.get(status.name, ()), ill, limits)


def _finding(running: Running, status: Status, ends: Sequence[End], ill: set[str], limits: Limits) -> Finding:
    name, log = status.name, f"read `pm logs {status.name}`"
    # Local times, as the supervisor writes them.
    recent = [end for end in ends if end.time > datetime.now() - timedelta(seconds=limits.ends_within)]
    if status.frozen:
        remedy = f"`kill -CONT {status.pid}`; or `kill -KILL {status.pid}`: it is started anew"
        return Finding(name, Severity.BAD, f"is frozen (a signal has stopped pid {status.pid})", remedy)
    if len(recent) >= limits.ends:
        text = f"ends again and again: {counted(len(recent), 'time')} lately, last {_told(recent[-1])}"
        return Finding(name, Severity.BAD, f"{text}; {status.error}" if status.error else text, log)
    if not status.healthy:
        if cause := sorted(ill & _needs(running.processes, name)):
            remedy = f"mend {', '.join(cause)} first; then {log}"
        elif status.pid:
            remedy = log
        else:
            remedy = f"`pm down`, then `pm up`; {log}"
        text = "does not answer" if status.pid else "is not running"
        return Finding(name, Severity.BAD, f"{text}; {status.error}" if status.error else text, remedy)
    if ends:
        return Finding(
            name, Severity.NOTE, f"healthy, pid {status.pid}; ended {counted(len(ends), 'time')}, last {_told(ends[-1])}", log
        )
    return Finding(name, Severity.GOOD, f"healthy, pid {status.pid}")


def _told(end: End) -> str:
    return f"at {end.time:%H:%M:%S} ({end.how})"


def _needs(processes: Mapping[str, Process], name: str) -> set[str]:
    """All that a process can't work without, near and far."""
    direct = {need for need in processes[name].needs if need in processes}
    return direct.union(*(_needs(processes, need) for need in direct))
