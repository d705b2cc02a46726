"""`ft validate`: which files are looked at, how findings are told, and what bad input gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from tests.ftsdk.cli.conftest import RunFt

SARIF = json.loads((Path(__file__).parents[1] / "report" / "sarif" / "sarif-schema-2.1.0.json").read_text("utf-8"))


@pytest.fixture
def project(tmp_path: Path, run_ft: RunFt) -> Path:
    """What `ft init` writes."""
    run_ft(tmp_path, "init", "--yes")
    return tmp_path


@pytest.fixture
def spec(project: Path) -> Path:
    return project / "specs" / "first" / "first.yaml"


def spoil(spec: Path, old: str, new: str) -> None:
    text = spec.read_text(encoding="utf-8")
    assert old in text
    spec.write_text(text.replace(old, new), encoding="utf-8")


# -- what is looked at ----------------------------------------------------------------------------------------------


def test_files_directories_patterns_and_standard_input_are_taken(project: Path, spec: Path, run_ft: RunFt) -> None:
    for word in ("specs/first/first.yaml", "specs", ".", "specs/**/*.yaml", str(spec)):
        assert run_ft(project, "validate", word).out == "1 of 1 file is good\n", word
    assert run_ft(spec.parent, "validate", "-", stdin=spec.read_bytes()).out == "1 of 1 file is good\n"


def test_a_file_that_is_named_twice_is_checked_once(project: Path, run_ft: RunFt) -> None:
    assert run_ft(project, "validate", "specs", "specs/first/first.yaml", "./specs").out == "1 of 1 file is good\n"


def test_yaml_of_others_is_passed_over_in_directories_and_judged_when_named(project: Path, run_ft: RunFt) -> None:
    (project / "specs" / "compose.yaml").write_text("services: {}\n")
    (project / "specs" / "mkdocs.yml").write_text("x: !!python/name:os.system\n  - [\n")
    assert run_ft(project, "validate").out == "1 of 1 file is good\n"
    assert run_ft(project, "validate", "specs/compose.yaml").code == 10


def test_a_spec_that_cannot_be_read_at_all_counts_in_a_directory(project: Path, run_ft: RunFt) -> None:
    (project / "specs" / "torn.yaml").write_text("apiVersion: ftsdk/v1\nspec: [\n")
    said = run_ft(project, "validate")
    assert (said.code, "specs/torn.yaml:3:1: error" in said.out) == (10, True)


def test_the_project_is_the_one_around_the_file_not_around_the_user(project: Path, run_ft: RunFt) -> None:
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "ftsdk.yaml").write_text("kind: Project\nspec: {connections: {}}\n")
    assert run_ft(elsewhere, "validate", "../specs/first/first.yaml").code == 0


def test_what_is_wrong_in_ftsdk_yaml_is_told_at_its_place_and_once(project: Path, run_ft: RunFt) -> None:
    (project / "ftsdk.yaml").write_text("kind: Project\nspec: {storr: {}}\n")
    said = run_ft(project, "validate", "specs/first/first.yaml", "specs")
    assert said.code == 10
    assert said.out.count("ftsdk.yaml:2:8: error: unknown key 'storr'") == 1
    assert said.out.endswith("1 error; no spec was checked\n")


def test_a_default_that_many_specs_share_is_told_once(project: Path, run_ft: RunFt) -> None:
    run_ft(project, "init", "--yes", "--name", "second")
    (project / "ftsdk.yaml").write_text(
        "kind: Project\nspec: {defaults: [{match: '**', spec: {dataset: {validation: no.jsonl}}}]}\n"
    )
    said = run_ft(project, "validate")
    assert (said.code, said.out.count("there is no file 'no.jsonl'")) == (10, 1)
    assert "0 of 2 files are good; 1 error" in said.out


def test_a_name_that_another_spec_has_is_told_whichever_of_the_two_is_checked(project: Path, run_ft: RunFt) -> None:
    for name in ("another", "zero"):
        run_ft(project, "init", "--yes", "--name", name)
        spoil(project / "specs" / name / f"{name}.yaml", f"name: {name}", "name: first")
        said = run_ft(project, "validate", f"specs/{name}/{name}.yaml")
        assert (said.code, "[spec/same-name]" in said.out) == (10, True)


# -- how it is told ---------------------------------------------------------------------------------------------------


def test_people_see_the_line_a_caret_and_the_next_step(project: Path, spec: Path, run_ft: RunFt) -> None:
    spoil(spec, "type: exact", "type: exat")
    said = run_ft(project, "validate")
    assert said.out.splitlines() == [
        "specs/first/first.yaml:24:29: error: " + said.out.splitlines()[0].split("error: ")[1],
        "    24 |       - {name: right, type: exat}  # the first metric is the primary one",
        "       |                             ^^^^",
        "       = help: did you mean 'exact'?",
        "0 of 1 file is good; 1 error",
    ]


def test_the_caret_stands_below_wide_characters_and_tabs_and_long_lines_are_cut(
    project: Path, spec: Path, run_ft: RunFt
) -> None:
    spoil(spec, "name: first ", 'labels: {日本: "👍", x: 3}\n  name: first ')
    lines = run_ft(project, "validate").out.splitlines()
    assert lines[1] == '     6 |   labels: {日本: "👍", x: 3}'
    assert lines[2] == f"       | {' ' * 26}^"
    spoil(spec, '日本: "👍"', f"{'n' * 300}: y")
    lines = run_ft(project, "validate").out.splitlines()
    assert len(lines[1]) < 120
    assert lines[1][lines[2].index("^")] == "3"


def test_places_are_told_from_where_the_user_stands(project: Path, spec: Path, run_ft: RunFt) -> None:
    spoil(spec, "  model:", "  modell:")
    assert run_ft(spec.parent, "validate", "first.yaml").out.startswith("first.yaml:")
    assert run_ft(project / ".ftsdk", "validate", "../specs").out.startswith("../specs/first/first.yaml:")


def test_json_says_its_version_and_every_finding(project: Path, spec: Path, run_ft: RunFt) -> None:
    spoil(spec, "  model:", "  modell:")
    said = json.loads(run_ft(project, "validate", "--format", "json").out)
    assert (said["format_version"], said["files"]) == ("1.0", ["specs/first/first.yaml"])
    assert said["counts"] == {"errors": len(said["findings"]), "warnings": 0, "notes": 0}
    assert {"code", "severity", "message", "place", "help", "related"} == set(said["findings"][0])
    unknown = next(finding for finding in said["findings"] if finding["code"] == "spec/unknown-key")
    assert unknown["place"]["line"] == 9


def test_annotations_keep_githubs_limits_and_put_changed_lines_first(
    project: Path, spec: Path, run_ft: RunFt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(project, "init", "-q")
    spoil(spec, "metadata:\n", "metadata:\n" + "".join(f"  old{n}: 1\n" for n in range(15)))
    git(project, "add", "-A")
    git(project, "commit", "-qm", "x")
    spoil(spec, "  model:", "  new,key: 1\n  model:")
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    lines = run_ft(project, "validate", "--changed", "HEAD", "--format", "github").out.splitlines()
    errors = [line for line in lines if line.startswith("::error ")]
    assert len(errors) == 10
    assert errors[0].startswith(
        "::error file=specs/first/first.yaml,line=24,col=3,endColumn=10,title=spec/unknown-key::"
    )
    assert "and 7 more" in errors[-1]
    assert summary.read_text().count("**error**") == 16


def test_no_text_of_a_spec_can_start_a_workflow_command(project: Path, spec: Path, run_ft: RunFt) -> None:
    spoil(spec, "alias: production", 'alias: "a%0A\\n::warning::b"')
    said = run_ft(project, "validate", "--format", "github").out
    assert not any(line.startswith("::warning") for line in said.splitlines())
    assert "%250A" in said


def test_sarif_is_valid_by_the_official_schema(project: Path, spec: Path, run_ft: RunFt) -> None:
    spoil(spec, "  model:", "  modell: 1\n  model: 0777\n  connection: x\n  modell:")
    log = json.loads(run_ft(project, "validate", "--format", "sarif").out)
    assert [error.message for error in jsonschema_rs.Draft4Validator(SARIF).iter_errors(log)] == []
    (run,) = log["runs"]
    assert all(
        run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"]
    )
    where = run["results"][0]["locations"][0]["physicalLocation"]
    assert where["artifactLocation"] == {"uri": "specs/first/first.yaml", "uriBaseId": "%SRCROOT%"}
    assert where["region"]["startLine"] > 1
    good = json.loads(run_ft(project, "validate", "ftsdk.yaml", "--format", "sarif").out)
    assert jsonschema_rs.Draft4Validator(SARIF).is_valid(good)


def test_markdown_is_inert_and_fits_a_comment(project: Path, spec: Path, run_ft: RunFt) -> None:
    spoil(spec, "alias: production", 'alias: "</details> @everyone `x` | [a](b)"')
    said = run_ft(project, "validate", "--format", "markdown").out
    assert said.startswith("### ft validate: 0 of 1 file is good; 1 error")
    assert "</details>" not in said and "@everyone" not in said
    for number in range(40):
        copy = spec.with_name(f"copy{number}.yaml")
        copy.write_text(spec.read_text() + "".join(f"{n}{'x' * 60}: 1\n" for n in range(30)))
    long = run_ft(project, "validate", "--format", "markdown").out
    assert len(long) <= 60_100
    assert "more: `ft validate` shows all" in long


# -- what changed -----------------------------------------------------------------------------------------------------


def git(directory: Path, *words: str) -> None:
    """Git with an identity."""
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *who, *words], cwd=directory, check=True, capture_output=True, timeout=60)


@pytest.fixture
def committed(project: Path, run_ft: RunFt) -> Path:
    """Two specs in a repository."""
    run_ft(project, "init", "--yes", "--name", "second")
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "start")
    return project


@pytest.mark.parametrize(
    ("changed", "checked"),
    [
        ([], []),
        (["specs/first/first.yaml"], ["specs/first/first.yaml"]),
        (["specs/second/prompts/long.md"], ["specs/second/second.yaml"]),
        (["specs/first/data/train.jsonl"], ["specs/first/first.yaml"]),
        (["ftsdk.yaml"], ["specs/first/first.yaml", "specs/second/second.yaml"]),
        (["README.md"], []),
    ],
)
def test_a_spec_is_checked_when_it_or_a_file_that_it_names_differs(
    changed: list[str], checked: list[str], committed: Path, run_ft: RunFt
) -> None:
    for name in changed:
        with (committed / name).open("a") as file:
            file.write("# changed\n" if name.endswith(".yaml") else "\n")
    said = run_ft(committed, "validate", "--changed", "HEAD", "--format", "json")
    assert json.loads(said.out)["files"] == checked


def test_when_nothing_differs_it_says_so(committed: Path, run_ft: RunFt) -> None:
    assert run_ft(committed, "validate", "--changed", "HEAD") == (
        0, "no spec differs, and no file that a spec names\n", "",
    )  # fmt: skip


def test_a_new_file_that_git_does_not_know_yet_differs(committed: Path, run_ft: RunFt) -> None:
    (committed / "specs" / "new.yaml").write_text("apiVersion: ftsdk/v1\n")
    said = run_ft(committed / "specs", "validate", "--changed", "HEAD")
    assert (said.code, said.out.splitlines()[-1].startswith("0 of 1 file is good")) == (10, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(("--changed", "no-such"), "no revision 'no-such'"), (("--changed", "--output=x"), "expected one argument")],
)
def test_a_revision_that_is_none_is_a_usage_error(
    words: tuple[str, ...], sentence: str, committed: Path, run_ft: RunFt
) -> None:
    said = run_ft(committed, "validate", *words)
    assert (said.code, sentence in said.err) == (64, True)


def test_changed_needs_a_repository(project: Path, run_ft: RunFt) -> None:
    said = run_ft(project, "validate", "--changed", "HEAD")
    assert (said.code, "needs a git repository" in said.err or "git knows no revision" in said.err) == (64, True)


def test_other_commands_show_the_line_too_and_take_a_name_that_is_also_a_directory(
    project: Path, spec: Path, run_ft: RunFt
) -> None:
    assert run_ft(project / "specs", "render", "first").code == 0
    spoil(spec, "epochs:", "epocs:")
    said = run_ft(project / "specs", "render", "first")
    assert said.code == 10
    assert said.err.splitlines()[1:4] == [
        "first/first.yaml:12:5: error: unknown key 'epocs' in spec.method [spec/unknown-key]",
        "    12 |     epocs: auto                    # auto takes the catalogue's setting for this model",
        "       |     ^^^^^",
    ]
    assert "did you mean 'first'?" in run_ft(project, "plan", "frist").err


# -- bad input --------------------------------------------------------------------------------------------------------


def test_every_kind_of_bad_file_is_one_sentence_and_the_rest_is_still_checked(
    project: Path, spec: Path, run_ft: RunFt, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("apiVersion: ftsdk/v1\npassword: hunter2\n")
    (project / "specs" / "link.yaml").symlink_to(outside)
    (project / "specs" / "broken-link.yaml").symlink_to("gone.yaml")
    os.mkfifo(project / "specs" / "pipe.yaml")
    (project / "specs" / "latin.yaml").write_bytes(b"apiVersion: ftsdk/v1\nname: caf\xe9\n")
    (project / "specs" / "zero.yaml").write_bytes(b"apiVersion: ftsdk/v1\n\0")
    (project / "specs" / "dir.yaml").mkdir()
    said = run_ft(project, "validate")
    assert said.code == 10
    assert "hunter2" not in said.out + said.err
    for words in (
        "link.yaml' is a link out of the workspace", "broken-link.yaml' is a link to what is not there",
        "'pipe.yaml' is a pipe",
        "latin.yaml:2:10: error: byte 0xe9", "zero.yaml:2:1: error: hidden character U+0000",
    ):  # fmt: skip
        assert words in said.out
    assert said.out.endswith("1 of 6 files are good; 5 errors\n")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("none.yaml",), 10, "there is no file 'none.yaml'"),
        (("specs/first/frist.yaml",), 10, "did you mean 'first.yaml'?"),
        (("nothing/*.yaml",), 64, "no file matches"),
        (("/dev/null",), 64, "no ftsdk.yaml"),
        (("--format", "xml"), 64, "invalid choice"),
        (("-", "--changed", "HEAD"), 64, "no history"),
    ],
)
def test_a_path_that_means_nothing_is_one_sentence(
    words: tuple[str, ...], code: int, sentence: str, project: Path, run_ft: RunFt
) -> None:
    said = run_ft(project, "validate", *words)
    assert (said.code, sentence in said.out + said.err, "Traceback" in said.err) == (code, True, False)


def test_standard_input_of_any_bytes_is_refused_in_words(project: Path, run_ft: RunFt) -> None:
    for data in (b"", b"\xff\xfe\0", b"[" * 100_000, b"a: &x *x", b"\x00" * 10, b"x" * 2_000_000):
        said = run_ft(project, "validate", "-", stdin=data)
        assert (said.code, said.out.startswith("<stdin>:"), said.err) == (10, True, "")


UNREADABLE = """
import os, sys
from ftsdk.cli import main
main(["validate", "specs/first"])  # loads what it needs while it may be read
if os.geteuid() == 0:
    os.seteuid(65534)  # root may read everything
