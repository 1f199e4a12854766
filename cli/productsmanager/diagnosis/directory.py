"""The data directory: whose it is, who may read it, what is missing in it, and what was left on it."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis import keys
from credentials import keys as sealing
from productsmanager import installation as installations
from productsmanager import orphans, ports
from productsmanager.data import DataDir, read_json
from productsmanager.diagnosis.finding import SET_CLOCK, Finding, Limits, Severity
from productsmanager.embedded.traefik import Certificate


def secrets(data: DataDir) -> Iterator[Finding]:
    """Yields nothing but what is wrong; raises ProductsManagerError when the file can't be read."""
    if not read_json(data.secrets_file) and any(data.root.glob("postgres*/data")):
        text = f"{data.secrets_file} is missing, and the databases open only with its passwords"
        yield Finding("secrets", Severity.BAD, text, "put it back from a backup (`pm backup` keeps it)")


def permissions(data: DataDir) -> Iterator[Finding]:
    """Whether the user who runs pm may write what it must, and nobody else may."""
    places = [path for path in (data.root, data.run, data.logs, data.keys, data.secrets_file) if path.exists()]
    foreign = [path for path in places if path.stat().st_uid != os.geteuid()]
    closed = [path for path in places if not os.access(path, os.W_OK | (os.X_OK if path.is_dir() else 0))]
    open_ = [path for path in places if path.is_dir() and path.stat().st_mode & 0o022]
    if foreign:
        remedy = f"run pm as {_owner(foreign[0])}, or `chown -R` {data.root} but its folders of PostgreSQL"
        yield Finding("permissions", Severity.BAD, f"of another user: {_listed(foreign)}", remedy)
    if closed:
        yield Finding("permissions", Severity.BAD, f"can't be written: {_listed(closed)}", f"chmod u+rwX {_listed(closed)}")
    if open_:
        yield Finding("permissions", Severity.BAD, f"others may write to {_listed(open_)}", f"chmod go-w {_listed(open_)}")
    if not (foreign or closed or open_):
        yield Finding("permissions", Severity.GOOD, "written by their owner only")


def private_files(data: DataDir) -> Iterator[Finding]:
    kept = [*data.keys.glob("*.pem"), *data.keys.glob("*.fernet")]
    files = [data.secrets_file, data.admin_password_file, data.run / "supervisord.conf", *kept]
    open_files = [path for path in files if path.exists() and path.stat().st_mode & 0o077]
    if open_files:
        yield Finding("private files", Severity.BAD, "others may read secrets", f"chmod 600 {_listed(open_files)}")
    else:
        yield Finding("private files", Severity.GOOD, "readable by their owner only")


def sealing_keys(data: DataDir) -> Iterator[Finding]:
    """Without its key, what a service keeps of credentials can't be opened."""
    faults = {name: fault for name in installations.KEEPERS if (fault := sealing.fault(data.keys, name))}
    if not faults:
        yield Finding("sealing keys", Severity.GOOD, f"{len(installations.KEEPERS)} in {data.keys}")
    for name, fault in faults.items():
        back = f"put {name}.fernet back from a backup (`pm backup` keeps it)"
        anew = f"without one, remove it, `pm up` makes another, and credentials that {name} keeps are entered anew"
        yield Finding("sealing keys", Severity.BAD, fault, f"{back}; {anew}")


def signing_keys(data: DataDir) -> Iterator[Finding]:
    """Each signer's private key is there and readable, and its public half is the one that others verify with."""
    faults = {name: fault for name in installations.SIGNERS if (fault := keys.fault(data.keys, name))}
    if not faults:
        yield Finding("signing keys", Severity.GOOD, f"{len(installations.SIGNERS)} in {data.keys}")
    for name, fault in faults.items():
        first = f"remove {name}.pem; " if "damaged" in fault else ""
        yield Finding("signing keys", Severity.BAD, fault, f"{first}`pm down`, then `pm up` makes what is missing")


def free_ports(data: DataDir) -> Iterator[Finding]:
    """Of a stack that is not running."""
    taken = [f"{name} {port}" for name, port in ports.remembered(data).items() if not ports.is_free(port)]
    if taken:
        yield Finding("ports", Severity.NOTE, f"taken by others: {', '.join(taken)}", "`pm up` will choose new ones")
    else:
        yield Finding("ports", Severity.GOOD, "all free")


def lock(data: DataDir) -> Iterator[Finding]:
    """Of a stack that is not running: nobody else holds its directory."""
    if data.holder() is not None:
        remedy = f"`fuser -v {data.lock_file}` names who does; end it, then `pm up`"
        yield Finding("lock", Severity.BAD, f"{data.lock_file} is held by a process that is no stack", remedy)


def leftovers(data: DataDir) -> Iterator[Finding]:
    """Processes of a stack that is not running any more."""
    if left := orphans.find(data.root):
        said = ", ".join(f"{process.name()} {process.pid}" for process in left)
        yield Finding("leftovers", Severity.BAD, f"still running from an earlier start: {said}", "`pm down` ends them")


def certificate(files: Certificate | None, limits: Limits) -> Iterator[Finding]:
    """The one that the proxy answers with, if any."""
    if files is None:
        return
    renew = "renew it, then `pm down` and `pm up --tls-certificate FILE --tls-key FILE`"
    try:
        chain = x509.load_pem_x509_certificate(files.chain.read_bytes())
        key = load_pem_private_key(files.key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        yield Finding("certificate", Severity.BAD, f"{files.chain} or its key can't be read: {error}", renew)
        return
    until = chain.not_valid_after_utc
    days = (until - datetime.now(UTC)).total_seconds() / 86400
    if key.public_key() != chain.public_key():
        remedy = "give the key it was made with"
        yield Finding("certificate", Severity.BAD, f"{files.key} is not the key of {files.chain}", remedy)
    elif days < 0:
        yield Finding("certificate", Severity.BAD, f"expired on {until:%Y-%m-%d}", renew)
    elif (since := chain.not_valid_before_utc) > datetime.now(UTC):
        yield Finding("certificate", Severity.BAD, f"not valid before {since:%Y-%m-%d %H:%M} UTC", SET_CLOCK)
    elif days < limits.certificate_days:
        yield Finding("certificate", Severity.NOTE, f"expires on {until:%Y-%m-%d}", renew)
    else:
        yield Finding("certificate", Severity.GOOD, f"valid until {until:%Y-%m-%d}")


def clock(data: DataDir, limits: Limits) -> Iterator[Finding]:
    """A file that was written in the future says that the clock has gone back since: tokens of then are not valid yet."""
    written = [(path.stat().st_mtime, path) for path in (*data.logs.glob("*.log"), *data.keys.iterdir(), data.secrets_file)]
    latest, path = max(written, default=(0.0, data.root))
    ahead = latest - time.time()
    if ahead > limits.clock:
        text = f"{path} was written {ahead:,.0f} s from now: the clock of this machine has gone back"
        yield Finding("clock", Severity.BAD, text, SET_CLOCK)
    else:
        yield Finding("clock", Severity.GOOD, "later than everything written here")


def _listed(paths: list[Path]) -> str:
    return " ".join(map(str, paths))


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:
        return f"the user {path.stat().st_uid}"
