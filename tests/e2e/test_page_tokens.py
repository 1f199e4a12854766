"""Page tokens as only somebody who knows how they are made can forge them: whatever their keys hold, no list fails."""

import base64
import itertools
import json
from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import pytest
from api import FIXTURES, Api
from callers import Tokens, methods, servers
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from chassis import paging, status
from productsmanager.lifecycle import Running

# What tokens are made of: a day or moment, an id, a number, a truth value.
SOUND: tuple[Any, ...] = ("2026-01-01", "01890000-0000-7000-8000-00000000beef", 1, False)
HOSTILE: dict[type, list[Any]] = {
    str: [
        *("", "x", "é" * 300, "1" * 5000, "\u2028'\"%_\\", "\0", "\ud800", "٣", "1_0", "0x10", "-0"),
        *("nan", "sNaN", "1e400", "1e999999999", "-Infinity", "urn:uuid:01890000-0000-7000-8000-00000000beef"),
        *("9999-12-31T23:59:59.999999-23:59", "0001-01-01T00:00:00+23:59", "20260101", "2026-W01-1"),
    ],
    int: [0, -1, 2**31 - 1, -(2**31) + 1, 2**31, 2**62, -(2**63) + 1, 2**63, True],
    bool: [True, 1],
}
# Nested without end is no key at all.
BROKEN = ["[" * 6_000, '{"a":' * 1_100, "[1", "null", "[]"]
REFUSED_KEY = ("INVALID_PAGE_TOKEN", "INVALID_ID")
SERVER_FAULTS = (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DEADLINE_EXCEEDED)
LISTS = [method for method in methods() if "page_token" in method.input_type.fields_by_name]


def token(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def scope_of(request: Message) -> Message:
    """What a search's token belongs to leaves out what it counts."""
    scope = type(request)()
    scope.CopyFrom(request)
    for name in {"facets", "without_hits"} & set(scope.DESCRIPTOR.fields_by_name):
        scope.ClearField(name)
    return scope


def forged(request: Message, key: Sequence[Any]) -> str:
    return token(json.dumps([paging._scope(scope_of(request)), *key]))


class Lister:
    """Asks one list for a page."""

    def __init__(self, channel: grpc.aio.Channel, method: MethodDescriptor, credential: str) -> None:
        self._metadata = (("authorization", f"Bearer {credential}"),)
        self._call = channel.unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
        )

    async def page(self, request: Any, page_token: str) -> tuple[grpc.StatusCode, str]:
        """How the call ends, and its reason."""
        request.page_token = page_token
        try:
            await self._call(request, metadata=self._metadata, timeout=60)
        except grpc.aio.AioRpcError as error:
            return error.code(), status.decode(error).reason
        return grpc.StatusCode.OK, ""


@pytest.fixture(scope="module")
def known(api: Api) -> dict[str, str]:
    """Something for each id a list asks for."""
    job = api.run(FIXTURES / "clean.csv", "Page tokens")
    selection = api.post("/productSelections", {"search": {"query": ""}})
    [supplier] = api.get("/suppliers", name="Page tokens")["suppliers"]
    product = api.get("/products", page_size=1)["products"][0]
    return {"job_id": job["id"], "selection_id": selection["id"], "supplier_id": supplier["id"], "product_id": product["id"]}


def requests(method: MethodDescriptor, known: dict[str, str]) -> Iterator[Message]:
    """A request without filters, by each id it may ask for; and one for each way to sort or choose."""
    make = message_factory.GetMessageClass(method.input_type)
    fields = method.input_type.fields_by_name
    ids = [{name: known[name]} for name in fields if name in known] or [{}]
    # Prices can't be sorted across currencies.
    currency = {"currency": "EUR"} if "currency" in fields else {}
    chosen = [
        {field.name: value.number}
        for field in method.input_type.fields
        if field.type == FieldDescriptor.TYPE_ENUM and not field.is_repeated
        for value in field.enum_type.values[1:]
    ]
    for asked, choice in itertools.product(ids, chosen or [{}]):
        yield make(**asked, **choice, **currency)


async def keys_of(lister: Lister, request: Message) -> list[tuple[Any, ...]]:
    """The sound keys this list does not refuse for their form."""
    keys = [key for parts in range(1, 5) for key in itertools.product(SOUND, repeat=parts)]
    return [key for key in keys if (await lister.page(request, forged(request, key)))[1] not in REFUSED_KEY]


@pytest.mark.parametrize("method", LISTS, ids=lambda method: method.full_name)
async def test_no_forged_key_makes_a_list_fail(stack: Running, known: dict[str, str], method: MethodDescriptor) -> None:
    address = f"127.0.0.1:{stack.ports[servers(method)[0]]}"
    everything = Tokens(stack.installation.data.keys).everything()
    faults, taken = {}, 0
    async with grpc.aio.insecure_channel(address) as channel:
        lister = Lister(channel, method, everything)
        for request in requests(method, known):
            for text in BROKEN:
                code, reason = await lister.page(request, token(text))
                assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_PAGE_TOKEN"), text[:20]
            keys = await keys_of(lister, request)
            taken += len(keys)
            for key in keys:
                for at, part in enumerate(key):
                    for hostile in HOSTILE[type(part)]:
                        code, reason = await lister.page(request, forged(request, [*key[:at], hostile, *key[at + 1 :]]))
                        if code in SERVER_FAULTS:
                            faults[method.name, str(request), at, hostile] = code.name, reason
    assert faults == {}
    assert taken, "no key of this list was found: say in SOUND what it is made of"
