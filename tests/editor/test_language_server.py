"""What an editor with yaml-language-server shows: nothing in a good spec, the right line in a broken one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftsdk.cli.schema import write_schemas
from ftsdk.cli.starter import project_file, starter_files
from tests.editor.language_server import LanguageServer

ROOT = Path(__file__).parents[2]
SERVER = ROOT / ".venv-editor" / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
GOOD = [
    path for path in (*ROOT.glob("specs/*/*.yaml"), *ROOT.glob("docs/example/**/*.yaml"), ROOT / "ftsdk.yaml")
    if ".ftsdk" not in path.parts
]  # fmt: skip
# What is broken in the starter's spec -> the line that must be underlined starts like this.
BROKEN = {
    "a misspelt key": ("    epochs: auto", "    epocs: auto"),
    "a word for a number": ("    epochs: auto", "    epochs: three"),
    "a misspelt word": ("      - {name: right, type: exact}", "      - {name: right, type: exakt}"),
    "a misspelt arm": ("      - tuned", "      - tund"),
    "a number out of range": ("    max_tokens: 32", "    max_tokens: -1"),
    "a list for text": ("  model: smollm2-135m-instruct", "  model: [smollm2-135m-instruct]"),
    "another kind": ("kind: FineTune", "kind: FineTun"),
    "a key twice": ("    max_tokens: 32", "    dataset: data/test.jsonl"),
    "a name with a blank": ("  name: first", "  name: my first"),
}

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("node") is None, reason="yaml-language-server needs node, and there is none here"),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as `ft init` writes it."""
    home = tmp_path_factory.mktemp("editor")
    files = starter_files("first", "smollm2-135m-instruct", "local", None, None)
    for name, text in (files | {"ftsdk.yaml": project_file("ours", "local", "local")}).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    write_schemas(home)
    return home


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[LanguageServer]:
    if not SERVER.exists():
        pytest.fail("yaml-language-server is not installed here: `make editor` brings it")
    running = LanguageServer(SERVER, root)
    yield running
    running.close()


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_found_in_a_committed_example(path: Path, server: LanguageServer) -> None:
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=")
    assert server.problems(path) == []


@pytest.mark.parametrize("name", ["ftsdk.yaml", "specs/first/first.yaml"])
def test_nothing_is_found_in_what_ft_init_writes(name: str, root: Path, server: LanguageServer) -> None:
    assert server.problems(root / name) == []


@pytest.mark.parametrize("case", BROKEN)
def test_the_broken_line_is_the_one_that_is_underlined(case: str, root: Path, server: LanguageServer) -> None:
    old, new = BROKEN[case]
    lines = (root / "specs" / "first" / "first.yaml").read_text(encoding="utf-8").splitlines()
    (number,) = [index for index, line in enumerate(lines) if line.startswith(old)]
    lines[number] = new
    path = root / "specs" / "first" / f"{case.replace(' ', '-')}.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = {problem.line for problem in server.problems(path)}
    assert number + 1 in found
    assert found <= {number + 1, number}  # of a key given twice both are underlined
