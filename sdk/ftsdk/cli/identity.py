"""Who sits at this terminal: an OIDC token or a GitHub token proves it, anything else is only this machine's user."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from ftsdk.cli.asking import Refused, get_json
from ftsdk.errors import ProviderError, UsageError
from ftsdk.spec.model import Project
from ftsdk.spec.people import Oidc

GITHUB = "https://api.github.com"
FORBIDDEN = 403


def terminal_actor(project: Project) -> str:
    """``oidc:ACCOUNT`` where a token of spec.oidc's issuer is at hand, else ``github:LOGIN`` with a GitHub token.

    Without either ``cli:USER@HOST``. A project without people asks nobody for proof. Raises UsageError when a token is
    refused, ProviderError without an answer.
    """
    if project.spec.people:
        oidc = project.spec.oidc
        token = _id_token(oidc)
        if token and oidc:
            return f"oidc:{_account(token, oidc)}"
        github = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
        login = _login(github) if github else None
        if login:
            return f"github:{login}"
    from ftsdk.runs.people import this_actor

    return this_actor()


# -- OIDC -------------------------------------------------------------------------------------------------------------


def _id_token(oidc: Oidc | None) -> str | None:
    """The token in FTSDK_ID_TOKEN, in the file that FTSDK_ID_TOKEN_FILE names, or what GitHub Actions gives a job."""
    token, file = os.environ.get("FTSDK_ID_TOKEN"), os.environ.get("FTSDK_ID_TOKEN_FILE")
    if file and not token:
        try:
            token = Path(file).read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise UsageError(f"cannot read the file {file} of FTSDK_ID_TOKEN_FILE; nothing was done") from None
    if token and oidc is None:
        raise UsageError(
            "there is an OIDC token and ftsdk.yaml trusts no issuer; nothing was done",
            help="name issuer and audience under spec.oidc on the default branch",
        )
    return token.strip() if token else _token_of_actions(oidc)


def _token_of_actions(oidc: Oidc | None) -> str | None:
    """A job of GitHub Actions with `id-token: write` may ask for a token; another issuer's proves nothing here."""
    address, bearer = (os.environ.get(f"ACTIONS_ID_TOKEN_REQUEST_{name}") for name in ("URL", "TOKEN"))
    if oidc is None or not address or not bearer:
        return None
    from ftsdk.runs.oidc import issuer_of

    try:
        found = get_json("GitHub Actions", f"{address}&audience={quote(oidc.audience, safe='')}", bearer)
    except Refused as refused:
        raise UsageError(
            f"GitHub Actions gave no token ({refused.code}); nothing was done", help="give the job `id-token: write`"
        ) from None
    token = str(found.get("value", ""))
    return token if issuer_of(token) == oidc.issuer else None


def _account(token: str, oidc: Oidc) -> str:
    from ftsdk.runs.oidc import account

    try:
        declared = get_json("the OIDC issuer", f"{oidc.issuer.rstrip('/')}/.well-known/openid-configuration")
        if declared.get("issuer") != oidc.issuer or not isinstance(declared.get("jwks_uri"), str):
            raise UsageError(
                f"what is at {oidc.issuer} calls itself {str(declared.get('issuer'))[:200]!r}; nothing was done",
                help="spec.oidc.issuer in ftsdk.yaml is the issuer's own name for itself, to the letter",
            )
        return account(token, get_json("the OIDC issuer", declared["jwks_uri"]), oidc)
    except Refused as refused:
        raise ProviderError(
            f"the OIDC issuer {oidc.issuer} does not tell its keys ({refused.code}); nothing was done",
            help="look at spec.oidc.issuer in ftsdk.yaml, or try again",
        ) from None


# -- GitHub -----------------------------------------------------------------------------------------------------------


def _login(token: str) -> str | None:
    """Whose token this is; None for an app's or an Action's own, which is nobody's."""
    address = os.environ.get("GITHUB_API_URL", GITHUB).rstrip("/") + "/user"
    try:
        login = get_json("GITHUB_API_URL", address, token).get("login")
    except Refused as refused:
        if refused.code == FORBIDDEN:
            return None
        raise UsageError(
            f"GitHub refused the token ({refused.code}); nothing was done",
            help="a personal or fine-grained token of yours in GITHUB_TOKEN; an Action's own token is nobody's",
        ) from None
    if not isinstance(login, str):
        raise ProviderError("GitHub did not say whose token this is; nothing was done", help="try again")
    return login
