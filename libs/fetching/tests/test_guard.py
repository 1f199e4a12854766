"""What may be asked: nothing that is not of the public Internet, unless the operator says so."""

import ipaddress
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import Kept, Loopback, Names, answer

from fetching.errors import AddressInside, HostAway, HostUnknown
from fetching.fetcher import Fetcher
from fetching.guard import Guard, is_public
from fetching.requests import Request

NEAR = [
    "0.0.0.1",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "168.63.129.16",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:8.8.8.8",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "ff02::1",
    "2001::1",
    "2002:808:808::",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::808:808",
    "2606:4700::5efe:10.0.0.1",
    "::ffff:0:10.0.0.1",
    "3fff::1",
    "5f00::1",
]
addresses = st.ip_addresses() | st.builds(
    lambda start, more: type(start)(min(int(start) + more, 2**start.max_prefixlen - 1)),
    st.sampled_from([ipaddress.ip_address(one) for one in NEAR]),
    st.integers(0, 2**16),
)


@given(addresses)
async def test_any_address_that_is_not_global_is_refused(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    async def look_up(host: str, port: int) -> list[str]:
        return ["93.184.215.14", str(ip)]

    if not ip.is_global or ip.is_multicast:
        assert not is_public(ip)
    if is_public(ip):
        assert await Guard(look_up=look_up).addresses("one.example", 443) == ["93.184.215.14", str(ip)]
    else:
        with pytest.raises(AddressInside):
            await Guard(look_up=look_up).addresses("one.example", 443)


@pytest.mark.parametrize("text", NEAR)
def test_known_addresses_inside_are_refused(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "64:ff9b::808:808", "2a00:1450:4001::1"])
def test_public_addresses_are_asked(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


async def test_what_the_operator_names_is_asked() -> None:
    names = Names(files_lan=[["10.1.2.3"]], other_lan=[["10.9.9.9"]])
    guard = Guard(["10.1.0.0/16", "files.lan:2121", "192.168.1.7", "fd00::/8"], names.look_up)
    assert await guard.addresses("files.lan", 80) == ["10.1.2.3"]
    with pytest.raises(AddressInside):
        await guard.addresses("other.lan", 80)
    named = Guard(["other.lan:8080"], names.look_up)
    assert await named.addresses("other.lan", 8080) == ["10.9.9.9"]
    with pytest.raises(AddressInside):
        await named.addresses("other.lan", 80)
    assert guard.read("http://192.168.1.7/").host == "192.168.1.7"


@pytest.mark.parametrize("wrong", ["10.0.0.0/33", "a b", "files.lan:0", "files.lan:x", "http://files.lan", "u@files.lan"])
def test_a_list_that_cannot_be_read_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is no network|has no port"):
        Guard([wrong])


async def test_a_name_that_changes_its_meaning_changes_nothing(
    fetcher_with: Callable[..., Fetcher], server: Loopback, kept: Kept
) -> None:
    """Looked up once for a connection, and what was checked is what is connected to."""
    port = server.address.rpartition(":")[2]
    server.gives("/a", answer(b"one", status="200 OK\r\nConnection: close", length=3))
    names = Names(feeds_test=[["127.0.0.1"], ["127.0.0.2"], ["10.0.0.1", "127.0.0.1"]])
    async with fetcher_with(names) as fetcher:
        await fetcher.fetch(Request(f"http://feeds.test:{port}/a"), kept)
        assert (kept.body, names.asked) == (b"one", ["feeds.test"])
        for _ in range(2):
            with pytest.raises(AddressInside):
                await fetcher.fetch(Request(f"http://feeds.test:{port}/a"), kept)
    assert server.connections == 1


async def test_no_way_around_the_look_up_reaches_a_socket() -> None:
    with pytest.raises(AddressInside):
        Guard().socket((2, 1, 6, "", ("127.0.0.1", 80)))
    Guard(["127.0.0.1"]).socket((2, 1, 6, "", ("127.0.0.1", 80))).close()


async def test_what_a_name_of_the_operator_stood_for_is_allowed_to_nobody_else(
    fetcher_with: Callable[..., Fetcher], server: Loopback, kept: Kept
) -> None:
    """Neither to another name, nor to the next connection, nor to the address itself."""
    port = server.address.rpartition(":")[2]
    server.gives("/a", answer(b"x", status="200 OK\r\nConnection: close", length=1))
    names = Names(files_lan=[["127.0.0.1"]], evil_test=[["127.0.0.1"]])
    async with fetcher_with(names, inside=("files.lan",)) as fetcher:
        for _ in range(2):
            await fetcher.fetch(Request(f"http://files.lan:{port}/a"), kept)
            for host in ("evil.test", "127.0.0.1"):
                with pytest.raises(AddressInside):
                    await fetcher.fetch(Request(f"http://{host}:{port}/a"), kept)
            with pytest.raises(AddressInside):
                fetcher.guard.socket((2, 1, 6, "", ("127.0.0.1", int(port))))
    assert server.connections == 2


async def test_a_redirect_inside_is_refused(fetcher: Fetcher, server: Loopback, kept: Kept) -> None:
    for target in (
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.2:1234/",
        "http://localhost.localdomain.invalid:8080/",
    ):
        url = server.gives("/a", answer(status="302 Found", Location=target))
        with pytest.raises((AddressInside, HostUnknown)):
            await fetcher.fetch(Request(url), kept)
    assert kept.calls == 0


async def test_names_nobody_knows(fetcher_with: Callable[..., Fetcher], kept: Kept) -> None:
    async with fetcher_with(Names(empty_test=[[]])) as fetcher:
        for host in ("unknown.test", "empty.test"):
            with pytest.raises(HostUnknown, match=host):
                await fetcher.fetch(Request(f"https://{host}/"), kept)


async def test_a_host_that_is_not_there(fetcher: Fetcher, server: Loopback, kept: Kept) -> None:
    with pytest.raises(HostAway, match="refuses the connection"):
        await fetcher.fetch(Request("http://127.0.0.1:1025/"), kept)
