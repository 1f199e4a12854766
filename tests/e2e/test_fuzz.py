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
EXCLUDED = "/events$|/health"
# Of nobody else, so that guessed passwords slow nobody else down.
ADDRESS = "192.0.2.77"
TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("role", ["admin", "viewer"])
def test_no_request_makes_a_server_error(stack: Running, api: Api, tmp_path: Path, role: str) -> None:
    api.run(FIXTURES / "bom.csv", "Fuzz")
    user = {"username": f"fuzz-{role}@example.test", "roles": [role]}
    made = api.post("/users", {"user": user, "password": "whatever is sent to it"})
    granted = next(each for each in api.get("/roles")["roles"] if each["name"] == role)["permissions"]
    environment = {
        "SCHEMATHESIS_HOOKS": "fuzz_hooks",
        "PYTHONPATH": str(TESTS),
        "PM_FUZZ_KEYS": str(stack.installation.data.keys),
        "PM_FUZZ_USER": made["id"],
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