sys.exit(main(["validate", "specs"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_directory_that_may_not_be_read_is_told(project: Path) -> None:
    for folder in (project, *project.parents[:2]):
        folder.chmod(0o755)
    closed = project / "specs" / "closed"
    closed.mkdir(mode=0)
    try:
        done = subprocess.run(
            [sys.executable, "-c", UNREADABLE], cwd=project, capture_output=True, text=True, timeout=60
        )
    finally:
        closed.chmod(0o755)
    assert (done.returncode, "the directory 'closed' cannot be read: permission denied" in done.stdout) == (10, True)
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_and_a_full_disk_are_no_tracebacks(project: Path, spec: Path) -> None:
    spec.write_text(spec.read_text() + "".join(f"k{n}: 1\n" for n in range(19)))
    ft = f"{sys.executable} -m ftsdk.cli validate"
    left = subprocess.run(
        ["bash", "-c", f"{ft} | head -c 1"], cwd=project, capture_output=True, text=True, timeout=60, check=True
    )
    assert (left.stdout, left.stderr) == ("s", "")
    if Path("/dev/full").exists():
        full = subprocess.run(
            ["bash", "-c", f"{ft} > /dev/full"], cwd=project, capture_output=True, text=True, timeout=60
        )
        assert (full.returncode, "Traceback" in full.stderr, "No space" in full.stderr) == (1, False, True)


def test_the_hook_for_pre_commit_is_of_the_right_form() -> None:
    manifest = Path(__file__).parents[3] / ".pre-commit-hooks.yaml"
    words = [sys.executable, "-m", "pre_commit", "validate-manifest", str(manifest)]
    subprocess.run(words, check=True, timeout=60)
