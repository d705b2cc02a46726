"""What the documents show is true: the Python that needs no model runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ftsdk.cli import COMMANDS
from ftsdk.spec.environment import OTHERS, OVERRIDES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = {
    f"{page.name}-{number}": code
    for page in PAGES
    for number, code in enumerate(re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S))
}


@pytest.mark.parametrize("name", BLOCKS)
def test_every_python_example_is_python(name: str) -> None:
    compile(BLOCKS[name], name, "exec")


def test_the_example_for_tests_of_ones_own_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = [code for code in BLOCKS.values() if "ftsdk.testing" in code]
    exec(compile(example, "docs/python.md", "exec"), {})


def test_the_command_line_page_names_every_command() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`ft {name}" not in page] == []


def test_the_configuration_page_lists_every_variable_that_is_read_and_no_other() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(FTSDK_[A-Z_]+)` \|", page, re.M))
    sources = [*(ROOT / "sdk").rglob("*.py"), *(ROOT / "ftbot").rglob("*.py")]
    texts = (path.read_text(encoding="utf-8") for path in sources)
    read = {name for text in texts for name in re.findall(r"\bFTSDK_[A-Z]+(?:_[A-Z]+)*\b", text)}
    assert listed == read == {*OVERRIDES, *OTHERS}
