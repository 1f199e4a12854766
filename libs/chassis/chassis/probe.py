"""Whether the process of this container answers: `python -m chassis.probe grpc | http | metrics`, for a health check.

It asks over loopback, the port of PM_BIND or PM_METRICS_BIND, and ends with status 0 or 1. Every container starts it every few
seconds, so it imports next to nothing: gRPC's own client would cost more than many a service at rest, and the one call that is
needed of it is a handful of frames.
"""

import os
import socket
import sys

PROBE_SECONDS = 2.0
# Frames of HTTP/2 and their flags (RFC 9113).
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
END_STREAM, END_HEADERS = 0x1, 0x4
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_CHECK = {
    b":method": b"POST",
    b":scheme": b"http",
    b":path": b"/grpc.health.v1.Health/Check",
    b":authority": b"localhost",
    b"content-type": b"application/grpc",
    b"te": b"trailers",
}
# A message of gRPC: not compressed, its length, and for an answer the field `status` with SERVING.
_EMPTY = bytes(5)
_SERVING = b"\0\0\0\0\2\x08\x01"


def grpc_serving(address: str) -> bool:
    """grpc.health.v1 says SERVING for the whole server."""
    # Literal fields without an index and without Huffman's code (RFC 7541, 6.2.2).
    fields = b"".join(bytes((0, len(name))) + name + bytes((len(value),)) + value for name, value in _CHECK.items())
    asked = _PREFACE + _frame(SETTINGS, 0, 0, b"") + _frame(HEADERS, END_HEADERS, 1, fields) + _frame(DATA, END_STREAM, 1, _EMPTY)
    try:
        with _connected(address) as connection, connection.makefile("rb") as answer:
            connection.sendall(asked)
            while head := answer.read(9):
                kind, flags, payload = head[3], head[4], answer.read(int.from_bytes(head[:3], "big"))
                if kind == DATA:
                    return payload == _SERVING
                if kind in (RST_STREAM, GOAWAY) or (kind == HEADERS and flags & END_STREAM):
                    break
    except OSError:
        pass
    return False


def http_ok(address: str, path: str) -> bool:
    """GET of the path answers 200."""
    try:
        with _connected(address) as connection, connection.makefile("rb") as answer:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            # To its end: a server that is left in the middle of its answer complains.
            return answer.read().split(b" ", 2)[1:2] == [b"200"]
    except OSError:
        return False


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def _connected(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PROBE_SECONDS)


def main() -> int:
    # A worker answers nobody while it works, but a thread of its own shows its metrics.
    known = ("grpc", "PM_BIND", ""), ("http", "PM_BIND", "/health"), ("metrics", "PM_METRICS_BIND", "/metrics")
    for name, variable, path in known:
        if sys.argv[1:] == [name]:
            address = f"127.0.0.1:{os.environ[variable].rpartition(':')[2]}"
            return 0 if (http_ok(address, path) if path else grpc_serving(address)) else 1
    sys.stderr.write("usage: python -m chassis.probe grpc | http | metrics\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
