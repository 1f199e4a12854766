"""The stack says of itself how it is."""

import httpx
import pytest

from productsmanager.lifecycle import Running

DATABASES = {"db_core", "db_catalog", "db_imports", "db_exports", "db_media", "db_code2asin", "db_analytics"}


@pytest.mark.parametrize("path", ["/health", "/health/db", "/health/redis", "/health/celery"])
def test_everything_is_healthy(stack: Running, path: str) -> None:
    answer = httpx.get(stack.url + path, timeout=10)
    assert answer.status_code == 200, answer.text
    if path == "/health/db":
        assert set(answer.json()) | set(answer.json().get("databases", {})) >= DATABASES
