import base64
import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chassis import paging
from chassis.paging import BigInteger, InvalidPageToken
from pm.catalog.v1 import offers_pb2
from pm.core.v1 import users_pb2


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("key", [["a"], [7, "b"], ["Grüße", 0]])
def test_a_token_gives_its_key_back(key):
    request = users_pb2.ListUsersRequest(page_size=10)

    assert paging.decode(request, paging.encode(request, key), *map(type, key)) == key


def test_the_first_page_has_no_key():
    assert paging.decode(users_pb2.ListUsersRequest(), "", str) is None


def test_a_token_outlives_a_change_of_page_size():
    token = paging.encode(users_pb2.ListUsersRequest(page_size=10), ["a"])

    assert paging.decode(users_pb2.ListUsersRequest(page_size=99, page_token=token), token, str) == ["a"]


def test_a_token_belongs_to_its_list_and_its_filters():
    supplier = "01890000-0000-7000-8000-000000000001"
    token = paging.encode(offers_pb2.ListOffersRequest(supplier_id=supplier), ["a"])

    for request in (offers_pb2.ListOffersRequest(), users_pb2.ListUsersRequest()):
        with pytest.raises(InvalidPageToken):
            paging.decode(request, token, str)


@pytest.mark.parametrize(
    "token", ["x", "é", "====", *map(encoded, ["1", "null", "{}", "[]", '"ab"', '["ab"]', "[" * 900, "[" * 6_000])]
)
def test_what_is_no_token_is_refused(token):
    with pytest.raises(InvalidPageToken):
        paging.decode(users_pb2.ListUsersRequest(), token, str)


@pytest.mark.parametrize("kinds", [(int,), (str, str), ()])
def test_a_key_of_another_shape_is_refused(kinds):
    request = users_pb2.ListUsersRequest()

    with pytest.raises(InvalidPageToken):
        paging.decode(request, paging.encode(request, ["a"]), *kinds)


@pytest.mark.parametrize(("requested", "used"), [(0, 50), (1, 1), (500, 500), (501, 500), (2**31 - 1, 500)])
def test_page_sizes_are_clamped(requested, used):
    assert paging.page_size(requested) == used


def test_a_key_of_any_script_stays_short():
    request = users_pb2.ListUsersRequest()

    assert len(paging.encode(request, ["Ы" * 200])) < 600


@pytest.mark.parametrize(
    ("part", "kind"),
    [("\ud800", str), ("a\0", str), (2**31, int), (-(2**80), int), (True, int), (2**63, BigInteger), (1, bool), ("1", int)],
)
def test_what_no_database_takes_is_refused(part, kind):
    request = users_pb2.ListUsersRequest()
    forged = json.dumps([paging._scope(request), part])

    with pytest.raises(InvalidPageToken):
        paging.decode(request, encoded(forged), kind)


def test_a_large_integer_is_a_kind_of_its_own():
    request = users_pb2.ListUsersRequest()

    assert paging.decode(request, paging.encode(request, [2**40, True]), BigInteger, bool) == [2**40, True]


@pytest.mark.parametrize("part", ["", "now", "2026-02-30", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_what_is_no_moment_in_utc_is_refused(part):
    with pytest.raises(InvalidPageToken):
        paging.moment(part)


@given(
    st.one_of(st.text(), st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode())), st.sampled_from([str, int, bool])
)
def test_whatever_is_sent_is_refused_and_nothing_else(token, kind):
    assume(token)
    with pytest.raises(InvalidPageToken):
        paging.decode(users_pb2.ListUsersRequest(), token, kind)


NUMBERS = {int: st.integers(1 - 2**31, 2**31 - 1), BigInteger: st.integers(1 - 2**63, 2**63 - 1), bool: st.booleans()}
PARTS = {str: st.text(st.characters(codec="utf-8", exclude_characters="\0")), **NUMBERS}


@given(
    st.lists(st.sampled_from(list(PARTS)), max_size=4).flatmap(
        lambda kinds: st.tuples(*[st.tuples(st.just(kind), PARTS[kind]) for kind in kinds])
    )
)
def test_any_key_is_given_back(parts):
    request = users_pb2.ListUsersRequest()
    kinds, key = [kind for kind, _ in parts], [part for _, part in parts]

    assert paging.decode(request, paging.encode(request, key), *kinds) == key
