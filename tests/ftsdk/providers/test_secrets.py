"""Secrets are named in ftsdk.yaml and read where they are; what they are is never said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ftsdk.errors import ProviderError
from ftsdk.providers.secrets import read_secret
from ftsdk.spec.connections import EnvSecret, FileSecret, ResolvedSecret, Secret

CANARY = "sk-canary-5d1f"


def read(secret: Secret, root: Path, **environment: str) -> str:
    """The secret as a provider uses it."""
    return read_secret(secret, environment=environment, root=root).get_secret_value()


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package that brings the resolver ``vault``."""
    (tmp_path / "acme_vault.py").write_text(f"def find(key):\n    return {{'llm/key': {CANARY!r}}}[key]\n")
    info = tmp_path / "acme_vault-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-vault\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[ftsdk.secrets]\nvault = acme_vault:find\n")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_a_secret_is_read_from_a_variable_a_file_and_an_installed_resolver(tmp_path: Path, vault: None) -> None:
    (tmp_path / "key.txt").write_text(CANARY + "\n")
    assert read(EnvSecret(env="KEY"), tmp_path, KEY=CANARY) == CANARY
    assert read(FileSecret(file="key.txt"), tmp_path) == CANARY
    assert read(FileSecret(file=str(tmp_path / "key.txt")), Path("/")) == CANARY
    assert read(ResolvedSecret(resolver="vault", key="llm/key"), tmp_path) == CANARY


def test_printing_a_secret_shows_stars(tmp_path: Path) -> None:
    secret = read_secret(EnvSecret(env="KEY"), environment={"KEY": CANARY}, root=tmp_path)
    assert CANARY not in f"{secret} {secret!r}"


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (EnvSecret(env="KEY"), "no secret in the environment variable KEY"),
        (EnvSecret(env="BLANK"), "no secret in the environment variable BLANK"),
        (FileSecret(file="none.txt"), "there is no file 'none.txt'"),
        (FileSecret(file="empty.txt"), "no secret in the file empty.txt"),
        (FileSecret(file="."), "a directory"),
        (FileSecret(file="pipe"), "a pipe"),
        (FileSecret(file="binary"), "cannot be read as text"),
        (FileSecret(file="big"), "larger than any secret"),
        (ResolvedSecret(resolver="vault", key="other"), "no secret in other of the resolver vault"),
        (ResolvedSecret(resolver="valt", key="x"), "'valt' of ftsdk.yaml is not installed"),
    ],
    ids=str,
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in directories")
def test_what_is_not_there_is_one_sentence(tmp_path: Path, vault: None, secret: Secret, words: str) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "big").write_text("x" * 70_000)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ProviderError, match=words) as caught:
        read(secret, tmp_path, BLANK="  ")
    assert caught.value.owner == "configuration"
    assert caught.value.help
