"""Where a call comes from."""

from dataclasses import dataclass
from typing import Any

from chassis import auth

GATEWAY = "gateway"
ADDRESS_KEY = "x-client-address"
USER_AGENT_KEY = "x-client-user-agent"


@dataclass(frozen=True)
class Origin:
    """The address and program of whoever called, and the user it is when that is known."""

    address: str
    user_agent: str
    actor_id: str

    @classmethod
    def of(cls, context: Any) -> "Origin":
        """What the gateway says of its client; of a call that did not come through it, the address of the connection."""
        caller = auth.caller()
        metadata = dict(context.invocation_metadata() or ())
        # Without a token anybody may say anything: then only the gateway is believed.
        known = caller is not None and (caller.kind == "user" or caller.subject == GATEWAY)
        address = str(metadata.get(ADDRESS_KEY, "")) if known else ""
        agent = str(metadata.get(USER_AGENT_KEY, "")) if known else ""
        return cls(address or context.peer(), agent[:300], caller.user_id if caller else "")
