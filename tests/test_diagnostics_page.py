"""docs/diagnostics.md lists every code that the code can give, and each of its examples gives it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ftsdk.cli.secrets import missing_secrets
from ftsdk.diagnostics import Diagnostic
from ftsdk.spec import check, check_project, examine, load_project
from ftsdk.spec.codes import CODES
from ftsdk.spec.environment import strange_variables
from ftsdk.spec.files import Unfit
from ftsdk.spec.read import read_document
from ftsdk.spec.together import Named, named, together
from ftsdk.spec.walk import yaml_files

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
INTRODUCTION, *SECTIONS = re.split(r"^### ", PAGE, flags=re.M)
SENTENCES = {section.split("`")[1]: " ".join(section.split("\n\n")[1].split()) for section in SECTIONS}


def example_of(text: str) -> str:
    """The fenced block of a part of the page; empty when it has none."""
    found = re.search(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    return found[1] if found else ""


BASE = example_of(INTRODUCTION)
EXAMPLES = {
    code: example for code, section in zip(SENTENCES, SECTIONS, strict=True) if (example := example_of(section))
}
FILES: dict[str, bytes] = {
    "ftsdk.yaml": (
        b"kind: Project\nspec:\n  connections: {local: {type: local}, openai: {type: openai, api_key: {env: K}}}\n"
    ),
    "train.jsonl": b"{}\n",
    "test.jsonl": b"{}\n",
    "long.md": b"Answer well.\n",
    "empty.md": b"\n",
    "latin1.md": b"caf\xe9\n",
    "hidden.md": "no\u202ething\n".encode(),
    "large.md": b"x" * 1_000_001,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The files that the examples name."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "circle.jsonl").symlink_to("circle.jsonl")
    return tmp_path


def parts(text: str, indent: str) -> dict[str, str]:
    """A mapping's text by its keys, each with the lines that belong to it."""
    return {found[2]: found[1] for found in re.finditer(rf"(^{indent}(\w+):.*\n(?:{indent} .*\n)*)", text, re.M)}


def in_place(example: str) -> str:
    """The page's spec with the keys of ``example`` in place of its own."""
    top, given = parts(BASE, ""), parts(example, "")
    spec = parts(BASE, "  ")
    if "metadata" in given:
        top["metadata"] = given.pop("metadata")
    spec |= {key: re.sub(r"^", "  ", text, flags=re.M).rstrip(" ") for key, text in given.items()}
    return "".join(text for key, text in top.items() if key != "spec") + "spec:\n" + "".join(spec.values())


def findings_of(code: str, root: Path) -> Iterator[Diagnostic]:
    """What the example of a code gives."""
    example = EXAMPLES[code]
    if example.startswith("# ftsdk.yaml"):
        (root / "ftsdk.yaml").write_text(example)
        project, findings = check_project(root)
        yield from findings
        if project is not None:
            yield from missing_secrets(project, {"openai"}, {})
        return
    path = root / "example.yaml"
    path.write_text(example if code.startswith("yaml/") else in_place(example))
    yield from examine(path, load_project(root)).findings


def written(root: Path, content: bytes) -> tuple[Diagnostic, ...]:
    """Findings of a file with this content."""
    (root / "example.yaml").write_bytes(content)
    return check(root / "example.yaml", root=root)[1]


def named_twice(name: str, other: str) -> list[Named]:
    """The names of two specs, the second with the previous name ``old``."""
    text = "kind: FineTune\nmetadata: {name: %s, previous_names: [%s]}\n"
    texts = {"a.yaml": text % (other, ""), "b.yaml": text % (name, "old")}
    found = (named(read_document(content.encode(), file)[0]) for file, content in texts.items())
    return [one for one in found if one is not None]


# What no example can show.
BUILT: dict[str, Callable[[Path], list[str]]] = {
    "yaml/encoding": lambda root: [finding.code for finding in written(root, b"kind: caf\xe9\n")],
    "yaml/too-large": lambda root: [finding.code for finding in written(root, b"#" * 1_000_001)],
    "yaml/too-many-nodes": lambda root: [finding.code for finding in written(root, b"a: [" + b"0," * 50_001 + b"]")],
    "spec/many-findings": lambda root: [
        finding.code for finding in written(root, "".join(f"{n}: x\n" for n in range(300)).encode())
    ],
    "spec/wrong-kind": lambda root: [finding.code for finding in written(root, b"kind: Decision\n")],
    "spec/unknown-variable": lambda root: [finding.code for finding in strange_variables({"FTSDK_X": ""})],
    "spec/same-name": lambda root: [finding.code for finding in together(named_twice("tickets", "tickets"))],
    "spec/previous-name": lambda root: [finding.code for finding in together(named_twice("tickets", "old"))],
    "spec/unreadable-directory": lambda root: [
        found.code for found in yaml_files(root / "vanished") if isinstance(found, Unfit)
    ],
}


def test_the_spec_that_the_examples_change_holds(root: Path) -> None:
    assert written(root, BASE.encode()) == ()


@pytest.mark.parametrize("code", [code for code in SENTENCES if code not in BUILT])
def test_the_example_gives_its_code(code: str, root: Path) -> None:
    assert code in {finding.code for finding in findings_of(code, root)}


@pytest.mark.parametrize("code", BUILT)
def test_what_no_example_can_show_gives_its_code_too(code: str, root: Path) -> None:
    assert code not in EXAMPLES
    assert code in BUILT[code](root)


def test_the_page_and_the_table_say_the_same() -> None:
    assert SENTENCES == CODES


def codes_in_the_source() -> set[str]:
    """Every code that a module of the spec room can give: written whole, or as the word that a method completes."""
    found = set()
    for path in (ROOT / "sdk" / "ftsdk" / "spec").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and path.name != "codes.py":
                found |= {node.value} if re.fullmatch(r"(yaml|spec)/[a-z-]+", node.value) else set()
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                prefix = {"refuse": "yaml/", "error": "spec/", "warning": "spec/", "unnamed": "spec/"}.get(
                    node.func.attr
                )
                word = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
                if prefix and isinstance(word, str) and re.fullmatch("[a-z-]+", word):
                    found.add(prefix + word)
    return found


def test_every_code_of_the_source_is_on_the_page_and_the_other_way_round() -> None:
    elsewhere = {"spec/no-secret"}  # given by the command, which may look outside the repository
    assert codes_in_the_source() | elsewhere == set(SENTENCES)
