"""The keys of one service: what it seals with the first of them, it opens with whichever was used."""

from collections.abc import Mapping
from pathlib import Path

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from credentials import keys
from credentials.errors import SealBroken, SealingKeyMissing
from credentials.keys import key_id
from credentials.sealed import Sealed
from credentials.settings import KeepingSettings

log = structlog.get_logger(__name__)


class Ring:
    """Sealing keys, read again when their file has changed. Raises ValueError with a sentence when there are none.

    A file that can't be read later leaves the keys as they are in memory: the log says so once.
    """

    def __init__(self, *, directory: Path | None = None, name: str = "", given: str = "") -> None:
        self._path = None if given else keys.file_of(directory or Path(), name)
        self._place = self._path.name if self._path else "PM_SEALING_KEYS"
        self._seen: tuple[int, int] | None = None
        self._is_away = False
        self._by_id: Mapping[str, Fernet] = {}
        if given:
            self._by_id = _by_id(keys.parse(given))
            return
        if fault := keys.fault(directory or Path(), name):
            raise ValueError(f"{fault} in PM_KEYS_DIR: make it with `python -m credentials.keys`, or put it back from a backup")
        self._look()

    @classmethod
    def of(cls, settings: KeepingSettings, service: str) -> "Ring":
        """Of a service such as `imports-svc`."""
        given = settings.sealing_keys.get_secret_value()
        return cls(directory=settings.keys_dir, name=service.removesuffix("-svc"), given=given)

    @property
    def ids(self) -> list[str]:
        """The ids of the keys, that of the one that seals first."""
        return list(self._look())

    @property
    def first(self) -> str:
        """The id of the key that seals."""
        return self.ids[0]

    def seal(self, secret: str | SecretStr, what: str) -> Sealed:
        """Seal credentials of `what`, such as `the feed 0190...`: under another name they don't open."""
        assert "\0" not in what, "names hold no zero byte"
        text = secret if isinstance(secret, str) else secret.get_secret_value()
        id, key = next(iter(self._look().items()))
        return Sealed(id, key.encrypt(f"{what}\0{text}".encode()))

    def open(self, sealed: Sealed, what: str) -> SecretStr:
        """The credentials of `what`. Raises SealingKeyMissing, SealBroken."""
        name, zero, text = self._plain(sealed, what).decode().partition("\0")
        if not zero or name != what:
            raise SealBroken(what)
        return SecretStr(text)

    def reseal(self, sealed: Sealed, what: str = "something") -> Sealed:
        """The same under the first key. Raises SealingKeyMissing, SealBroken."""
        self._plain(sealed, what)
        known = self._look()
        return Sealed(next(iter(known)), MultiFernet(list(known.values())).rotate(sealed.token))

    def _plain(self, sealed: Sealed, what: str) -> bytes:
        known = self._look()
        if sealed.key not in known:
            raise SealingKeyMissing(what, sealed.key, list(known), self._place)
        try:
            return known[sealed.key].decrypt(sealed.token)
        except InvalidToken:
            raise SealBroken(what) from None

    def _look(self) -> Mapping[str, Fernet]:
        """The keys by id, the one that seals first."""
        if self._path is None:
            return self._by_id
        try:
            stat = self._path.stat()
            if self._seen != (stat.st_mtime_ns, stat.st_ino):
                self._by_id = _by_id(keys.parse(self._path.read_text(encoding="ascii")))
                self._seen = stat.st_mtime_ns, stat.st_ino
        except (OSError, ValueError) as error:
            if not self._by_id:
                raise
            if not self._is_away:
                log.warning("sealing keys can't be read: those in memory are used", file=self._place, error=type(error).__name__)
            self._is_away = True
        else:
            self._is_away = False
        return self._by_id

    def __repr__(self) -> str:
        return f"Ring({', '.join(self._by_id)})"


def _by_id(found: list[str]) -> Mapping[str, Fernet]:
    return {key_id(key): Fernet(key) for key in found}
