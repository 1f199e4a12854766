"""A short run of schemathesis over every route of the OpenAPI document: whatever is sent, nothing answers 5xx.

`make test-fuzz` runs it for minutes: PM_FUZZ_SECONDS and PM_FUZZ_SEED say for how long and with what.
"""

import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest
from api import FIXTURES, Api

from productsmanager.lifecycle import Running

SECONDS = os.environ.get("PM_FUZZ_SECONDS", "20")
SEED = os.environ.get("PM_FUZZ_SEED", "1")
EXAMPLES = "5" if SECONDS == "20" else "60"
# Streams that stay open, and probes that answer 503 by design.
EXCLUDED = "/events$|/live$|/health"
# Of nobody else, so that guessed passwords slow nobody else down.
ADDRESS = "192.0.2.77"
TESTS = Path(__file__).parents[1]


ROLES = ("admin", "viewer")


@pytest.fixture(scope="module")
def users(api: Api) -> dict[str, tuple[str, list[str]]]:
    """Id and permissions of a user by role, made before requests of the one end the session that makes the other."""
    api.run(FIXTURES / "bom.csv", "Fuzz")
    granted = {role["name"]: role["permissions"] for role in api.get("/roles")["roles"]}

    def made(role: str) -> str:
        user = {"username": f"fuzz-{role}@example.test", "roles": [role]}
        return str(api.post("/users", {"user": user, "password": "whatever is sent to it"})["id"])

    return {role: (made(role), granted[role]) for role in ROLES}


@pytest.mark.parametrize("role", ROLES)
def test_no_request_makes_a_server_error(
    stack: Running, api: Api, users: dict[str, tuple[str, list[str]]], tmp_path: Path, role: str
) -> None:
    user_id, granted = users[role]
    environment = {
        "SCHEMATHESIS_HOOKS": "fuzz_hooks",
        "PYTHONPATH": str(TESTS),
        "PM_FUZZ_KEYS": str(stack.installation.data.keys),
        "PM_FUZZ_USER": user_id,
        "PM_FUZZ_PERMISSIONS": " ".join(granted),
    }
    command = [
        *(str(Path(sysconfig.get_path("scripts")) / "st"), "run", f"{api.http.base_url}openapi.json", "--no-color"),
        *("--header", f"X-Forwarded-For: {ADDRESS}", "--exclude-path-regex", EXCLUDED),
        *("--checks", "not_a_server_error", "--max-examples", EXAMPLES),
        *("--max-time", SECONDS, "--seed", SEED, "--continue-on-failure"),
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=os.environ | environment, capture_output=True, text=True, errors="replace", check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "passed" in done.stdout
    refused = re.search(r"Authentication failed: (\d+) operations", done.stdout)
    if role == "admin" and refused:
        # Wrong passwords and foreign sessions are answered so; a token that counts no more would make it all of them.
        assert int(refused[1]) < 10, done.stdout[-4000:]
