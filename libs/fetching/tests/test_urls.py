"""Addresses are read in one way or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetching import urls
from fetching.errors import CredentialsInUrl, PortRefused, UrlInvalid, UrlRefused
from fetching.guard import Guard


@pytest.mark.parametrize(
    ("text", "host", "sent"),
    [
        ("HTTPS://Files.Example.COM./a b".replace(" ", "%20"), "files.example.com", "https://files.example.com/a%20b"),
        ("http://files.example.com:8080?x=1#part", "files.example.com", "http://files.example.com:8080/?x=1"),
        ("https://files.example.com:443/", "files.example.com", "https://files.example.com/"),
        ("http://bücher.example/preis.csv", "xn--bcher-kva.example", "http://xn--bcher-kva.example/preis.csv"),
        ("http://例え.テスト/", "xn--r8jz45g.xn--zckzah", "http://xn--r8jz45g.xn--zckzah/"),
        ("https://files.example.com/цены.csv?q=é", "files.example.com", "https://files.example.com/%D1%86%D0%B5%D0%BD%D1%8B.csv?q=%C3%A9"),
        ("http://[2606:4700::1111]:8080/", "2606:4700::1111", "http://[2606:4700::1111]:8080/"),
        ("http://files_1.example.com/", "files_1.example.com", "http://files_1.example.com/"),
        # Signatures cover what was written.
        ("https://h.example/a%2Fb?sig=a%2Bb%3d", "h.example", "https://h.example/a%2Fb?sig=a%2Bb%3d"),
    ],
)  # fmt: skip
def test_what_can_be_read_in_one_way_only_is_read(text: str, host: str, sent: str) -> None:
    url = urls.read(text)
    assert (url.host, url.text) == (host, sent)


@pytest.mark.parametrize(
    "text",
    [
        "http://0x7f000001/", "http://127.1/", "http://2130706433/", "http://0177.0.0.1/", "http://127.0.0.1.1/", "http://0/",
        "http://0x7f.1/", "http://1.2.3.4.0x5/", "http://１２７.１/", "http://127。1/", "http://[::1%25eth0]/", "http://[::1%eth0]/",
        "http://[127.0.0.1]/", "http://[]/", "http://[::1/", "http:///path", "http:path", "https:/one.example/",
        "//one.example/a",
        "one.example/a", "ftp://one.example/", "file:///etc/passwd", "data:text/csv,a", "javascript:alert(1)", "",
        "http://good.example\\@evil.example/", "http://good.example /", "http://good.example/a\r\nHost: evil", "http://a\tb.example/",
        "http://%6c%6f%63alhost/", "http://a..example/", "http://-a.example/", "http://a.example:port/", "http://a.example:99999/",
        "http://" + "a" * 64 + ".example/", "http://a.example/" + "x" * 5000, "http://a_b\u2028c.example/", "http://ex\u00admple./\x00",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(UrlInvalid):
        urls.read(text)


@pytest.mark.parametrize(
    "text", ["http://127.0.0.1/", "http://127.0.0.1./", "http://[::ffff:127.0.0.1]/", "http://[::1]/", "http://[::7f00:1]/",
             "http://169.254.169.254/latest/", "http://[fd00:ec2::254]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
             "http://１２７.0.0.1/", "http://168.63.129.16/", "http://100.100.100.200/", "http://255.255.255.255/"]
)  # fmt: skip
def test_addresses_inside_are_refused_before_anything_is_asked(text: str) -> None:
    with pytest.raises(UrlRefused, match=r"no host of the public Internet"):
        Guard().read(text)


@pytest.mark.parametrize("port", [0, 21, 22, 25, 110, 2049, 6000, 6667])
def test_ports_of_other_services_are_refused(port: int) -> None:
    with pytest.raises(PortRefused):
        Guard().read(f"http://files.example.com:{port}/")
    assert Guard([f"files.example.com:{port or 1}"]).read(f"http://files.example.com:{port or 1}/").port == (port or 1)


def test_credentials_before_the_host_are_refused_without_showing_them() -> None:
    for text in ("https://anna:geheim@one.example/", "https://geheim@one.example/", "https://a@geheim@one.example/"):
        with pytest.raises(CredentialsInUrl) as refused:
            urls.read(text)
        assert "geheim" not in str(refused.value) and "one.example" in str(refused.value)


@given(st.text(max_size=60) | st.text("htps:/.@[]%\\0123456789abcdefxＡ。\u00ad-_?#", max_size=60).map("http://".__add__))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        url = urls.read(text)
    except UrlRefused:
        return
    again = urls.read(url.text)
    assert again == url
    assert url.text.isascii() and url.host == url.host.lower()


@given(
    st.sampled_from(
        ["https://one.example", "http://127.1", "ftp://one.example", "https://u:{}@one.example", "http://one.example:22"]
    ),
    st.booleans(),
)
def test_what_follows_the_host_is_in_no_message(start: str, in_query: bool) -> None:
    secret = "s3cr3tT0ken"
    text = start.replace("{}", secret) + (f"/a?key={secret}" if in_query else f"/{secret}/b#{secret}")
    try:
        url = Guard().read(text)
    except UrlRefused as refused:
        assert secret not in f"{refused} {refused!r} {refused.metadata}"
    else:
        assert secret not in f"{url} {url!r} {url.origin}"


@pytest.mark.parametrize(
    ("location", "expected"),
    [("/b", "https://one.example/b"), ("b?c", "https://one.example/d/b?c"), ("//two.example/x", "https://two.example/x"),
     ("https://two.example/é", "https://two.example/%C3%A9")],
)  # fmt: skip
def test_redirects_are_read_as_from_where_they_are_sent(location: str, expected: str) -> None:
    assert urls.join(urls.read("https://one.example/d/a"), location).text == expected
