import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from identity_service.errors import Unauthenticated
from identity_service.identity.access_tokens import AccessTokenInvalid, AccessTokens, Claims
from identity_service.ids import new_id
from identity_service.secret_keys import KeyRing, SecretKey

OLD, NEW = SecretKey("old", bytes(range(32))), SecretKey("new", bytes(range(32, 64)))
START = datetime(2025, 11, 20, 9, 30, 15, 654321, UTC)
WHO = {"user_id": new_id(), "session_id": new_id(), "tenant_id": "default"}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Hands:
    """A clock that the test sets."""

    def __init__(self):
        self.time = START

    def __call__(self):
        return self.time


def tokens(*keys, clock=lambda: START, issuer="https://id.example.org", audience="example"):
    return AccessTokens(KeyRing(keys or (NEW,)), clock, issuer=issuer, audience=audience)


def encode(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part):
    return json.loads(urlsafe_b64decode(part + "=="))


def public_key(jwk):
    x, y = (int.from_bytes(urlsafe_b64decode(jwk[name] + "==")) for name in "xy")
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def signed(private, header, claims):
    """A token as anybody could make it who holds some P-256 key."""
    text = f"{encode(json.dumps(header).encode())}.{encode(json.dumps(claims).encode())}"
    r, s = decode_dss_signature(private.sign(text.encode(), ec.ECDSA(SHA256())))
    return f"{text}.{encode(r.to_bytes(32) + s.to_bytes(32))}"


