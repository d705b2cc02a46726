"""The rules of the house that import-linter cannot see: start-up, docstrings, sizes, and nothing of one machine."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIBRARY = ROOT / "sdk" / "ftsdk"
MODULES = sorted([*LIBRARY.rglob("*.py"), *(ROOT / "ftbot").rglob("*.py")])

# Slow to import, or another room's business. Each is imported where it is used.
HEAVY = {
    "alembic", "anthropic", "apscheduler", "boto3", "gguf", "jsonschema_rs", "matplotlib", "numpy", "obstore", "openai",
    "peft", "psycopg", "ray", "sacrebleu", "scipy", "slack_bolt", "sqlalchemy", "tiktoken", "together", "torch",
    "transformers", "trl",
}  # fmt: skip


def imported_by(program: str, cwd: Path) -> set[str]:
    """Top-level packages loaded after ``program`` ran in a fresh interpreter; the program must end well."""
    probe = f"import json, sys\n{program}\nprint('\\n' + json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", probe], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def command(*words: str) -> str:
    """A program that runs ``ft`` with ``words`` and insists on exit code 0."""
    return (
        "import ftsdk.cli\n"
        f"sys.argv = {['ft', *words]!r}\n"
        "try:\n    code = ftsdk.cli.main()\n"
        "except SystemExit as ended:\n    code = ended.code\n"
        "assert not code, code"
    )


def test_importing_ftsdk_loads_no_heavy_package(tmp_path: Path) -> None:
    assert not imported_by("import ftsdk", tmp_path) & HEAVY


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project as `ft init` writes it."""
    home = tmp_path_factory.mktemp("starter")
    subprocess.run([sys.executable, "-m", "ftsdk.cli", "init", "--yes"], cwd=home, check=True, timeout=120)
    return home


HOSTED = """\
apiVersion: ftsdk/v1
kind: FineTune
metadata: {name: hosted}
spec:
  connection: openai
  model: gpt-4.1
  dataset: {train: data/train.jsonl}
"""
JUDGED = """\
  evaluation:
    dataset: data/test.jsonl
    metrics:
      - {name: kind, type: judge, judge: {connection: claude, model: claude-haiku-4-5-20251001, rubric: rubric.md}}
  gates: [{metric: kind, min_delta: 0.1}]
"""


@pytest.fixture(scope="module")
def hosted(starter: Path) -> Path:
    """A project with two accounts: a spec that trains at one, and another that is judged at the other."""
    home = starter / "hosted"
    specs = home / "specs"
    shutil.copytree(starter / "specs" / "first" / "data", specs / "data")
    accounts = "openai: {type: openai, api_key: {env: OPENAI_API_KEY}}, claude: {type: anthropic, api_key: {file: key}}"
    (home / "ftsdk.yaml").write_text(
        f"apiVersion: ftsdk/v1\nkind: Project\nspec:\n  connections: {{{accounts}}}\n", encoding="utf-8"
    )
    (specs / "hosted.yaml").write_text(HOSTED, encoding="utf-8")
    (specs / "judged.yaml").write_text(HOSTED.replace("hosted", "judged") + JUDGED, encoding="utf-8")
    (specs / "rubric.md").write_text("Kind?\n", encoding="utf-8")
    return home


# Overviews need none of what checks a spec; `ft validate` in a pre-commit hook none of what draws.
DRAWS = {"rich", "asyncio", "slack_sdk"}
ASKS = {"email", "zipfile"}  # pydantic's search for plugins, which `ft` leaves out
LIGHT: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "help": (("--help",), {"pydantic", "pydantic_core", "yaml", "rich", "jsonschema_rs"}),
    "version": (("--version",), {"pydantic", "pydantic_core", "yaml", "rich", "jsonschema_rs"}),
    "validate": (("validate", "specs/first/first.yaml"), DRAWS | ASKS),
    "validate, offline, a project": (("validate", "--offline"), DRAWS),
    "validate, a hosted connection": (("validate", "hosted/specs/hosted.yaml"), DRAWS | ASKS),
    "validate, a judge": (("validate", "--offline", "hosted/specs/judged.yaml"), DRAWS | ASKS),
    "validate, json": (("validate", "--format", "json"), DRAWS),
    "validate, sarif": (("validate", "--format", "sarif"), DRAWS),
    "schema": (("schema",), DRAWS),
    "render": (("render", "first"), {"rich", "slack_sdk"}),
    "init": (("init", "--yes", "--name", "again"), DRAWS),
}


@pytest.mark.usefixtures("hosted")
@pytest.mark.parametrize("case", LIGHT)
def test_a_command_loads_no_package_that_it_does_not_need(case: str, starter: Path) -> None:
    words, others = LIGHT[case]
    assert imported_by(command(*words), starter) & (HEAVY | others) == set()


def test_the_help_of_no_command_loads_a_provider_a_database_or_numbers(tmp_path: Path) -> None:
    program = (
        "from ftsdk.cli import COMMANDS, parser_of\n"
        "from importlib import import_module\n"
        "for name, (module, text) in COMMANDS.items():\n"
        "    found = import_module(module)\n"
        "    hasattr(found, 'COMMANDS') or parser_of(found, name, text).format_help()"
    )
    assert imported_by(program, tmp_path) & HEAVY == set()


def functions_of(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, methods and inner ones too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_every_module_that_holds_something_opens_with_a_sentence() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in MODULES}
    assert [path for path, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))] == []


def test_no_module_is_two_ideas_long() -> None:
    assert [path for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []


def test_no_function_has_more_than_60_lines() -> None:
    assert [
        f"{path}:{function.lineno} {function.name}"
        for path in MODULES
        for function in functions_of(path)
        if (function.end_lineno or function.lineno) - function.lineno >= 60
    ] == []


def test_every_public_function_says_what_it_does() -> None:
    assert [
        f"{path}:{node.lineno} {node.name}"
        for path in MODULES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if "overload" not in map(ast.unparse, node.decorator_list)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ] == []


# Written in halves, so that this file does not name what it forbids.
REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "debian" + ".org"]
PLACES = "|".join(["wo" + "rk", "op" + "t", "ro" + "ot", r"home/\w+"])
MACHINE_PATH = re.compile(rf"(?<![\w.~}}\])-])/(?:{PLACES})/")


def committed_text() -> list[tuple[str, str]]:
    """Every text file under version control, with its path from the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    found = []
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file() and b"\0" not in (content := path.read_bytes()):
            found.append((name, content.decode("utf-8")))
    return found


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the checkout to know which files are committed")
def test_no_committed_file_names_a_machine_path_or_a_registry() -> None:
    named = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in committed_text()
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATH.search(line) or any(host in line for host in REGISTRIES)
    ]
    assert named == []
