"""Whether the server of this container answers: `python -m chassis.probe grpc | http`, for a HEALTHCHECK.

It asks the port of PM_BIND over loopback and ends with status 0 or 1.
"""

import argparse
import os
import sys
import urllib.request

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

PROBE_SECONDS = 2.0


def grpc_serving(address: str) -> bool:
    """grpc.health.v1 says SERVING for the whole server."""
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=PROBE_SECONDS)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def http_ok(address: str) -> bool:
    """GET /health answers 200."""
    # A proxy of the environment has no business with a loopback address.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}/health", timeout=PROBE_SECONDS) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def main() -> int:
    probes = {"grpc": grpc_serving, "http": http_ok}
    parser = argparse.ArgumentParser(prog="chassis.probe", description="Ask the server of this container for its health.")
    parser.add_argument("protocol", choices=probes)
    port = os.environ["PM_BIND"].rpartition(":")[2]
    return 0 if probes[parser.parse_args().protocol](f"127.0.0.1:{port}") else 1


if __name__ == "__main__":
    sys.exit(main())
