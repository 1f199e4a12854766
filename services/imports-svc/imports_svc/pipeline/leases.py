"""Leases of import jobs."""

from typing import TypeAlias

from chassis.db import Database
from imports_svc.jobs.kind import IMPORTS
from imports_svc.jobs.models import Job
from jobs import leases

Lease: TypeAlias = leases.Lease[Job]


async def claim(database: Database, *, small: bool = False) -> Lease | None:
    """See `jobs.leases.claim`."""
    return await leases.claim(database, IMPORTS, small=small)
