"""Who may change whom: nobody gives what he does not have, and nobody changes somebody who may do more."""

from collections.abc import Iterable

from chassis import auth
from core_svc.roles.errors import PermissionsNotHeld


def require_all_of(permissions: Iterable[str]) -> None:
    """Raise PermissionsNotHeld unless the caller has all of these."""
    if missing := sorted(set(permissions) - auth.current().permissions):
        raise PermissionsNotHeld(missing)
