"""Loopback ports: chosen at the first start, remembered, replaced only when somebody else took one."""

import json
import random
import socket
from collections.abc import Iterable, Iterator

from productsmanager.data import DataDir, read_json, write_private

# Below the ranges from which Linux (32768) and macOS (49152) take ports of outgoing connections,
# so that a remembered port is not lost to a browser tab between two starts.
CANDIDATES = range(29_000, 32_000)
# An installation takes its ports from one block that is wholly free. Two that start at once can't see each other's ports before
# these are bound, and would soon meet if each port were drawn by itself.
BLOCK = 64
BLOCKS = range(20_000, 29_000, BLOCK)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose(taken: Iterable[int]) -> int:
    """A free loopback port that is not in `taken`. Raises RuntimeError when there is none."""
    refused = set(taken)
    for port in random.sample(CANDIDATES, len(CANDIDATES)):
        if port not in refused and is_free(port):
            return port
    raise RuntimeError("no free port left between 29000 and 32000: stop some servers")


def choose_block(taken: Iterable[int]) -> Iterator[int]:
    """Free loopback ports beside one another, none of them in `taken`; behind the last of them, such as `choose` finds."""
    refused = set(taken)
    for start in random.sample(BLOCKS, len(BLOCKS)):
        block = range(start, start + BLOCK)
        if refused.isdisjoint(block) and all(map(is_free, block)):
            refused.update(block)
            yield from block
            break
    while True:
        port = choose(refused)
        refused.add(port)
        yield port


def remembered(data: DataDir) -> dict[str, int]:
    return {name: int(port) for name, port in read_json(data.ports_file).items()}


def allocate(data: DataDir, names: Iterable[str]) -> tuple[dict[str, int], list[str]]:
    """Ports by name, remembered ones kept; and a sentence for each that had to move. Nothing of ours may run yet."""
    ports = remembered(data)
    before = dict(ports)
    moved: list[str] = []
    fresh = choose_block(before.values())
    for name in names:
        port = ports.get(name)
        if port is not None and is_free(port):
            continue
        ports[name] = next(fresh)
        if port is not None:
            moved.append(f"port {port} of {name} is taken by another program: using {ports[name]} from now on")
    if ports != before:
        write_private(data.ports_file, json.dumps(ports, indent=2) + "\n")
    return ports, moved
