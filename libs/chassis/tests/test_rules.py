import asyncpg
import protovalidate
import pytest

from chassis.rules import Rule, rules
from pm.catalog.v1.offers_pb2 import Offer
from pm.core.v1.auth_pb2 import LoginRequest
from pm.core.v1.users_pb2 import User


def test_rules_are_read_from_the_contract():
    assert rules(LoginRequest.DESCRIPTOR) == {
        "username": Rule(min_len=1, max_len=254),
        "password": Rule(min_len=1, max_len=1024),
    }
    offer = rules(Offer.DESCRIPTOR)
    assert (offer["gtin"], offer["stock"]) == (Rule(pattern="^([0-9]{14})?$"), Rule(gte=0))
    assert "price" not in offer


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("username", value) for value in ("", "a", "a" * 254, "a" * 255, "a b", "a\n", "ä", "a@b.example")),
        *(("display_name", value) for value in ("", "é" * 200, "é" * 201, "👍" * 200, "a\nb")),
    ],
)
async def test_the_database_refuses_what_the_contract_refuses(postgres_server, field, value):
    message = User(**{field: value})
    try:
        protovalidate.validate(message)
    except protovalidate.ValidationError:
        valid = False
    else:
        valid = True

    connection = await asyncpg.connect(postgres_server)
    try:
        check = rules(User.DESCRIPTOR)[field].check("cell")
        assert await connection.fetchval(f"SELECT {check} FROM (SELECT $1::text AS cell) AS row", value) is valid
        assert await connection.fetchval(f"SELECT {check} FROM (SELECT NULL::text AS cell) AS row") is None
    finally:
        await connection.close()


def test_every_limit_becomes_a_condition():
    rule = Rule(min_len=1, max_len=3, pattern="^x", gte=0, lte=9)

    assert rule.check("c") == "char_length(c) >= 1 AND char_length(c) <= 3 AND c ~ '^x' AND c >= 0 AND c <= 9"
