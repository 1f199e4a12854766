"""Every route of every contract, ready to be served."""

from collections.abc import Iterator

from gateway.auth.door import Door
from gateway.caching.cache import Cache
from gateway.endpoints import cookies
from gateway.endpoints.ready import ReadyOperation
from gateway.endpoints.transcoding import Binding, Operation, bindings, cost_of
from gateway.http.routing import Endpoint
from gateway.services import Channels
from gateway.settings import Settings
from pm.common.v1 import options_pb2


def endpoints(channels: Channels, door: Door, cache: Cache, settings: Settings) -> Iterator[Endpoint]:
    """One endpoint per route."""
    for binding in bindings():
        operation = _operation(binding, channels, door, cache, settings)
        yield Endpoint(binding.verb, binding.path, operation, cost=cost_of(binding.method))


def _operation(binding: Binding, channels: Channels, door: Door, cache: Cache, settings: Settings) -> Operation:
    if binding.method.full_name in (cookies.LOGIN, cookies.REFRESH, cookies.LOGOUT):
        return cookies.BrowserOperation(binding, channels, door, settings.cors_origins)
    if binding.method.GetOptions().HasExtension(options_pb2.cache):
        return ReadyOperation(binding, channels, door, cache)
    return Operation(binding, channels, door)
