"""A mixed load: every kind of request at its pace, each answer remembered with what it said."""

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from price_lists import feed

YES = "yes"
NOBODY = "no answer"
# A service is waited for 10 s, a gateway that hangs 25; a storage is asked three times for 30.
PATIENCE_SECONDS, UPLOAD_PATIENCE_SECONDS = 30.0, 110.0
UPLOADED_ROWS = 3
# Numbers of feeds that no test takes from price_lists.FEEDS.
UPLOADS = itertools.count(1000)

Ask = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Answer:
    """`said`: yes, the reason of the problem, the bare status where there is none, or that there was no answer at all."""

    kind: str
    sent: float
    seconds: float
    said: str
    status: int


@dataclass
class Load:
    """What was asked and answered so far. `written` and `uploaded` are what was acknowledged."""

    # Of this load among others; what it writes begins with it.
    name: str
    url: str
    password: str
    token: str
    product_id: str
    answers: list[Answer] = field(default_factory=list)
    attempted: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    uploaded: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def kinds(self) -> dict[str, tuple[float, Ask]]:
        """Seconds between two requests of one kind, and the request."""
        return {
            "read": (0.3, lambda http: http.get(f"/products/{self.product_id}")),
            "search": (0.5, lambda http: http.get("/products:search", params={"query": "kettle"})),
            "write": (0.5, self._write),
            "upload": (3.0, self._upload),
            "jobs": (0.5, lambda http: http.get("/imports", params={"page_size": 5})),
            "login": (1.0, self._login),
            "exports": (0.5, lambda http: http.get("/export-platforms")),
            "media": (0.5, lambda http: http.get(f"/products/{self.product_id}/media-files")),
            "asins": (0.5, lambda http: http.get("/asin-mappings")),
            "metrics": (0.5, lambda http: http.get("/product-metrics")),
        }

    def between(self, start: float, end: float = float("inf")) -> Iterator[Answer]:
        """Answers to what was sent in this time."""
        return (answer for answer in list(self.answers) if start <= answer.sent < end)

    def watch_all(self, since: float) -> None:
        """Wait until every kind was answered well that was asked from then on; what is said meanwhile is judged by others."""
        deadline = time.monotonic() + 2 * UPLOAD_PATIENCE_SECONDS
        while missing := self.kinds().keys() - {answer.kind for answer in self.between(since) if answer.said == YES}:
            assert time.monotonic() < deadline, f"never again: {', '.join(sorted(missing))}"
            time.sleep(0.2)

    def repeat_writes(self) -> None:
        """Send again, under its request_id, every write that was not acknowledged."""
        with httpx.Client(base_url=f"{self.url}/api/v1", timeout=60, headers=self._headers()) as http:
            for name in self.attempted:
                if name not in self.written:
                    answer = http.post("/products", **creation(name))
                    assert answer.status_code == 200, answer.text

    async def _write(self, http: httpx.AsyncClient) -> httpx.Response:
        name = f"{self.name}-{len(self.attempted)}"
        self.attempted.append(name)
        answer = await http.post("/products", **creation(name))
        if answer.status_code == 200:
            self.written.add(name)
        return answer

    async def _upload(self, http: httpx.AsyncClient) -> httpx.Response:
        number = next(UPLOADS)
        answer = await http.post(
            "/imports",
            params={"file_name": "load.csv", "supplier_name": f"Load {number}", "auto_apply": "true"},
            content=feed(number, UPLOADED_ROWS),
            headers={"Content-Type": "application/octet-stream"},
            timeout=UPLOAD_PATIENCE_SECONDS,
        )
        if answer.status_code == 201:
            self.uploaded.append(answer.json()["id"])
        return answer

    async def _login(self, http: httpx.AsyncClient) -> httpx.Response:
        answer = await http.post(
            "/auth/login", json={"username": "admin", "password": self.password}, headers={"Authorization": ""}
        )
        if answer.status_code == 200:
            self.token = answer.json()["access_token"]
        return answer

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def run(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as clients:
            # Two of each kind, so that one that waits does not hide the others.
            for kind, (pause, ask) in self.kinds().items():
                for _ in range(2):
                    clients.create_task(self._client(kind, 2 * pause, ask))

    async def _client(self, kind: str, pause: float, ask: Ask) -> None:
        async with httpx.AsyncClient(base_url=f"{self.url}/api/v1", timeout=PATIENCE_SECONDS) as http:
            while not self._over.is_set():
                http.headers.update(self._headers())
                sent, status = time.monotonic(), 0
                try:
                    answer = await ask(http)
                    said, status = word(answer), answer.status_code
                except httpx.TransportError:
                    said = NOBODY
                self.answers.append(Answer(kind, sent, time.monotonic() - sent, said, status))
                await asyncio.sleep(pause)

    @contextmanager
    def running(self) -> Iterator["Load"]:
        thread = threading.Thread(target=self.run, name="load")
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()


def creation(name: str) -> dict[str, Any]:
    """A product that is made once, however often it is asked for: its name is the request's id."""
    return {"json": {"sku": name, "title": f"Written {name}"}, "headers": {"Idempotency-Key": name}}


def word(answer: httpx.Response) -> str:
    if answer.is_success:
        return YES
    try:
        return str(answer.json()["reason"])
    except (ValueError, KeyError):
        return str(answer.status_code)
