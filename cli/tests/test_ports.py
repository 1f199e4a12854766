"""Ports of an installation: beside one another, kept, and never somebody else's."""

import socket
from pathlib import Path

from productsmanager import ports
from productsmanager.data import DataDir

NAMES = [f"server-{number}" for number in range(40)]


def made(path: Path) -> DataDir:
    data = DataDir.at(path)
    data.create()
    return data


def test_an_installation_has_a_block_of_its_own(tmp_path: Path) -> None:
    chosen, moved = ports.allocate(made(tmp_path / "data"), NAMES)
    assert sorted(chosen.values()) == list(range(min(chosen.values()), min(chosen.values()) + len(NAMES)))
    assert min(chosen.values()) in ports.BLOCKS
    assert moved == []
    assert ports.allocate(made(tmp_path / "data"), NAMES) == (chosen, [])


def test_a_block_of_which_one_port_is_taken_is_left_alone() -> None:
    block = iter(ports.choose_block(()))
    first = next(block)
    with socket.create_server(("127.0.0.1", first + 5)):
        for _ in range(20):
            assert next(ports.choose_block(())) != first


def test_more_than_a_block_are_found_too(tmp_path: Path) -> None:
    names = [f"server-{number}" for number in range(ports.BLOCK + 3)]
    chosen, _ = ports.allocate(made(tmp_path / "data"), names)
    assert len(set(chosen.values())) == len(names)
