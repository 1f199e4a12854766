"""What the environment may set."""

import os
import tempfile
from pathlib import Path

from chassis.settings import WorkerSettings

# Of the broker and in the metrics.
QUEUE = "imports"
# What every cached answer of this service depends on.
DOMAIN = "imports"


class Settings(WorkerSettings):
    """imports-svc's settings, of its server and of its workers."""

    pool_size: int = 15
    catalog_bulk_address: str = "127.0.0.1:50052"
    # A worker unpacks feeds below it and removes them again.
    work_dir: Path = Path(tempfile.gettempdir()) / f"imports-worker-{os.getuid()}"
    max_upload_bytes: int = 4 * 1024**3
    # How long the uploads of ended imports are kept, and the imports themselves with what came of their rows; 0 for ever.
    keep_upload_days: int = 365
    keep_job_days: int = 1095
