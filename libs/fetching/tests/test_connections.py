"""Certificates, IPv6, names in other scripts, the operator's proxy."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from loopback import Kept, Loopback, Names, answer, loopback

from fetching.errors import AddressInside, CertificateRefused, HostAway, HostUnknown, RedirectRefused
from fetching.fetcher import Fetcher
from fetching.limits import Limits
from fetching.requests import Request
from fetching.settings import FetchingSettings

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)


class Authority:
    """Signs certificates for a test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")])
        mine = self._certificate(self._name, self._key, NOW + DAY, [x509.BasicConstraints(ca=True, path_length=None)])
        self.file = folder / "authority.pem"
        self.file.write_bytes(mine.public_bytes(serialization.Encoding.PEM))

    def context(self, *hosts: str, until: datetime.datetime = NOW + DAY) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host) for host in hosts]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A server")])
        signed = self._certificate(subject, key, until, [x509.SubjectAlternativeName(names)])
        file = self._folder / f"{hosts[0]}-{until.timestamp()}.pem"
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context

    def _certificate(self, subject, key, until, extensions) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).not_valid_before(NOW - 10 * DAY).not_valid_after(until)
        for extension in extensions:
            made = made.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return made.sign(self._key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def test_a_right_certificate_is_believed(fetcher_with: Callable[..., Fetcher], authority: Authority, kept: Kept) -> None:
    names = Names(feeds_test=[["127.0.0.1"]])
    async with (
        loopback(context=authority.context("feeds.test")) as server,
        fetcher_with(names, ca_file=authority.file) as fetcher,
    ):
        server.gives("/a", answer(b"x"))
        await fetcher.fetch(Request(f"https://feeds.test:{server.address.rpartition(':')[2]}/a"), kept)
    assert kept.body == b"x"
    assert server.asked[0].headers["host"].startswith("feeds.test:")


async def test_wrong_certificates_are_refused_with_their_fault(
    fetcher_with: Callable[..., Fetcher], authority: Authority, kept: Kept, tmp_path: Path
) -> None:
    (tmp_path / "another").mkdir()
    stranger = Authority(tmp_path / "another")
    cases = [
        (authority.context("other.test"), "for another"),
        (authority.context("127.0.0.1", until=NOW - DAY), "has expired"),
        (stranger.context("127.0.0.1"), r"nobody knows|not signed by whom it names"),
    ]
    async with fetcher_with(ca_file=authority.file) as fetcher:
        for context, fault in cases:
            async with loopback(context=context) as server:
                server.gives("/a", answer(b"x"))
                with pytest.raises(CertificateRefused, match=fault):
                    await fetcher.fetch(Request(f"{server.address}/a", headers={"Authorization": "geheim"}), kept)
                assert not server.asked


async def test_https_is_not_left_for_http(
    fetcher_with: Callable[..., Fetcher], authority: Authority, server: Loopback, kept: Kept
) -> None:
    async with loopback(context=authority.context("127.0.0.1")) as safe, fetcher_with(ca_file=authority.file) as fetcher:
        url = safe.gives("/a", answer(status="302 Found", Location=server.gives("/b", answer(b"x"))))
        with pytest.raises(RedirectRefused, match="leaves https"):
            await fetcher.fetch(Request(url), kept)
        await fetcher.fetch(
            Request(server.gives("/c", answer(status="302 Found", Location=safe.gives("/d", answer(b"y"))))), kept
        )
    assert kept.body == b"y"


async def test_no_tls_where_it_is_wanted(get, server: Loopback) -> None:
    with pytest.raises(HostAway, match="no connection within"):
        await get(server.address.replace("http:", "https:") + "/a", Limits(connect=0.3))

    async def answers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(status="400 Bad Request"))
        writer.close()

    plain = await asyncio.start_server(answers, "127.0.0.1", 0)
    with pytest.raises(HostAway, match=r"does not speak TLS|breaks off"):
        await get(f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}/a")
    plain.close()


async def test_a_host_that_takes_no_connection_is_left(get) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # Nobody accepts: the queue fills.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        with pytest.raises(HostAway, match="no connection within"):
            await get(f"http://127.0.0.1:{full.getsockname()[1]}/", Limits(connect=0.3, silence=0.5))
        for one in waiting:
            one.close()


async def test_ipv6(get, kept: Kept) -> None:
    try:
        async with loopback("::1") as server:
            await get(server.gives("/a", answer(b"six")))
    except OSError:
        # Without IPv6 nobody can serve there; it is asked, and that is said.
        with pytest.raises(HostAway):
            await get("http://[::1]:9/a")
        return
    assert kept.body == b"six"
    assert server.asked[0].headers["host"].startswith("[::1]:")


