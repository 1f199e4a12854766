"""A short run of schemathesis over every route of the OpenAPI document: whatever is sent, nothing answers 5xx."""

import subprocess
import sysconfig
from pathlib import Path

from api import FIXTURES, Api

SECONDS = "30"
# Streams that stay open, probes that answer 503 by design, and what would sign the caller out in the middle.
EXCLUDED = "/events$|/health|/me/sessions:end"
# Of nobody else, so that guessed passwords slow nobody else down.
ADDRESS = "192.0.2.77"
PASSWORD = "whatever is sent to it"


def test_no_request_makes_a_server_error(api: Api, tmp_path: Path) -> None:
    api.run(FIXTURES / "bom.csv", "Fuzz")
    api.post("/users", {"user": {"username": "fuzz@example.test", "roles": ["admin"]}, "password": PASSWORD})
    token = api.post("/auth/login", {"username": "fuzz@example.test", "password": PASSWORD})["access_token"]
    command = [
        *(str(Path(sysconfig.get_path("scripts")) / "st"), "run", f"{api.http.base_url}openapi.json", "--no-color"),
        *("--header", f"Authorization: Bearer {token}", "--header", f"X-Forwarded-For: {ADDRESS}"),
        *("--exclude-path-regex", EXCLUDED),
        *("--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing", "--max-examples", "5"),
        *("--max-time", SECONDS, "--seed", "1", "--continue-on-failure"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    assert "passed" in done.stdout
