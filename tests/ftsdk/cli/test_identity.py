"""Who sits at a terminal: a token of the project's issuer proves it, from a variable, a file or GitHub Actions."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ftsdk.cli.identity import terminal_actor
from ftsdk.errors import FtsdkError
from ftsdk.spec import load_project
from ftsdk.spec.model import Project
from tests.conftest import MakeProject
from tests.ftsdk.cli.conftest import RunFt

jwt = pytest.importorskip("jwt")
rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """An OIDC issuer on loopback that also hands tokens to jobs, as GitHub Actions does, and knows GitHub logins."""

    def __init__(self) -> None:
        self.calls_itself: str | None = None
        self.asked: list[str] = []
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                code, content = issuer.answer(self.path, self.headers.get("Authorization", ""))
                self.send_response(code)
                if code == 302:
                    self.send_header("Location", content["to"])
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path: str, bearer: str) -> tuple[int, dict[str, Any]]:
        """Code and content of an answer."""
        where = urlsplit(path)
        if where.path == "/.well-known/openid-configuration":
            return 200, {"issuer": self.calls_itself or self.address, "jwks_uri": f"{self.address}/keys"}
        if where.path == "/keys":
            jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            return 200, {"keys": [jwk | {"kid": "k1", "alg": "RS256"}]}
        if where.path == "/actions" and bearer == "Bearer of-the-job":
            return 200, {"value": self.token("sub-omar", aud=parse_qs(where.query)["audience"][0])}
        if where.path == "/redirects/user":
            return 302, {"to": f"{self.address}/user"}
        if where.path == "/user" and bearer == "Bearer token-of-lin":
            return 200, {"login": "Lin"}
        return (403, {"message": "Resource not accessible by integration"}) if where.path == "/user" else (404, {})

    def token(self, subject: str, **claims: Any) -> str:
        """A token of this issuer."""
        body = {"iss": self.address, "aud": "ftsdk", "sub": subject, "exp": time.time() + 600, **claims}
        return str(jwt.encode(body, KEY, algorithm="RS256", headers={"kid": "k1"}))


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    for name in ("GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "FTSDK_ID_TOKEN", "FTSDK_ID_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    made = Issuer()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def root(make_project: MakeProject, tmp_path: Path, issuer: Issuer) -> Path:
    """The tiny project of a team whose issuer is on loopback."""
    root = make_project(tmp_path / "project")
    (root / "ftsdk.yaml").write_text(
        f"""\
apiVersion: ftsdk/v1
kind: Project
spec:
  specs: ['*.yaml']
  oidc: {{issuer: '{issuer.address}'}}
  people: {{dana: {{oidc: sub-dana}}, omar: {{oidc: sub-omar, github: omar}}, lin: {{github: lin}}}}
  groups: {{leads: {{people: [dana, omar]}}}}
  policy: {{approvals: {{from: ['group:leads']}}}}
