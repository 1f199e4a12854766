"""The proxy in front of real gateways; behind these no service runs, which `/health` tells and survives."""

import os
import signal
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from productsmanager import lifecycle
from productsmanager.embedded.traefik import Certificate
from productsmanager.installation import Door
from productsmanager.lifecycle import Running

DOOR = {"gateway", "gateway-2", "traefik"}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with lifecycle.running(tmp_path_factory.mktemp("edge"), DOOR, door=Door(gateways=2)) as running:
        yield running


def statuses(url: str, count: int) -> Counter[int]:
    """Each request through a connection of its own."""
    return Counter(httpx.get(f"{url}/health", trust_env=False, timeout=20).status_code for _ in range(count))


def requests_served(running: Running, name: str) -> int:
    """How much a gateway has worked: what it answers itself is not told, so its CPU time stands for it."""
    pid = running.pid(name)
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return int(fields[11])


def test_both_gateways_answer_and_the_servers_configuration_is_used(two: Running) -> None:
    answer = httpx.get(f"{two.url}/health", trust_env=False)
    assert (answer.status_code, answer.headers["x-frame-options"]) == (200, "DENY")
    before = [requests_served(two, name) for name in ("gateway", "gateway-2")]
    while not all(requests_served(two, name) > was for name, was in zip(("gateway", "gateway-2"), before, strict=True)):
        assert statuses(two.url, 20) == {200: 20}


def test_nobody_notices_a_gateway_that_is_killed(two: Running) -> None:
    pid = two.pid("gateway")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert statuses(two.url, 100) == {200: 100}


def test_a_gateway_that_hangs_is_left_alone_until_it_is_back(two: Running) -> None:
    while not httpx_ok(f"{two.installation.gateway_url('gateway')}/health"):
        time.sleep(0.1)
    pid = two.pid("gateway-2")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        deadline = time.monotonic() + 30
        good = 0
        while good < 20:
            assert time.monotonic() < deadline, "the other gateway never got all requests"
            try:
                httpx.get(f"{two.url}/health", trust_env=False, timeout=1).raise_for_status()
                good += 1
            except httpx.TimeoutException:
                good = 0
    finally:
        os.kill(pid, signal.SIGCONT)
    assert statuses(two.url, 20) == {200: 20}


def httpx_ok(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_tls_and_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM_EDGE_RATE", "5")
    certificate = certificate_for_this_machine(tmp_path)
    with lifecycle.running(tmp_path / "data", {"gateway", "traefik"}, door=Door(certificate=certificate)) as running:
        assert running.url.startswith("https://")
        trusting = ssl.create_default_context(cafile=str(certificate.chain))
        with httpx.Client(verify=trusting, trust_env=False) as client:
            secure = client.get(f"{running.url}/health")
            assert (secure.status_code, "strict-transport-security" in secure.headers) == (200, True)
            plain = client.get(running.url.replace("https", "http") + "/health")
            assert (plain.status_code, plain.headers["location"]) == (301, f"{running.url}/health")
            assert 429 in {client.get(f"{running.url}/health").status_code for _ in range(50)}


def test_a_certificate_without_its_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "certificate.pem"
    file.touch()
    command = [sys.executable, "-m", "productsmanager", "up", "--data", str(tmp_path / "data"), "--tls-certificate", str(file)]
    refused = subprocess.run(command, check=False, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "a certificate needs its key" in refused.stderr


def certificate_for_this_machine(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ProductsManager")])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(minutes=5))
        .not_valid_after(datetime.now(UTC) + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return Certificate(chain, private)
