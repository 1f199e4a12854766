"""Bring the databases of several services to their newest schemas, one after another in one process: a start of everything on one
machine does so (docs/adr/0034). A service that is deployed by itself has `python -m <service> migrate`.

    PM_CORE_DATABASE_URL=postgresql://... PM_MEDIA_DATABASE_URL=postgresql://... python -m chassis.migrate core media
"""

import importlib.util
import os
import sys
from pathlib import Path

from chassis import logs, migrations


def main(services: list[str]) -> None:
    logs.configure(os.environ.get("PM_LOG_LEVEL", "info"), "migrate")
    for service in services:
        url = os.environ.get(f"PM_{service.upper()}_DATABASE_URL")
        found = importlib.util.find_spec(f"{service}_svc")
        if url is None or found is None or found.origin is None:
            raise SystemExit(f"{service}: PM_{service.upper()}_DATABASE_URL is not set, or {service}_svc is not installed.")
        migrations.upgrade(Path(found.origin).parent / "migrations", url)


if __name__ == "__main__":
    main(sys.argv[1:])
