import base64
import time

import jwt
from argon2 import PasswordHasher
from sqlalchemy import select

from chassis.auth import Signer, Verifier
from chassis.testing import error_of, serving
from core_svc.hashing import Passwords
from core_svc.main import registrations
from core_svc.users.models import User
from core_svc.users.repository import UserRepository
from pm.core.v1 import auth_pb2 as pb
from pm.core.v1 import auth_pb2_grpc, users_pb2

PASSWORD = "correct horse battery"


async def test_login_gives_a_token_with_the_permissions_of_the_roles(auth, add_user, keys_dir):
    ann = await add_user("ann", roles=["viewer"])

    answer = await auth.Login(pb.LoginRequest(username="ann", password=PASSWORD))

    principal = Verifier("catalog-svc", keys_dir).verify(answer.access_token)
    assert (principal.kind, principal.subject) == ("user", ann.id)
    assert {"core.me.read", "core.users.read", "catalog.products.read"} <= principal.permissions
    assert not [name for name in principal.permissions if not name.endswith(".read")]
    assert (answer.token_type, answer.expires_in) == ("Bearer", 900)
    assert 890 < principal.expires - time.time() <= 900


async def test_a_user_without_roles_gets_a_token_without_permissions(auth, add_user, keys_dir):
    await add_user("ann")

    answer = await auth.Login(pb.LoginRequest(username="ann", password=PASSWORD))

    assert Verifier("core-svc", keys_dir).verify(answer.access_token).permissions == frozenset()


async def test_the_name_is_found_in_any_case(auth, add_user):
    await add_user("Ann@Example.org")

    assert (await auth.Login(pb.LoginRequest(username="ann@example.ORG", password=PASSWORD))).access_token


async def test_wrong_name_wrong_password_and_inactive_user_are_answered_alike(auth, add_user):
    await add_user("ann")
    await add_user("bob", active=False)
    attempts = [("ann", "not the password"), ("nobody", PASSWORD), ("bob", PASSWORD), ("%", PASSWORD)]

    errors = [await error_of(auth.Login(pb.LoginRequest(username=name, password=password))) for name, password in attempts]

    assert {error.reason for error in errors} == {"INVALID_CREDENTIALS"}
    assert {(type(error), error.message, str(error.metadata)) for error in errors} == {(type(errors[0]), errors[0].message, "{}")}


async def test_an_unknown_user_costs_a_verification_too():
    class Counting(PasswordHasher):
        verifications = 0

        def verify(self, *arguments):
            self.verifications += 1
            return super().verify(*arguments)

    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)

    assert not await Passwords(hasher).verify(PASSWORD, None)
    assert hasher.verifications == 1


async def test_login_notes_its_time_and_leaves_the_version(auth, users, admin, add_user, database):
    ann = await add_user("ann")
    await error_of(auth.Login(pb.LoginRequest(username="ann", password="wrong")))
    async with database.transaction() as session:
        assert (await UserRepository(session).find("ann")).last_login_time is None

    await auth.Login(pb.LoginRequest(username="ann", password=PASSWORD))

    async with database.transaction() as session:
        assert (await UserRepository(session).find("ann")).last_login_time is not None
    after = await users.GetUser(users_pb2.GetUserRequest(id=ann.id), metadata=admin)
    assert (after.version, after.update_time) == (ann.version, ann.update_time)


async def test_a_hash_of_older_parameters_is_renewed_at_login(add_user, database, keys_dir):
    await add_user("ann")
    newer = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    renewing = serving("core-svc", keys_dir, registrations(database, newer, Signer("core-svc", keys_dir)))

    async with renewing as channel:
        for _ in range(2):  # the second with the renewed hash
            request = pb.LoginRequest(username="ann", password=PASSWORD)
            assert await auth_pb2_grpc.AuthServiceStub(channel).Login(request)

    async with database.transaction() as session:
        kept = await session.scalar(select(User.password_hash).where(User.username == "ann"))
    assert "m=16,t=2,p=1" in kept


async def test_passwords_are_kept_as_argon2id(add_user, database):
    await add_user("ann")

    async with database.transaction() as session:
        kept = await session.scalar(select(User.password_hash).where(User.username == "ann"))

    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


async def test_jwks_verifies_what_login_signed(auth, add_user):
    await add_user("ann")
    token = (await auth.Login(pb.LoginRequest(username="ann", password=PASSWORD))).access_token

    (key,) = (await auth.GetJwks(pb.GetJwksRequest())).keys

    assert (key.kty, key.crv, key.alg, key.use) == ("OKP", "Ed25519", "EdDSA", "sig")
    assert len(base64.urlsafe_b64decode(key.x + "=")) == 32
    public = jwt.PyJWK({"kty": key.kty, "crv": key.crv, "x": key.x, "alg": key.alg})
    assert jwt.get_unverified_header(token)["kid"] == key.kid
    assert jwt.decode(token, public, audience="productsmanager", issuer="core-svc")["sub"]


async def test_text_that_no_database_holds_is_refused(auth):
    error = await error_of(auth.Login(pb.LoginRequest(username="a\0b", password=PASSWORD)))

    assert error.reason == "INVALID_TEXT"
