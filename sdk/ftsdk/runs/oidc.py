"""Whose an OIDC token is: signed by one of the issuer's keys, for us, and not over; fetches nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ftsdk.errors import ExtraMissing, UsageError
from ftsdk.spec.people import Oidc

# Never "none", and no shared secrets: with HS256 whoever knows the public key could sign.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
CLOCKS_DIFFER_SECONDS = 30.0
LONGEST = 200  # what ftsdk.yaml can name

# PyJWT's exception -> what is wrong with the token, in words.
WRONG = {
    "ExpiredSignatureError": "it has expired",
    "ImmatureSignatureError": "it is not valid yet",
    "InvalidAudienceError": "it was made for somebody else (its audience is not that of spec.oidc)",
    "InvalidIssuerError": "somebody else issued it (its issuer is not that of spec.oidc)",
    "InvalidSignatureError": "its signature is not the issuer's",
    "InvalidAlgorithmError": "it is signed in a way that proves nothing here",
}


def account(token: str, keys: Mapping[str, Any], oidc: Oidc) -> str:
    """The account that a token proves: what ``oidc.claim`` says; ``keys`` are the issuer's, as a JWK set.

    Raises UsageError with what is wrong with the token, never the token itself.
    """
    try:
        import jwt
    except ImportError:
        raise ExtraMissing("pyjwt", "oidc") from None
    try:
        key = jwt.PyJWKSet.from_dict(dict(keys))[jwt.get_unverified_header(token).get("kid", "")]
        claims = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            issuer=oidc.issuer,
            audience=oidc.audience,
            leeway=CLOCKS_DIFFER_SECONDS,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except KeyError:
        raise _refused("none of the issuer's keys signed it") from None
    except jwt.PyJWTError as error:
        raise _refused(WRONG.get(type(error).__name__, "it is no token of this kind")) from None
    said = claims.get(oidc.claim)
    if not isinstance(said, str) or not 0 < len(said) <= LONGEST:
        raise _refused(f"its claim {oidc.claim!r} names nobody")
    return said


def issuer_of(token: str) -> str | None:
    """Who a token says has issued it; proves nothing."""
    try:
        import jwt
    except ImportError:
        raise ExtraMissing("pyjwt", "oidc") from None
    try:
        said = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except jwt.PyJWTError:
        return None
    return said if isinstance(said, str) else None


def _refused(why: str) -> UsageError:
    return UsageError(
        f"the OIDC token proves nobody: {why}; nothing was done",
        help="get a new one from the issuer of spec.oidc in ftsdk.yaml, for its audience",
    )