async def test_names_in_other_scripts(fetcher_with: Callable[..., Fetcher], server: Loopback, kept: Kept) -> None:
    port = server.address.rpartition(":")[2]
    server.gives("/preis", answer(b"x"))
    async with fetcher_with(Names(**{"xn--bcher-kva_test": [["127.0.0.1"]]})) as fetcher:
        await fetcher.fetch(Request(f"http://BÜCHER.test.:{port}/preis"), kept)
    assert server.asked[0].headers["host"] == f"xn--bcher-kva.test:{port}"


# The proxy


async def test_the_proxy_is_asked_for_what_is_outside(fetcher_with: Callable[..., Fetcher], server: Loopback, kept: Kept) -> None:
    names = Names(inside_test=[["10.0.0.1"]], near_test=[["127.0.0.1"]], known_test=[["93.184.215.14"]])
    server.gives("http://known.test/a", answer(b"by proxy"))
    server.gives("http://unknown.test/a", answer(b"by proxy"))
    server.gives("/a", answer(b"straight"))
    async with fetcher_with(names, http_proxy=server.address, no_proxy="near.test") as fetcher:
        for host in ("known.test", "unknown.test"):
            await fetcher.fetch(Request(f"http://{host}/a"), kept)
            assert kept.body == b"by proxy"
        with pytest.raises(AddressInside):
            await fetcher.fetch(Request("http://inside.test/a"), kept)
        await fetcher.fetch(Request(f"http://near.test:{server.address.rpartition(':')[2]}/a"), kept)
        assert kept.body == b"straight"
        server.gives("http://known.test/b", answer(status="302 Found", Location="http://169.254.169.254/"))
        with pytest.raises(AddressInside):
            await fetcher.fetch(Request("http://known.test/b"), kept)


async def test_https_goes_through_the_proxy_and_is_proved_behind_it(
    fetcher_with: Callable[..., Fetcher], authority: Authority, kept: Kept
) -> None:
    tunnels: list[bytes] = []

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        writer.close()

    async with loopback(context=authority.context("feeds.test")) as behind:
        behind.gives("/a", answer(b"x"))

        async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tunnels.append(await reader.readuntil(b"\r\n\r\n"))
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", int(behind.address.rpartition(":")[2]))
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer), return_exceptions=True)

        proxy = await asyncio.start_server(tunnel, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        async with fetcher_with(Names(), https_proxy=address, ca_file=authority.file) as fetcher:
            await fetcher.fetch(Request("https://feeds.test/a", headers={"Authorization": "geheim"}), kept)
            with pytest.raises(CertificateRefused):
                await fetcher.fetch(Request("https://other.test/a"), kept)
        proxy.close()
    assert kept.body == b"x"
    assert [told.split(b"\r\n")[0] for told in tunnels] == [
        b"CONNECT feeds.test:443 HTTP/1.1",
        b"CONNECT other.test:443 HTTP/1.1",
    ]
    assert b"geheim" not in b"".join(tunnels)
    assert len(behind.asked) == 1


async def test_a_proxy_that_is_away_or_refuses_is_named(
    fetcher_with: Callable[..., Fetcher], server: Loopback, kept: Kept
) -> None:
    server.gives("known.test:443", answer(status="407 Proxy Authentication Required"))
    async with fetcher_with(Names(), https_proxy=server.address, http_proxy="http://127.0.0.1:1025") as fetcher:
        with pytest.raises(HostAway, match="the proxy on the way answers 407"):
            await fetcher.fetch(Request("https://known.test/a"), kept)
        with pytest.raises(HostAway, match="the proxy on the way is not there"):
            await fetcher.fetch(Request("http://known.test/a"), kept)


def test_settings_that_cannot_be_used_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM_FETCH_INSIDE", "10.0.0.0/8, files.lan")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:geheim@proxy.example:3128")
    told = FetchingSettings()
    assert told.inside == ("10.0.0.0/8", "files.lan")
    assert "geheim" not in repr(told)
    assert told.proxy("https", "one.example") == "http://user:geheim@proxy.example:3128"
    monkeypatch.setenv("HTTPS_PROXY", "socks5://geheim")
    with pytest.raises(ValueError, match="must be an http proxy") as refused:
        FetchingSettings()
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("headers", [{"Range": "bytes=0-"}, {"X-Key": "a\r\nHost: b"}, {"Bad Name": "x"}, {"host": "x"}])
async def test_headers_that_cannot_be_sent_are_refused(get, server: Loopback, headers: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="the header"):
        await get(f"{server.address}/a", headers=headers)
    assert not server.asked


async def test_a_name_that_nobody_knows_without_a_proxy(fetcher_with: Callable[..., Fetcher], kept: Kept) -> None:
    async with fetcher_with(Names()) as fetcher:
        with pytest.raises(HostUnknown):
            await fetcher.fetch(Request("https://unknown.test/"), kept)
