import base64
import json

import pytest

from chassis import paging
from chassis.paging import InvalidPageToken
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


@pytest.mark.parametrize("token", ["x", "é", "====", *map(encoded, ["1", "null", "{}", "[]", '"ab"', '["ab"]', "[" * 900])])
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


@pytest.mark.parametrize(("part", "kind"), [("\ud800", str), (2**63, int), (-(2**80), int)])
def test_what_no_database_takes_is_refused(part, kind):
    request = users_pb2.ListUsersRequest()
    forged = json.dumps([paging._scope(request), part])

    with pytest.raises(InvalidPageToken):
        paging.decode(request, encoded(forged), kind)
