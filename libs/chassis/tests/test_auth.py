import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis import auth
from chassis.auth import InvalidToken, Signer, TokenRevoked, Verifier

USER = "01890000-0000-7000-8000-000000000001"


@pytest.fixture
def verifier(keys_dir):
    return Verifier("catalog-svc", keys_dir)


def signed(keys_dir, by, claims, **headers):
    """A token that says what a test wants, signed with the key of `by`."""
    key = load_pem_private_key((keys_dir / f"{by}.pem").read_bytes(), password=None)
    now = int(time.time())
    base = {"sub": "someone", "iat": now, "exp": now + 60}
    return jwt.encode({**base, **claims}, key, "EdDSA", headers={"kid": f"{by}-svc", **headers})


def test_a_users_token_holds_in_every_service(keys_dir):
    token = Signer("core-svc", keys_dir).access_token(USER, ["catalog.products.read"])

    for service in ("catalog-svc", "imports-svc", "gateway"):
        principal = Verifier(service, keys_dir).verify(token)
        assert (principal.kind, principal.subject, principal.user_id) == ("user", USER, USER)
        assert principal.permissions == {"catalog.products.read"}


def test_a_services_token_names_the_service_and_the_user_it_acts_for(keys_dir, verifier):
    principal = verifier.verify(Signer("imports-svc", keys_dir).service_token("catalog-svc", act=USER))

    assert (principal.kind, principal.subject, principal.user_id) == ("service", "imports-svc", USER)
    assert principal.permissions == frozenset()


def test_a_services_token_is_for_one_callee(keys_dir, verifier):
    with pytest.raises(InvalidToken):
        verifier.verify(Signer("imports-svc", keys_dir).service_token("media-svc"))


def test_a_service_cannot_make_a_user(keys_dir, verifier):
    own_name = Signer("imports-svc", keys_dir).access_token(USER, ["catalog.products.write"])
    claims = {"iss": "core-svc", "aud": "productsmanager", "perms": ["catalog.products.write"]}
    cores_name = signed(keys_dir, "imports", claims, kid="core-svc")

    for token in (own_name, cores_name):
        with pytest.raises(InvalidToken):
            verifier.verify(token)


def test_an_expired_token_is_refused(keys_dir, verifier):
    expired = {"iss": "core-svc", "aud": "productsmanager", "exp": int(time.time()) - auth.LEEWAY_SECONDS - 1}

    with pytest.raises(InvalidToken, match="expired"):
        verifier.verify(signed(keys_dir, "core", expired))


def test_a_remembered_token_expires_too(keys_dir, verifier):
    token = signed(keys_dir, "core", {"iss": "core-svc", "aud": "productsmanager"})
    principal = verifier.verify(token)
    assert verifier.verify(token) is principal

    passed = Verifier("catalog-svc", keys_dir)
    passed._verified = {key: (auth.Principal("user", "stale"), time.time() - 1) for key in verifier._verified}

    assert passed.verify(token).subject == "someone"


@pytest.mark.parametrize("kid", ["stranger-svc", "", "../core", "core.pem", None])
def test_the_key_of_nobody_we_know_is_refused(keys_dir, verifier, kid):
    key = Ed25519PrivateKey.generate()
    headers = {} if kid is None else {"kid": kid}
    claims = {"iss": kid or "", "aud": "catalog-svc", "sub": "x", "iat": 0, "exp": int(time.time()) + 60}

    with pytest.raises(InvalidToken):
        verifier.verify(jwt.encode(claims, key, "EdDSA", headers=headers))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é"])
def test_what_is_no_token_is_refused(verifier, token):
    with pytest.raises(InvalidToken):
        verifier.verify(token)


def test_no_other_algorithm_is_accepted(keys_dir, verifier):
    claims = {"iss": "core-svc", "aud": "productsmanager", "sub": USER, "iat": 0, "exp": int(time.time()) + 60}
    unsigned = jwt.encode(claims, None, "none", headers={"kid": "core-svc"})
    secret = (keys_dir / "core.pub").read_bytes().replace(b"-----", b"")
    by_secret = jwt.encode(claims, secret, "HS256", headers={"kid": "core-svc"})

    for token in (unsigned, by_secret):
        with pytest.raises(InvalidToken):
            verifier.verify(token)


