"""What a user gets from the wheel: the packages whole, typed, licensed, and nothing of the workshop."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


def build(target: str, out: Path) -> Path:
    """A distribution as it would be released, built without the network."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    subprocess.run(words, cwd=ROOT, check=True, timeout=120)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel installed; its dependencies are borrowed from this one through a path file."""
    home = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True, timeout=120)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True, timeout=120)
    (site,) = home.glob("lib/python*/site-packages")
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "borrowed.pth").write_text(here + "\n", encoding="utf-8")
    return python


def test_the_wheel_holds_the_two_packages_and_nothing_else(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"ftsdk", "ftbot"}


def test_every_file_of_the_packages_is_in_the_wheel(names: set[str]) -> None:
    def files(package: Path, above: Path) -> set[str]:
        found = (path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        return {str(path.relative_to(above)) for path in found}

    wanted = files(ROOT / "sdk" / "ftsdk", ROOT / "sdk") | files(ROOT / "ftbot", ROOT)
    assert wanted - names == set()
    assert "ftsdk/py.typed" in names


def test_the_source_distribution_holds_what_its_make_targets_need(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = "Makefile scripts/demo.sh specs/tickets/data/train.jsonl tests/test_packaging.py docs/check.py ftsdk.yaml"
    assert set(wanted.split()) <= names
    assert not any(name.startswith((".venv", "dist")) for name in names)
    assert all(name.endswith(".schema.json") for name in names if name.startswith(".ftsdk/"))


def test_the_report_page_finds_its_files_in_the_wheel(names: set[str]) -> None:
    assert {Path(name).suffix for name in names if name.startswith("ftsdk/report/")} >= {".py", ".html", ".css", ".js"}


def test_the_metadata_carry_the_licence_and_both_commands(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (record,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = message_from_bytes(archive.read(record))
        commands = archive.read(record.replace("METADATA", "entry_points.txt")).decode()
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "ft = ftsdk.cli:main" in commands
    assert "ftbot = ftbot.__main__:main" in commands


@pytest.mark.parametrize("command", ["ft", "ftbot"])
def test_the_installed_commands_answer(python: Path, command: str, tmp_path: Path) -> None:
    script = python.with_name(command)
    for word in ("--help", "--version"):
        done = subprocess.run([script, word], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()


def test_an_editor_sees_every_public_name_with_its_type(python: Path, tmp_path: Path) -> None:
    listed = "import json, ftsdk; print(json.dumps(sorted(ftsdk.__all__)))"
    names = json.loads(subprocess.run([python, "-c", listed], cwd=tmp_path, check=True, capture_output=True).stdout)
    assert {"open", "compare", "resolve", "complete"} <= set(names)
    lines = ["import ftsdk", *(f"reveal_type(ftsdk.{name})" for name in names)]
    (tmp_path / "probe.py").write_text("\n".join(lines), encoding="utf-8")

    checker = Path(sys.executable).with_name("basedpyright")
    done = subprocess.run(
        [checker, "--outputjson", "--pythonpath", str(python), "probe.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    said = json.loads(done.stdout)["generalDiagnostics"]
    errors = [item["message"] for item in said if item["severity"] == "error"]
    types = [item["message"] for item in said if item["severity"] == "information"]
    assert errors == []
    assert len(types) == len(names)
    assert [text for text in types if "Unknown" in text or text.endswith('is "Any"')] == []


def test_the_public_names_are_listed_for_editors_and_loaded_lazily_alike(python: Path, tmp_path: Path) -> None:
    absent = "[name for name in ftsdk.__all__ if not hasattr(ftsdk, name)]"
    probe = f"import json, ftsdk; print(json.dumps([ftsdk.__file__, {absent}]))"
    done = subprocess.run([python, "-c", probe], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    where, missing = json.loads(done.stdout)
    assert missing == []
    tree = ast.parse(Path(where).read_text(encoding="utf-8"))
    guarded = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    assert guarded, "names are imported under TYPE_CHECKING, so that importing ftsdk stays instant"


def test_the_lowest_versions_that_are_tested_are_the_bounds_that_are_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = declared["optional-dependencies"]
    tried = ("local", "parquet", "plot", "eval", "fast", "postgres", "oidc", "metrics", "github")
    wanted = [*declared["dependencies"], *(line for extra in tried for line in extras[extra])]
    bounds = dict(pair for line in wanted for pair in re.findall(r"^([\w-]+)(?:\[\w+\])?>=([\d.]+)", line))
    lines = (ROOT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    assert tested.keys() == bounds.keys()
    assert [name for name in bounds if not tested[name].startswith(bounds[name])] == []
