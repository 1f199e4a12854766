"""What the environment may set."""

import tempfile
from pathlib import Path

from chassis.settings import WorkerSettings


class Settings(WorkerSettings):
    """imports-svc's settings, of its server and of its workers."""

    pool_size: int = 15
    catalog_bulk_address: str = "127.0.0.1:50052"
    # A worker unpacks feeds below it and removes them again.
    work_dir: Path = Path(tempfile.gettempdir()) / "imports-worker"
    # The contract counts a file's bytes in 32 bits.
    max_upload_bytes: int = 2**31 - 1
