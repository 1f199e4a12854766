"""PostgreSQL, Valkey and the storage of a running stack: whether they are what the services count on."""

from collections.abc import Iterator

import redis
import urllib3
from minio import Minio
from minio.error import MinioException
from redis.exceptions import NoPermissionError

from productsmanager import schemas
from productsmanager.diagnosis.finding import SET_CLOCK, Finding, Limits, Severity
from productsmanager.embedded.postgres import Postgres
from productsmanager.installation import CACHE_DATABASE, Installation
from productsmanager.readiness import CHECK_SECONDS

# What services keep objects in, and make when they start.
BUCKETS = {"imports": "imports"}
UNSAFE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
_UNSAFE = "SELECT string_agg(name || ' = ' || setting, ', ') FROM pg_settings WHERE {}"
_OPEN = """
SELECT pid || ' of ' || coalesce(usename, '?') || ' since ' || to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS') FROM pg_stat_activity
WHERE xact_start < clock_timestamp() - make_interval(secs => {:f}) AND backend_type = 'client backend' AND pid <> pg_backend_pid()
ORDER BY xact_start LIMIT 1
"""
_AHEAD = "SELECT coalesce(extract(epoch FROM max(last_use_time) - clock_timestamp()), 0) FROM user_sessions"


def locale(installation: Installation) -> Iterator[Finding]:
    # With LC_CTYPE=C a Cyrillic word has no trigrams, and the search finds nothing.
    remedy = "export the catalogue and import it into a new --data: a cluster keeps its locale"
    if installation.postgres.psql("SHOW server_encoding", "db_catalog") != "UTF8":
        yield Finding("database locale", Severity.BAD, "texts are not kept as UTF-8", remedy)
    elif installation.postgres.psql("SELECT show_trgm('чай') <> '{}'", "db_catalog") != "t":
        yield Finding("database locale", Severity.BAD, "words outside Latin are not searchable", remedy)
    else:
        yield Finding("database locale", Severity.GOOD, "words of every script are searchable")


def durability(cluster: Postgres) -> Iterator[Finding]:
    condition = " OR ".join(f"(name = '{name}' AND setting = '{setting}')" for name, setting in UNSAFE.items())
    check = f"durability of {cluster.name}"
    if unsafe := cluster.psql(_UNSAFE.format(condition)):
        remedy = f"ALTER SYSTEM RESET {unsafe.partition(' ')[0]}, then SELECT pg_reload_conf()"
        yield Finding(check, Severity.BAD, f"a power cut would lose or spoil data: {unsafe}", remedy)
    else:
        yield Finding(check, Severity.GOOD, "what was committed survives a power cut")


def transactions(cluster: Postgres, limits: Limits) -> Iterator[Finding]:
    """A transaction that stays open holds back every event told after it, and the cleaning of tables."""
    if oldest := cluster.psql(_OPEN.format(limits.transaction)):
        remedy = f"SELECT pg_terminate_backend({oldest.partition(' ')[0]}) if nobody knows it"
        text = f"one is open, and holds back events and cleaning: {oldest}"
        yield Finding(f"transactions of {cluster.name}", Severity.BAD, text, remedy)


def schema(installation: Installation, service: str) -> Iterator[Finding]:
    check = f"schema of {service}"
    if service in installation.external.database_urls:
        yield Finding(check, Severity.NOTE, "not looked at: the database is external")
        return
    try:
        current = schemas.is_current(installation, service)
    except schemas.Unknown as error:
        yield Finding(check, Severity.BAD, str(error), "use the newer ProductsManager")
        return
    version = schemas.present(installation, service)
    if current:
        yield Finding(check, Severity.GOOD, f"at {version}")
    else:
        text = f"at {version or 'none'}, {schemas.known(service)[-1]} is current"
        yield Finding(check, Severity.BAD, text, "`pm down`, then `pm up` migrates")


def valkey(installation: Installation) -> Iterator[Finding]:
    """Whether it takes the password, keeps what it takes, and writes it down."""
    try:
        with redis.Redis.from_url(installation.redis_url(CACHE_DATABASE), socket_timeout=CHECK_SECONDS) as client:
            settings = client.config_get("maxmemory-policy", "appendonly")
            state = client.info("persistence")
    except (redis.AuthenticationError, NoPermissionError) as error:
        remedy = "`pm down`, then `pm up` gives it the password of secrets.json; of an external one: mend PM_EXTERNAL_REDIS_URL"
        yield Finding("queue and cache", Severity.BAD, f"refuses the password: {error}", remedy)
        return
    except redis.RedisError as error:
        yield Finding(
            "queue and cache", Severity.BAD, f"does not answer: {error}", "read `pm logs valkey`; `pm down`, then `pm up`"
        )
        return
    faults = []
    # What expires by itself, as kept answers do, may go: nothing in a queue does.
    if (policy := settings["maxmemory-policy"]).startswith("allkeys"):
        faults.append((f"throws queued work away when it is full ({policy})", "CONFIG SET maxmemory-policy volatile-lru"))
    if settings["appendonly"] != "yes":
        faults.append(("forgets queued work when it ends", "CONFIG SET appendonly yes"))
    if state.get("aof_last_write_status", "ok") != "ok":
        faults.append(("can't write its file", "make room on the disk"))
    for text, remedy in faults:
        yield Finding("queue and cache", Severity.BAD, text, remedy)
    if not faults:
        yield Finding("queue and cache", Severity.GOOD, "keeps what it takes")


def storage(installation: Installation, services: set[str]) -> Iterator[Finding]:
    """Whether it takes the keys, and has the buckets of these services."""
    s3 = installation.s3
    http = urllib3.PoolManager(timeout=CHECK_SECONDS, retries=False)
    client = Minio(s3.endpoint, access_key=s3.access_key, secret_key=s3.secret_key, secure=s3.secure, http_client=http)
    try:
        there = {bucket.name for bucket in client.list_buckets()}
    except (MinioException, urllib3.exceptions.HTTPError) as error:
        text = f"does not answer as it should: {error}"
        yield Finding("objects", Severity.BAD, text[:300], "read `pm logs seaweedfs`; of an external one: mend PM_EXTERNAL_S3_*")
        return
    missing = {service: bucket for service, bucket in BUCKETS.items() if service in services and bucket not in there}
    for service, bucket in missing.items():
        remedy = f"if it was not removed on purpose, `pm restore` a backup; `pm down`, `pm up` makes it, empty, for {service}"
        yield Finding("objects", Severity.BAD, f"the bucket {bucket} is missing, and with it the files of {service}", remedy)
    if not missing:
        yield Finding("objects", Severity.GOOD, f"buckets: {', '.join(sorted(there)) or 'none yet'}")


def clock(installation: Installation, limits: Limits) -> Iterator[Finding]:
    """Between the newest thing of a session and this machine: a clock that went back makes tokens invalid."""
    found = installation.postgres.psql(_AHEAD, "db_core")
    if float(found) > limits.clock:
        text = f"somebody was last here {float(found):,.0f} s from now: the clock has gone back since"
        yield Finding("clock of sessions", Severity.BAD, text, SET_CLOCK)
