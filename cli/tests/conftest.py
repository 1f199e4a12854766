"""What the tests of the stack share: a data directory that is empty again afterwards, and its checks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from productsmanager import lifecycle, orphans


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data directory that does not exist yet; whatever a failed test leaves running on it is stopped."""
    root = tmp_path / "data"
    yield root
    lifecycle.stop(root)
    assert orphans.find(root) == []
