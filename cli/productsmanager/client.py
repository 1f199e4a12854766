"""The gateway's HTTP API as the commands use it: sign-in, problem documents, uploads and server-sent events.

ProductsManagerError
├── Refused         the gateway answered with a problem document (RFC 9457)
│   └── StalePassword
└── Unreachable     it did not answer
"""

import atexit
import contextlib
import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from productsmanager import lifecycle
from productsmanager.errors import NotRunning, ProductsManagerError

ADMIN = "admin"
_LINE_END = re.compile(rb"\r\n|\r|\n")
# A token is renewed this long before it expires, so that it lives through any request but an upload or a stream.
RENEW_SECONDS = 60.0
# A large upload is answered only once it is stored.
TIMEOUT = httpx.Timeout(60.0, connect=5.0)
UPLOAD_TIMEOUT = httpx.Timeout(60.0, connect=5.0, read=1800.0)


class Refused(ProductsManagerError):
    """What the gateway says is wrong, with its stable reason."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.reason: str = problem.get("reason", "")
        detail: str = problem.get("detail", "")
        fields = (f"{one['field']}: {one['description']}" for one in problem.get("violations", ()))
        # Many details name the fields already.
        said = [part for part in fields if part not in detail]
        super().__init__(f"{' '.join([detail.rstrip(), *said])} ({self.reason or status})")

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed in a moment."""
        return self.status == 429 or self.status >= 500


class StalePassword(Refused):
    """The password that lies in a file is not the user's any more."""

    def __init__(self, refused: Refused, file: Path) -> None:
        super().__init__(refused.status, {"reason": refused.reason})
        self.args = (f"the password in {file} is refused ({refused.reason}): write the new one there, or give PM_PASSWORD",)


class Unreachable(ProductsManagerError):
    """No answer from the gateway."""


