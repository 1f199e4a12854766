"""What the compose file promises, read from it: no container is published, unlimited, or given what is not its own."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from gates import COMPOSE, OVERRIDE, REPOSITORY, required_variables

FILE = REPOSITORY / COMPOSE
STACK: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = STACK["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)
SECRETS = sorted(required_variables())
PASSWORD = {"imports-worker": "imports", "imports-worker-2": "imports", "catalog-bulk": "catalog"}
KEEPS_OBJECTS = {"imports", "imports-worker", "imports-worker-2", "exports", "media", "code2asin", "seaweedfs"}
FETCHES = {"imports-worker", "imports-worker-2", "exports", "media", "code2asin"}
# Networks that are not `internal` reach outside.
OPEN = {name for name, network in STACK["networks"].items() if not network.get("internal")}


def networks(name: str) -> set[str]:
    return set(SERVICES[name]["networks"])


def environment(name: str) -> Mapping[str, Any]:
    told: Mapping[str, Any] = SERVICES[name].get("environment", {})
    return told


def own_secrets(name: str) -> set[str]:
    if name == "traefik" or name == "prometheus":
        return set()
    if name == "postgres":
        return {secret for secret in SECRETS if secret.startswith(("POSTGRES", "DB_"))}
    own = {"S3_ACCESS_KEY", "S3_SECRET_KEY"} if name in KEEPS_OBJECTS else set()
    if name != "seaweedfs":
        own.add("VALKEY_PASSWORD")
    if name not in ("gateway", "seaweedfs", "valkey"):
        own.add(f"DB_{PASSWORD.get(name, name).upper()}_PASSWORD")
    return own


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_secret_but_its_own(name: str) -> None:
    used = {secret for value in environment(name).values() for secret in re.findall(r"\$\{(\w+):\?", str(value))}
    assert used == own_secrets(name)
    # Whoever deploys may put every variable into every container: those of others are blanked by their name.
    for secret in SECRETS:
        assert secret in environment(name), f"{secret} is missing in x-withheld"
        assert environment(name)[secret] in ("withheld", f"${{{secret}:?}}")


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_held_within_limits(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert service["pids_limit"] > 0
    assert service["mem_limit"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_checked_soon_and_then_seldom(name: str) -> None:
    """`up --wait` ends with status 0 only when all are healthy; one that ends by itself is made anew by the next."""
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert check["start_interval"] in ("2s", "3s")
    assert check["interval"] in ("10s", "15s")


def test_nothing_waits_for_a_container_that_ends() -> None:
    waits = {condition["condition"] for service in SERVICES.values() for condition in service.get("depends_on", {}).values()}
    assert waits == {"service_healthy"}


@pytest.mark.parametrize("name", SERVICES)
def test_coolify_takes_it(name: str) -> None:
    service = SERVICES[name]
    # It publishes by itself, names each container, and its previews share images by name.
    assert not {"ports", "deploy", "container_name"} & service.keys()
    assert ("image" in service) != ("build" in service)
    if "image" in service:
        assert not service["image"].endswith(("latest", "latest}"))
    # Seen from /deploy.
    for volume in service.get("volumes", []):
        assert not volume.startswith("../")


def test_what_is_published_is_so_on_loopback() -> None:
    published = yaml.safe_load((REPOSITORY / OVERRIDE).read_text(encoding="utf-8"))["services"]
    assert published.keys() == {"traefik", "prometheus"}
    for name, service in published.items():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        # A network without a way out publishes nothing.
        assert networks(name) & OPEN


def test_containers_see_only_whom_they_need() -> None:
    assert {"edge", "out"} == OPEN
    assert {name for name in SERVICES if "out" in networks(name)} == FETCHES
    assert {name for name in SERVICES if networks(name) & OPEN} == FETCHES | {"traefik", "prometheus"}
    assert networks("traefik") == {"edge", "front"}
    assert {name for name in SERVICES if "front" in networks(name)} == {"traefik", "gateway"}
    assert networks("postgres") == networks("seaweedfs") == {"data"}
    assert "data" not in networks("gateway")


def test_a_proxy_is_asked_only_by_those_who_go_out_and_never_for_what_is_inside() -> None:
    assert {name for name in SERVICES if "HTTPS_PROXY" in environment(name)} == FETCHES
    inside = set(SERVICES) - {"traefik", "gateway", "prometheus", "imports-worker", "imports-worker-2"}
    for name in FETCHES:
        assert inside <= set(environment(name)["NO_PROXY"].split(","))


def test_only_core_writes_keys_and_all_wait_for_it() -> None:
    writers = [name for name in OURS if "keys:/keys" in SERVICES[name]["volumes"]]
    assert writers == ["core"]
    command = SERVICES["core"]["command"][-1]
    signers = {"core", "catalog", "imports", "exports", "media", "code2asin", "analytics", "gateway"}
    assert set(command.split("&&")[0].split("/keys ")[1].split()) == signers

    def behind(name: str) -> set[str]:
        near = set(SERVICES[name].get("depends_on", {}))
        return near.union(*(behind(other) for other in near))

    assert all("core" in behind(name) for name in OURS if name != "core")


def test_only_s3_of_seaweedfs_is_reached_from_elsewhere() -> None:
    script = (FILE.parent / "seaweedfs" / "start.sh").read_text(encoding="utf-8")
    assert "-ip=127.0.0.1 -ip.bind=127.0.0.1 -s3.ip.bind=0.0.0.0" in script
    # Without TLS it makes whoever asks an administrator.
    for name in ("WEED_GRPC_CA", "WEED_GRPC_S3_CERT", "WEED_GRPC_S3_KEY"):
        assert f"{name}=/none" in script
