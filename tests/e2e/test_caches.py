"""Answers kept ready by two gateways, each before a replica of catalog-svc of its own: never old, never shown to the wrong."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from api import Api

from productsmanager.lifecycle import Running

PASSWORD = "long enough for a test"
CACHED = "pm_cache_requests_total"


@contextmanager
def replica(stack: Running, name: str, **environment: str) -> Iterator[int]:
    """One more process like the named one of the stack; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = stack.processes[name]
    own = {"PM_BIND": f"127.0.0.1:{port}", "PM_METRICS_BIND": ""}
    started = subprocess.Popen(
        process.command,
        cwd=process.directory,
        env=os.environ | process.environment | own | environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert started.poll() is None, f"{name} did not start"
            time.sleep(0.1)
        yield port
    finally:
        started.terminate()
        started.wait(30)


@pytest.fixture(scope="module")
def gateways(stack: Running, api: Api) -> Iterator[list[Api]]:
    """The stack's gateway, and another one whose catalogue is another process."""
    with ExitStack() as opened:
        catalog = opened.enter_context(replica(stack, "catalog"))
        port = opened.enter_context(replica(stack, "gateway", PM_CATALOG_ADDRESS=f"127.0.0.1:{catalog}"))
        clients = [opened.enter_context(Api(url)) for url in (stack.gateway_url, f"http://127.0.0.1:{port}")]
        for client in clients:
            client.http.headers["Authorization"] = api.http.headers["Authorization"]
            until(client, "/health", lambda _: True)
        yield clients


@pytest.fixture
def product(api: Api) -> Any:
    return api.post("/products", {"title": "Cached lamp", "brand": "Acme", "category": "Lamps"})


def until(client: Api, path: str, fresh: Callable[[Any], object]) -> None:
    """Read until an answer is as it should be; a word takes milliseconds on its way."""
    url = str(client.http.base_url).removesuffix("/api/v1/") + path if path.startswith("/health") else path
    for _ in range(3000):
        answer = client.http.get(url)
        if answer.status_code == 200 and fresh(answer.json()):
            return
        time.sleep(0.01)
    raise AssertionError(answer.text)


def test_an_edit_is_seen_through_every_gateway(gateways: list[Api], product: Any) -> None:
    paths = (f"/products/{product['id']}", "/products:search?query=cached%20lamp")
    for number in range(20):
        for client in gateways:
            for path in paths:
                client.get(path)
        title = f"Cached lamp {number}"
        answer = gateways[number % 2].http.patch(f"/products/{product['id']}", json={"title": title})
        assert answer.status_code == 200, answer.text
        for client in gateways:
            until(client, paths[0], lambda found, title=title: found["title"] == title)
            until(client, paths[1], lambda found, title=title: title in {hit["product"]["title"] for hit in found["hits"]})


def test_suppliers_categories_brands_and_imports(gateways: list[Api]) -> None:
    one, other = gateways
    for path in ("/suppliers", "/brands", "/categories", "/imports"):
        for client in gateways:
            client.get(path, page_size=500)
    job = one.run(b"sku;name;brand;category;price\nC1;Cached mug;Cachebrand;Cached > Mugs;2.50\n", "Cached supplier")
    for client in gateways:
        until(client, "/suppliers?name=Cached%20supplier", lambda found: found["suppliers"])
        until(client, "/brands?prefix=Cachebrand", lambda found: found["brands"])
        until(client, "/categories?prefix=Cached", lambda found: len(found["categories"]) == 2)
        until(client, f"/imports/{job['id']}", lambda found: found["state"] == "STATE_APPLIED")
        until(client, "/products:search?query=cached%20mug", lambda found: found["total"] == 1)
    [supplier] = other.get("/suppliers", name="Cached supplier")["suppliers"]
    assert other.http.patch(f"/suppliers/{supplier['id']}", json={"name": "Cached supplier renamed"}).status_code == 200
    [mugs] = other.get("/categories", prefix="Cached > Mugs")["categories"]
    [found] = other.get("/products:search", query="cached mug")["hits"]
    assert one.http.patch(f"/categories/{mugs['id']}", json={"name": "Cups"}).status_code == 200
    again = other.run(b"sku;name;brand;category;price\nC1;Cached mug;Cachebrand;Cached > Mugs;3.75\n", "Cached supplier renamed")
    for client in gateways:
        until(client, f"/suppliers/{supplier['id']}", lambda found: found["name"] == "Cached supplier renamed")
        path = f"/products/{found['product']['id']}"
        until(client, path, lambda found: (found["category"], found["price"]["amount"]) == ("Cached > Cups", "3.75"))
        until(client, "/imports", lambda found: again["id"] in {job["id"] for job in found["jobs"]})


def test_a_purchase_price_is_seen_only_with_the_right_to_it(gateways: list[Api], api: Api) -> None:
    api.post("/roles", {"name": "editor-without-prices", "permissions": ["catalog.products.read", "imports.jobs.read"]})
    user = {"username": "price-blind", "roles": ["editor-without-prices"]}
    api.post("/users", {"user": user, "password": PASSWORD})
    job = api.run(b"sku;name;price\nP1;Priced lamp;77.77\nP2;;x\n", "Priced supplier", mapping={"ref": "sku"})
    blind = httpx.post(f"{api.http.base_url}auth/login", json={"username": "price-blind", "password": PASSWORD}).json()
    [hit] = api.get("/products:search", query="priced lamp")["hits"]
    product = hit["product"]["id"]
    paths = (
        *(f"/products/{product}", "/products?page_size=500", "/products:search?query=priced%20lamp", f"/imports/{job['id']}"),
        *(f"/imports/{job['id']}/problems", f"/imports/{job['id']}/problems.csv", f"/products/{product}/changes"),
    )
    for path in paths:
        # Whoever reads first: what is kept for one is not for the other.
        for client in (*gateways, *reversed(gateways)):
            shown = client.http.get(path)
            hidden = client.http.get(path, headers={"Authorization": f"Bearer {blind['access_token']}"})
            assert (shown.status_code, hidden.status_code) == (200, 200), (shown.text, hidden.text)
            assert "77.77" not in hidden.text
        if "lamp" in path or path.endswith(product):
            assert "77.77" in shown.text
    refused = gateways[0].http.get(f"/products/{product}/offers", headers={"Authorization": f"Bearer {blind['access_token']}"})
    assert "77.77" not in refused.text
    asked = {"price_min": "77", "price_max": "78", "currency": "EUR"}
    answer = gateways[1].http.get("/products:search", params=asked, headers={"Authorization": f"Bearer {blind['access_token']}"})
    assert (answer.status_code, answer.json()["reason"]) == (403, "MISSING_PERMISSION")


def test_redis_killed_is_read_past_and_trusted_again(stack: Running, gateways: list[Api], product: Any) -> None:
    path = f"/products/{product['id']}"
    for client in gateways:
        client.get(path)
    pid = stack.pid("valkey")
    assert pid
    os.kill(pid, signal.SIGKILL)
    for number in range(5):
        title = f"While Redis was away {number}"
        assert gateways[number % 2].http.patch(path, json={"title": title}).status_code == 200
        for client in gateways:
            until(client, path, lambda found, title=title: found["title"] == title)
    # Answers come from what is kept again, and are true.
    before = hits(stack)
    until(gateways[0], path, lambda found: found["title"] == title and hits(stack) > before)
    # Other tests find the stack as it was: the worker, too, has come back to its queue.
    for page in ("/health/redis", "/health/celery"):
        until(gateways[0], page, lambda _: True)


def hits(stack: Running) -> float:
    """How often the stack's gateway answered a product from what it holds."""
    page = httpx.get(f"http://{stack.installation.metrics_bind('gateway')}/metrics").text
    line = f'{CACHED}{{cache="GetProduct",outcome="hit"}} '
    return sum(float(each.removeprefix(line)) for each in page.splitlines() if each.startswith(line))