class Client:
    """A signed-in user. Every call raises Refused and Unreachable."""

    def __init__(self, url: str, username: str, password: str, password_file: Path | None = None) -> None:
        """`password_file`: where the password was found, to be named when it is refused."""
        self._password_file = password_file
        self.url = url.rstrip("/")
        # A proxy of the environment must not see passwords on their way to this machine.
        self._http = httpx.Client(base_url=f"{self.url}/api/v1", trust_env=False, timeout=TIMEOUT)
        self._credentials = {"username": username, "password": password}
        self._token = ""
        self._refresh_token = ""
        self._renew_at = 0.0

    def close(self) -> None:
        """Sign out, if it ever signed in; a gateway that is away by then forgets the session by itself, later."""
        with contextlib.suppress(ProductsManagerError):
            if self._refresh_token:
                self._request("POST", "/auth/logout", json={"refresh_token": self._refresh_token})
        self._refresh_token, self._renew_at = "", 0.0

    def get(self, path: str, **parameters: str | int) -> Any:
        """The JSON document at `path`, such as `/products/{id}`."""
        return self._call("GET", path, params=parameters)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._call("PATCH", path, json=body)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._call("POST", path, json=body)

    def upload(self, path: str, content: Iterable[bytes], size: int, parameters: Mapping[str, str | list[str]]) -> Any:
        """Send `size` bytes as they come, never all in memory."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        return self._call("POST", path, params=parameters, content=content, headers=headers, timeout=UPLOAD_TIMEOUT)

    def events(self, path: str) -> Iterator[tuple[str, Any]]:
        """Server-sent events: name and JSON data, until the stream ends; a sign of life without news is a `heartbeat`."""
        try:
            with self._http.stream("GET", path, headers=self._authorisation()) as response:
                if response.is_error:
                    response.read()
                    raise _refusal(response)
                yield from _events(_lines(response.iter_bytes()))
        except httpx.TransportError as error:
            raise self._unreachable(error) from error

    def access_token(self) -> str:
        """A token that is good for another RENEW_SECONDS at least."""
        if time.monotonic() >= self._renew_at:
            answer = self._renewal()
            self._token, self._refresh_token = answer["access_token"], answer["refresh_token"]
            self._renew_at = time.monotonic() + answer["expires_in"] - RENEW_SECONDS
        return self._token

    def _renewal(self) -> Any:
        """The session goes on; a new one begins where there is none, or none any more."""
        if self._refresh_token:
            with contextlib.suppress(Refused):
                return self._request("POST", "/auth/refresh", json={"refresh_token": self._refresh_token})
        try:
            return self._request("POST", "/auth/login", json=self._credentials)
        except Refused as error:
            if error.reason == "INVALID_CREDENTIALS" and self._password_file is not None:
                raise StalePassword(error, self._password_file) from None
            raise

    def _authorisation(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token()}"}

    def _call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **arguments: Any) -> Any:
        return self._request(method, path, headers={**self._authorisation(), **(headers or {})}, **arguments)

    def _request(self, method: str, path: str, **arguments: Any) -> Any:
        try:
            response = self._http.request(method, path, **arguments)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if response.is_error:
            raise _refusal(response)
        try:
            return response.json()
        except ValueError:
            raise self._not_a_gateway() from None

    def _unreachable(self, error: httpx.TransportError) -> Unreachable:
        why = str(error) or type(error).__name__
        return Unreachable(f"the gateway at {self.url} does not answer ({why}): `pm status` says whether it runs")

    def _not_a_gateway(self) -> ProductsManagerError:
        return ProductsManagerError(f"{self.url} does not answer as a gateway does: check PM_URL")


def connect(data: Path) -> Client:
    """A client of the stack that runs on `data`, or of PM_URL; as admin, or as PM_USERNAME with PM_PASSWORD.

    It signs out when the command ends. Raises ProductsManagerError when nothing runs there or no password is known.
    """
    url, username = os.environ.get("PM_URL"), os.environ.get("PM_USERNAME", ADMIN)
    password = os.environ.get("PM_PASSWORD")
    if url:
        if not password:
            raise ProductsManagerError("PM_URL names another installation: give PM_USERNAME and PM_PASSWORD as well")
        return _until_the_end(Client(url, username, password))
    try:
        running = lifecycle.connect(data)
    except NotRunning as error:
        # Its own exit status means something else to the callers of a client.
        raise ProductsManagerError(str(error)) from None
    # Not through the proxy: its certificate, if any, is for another name than this machine's.
    file = running.admin_password_file
    given = Client(running.gateway_url, username, password or _admin_password(file, username), None if password else file)
    return _until_the_end(given)


def _until_the_end(client: Client) -> Client:
    atexit.register(client.close)
    return client


def _admin_password(file: Path, username: str) -> str:
    if username != ADMIN:
        raise ProductsManagerError(f"PM_USERNAME is {username}: give PM_PASSWORD as well")
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ProductsManagerError(f"{file}: {error.strerror}; give PM_USERNAME and PM_PASSWORD instead") from error


def _refusal(response: httpx.Response) -> Refused:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"detail": f"{response.request.url.host} answered {response.status_code} {response.reason_phrase}."}
    return Refused(response.status_code, problem)


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Lines as the stream format ends them: by LF, CRLF or CR. Others, such as U+2028, may stand in the data."""
    rest = b""
    for piece in pieces:
        *lines, rest = _LINE_END.split(rest + piece)
        if rest == b"" and piece.endswith(b"\r"):
            # A line feed may follow: an empty line between would end the event.
            rest = lines.pop() + b"\r"
        for line in lines:
            yield line.decode()
    yield rest.rstrip(b"\r").decode()


def _events(lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """The stream format of https://html.spec.whatwg.org/multipage/server-sent-events.html, with data in JSON."""
    name, data = "message", ""
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not field and value:
            yield "heartbeat", None
        elif field == "event":
            name = value
        elif field == "data":
            data += value
        elif not line and data:
            yield name, json.loads(data)
            name, data = "message", ""
