"""The keys of one service: what it seals with the first of them, it opens with whichever was used."""

from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from credentials import keys
from credentials.errors import SealBroken, SealingKeyMissing
from credentials.keys import key_id
from credentials.sealed import Sealed
from credentials.settings import KeepingSettings


class Ring:
    """Sealing keys, read again when their file has changed. Raises ValueError with a sentence when there are none."""

    def __init__(self, *, directory: Path | None = None, name: str = "", given: str = "") -> None:
        self._path = None if given else keys.file_of(directory or Path(), name)
        self._place = self._path.name if self._path else "PM_SEALING_KEYS"
        self._seen: tuple[int, int] | None = None
        if given:
            self._use(keys.parse(given))
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
        self._look()
        return list(self._by_id)

    @property
    def first(self) -> str:
        """The id of the key that seals."""
        return self.ids[0]

    def seal(self, secret: str | SecretStr, what: str) -> Sealed:
        """Seal credentials of `what`, such as `the feed 0190...`: under another name they don't open."""
        assert "\0" not in what, "names hold no zero byte"
        self._look()
        text = secret if isinstance(secret, str) else secret.get_secret_value()
        return Sealed(self.first, self._all.encrypt(f"{what}\0{text}".encode()))

    def open(self, sealed: Sealed, what: str) -> SecretStr:
        """The credentials of `what`. Raises SealingKeyMissing, SealBroken."""
        name, zero, text = self._plain(sealed, what).decode().partition("\0")
        if not zero or name != what:
            raise SealBroken(what)
        return SecretStr(text)

    def reseal(self, sealed: Sealed, what: str = "something") -> Sealed:
        """The same under the first key. Raises SealingKeyMissing, SealBroken."""
        self._plain(sealed, what)
        return Sealed(self.first, self._all.rotate(sealed.token))

    def _plain(self, sealed: Sealed, what: str) -> bytes:
        self._look()
        if sealed.key not in self._by_id:
            raise SealingKeyMissing(what, sealed.key, list(self._by_id), self._place)
        try:
            return self._by_id[sealed.key].decrypt(sealed.token)
        except InvalidToken:
            raise SealBroken(what) from None

    def _look(self) -> None:
        if self._path is None:
            return
        stat = self._path.stat()
        if self._seen != (stat.st_mtime_ns, stat.st_ino):
            self._use(keys.parse(self._path.read_text(encoding="ascii")))
            self._seen = stat.st_mtime_ns, stat.st_ino

    def _use(self, found: list[str]) -> None:
        self._by_id = {key_id(key): Fernet(key) for key in found}
        self._all = MultiFernet(list(self._by_id.values()))

    def __repr__(self) -> str:
        return f"Ring({', '.join(self._by_id)})"