"""
    )
    return root


@pytest.fixture
def project(root: Path) -> Project:
    return load_project(root).project


def test_one_asks_and_another_agrees_with_tokens_of_the_issuer(
    root: Path, run_ft: RunFt, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTSDK_ID_TOKEN", issuer.token("sub-dana"))
    assert run_ft(root, "apply", "tiny.yaml", "--yes").code == 12
    [asked] = json.loads(run_ft(root, "approvals", "--format", "json").out)["approvals"]
    assert asked["requested_by"] == "oidc:sub-dana"
    own = run_ft(root, "approve", asked["digest"])
    assert (own.code, "dana asked for this" in own.err) == (11, True)
    monkeypatch.setenv("FTSDK_ID_TOKEN", issuer.token("sub-omar"))
    assert run_ft(root, "approve", asked["digest"]).code == 0
    told = [json.loads(line) for line in run_ft(root, "audit", "export").out.splitlines()]
    assert (told[-1]["actor"], told[-1]["body"]["person"]) == ("oidc:sub-omar", "omar")


def test_a_subject_that_nobody_mapped_decides_nothing(
    root: Path, run_ft: RunFt, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTSDK_ID_TOKEN", issuer.token("sub-dana"))
    run_ft(root, "apply", "tiny.yaml", "--yes")
    [asked] = json.loads(run_ft(root, "approvals", "--format", "json").out)["approvals"]
    monkeypatch.setenv("FTSDK_ID_TOKEN", issuer.token("sub-mallory"))
    said = run_ft(root, "approve", asked["digest"])
    assert (said.code, "nobody in ftsdk.yaml has the account oidc:sub-mallory" in said.err) == (11, True)


def test_an_expired_token_ends_the_command(
    root: Path, run_ft: RunFt, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = issuer.token("sub-dana", exp=time.time() - 600)
    monkeypatch.setenv("FTSDK_ID_TOKEN", made)
    said = run_ft(root, "apply", "tiny.yaml", "--yes")
    assert (said.code, "it has expired; nothing was done" in said.err) == (64, True)
    assert made not in said.out + said.err


def test_a_token_may_lie_in_a_file(
    project: Project, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text(f"{issuer.token('sub-dana')}\n")
    monkeypatch.setenv("FTSDK_ID_TOKEN_FILE", str(tmp_path / "token"))
    assert terminal_actor(project) == "oidc:sub-dana"
    monkeypatch.setenv("FTSDK_ID_TOKEN_FILE", str(tmp_path / "gone"))
    with pytest.raises(FtsdkError, match="cannot read the file"):
        terminal_actor(project)


def test_a_job_of_github_actions_asks_for_a_token_made_for_us(
    project: Project, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{issuer.address}/actions?api-version=2.0")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-job")
    assert terminal_actor(project) == "oidc:sub-omar"
    assert any(asked.endswith("&audience=ftsdk") for asked in issuer.asked)


def test_a_job_whose_tokens_another_issuer_made_is_asked_for_a_github_token(
    project: Project, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{issuer.address}/actions?api-version=2.0")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-job")
    monkeypatch.setenv("GITHUB_API_URL", issuer.address)
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-lin")
    assert project.spec.oidc is not None
    elsewhere = project.spec.oidc.model_copy(update={"issuer": "https://id.example.com"})
    body = project.spec.model_copy(update={"oidc": elsewhere})
    assert terminal_actor(project.model_copy(update={"spec": body})) == "github:Lin"


def test_an_apps_own_token_is_nobodys(project: Project, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", issuer.address)
    monkeypatch.setenv("GITHUB_TOKEN", "of-an-installation")
    assert terminal_actor(project).startswith("cli:")


def test_a_token_is_never_sent_on_to_where_an_answer_points(
    project: Project, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", f"{issuer.address}/redirects")
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-lin")
    with pytest.raises(FtsdkError, match=r"refused the token \(302\)"):
        terminal_actor(project)
    assert issuer.asked == ["/redirects/user"]


def test_an_issuer_by_another_name_is_not_believed(
    project: Project, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.calls_itself = "https://id.example.com"
    monkeypatch.setenv("FTSDK_ID_TOKEN", issuer.token("sub-dana"))
    with pytest.raises(FtsdkError, match=r"calls itself 'https://id.example.com'; nothing was done"):
        terminal_actor(project)


def test_an_issuer_that_does_not_answer_is_one_sentence(
    project: Project, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.spec.oidc is not None
    gone = project.spec.oidc.model_copy(update={"issuer": "http://127.0.0.1:1"})
    monkeypatch.setenv("FTSDK_ID_TOKEN", issuer.token("sub-dana"))
    with pytest.raises(FtsdkError, match="the OIDC issuer gave no usable answer; nothing was done"):
        terminal_actor(project.model_copy(update={"spec": project.spec.model_copy(update={"oidc": gone})}))


def test_a_token_without_a_trusted_issuer_is_said_to_be_useless(
    project: Project, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FTSDK_ID_TOKEN", issuer.token("sub-dana"))
    without = project.model_copy(update={"spec": project.spec.model_copy(update={"oidc": None})})
    with pytest.raises(FtsdkError, match=r"trusts no issuer; nothing was done"):
        terminal_actor(without)
