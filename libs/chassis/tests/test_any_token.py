"""Whatever is sent as a token: it is refused, and no file but a key's own is looked at."""

import base64
import json

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import example, given
from hypothesis import strategies as st

from chassis.auth import InvalidToken, Verifier
from chassis.masks import InvalidMask, masked_fields, writable_fields
from pm.core.v1.users_pb2 import User

KIDS = st.one_of(st.text(max_size=20), st.sampled_from(["core-svc.", "../../etc/passwd.", "core-svc.../x", "\0.", "gateway."]))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9))
CLAIMS = st.dictionaries(st.sampled_from(["sub", "aud", "iss", "exp", "iat", "nbf", "perms", "sid", "act"]), SCALARS)
HEADERS = st.fixed_dictionaries(
    {"alg": st.one_of(SCALARS, st.sampled_from(["EdDSA", "none", "HS256"])), "kid": st.one_of(KIDS, SCALARS)},
    optional={"typ": SCALARS, "crit": st.lists(SCALARS), "b64": SCALARS, "jwk": st.just({}), "zip": SCALARS},
)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


MADE = st.tuples(HEADERS, CLAIMS, st.binary(max_size=70)).map(
    lambda parts: f"{part(parts[0])}.{part(parts[1])}.{base64.urlsafe_b64encode(parts[2]).decode().rstrip('=')}"
)


@given(st.one_of(st.text(st.characters(codec="utf-8")), st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*"), MADE))
@example(base64.urlsafe_b64encode(b'{"kid":' + b"[" * 5_000).decode() + ".e30.AAAA")
def test_any_token_is_refused(keys_dir, token):
    with pytest.raises(InvalidToken):
        Verifier("catalog-svc", keys_dir).verify(token)


def test_a_header_nested_without_end_is_refused(keys_dir):
    """Not among the examples: Hypothesis raises the limit of recursion."""
    for start in (b'{"kid":', b"["):
        token = base64.urlsafe_b64encode(start + b"[" * 20_000).decode().rstrip("=") + ".e30.AAAA"
        with pytest.raises(InvalidToken):
            Verifier("catalog-svc", keys_dir).verify(token)


@given(st.lists(st.one_of(st.text(max_size=9), st.sampled_from([*writable_fields(User.DESCRIPTOR), "id", "roles.x"]))))
def test_any_mask_names_writable_fields_or_is_refused(paths):
    try:
        fields = masked_fields(User(), FieldMask(paths=paths))
    except InvalidMask as refused:
        assert set(paths) - writable_fields(User.DESCRIPTOR)
        assert refused.violations.keys() == {f"update_mask.{path}" for path in set(paths) - writable_fields(User.DESCRIPTOR)}
    else:
        assert fields == set(paths) <= writable_fields(User.DESCRIPTOR)
