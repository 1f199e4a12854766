"""Every method of every contract, on the process that answers it, with every kind of caller.

What a method asks for is read from its contract; a new one is found by itself.
"""

import asyncio
from collections.abc import Iterator

import grpc
import pytest
from callers import REFUSED_CALLER, REFUSED_TOKEN, SERVICES, Tokens, methods, permissions, refusal, rule, servers
from google.protobuf.descriptor import MethodDescriptor

from productsmanager.lifecycle import Running


def owner(server: str) -> str:
    """Whom a token is for that this process accepts."""
    return f"{server.removesuffix('-bulk')}-svc"


def targets() -> Iterator[tuple[str, MethodDescriptor]]:
    """Every method with each process that answers it."""
    for method in methods():
        for server in servers(method):
            yield server, method


TARGETS = list(targets())


@pytest.fixture(scope="module")
def tokens(stack: Running) -> Tokens:
    return Tokens(stack.installation.data.keys)


def right(server: str, method: MethodDescriptor, tokens: Tokens) -> str:
    asked = rule(method)
    if asked.callers:
        return tokens.service(asked.callers[0], owner(server))
    return "" if asked.public else tokens.user(*([asked.permission] if asked.permission else []))


def wrong(server: str, method: MethodDescriptor, tokens: Tokens) -> list[str]:
    """Valid tokens of callers whom the contract does not let in."""
    asked = rule(method)
    others = [name for name in permissions() if name != asked.permission]
    uninvited = next((f"{name}-svc" for name in SERVICES if f"{name}-svc" not in (*asked.callers, owner(server))), None)
    if asked.public:
        return []
    if asked.callers:
        return [tokens.everything()] + ([tokens.service(uninvited, owner(server))] if uninvited else [])
    if asked.signed_in:
        return [tokens.user(*permissions(), api_key=True), tokens.service("gateway", owner(server))]
    return [tokens.user(*others), tokens.user(), tokens.service("gateway", owner(server))]


def test_every_method_says_whom_it_lets_in() -> None:
    assert len(TARGETS) > 80
    silent = [method.full_name for _, method in TARGETS if not any(vars(rule(method)).values())]
    assert silent == []
    both = [method.full_name for _, method in TARGETS if sum(map(bool, vars(rule(method)).values())) > 1]
    assert both == []


def test_what_anybody_may_call_is_decided_here() -> None:
    public = {method.full_name.removeprefix("pm.core.v1.") for _, method in TARGETS if rule(method).public}
    signing_in = {f"AuthService.{name}" for name in ("Login", "Refresh", "Logout", "GetJwks")}
    assert public == signing_in | {"PasswordService.ResetPassword"}


@pytest.mark.parametrize("server", sorted({server for server, _ in TARGETS}))
async def test_it_lets_in_whom_the_contract_says(stack: Running, tokens: Tokens, server: str) -> None:
    async def outcome(channel: grpc.aio.Channel, method: MethodDescriptor) -> dict[str, str]:
        """What is not as it should be."""
        name, public = method.full_name, rule(method).public
        refused = {} if public else {f"{name}: no token": await refusal(channel, method)}
        bad = {"expired": tokens.expired(), "audience": tokens.for_others(), "callee": tokens.service("gateway", "nobody-svc")}
        refused |= {f"{name}: {kind}": await refusal(channel, method, token) for kind, token in bad.items()}
        faults = {case: reason for case, reason in refused.items() if reason not in REFUSED_TOKEN}
        for number, token in enumerate(wrong(server, method, tokens)):
            reason = await refusal(channel, method, token)
            if reason not in REFUSED_CALLER:
                faults[f"{name}: wrong caller {number}"] = reason
        reason = await refusal(channel, method, right(server, method, tokens))
        if reason in REFUSED_TOKEN | REFUSED_CALLER | {"UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE"}:
            faults[f"{name}: right caller"] = reason
        return faults

    here = [method for each, method in TARGETS if each == server]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{stack.ports[server]}") as channel:
        faults = await asyncio.gather(*(outcome(channel, method) for method in here))

    assert [fault for fault in faults if fault] == []
