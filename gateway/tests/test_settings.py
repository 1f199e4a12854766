"""What the environment may say."""

import pytest
from pydantic import ValidationError

from gateway.settings import Settings


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM_CORS_ORIGINS", "https://shop.example.org, http://localhost:3000")
    monkeypatch.setenv("PM_TRUSTED_PROXIES", "10.0.0.0/8,127.0.0.1")
    settings = Settings()
    assert settings.cors_origins == ("https://shop.example.org", "http://localhost:3000")
    assert settings.trusted_proxies == ("10.0.0.0/8", "127.0.0.1/32")


@pytest.mark.parametrize("name", ["PM_CORS_ORIGINS", "PM_TRUSTED_PROXIES"])
def test_empty_is_nobody(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    assert (Settings().cors_origins, Settings().trusted_proxies) == ((), ())


@pytest.mark.parametrize("origin", ["*", "shop.example.org", "https://shop.example.org/", "https://*.example.org", "null"])
def test_what_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("PM_CORS_ORIGINS", origin)
    with pytest.raises(ValidationError, match="is not an origin"):
        Settings()


def test_what_is_no_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PM_TRUSTED_PROXIES", "everybody")
    with pytest.raises(ValidationError):
        Settings()