def own_key(secret):
    """The private key behind `secret`, derived here a second time from the public parts of the recipe."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    drawn = KeyRing((secret,)).derive(secret.id, b"identity-service/access-token-es256/v1", length=48)
    return ec.derive_private_key(int.from_bytes(drawn) % (order - 1) + 1, ec.SECP256R1())


def test_a_token_says_who_in_which_session_and_tenant_until_when():
    token, expire_time = tokens().issue(**WHO)
    claims = tokens().verify(token)
    issued = START.replace(microsecond=0)
    assert expire_time == issued + timedelta(minutes=15)
    assert claims == Claims(**WHO, token_id=claims.token_id, issue_time=issued, expire_time=expire_time)


def test_a_token_has_the_form_of_rfc_9068():
    header, payload, _ = tokens().issue(**WHO).token.split(".")
    assert decode(header) == {"alg": "ES256", "kid": "new", "typ": "at+jwt"}
    assert set(decode(payload)) == {"iss", "aud", "sub", "sid", "tid", "iat", "exp", "jti"}


def test_every_token_has_an_id_of_its_own():
    service = tokens()
    assert len({service.verify(service.issue(**WHO).token).token_id for _ in range(10)}) == 10


def test_another_program_can_check_a_token_with_the_published_keys_alone():
    service = tokens(NEW, OLD)
    text, _, signature = service.issue(**WHO).token.rpartition(".")
    raw = urlsafe_b64decode(signature + "==")
    [jwk] = [key for key in service.jwks()["keys"] if key["kid"] == "new"]
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public_key(jwk).verify(der, text.encode(), ec.ECDSA(SHA256()))


def test_all_keys_of_the_ring_are_published_and_no_private_part():
    keys = tokens(NEW, OLD).jwks()["keys"]
    assert [key["kid"] for key in keys] == ["new", "old"]
    assert all(set(key) == {"kid", "use", "alg", "kty", "crv", "x", "y"} for key in keys)
    assert {(key["kty"], key["crv"], key["use"], key["alg"]) for key in keys} == {("EC", "P-256", "sig", "ES256")}
    json.dumps(keys)


def test_the_published_keys_stay_the_same_in_every_process_and_release():
    [key] = tokens(OLD).jwks()["keys"]
    assert (key["x"], key["y"]) == (
        "lpsIsyVjqXArxQJGlJd1NEghUar1NjVJCQr0sK6S2kM",
        "5qKJIdGmnSnP8AHJ-MhM2EklMSo2peax_ny__dvas7Y",
    )
    point = own_key(OLD).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert public_key(key).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) == point


def test_rotation_signs_nobody_out():
    token = tokens(OLD).issue(**WHO).token
    assert tokens(NEW, OLD).verify(token).user_id == WHO["user_id"]
    assert decode(tokens(NEW, OLD).issue(**WHO).token.split(".")[0])["kid"] == "new"


def test_a_token_of_a_removed_key_is_invalid():
    token = tokens(OLD).issue(**WHO).token
    with pytest.raises(AccessTokenInvalid):
        tokens(NEW).verify(token)


def test_a_token_is_good_until_the_moment_it_expires():
    clock = Hands()
    service = tokens(clock=clock)
    token, expire_time = service.issue(**WHO)
    clock.time = expire_time - timedelta(microseconds=1)
    service.verify(token)
    clock.time = expire_time
    with pytest.raises(AccessTokenInvalid):
        service.verify(token)


def test_a_server_whose_clock_is_a_little_behind_accepts_a_new_token():
    clock = Hands()
    token = tokens().issue(**WHO).token
    clock.time = START - timedelta(seconds=5)
    tokens(clock=clock).verify(token)
    clock.time = START - timedelta(seconds=6)
    with pytest.raises(AccessTokenInvalid):
        tokens(clock=clock).verify(token)


@pytest.mark.parametrize("other", [{"issuer": "https://evil.example.org"}, {"audience": "another"}])
def test_a_token_of_another_issuer_or_for_another_audience_is_invalid(other):
    token = tokens(**other).issue(**WHO).token
    with pytest.raises(AccessTokenInvalid):
        tokens().verify(token)


def test_an_expired_token_that_was_tampered_with_is_invalid_rather_than_expired():
    clock = Hands()
    service = tokens(clock=clock)
    token = service.issue(**WHO).token
    clock.time += timedelta(days=1)
    with pytest.raises(AccessTokenInvalid):
        service.verify(token[:-2] + ("AA" if token[-2:] != "AA" else "BA"))


SERVICE = tokens()
TOKEN = SERVICE.issue(**WHO).token


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(ALPHABET + ".=+ "))
def test_a_token_with_any_character_changed_is_invalid(position, character):
    tampered = TOKEN[:position] + character + TOKEN[position + 1 :]
    if tampered != TOKEN:
        with pytest.raises(AccessTokenInvalid):
            SERVICE.verify(tampered)


@given(st.text(max_size=300) | st.lists(st.binary(max_size=60).map(encode), max_size=5).map(".".join))
def test_any_other_text_is_invalid(text):
    with pytest.raises(AccessTokenInvalid) as refusal:
        SERVICE.verify(text)
    assert refusal.value.reason == "ACCESS_TOKEN_INVALID"


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"1",
        b"null",
        b'"alg"',
        b"{}",
        b'{"alg":"ES256"}',
        b'{"alg":"ES256","kid":[]}',
        b'{"alg":["ES256"],"kid":"new"}',
        b'{"alg":null,"kid":"new"}',
        b'{"alg":"ES384","kid":"new"}',
        b'{"alg":"ES256","kid":"../new"}',
        b'{"alg":"ES256","kid":"new","crit":["x"],"x":1}',
        b'{"alg":"ES256","kid":"new","b64":false,"crit":["b64"]}',
        b"[" * 1000,
        b"\xff\xfe",
    ],
)
def test_a_strange_header_is_invalid(header):
    _, payload, signature = TOKEN.split(".")
    with pytest.raises(AccessTokenInvalid):
        SERVICE.verify(f"{encode(header)}.{payload}.{signature}")


def test_a_very_long_text_is_refused_unread():
    with pytest.raises(AccessTokenInvalid):
        SERVICE.verify(TOKEN + "A" * 10_000_000)


def test_a_token_without_a_signature_is_invalid():
    payload = TOKEN.split(".")[1]
    header = encode(b'{"alg":"none","kid":"new","typ":"at+jwt"}')
    for token in (f"{header}.{payload}.", f"{header}.{payload}.AAAA"):
        with pytest.raises(AccessTokenInvalid):
            SERVICE.verify(token)


def test_a_token_signed_with_the_public_key_as_an_hmac_secret_is_invalid():
    key = public_key(SERVICE.jwks()["keys"][0])
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = encode(b'{"alg":"HS256","kid":"new","typ":"at+jwt"}') + "." + TOKEN.split(".")[1]
    with pytest.raises(AccessTokenInvalid):
        SERVICE.verify(f"{text}.{encode(hmac.digest(pem, text.encode(), 'sha256'))}")


def test_a_token_that_brings_its_own_key_is_invalid():
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": encode(numbers.x.to_bytes(32)),
        "y": encode(numbers.y.to_bytes(32)),
    }
    for extra in ({"jwk": jwk}, {}):
        header = {"alg": "ES256", "kid": "new", "typ": "at+jwt", **extra}
        with pytest.raises(AccessTokenInvalid):
            SERVICE.verify(signed(private, header, decode(TOKEN.split(".")[1])))


def test_only_the_type_of_an_access_token_is_accepted_even_from_our_own_key():
    claims = decode(TOKEN.split(".")[1])
    SERVICE.verify(signed(own_key(NEW), {"alg": "ES256", "kid": "new", "typ": "at+jwt"}, claims))
    for kind in ({"typ": "JWT"}, {}):
        with pytest.raises(AccessTokenInvalid):
            SERVICE.verify(signed(own_key(NEW), {"alg": "ES256", "kid": "new", **kind}, claims))


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "tid", "iat", "exp", "jti"])
@pytest.mark.parametrize("value", [None, [], {}, 1e300])
def test_a_claim_that_is_missing_or_malformed_makes_the_token_invalid(name, value):
    claims = decode(TOKEN.split(".")[1])
    broken = [{**claims, name: value}, {key: claims[key] for key in claims if key != name}]
    for wrong in broken:
        with pytest.raises(Unauthenticated) as refusal:
            SERVICE.verify(signed(own_key(NEW), {"alg": "ES256", "kid": "new", "typ": "at+jwt"}, wrong))
        assert refusal.value.reason == "ACCESS_TOKEN_INVALID"
