"""An OIDC token proves an account only when all of it holds, and what is wrong is said without the token."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from ftsdk.errors import UsageError
from ftsdk.runs.oidc import account
from ftsdk.spec.people import Oidc

jwt = pytest.importorskip("jwt")
rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")

KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
OIDC = Oidc(issuer="https://id.example.com", audience="ftsdk")


def public_keys(key: Any = KEY, kid: str = "k1") -> dict[str, Any]:
    """The issuer's keys as it publishes them."""
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {"keys": [jwk | {"kid": kid, "alg": "RS256", "use": "sig"}]}


def token(key: Any = KEY, algorithm: str = "RS256", kid: str = "k1", **claims: Any) -> str:
    """A sound token of Dana's, but for what is given; a claim of None is left out."""
    sound = {"iss": OIDC.issuer, "aud": "ftsdk", "sub": "sub-dana", "exp": time.time() + 600}
    body = {name: value for name, value in {**sound, **claims}.items() if value is not None}
    return str(jwt.encode(body, key, algorithm=algorithm, headers={"kid": kid}))


def test_a_sound_token_proves_its_subject() -> None:
    assert account(token(), public_keys(), OIDC) == "sub-dana"
    assert account(token(aud=["other", "ftsdk"]), public_keys(), OIDC) == "sub-dana"


def test_another_claim_may_name_the_person() -> None:
    """GitLab's subject is a project and a branch; who started the pipeline is in another claim."""
    gitlab = OIDC.model_copy(update={"claim": "user_login"})
    assert account(token(user_login="dana"), public_keys(), gitlab) == "dana"
    with pytest.raises(UsageError, match="its claim 'user_login' names nobody"):
        account(token(), public_keys(), gitlab)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: token(exp=time.time() - 60), "it has expired"),
        (lambda: token(exp=None), "no token of this kind"),
        (lambda: token(nbf=time.time() + 600), "not valid yet"),
        (lambda: token(aud="sts.amazonaws.com"), "made for somebody else"),
        (lambda: token(iss="https://id.example.com.evil.example"), "somebody else issued it"),
        (lambda: token(sub=None), "no token of this kind"),
        (lambda: token(sub="x" * 201), "names nobody"),
        (lambda: token(OTHER_KEY), "its signature is not the issuer's"),
        (lambda: token(OTHER_KEY, kid="k2"), "none of the issuer's keys signed it"),
        (lambda: token("a shared secret of thirty-two bytes", "HS256"), "proves nothing here"),
        (lambda: token("", "none"), "proves nothing here"),
        (lambda: "no token at all", "no token of this kind"),
        (lambda: f"{token()[:-4]}AAAA", "its signature is not the issuer's"),
    ],
)  # fmt: skip
def test_a_token_that_does_not_hold_proves_nobody(make: Callable[[], str], said: str) -> None:
    made = make()
    with pytest.raises(UsageError, match=said) as refused:
        account(made, public_keys(), OIDC)
    assert made not in str(refused.value)


def test_a_token_just_over_counts_while_clocks_differ() -> None:
    assert account(token(exp=time.time() - 5), public_keys(), OIDC) == "sub-dana"
