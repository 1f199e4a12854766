"""Every route of every contract, ready to be served."""

from collections.abc import Iterator

from gateway import cookies
from gateway.auth import Door
from gateway.routing import Endpoint
from gateway.services import Channels
from gateway.settings import Settings
from gateway.transcoding import Binding, Operation, bindings, cost_of


def endpoints(channels: Channels, door: Door, settings: Settings) -> Iterator[Endpoint]:
    """One endpoint per route."""
    for binding in bindings():
        operation = _operation(binding, channels, door, settings)
        yield Endpoint(binding.verb, binding.path, operation, cost=cost_of(binding.method))


def _operation(binding: Binding, channels: Channels, door: Door, settings: Settings) -> Operation:
    if binding.method.full_name in (cookies.LOGIN, cookies.REFRESH, cookies.LOGOUT):
        return cookies.BrowserOperation(binding, channels, door, settings.cors_origins)
    return Operation(binding, channels, door)
