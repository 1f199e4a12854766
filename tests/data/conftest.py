"""The folder of real feeds that lies beside the project; it is never copied in."""

import os
from pathlib import Path

import pytest

DEFAULT = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def feeds() -> Path:
    """Fails, rather than skips, when the feeds are absent: who asks for these tests wants them run."""
    folder = Path(os.environ.get("PM_TEST_DATA", DEFAULT))
    if not folder.is_dir():
        pytest.fail(f"The real feeds are not at {folder}: set PM_TEST_DATA to the folder that holds 01_... to 07_...")
    return folder
