"""`pm up`: migrate and start the stack; stay until told to stop, or leave it running."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.markup import escape

from productsmanager import lifecycle
from productsmanager.data import DataDir
from productsmanager.embedded.traefik import Certificate
from productsmanager.errors import ProductsManagerError
from productsmanager.installation import Door
from productsmanager.lifecycle import Running
from productsmanager.options import DEFAULT_DATA, DataOption, out

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(
    data: DataOption = DEFAULT_DATA,
    *,
    detach: Annotated[bool, typer.Option("--detach", help="Return once everything is ready; stop with `pm down`.")] = False,
    gateways: Annotated[int, typer.Option(min=1, max=8, help="How many gateways the proxy shares the requests out to.")] = 1,
    clusters: Annotated[
        int | None, typer.Option(help="PostgreSQL clusters of a new data directory: 1, or 7 for one for each service.")
    ] = None,
    tls_certificate: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, resolve_path=True, help="PEM file: answer by HTTPS.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, resolve_path=True, help="The certificate's private key.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="Start this process of the stack alone; repeatable.")
    ] = None,
) -> None:
    """Start everything, in order; migrate the databases; stay until Ctrl-C."""
    names = set(only) if only else None
    if (tls_certificate is None) != (tls_key is None):
        raise ProductsManagerError("a certificate needs its key: give --tls-certificate and --tls-key")
    certificate = Certificate(tls_certificate, tls_key) if tls_certificate and tls_key else None
    door = Door(gateways, certificate)
    first_start = not DataDir.at(data).admin_password_file.exists()
    try:
        with _interrupted_by_signals():
            if detach:
                _announce(lifecycle.start(data, names, door=door, clusters=clusters, bound=False, notify=_progress), first_start)
                where = "" if data == DEFAULT_DATA else f" --data {data}"
                out.print(f"It runs in the background: `pm status{where}`, `pm logs{where}`, `pm down{where}`.")
                return
            with lifecycle.running(data, names, door=door, clusters=clusters, notify=_progress) as running:
                _announce(running, first_start)
                out.print("Ctrl-C stops it.")
                ended = running.wait()
        if ended != 0:
            raise ProductsManagerError("the supervisor was killed, and everything it had started was ended: run `pm up` again")
        out.print("Stopped by `pm down`.")
    except KeyboardInterrupt:
        out.print("Stopped.")


def _progress(line: str) -> None:
    out.print(line, style="dim", markup=False)


def _announce(running: Running, first_start: bool) -> None:
    if "traefik" in running.processes:
        out.print(f"[bold green]ProductsManager is ready:[/bold green] {running.url}")
    password_file = running.admin_password_file
    if first_start and password_file.exists():
        password = escape(password_file.read_text(encoding="utf-8").strip())
        out.print(f"User [bold]admin[/bold], password [bold]{password}[/bold] (shown once; kept in {escape(str(password_file))})")


@contextlib.contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """Let the first stopping signal raise KeyboardInterrupt, and keep the next ones from interrupting the stop."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in STOPPING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in STOPPING_SIGNALS:
        # nohup has asked for it.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)
    yield