@pytest.mark.parametrize("missing", ["exp", "sub", "aud", "iss"])
def test_a_token_without_a_claim_is_refused(keys_dir, verifier, missing):
    key = load_pem_private_key((keys_dir / "core.pem").read_bytes(), password=None)
    claims = {"iss": "core-svc", "aud": "productsmanager", "sub": USER, "iat": 0, "exp": int(time.time()) + 60}
    del claims[missing]

    with pytest.raises(InvalidToken):
        verifier.verify(jwt.encode(claims, key, "EdDSA", headers={"kid": "core-svc"}))


def test_core_svc_calls_others_as_every_service_does(keys_dir, verifier):
    principal = verifier.verify(Signer("core-svc", keys_dir).service_token("catalog-svc", act=USER))

    assert (principal.kind, principal.subject, principal.user_id) == ("service", "core-svc", USER)
    assert principal.permissions == frozenset()
    with pytest.raises(InvalidToken):
        Verifier("media-svc", keys_dir).verify(Signer("core-svc", keys_dir).service_token("catalog-svc"))


@pytest.mark.parametrize("claims", [{"aud": ["productsmanager", "catalog-svc"]}, {"aud": "catalog-svc", "sub": USER}])
def test_core_svcs_signature_is_either_on_a_user_or_on_itself(keys_dir, verifier, claims):
    with pytest.raises(InvalidToken):
        verifier.verify(signed(keys_dir, "core", {"iss": "core-svc", "perms": ["catalog.products.write"], **claims}))


def test_a_token_names_its_session_or_its_key(keys_dir, verifier):
    signer = Signer("core-svc", keys_dir)

    by_session = verifier.verify(signer.access_token(USER, [], session="s"))
    by_key = verifier.verify(signer.access_token(USER, [], session="k", api_key=True, seconds=60))

    assert (by_session.session, by_session.api_key) == ("s", False)
    assert (by_key.session, by_key.api_key) == ("k", True)
    assert by_key.expires < time.time() + 61


@pytest.mark.parametrize("subject", [USER, "a-session"])
def test_a_revoked_token_is_refused_also_when_it_is_remembered(keys_dir, verifier, subject):
    signer = Signer("core-svc", keys_dir)
    token = signer.access_token(USER, [], session="a-session")
    other = signer.access_token("another", [], session="another-session")
    issued = verifier.verify(token).issued

    verifier.revocations.note(subject, issued - 0.001)
    assert verifier.verify(token)
    verifier.revocations.note(subject, issued)
    verifier.revocations.note(subject, 0)  # what comes late takes nothing back

    with pytest.raises(TokenRevoked):
        verifier.verify(token)
    assert verifier.verify(other)


def test_a_token_without_a_session_is_revoked_by_no_other(keys_dir, verifier):
    token = Signer("core-svc", keys_dir).access_token(USER, [])
    verifier.revocations.note("a-session", time.time() + 60)

    assert verifier.verify(token)


def test_the_jwk_is_public_and_verifies(keys_dir):
    signer = Signer("core-svc", keys_dir)
    (jwk,) = signer.jwks()

    assert set(jwk) == {"kty", "crv", "x", "kid", "alg", "use"}
    claims = jwt.decode(signer.access_token(USER, []), jwt.PyJWK(jwk), audience=auth.USER_AUDIENCE)
    assert claims["sub"] == USER


def test_core_svc_is_a_service_as_well_and_no_user(keys_dir, verifier):
    principal = verifier.verify(Signer("core-svc", keys_dir).service_token("catalog-svc"))

    assert (principal.kind, principal.subject, principal.permissions) == ("service", "core-svc", frozenset())
    with pytest.raises(InvalidToken):
        verifier.verify(Signer("core-svc", keys_dir).service_token("media-svc"))
