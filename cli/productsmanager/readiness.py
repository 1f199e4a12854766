"""Whether a server answers, asked in its own protocol. Each check is quick and raises nothing."""

import http.client
import urllib.request
from collections.abc import Callable
from http import HTTPStatus

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

CHECK_SECONDS = 2.0


def grpc_serving(port: int) -> Callable[[], bool]:
    """grpc.health.v1 Health/Check of the whole server answers SERVING."""

    def check() -> bool:
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
            try:
                answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=CHECK_SECONDS)
            except grpc.RpcError:
                return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    return check


def http_ok(url: str) -> Callable[[], bool]:
    """GET answers 200."""
    # A proxy of the environment has no business with a loopback address.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def check() -> bool:
        try:
            with opener.open(url, timeout=CHECK_SECONDS) as response:
                return bool(response.status == 200)
        except (OSError, ValueError):
            return False

    return check


def routes_loaded(address: str) -> Callable[[], bool]:
    """The proxy at this address knows where requests go; until then it knows nothing and answers 404."""

    def check() -> bool:
        connection = http.client.HTTPConnection(address, timeout=CHECK_SECONDS)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status != HTTPStatus.NOT_FOUND
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return check


def redis_pong(url: str) -> Callable[[], bool]:
    """PING is answered, which a server that still loads its data refuses."""

    # Half a second of every command's start, for one check.
    import redis  # noqa: PLC0415

    def check() -> bool:
        try:
            with redis.Redis.from_url(url, socket_timeout=CHECK_SECONDS) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    return check
