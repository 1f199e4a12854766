"""Signs each request of schemathesis anew: what it does to users, roles and sessions must not lock it out of all the rest.

PM_FUZZ_KEYS is the directory of the stack's keys, PM_FUZZ_USER a user's id, PM_FUZZ_PERMISSIONS their permissions.
"""

import os
from pathlib import Path
from typing import Any

import schemathesis

from chassis.auth import Signer

SIGNER = Signer("core-svc", Path(os.environ["PM_FUZZ_KEYS"]))


@schemathesis.auth(refresh_interval=None)
class FreshToken:
    def get(self, _case: Any, _context: Any) -> str:
        return SIGNER.access_token(os.environ["PM_FUZZ_USER"], os.environ["PM_FUZZ_PERMISSIONS"].split())

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"
