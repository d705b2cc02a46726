"""An application needs FTSDK_ALIASES and pydantic, nothing else, to know what to call."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ftsdk.errors import ProviderUnavailable, UsageError
from ftsdk.providers.inference import Params
from ftsdk.registry import AliasFile, Resolved, alias_key, resolve_outside
from ftsdk.registry.radar import radar

NAME = "tickets@production"


def resolved(base: str = "gpt-4.1-mini-2025-04-14", alias: str = NAME) -> Resolved:
    return Resolved(
        alias=alias, version=3, connection="openai", model=f"ft:{base}:x", base_model=base, system_prompt="Be brief.",
        params=Params(max_tokens=64), run="r1", comparison="", headline="h", promoted_at="2026-11-23T00:00:00+00:00",
    )  # fmt: skip


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    (tmp_path / "aliases.json").write_text(AliasFile(aliases={NAME: resolved()}).model_dump_json())
    published = tmp_path / "store" / alias_key(NAME)
    published.parent.mkdir(parents=True)
    published.write_text(resolved().model_dump_json())
    return tmp_path


@pytest.fixture
def served(exported: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(exported)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("where", ["aliases.json", f"store/{alias_key(NAME)}", "store", "store/aliases"])
def test_a_file_a_document_and_a_directory_say_the_same(exported: Path, where: str) -> None:
    assert resolve_outside(NAME, {"FTSDK_ALIASES": str(exported / where)}) == resolved()


@pytest.mark.parametrize("where", ["/aliases.json", "/store"])
def test_an_address_says_the_same(served: str, where: str) -> None:
    assert resolve_outside(NAME, {"FTSDK_ALIASES": served + where}) == resolved()


def test_what_is_not_there_is_said_and_without_the_variable_nothing_is(exported: Path) -> None:
    assert resolve_outside(NAME, {}) is None
    with pytest.raises(UsageError, match="has no alias tickets@staging"):
        resolve_outside("tickets@staging", {"FTSDK_ALIASES": str(exported / "aliases.json")})
    with pytest.raises(UsageError, match="not there"):
        resolve_outside(NAME, {"FTSDK_ALIASES": str(exported / "none.json")})
    with pytest.raises(ProviderUnavailable):
        resolve_outside(NAME, {"FTSDK_ALIASES": "http://127.0.0.1:9/aliases.json"})


def test_only_pydantic_is_loaded(exported: Path) -> None:
    code = (
        "import sys, ftsdk; from pathlib import Path\n"
        f"assert ftsdk.resolve({NAME!r}).system_prompt == 'Be brief.'\n"
        "known = set(sys.stdlib_module_names) | {'ftsdk', 'pydantic', 'pydantic_core', 'annotated_types',\n"
        "    'typing_extensions', 'typing_inspection'}\n"
        "print(sorted({m.split('.')[0] for m in sys.modules if not m.startswith('_')} - known))\n"
    )
    environment = {"FTSDK_ALIASES": str(exported / "aliases.json"), "PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, cwd="/", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_the_radar_counts_the_days_of_every_alias_by_provider_or_table() -> None:
    known = [resolved("smollm2", "a@b"), resolved(), resolved("gpt-x", "c@d")]
    said = {"gpt-x": date(2026, 12, 1)}
    found = radar(known, lambda _name: "openai", lambda one: said.get(one.base_model), date(2026, 11, 22))
    assert [(life.alias, life.days_left, life.source) for life in found] == [
        ("c@d", 9, "the provider"),
        (NAME, 53, "the dated table"),
        ("a@b", None, "no end is announced"),
    ]
    assert [life.ends_soon for life in found] == [True, True, False]
