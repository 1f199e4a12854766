"""Whatever a client says of where it was: the stream begins there, or the request is refused as malformed."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chassis.auth import Signer
from gateway.endpoints import jobs
from gateway.endpoints.live.subjects import SUBJECTS
from gateway.tests.live.streams import RIGHTS, USER, by_events, by_socket

NUMBERS = st.one_of(st.integers(), st.floats(), st.sampled_from([10**400, -(10**400), 2**33, 2**33 - 1, -1, 0, 1e-320, 1e308]))
TEXTS = st.one_of(
    st.text(),
    st.sampled_from(["\ud800", "\x00", "1.2.3.4", "1.2.3." + "9" * 100, "01890000-0000-7000-8000-000000000001", "0" * 36, " "]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
OF_JOBS = st.dictionaries(st.sampled_from([*jobs.OWNERS, "catalog", ""]), st.one_of(NUMBERS, ANYTHING), max_size=2)
PLACES = st.dictionaries(st.sampled_from([*SUBJECTS, "weather"]), st.one_of(TEXTS, OF_JOBS, ANYTHING), max_size=3)


@pytest.fixture(scope="module")
def credential(keys_dir: Any) -> str:
    return Signer("core-svc", keys_dir).access_token(USER, list(RIGHTS))


def encoded(place: Any) -> str:
    return in_base64(json.dumps(place))


def in_base64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def answer(form: Callable[..., Any], url: str, credential: str, last_id: str) -> Any:
    async with form(url, credential, last_id=last_id) as stream:
        name, data = await stream.next()
    return "begin" if name == "begin" else (name, data["status"], data["reason"])


def refused_or_begun(said: Any) -> bool:
    return said in ("begin", ("problem", 400, "MALFORMED_REQUEST"), ("problem", 400, "VALIDATION_FAILED"))


@given(st.sampled_from([by_events, by_socket]), st.one_of(PLACES, ANYTHING))
@example(by_events, {"jobs": {"imports": 10**400}})
@example(by_socket, {"jobs": {"imports": True}})
@example(by_socket, {"products": "\ud800"})
@example(by_socket, {"notifications": "\ud800"})
@example(by_events, {"jobs": {"\ud800": 1}})
@example(by_events, {"jobs": []})
async def test_any_place_is_gone_on_from_or_refused(url: str, credential: str, form: Any, place: Any) -> None:
    assert refused_or_begun(await answer(form, url, credential, encoded(place)))


@given(st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
@example("_" * 5)
async def test_any_bytes_are_no_place(url: str, credential: str, last_id: str) -> None:
    assert refused_or_begun(await answer(by_socket, url, credential, last_id))


@pytest.mark.parametrize(
    "place",
    [
        {"jobs": {"imports": 10**400}},
        {"jobs": {"imports": True}},
        {"jobs": {"weather": 1}},
        {"jobs": {"\ud800": 1}},
        {"products": "\ud800"},
        {"products": "1.2.3.4\n"},
        {"notifications": "\ud800"},
        {"notifications": "zzz"},
        {"notifications": "01890000-0000-7000-8000-000000000001 x"},
    ],
)
@pytest.mark.parametrize("form", [by_events, by_socket])
async def test_a_made_up_place_is_malformed(url: str, credential: str, form: Any, place: Any) -> None:
    assert await answer(form, url, credential, encoded(place)) == ("problem", 400, "MALFORMED_REQUEST")


@pytest.mark.parametrize("text", ['{"jobs":{"imports":' + "9" * 5000 + "}}", '{"jobs":{"imports":NaN}}', "[" * 5000])
async def test_json_that_is_hard_to_read_is_malformed(url: str, credential: str, text: str) -> None:
    assert await answer(by_socket, url, credential, in_base64(text)) == ("problem", 400, "MALFORMED_REQUEST")
