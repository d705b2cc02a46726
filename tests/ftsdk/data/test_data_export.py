"""Every provider's form: golden files, what each cannot say, and that a round trip loses only what is listed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsdk.data import export_file, export_row, import_file, load, parse_row, row_json
from ftsdk.data.exporting.exporter import TARGETS
from ftsdk.data.exporting.value import Unsayable
from ftsdk.errors import SpecError, UsageError
from tests.ftsdk.data.exported import CALL, ROWS, TOOL, said

GOLDEN = Path(__file__).parent / "golden" / "export"
FORMS = [(target, method) for target, form in TARGETS.items() for method in form.exporters]

# Every key that may stand anywhere in a form, down to what a provider documents.
WHITELIST = {
    "openai": {"messages", "tools", "parallel_tool_calls", "role", "content", "name", "tool_calls", "tool_call_id",
               "weight", "input", "preferred_output", "non_preferred_output", "id", "type", "function", "arguments"},
    "together": {"messages", "tools", "role", "content", "tool_calls", "tool_call_id", "weight", "input",
                 "preferred_output", "non_preferred_output", "id", "type", "function", "name", "arguments"},
    "bedrock-claude": {"system", "messages", "role", "content"},
    "bedrock-converse": {"schemaVersion", "system", "messages", "role", "content", "text"},
    "trl": {"prompt", "completion", "chosen", "rejected", "tools", "role", "content", "name", "tool_calls",
            "tool_call_id", "id", "type", "function", "arguments"},
}  # fmt: skip
WHITELIST["azure"] = WHITELIST["openai"]


def written(tmp_path: Path, rows: list[Any], target: str, method: Any = "sft") -> tuple[bytes, Any]:
    source, out = tmp_path / "rows.jsonl", tmp_path / f"{target}.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    report = export_file(source, out, target, method=method, name="rows.jsonl")
    return out.read_bytes(), report


@pytest.mark.parametrize(("target", "method"), FORMS)
def test_the_bytes_and_the_losses_are_those_of_the_golden_file(tmp_path: Path, target: str, method: str) -> None:
    content, report = written(tmp_path, ROWS[method], target, method)
    told = json.dumps({"losses": report.losses, "left_out": report.left_out}, indent=1, ensure_ascii=False).encode()
    for name, found in ((f"{target}.{method}.jsonl", content), (f"{target}.{method}.losses.json", told + b"\n")):
        if os.environ.get("GOLDEN") == "write":
            (GOLDEN / name).write_bytes(found)
        assert found == (GOLDEN / name).read_bytes()
    assert report.rows == len(ROWS[method]) == report.written + sum(report.left_out.values())


def test_only_azure_files_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    starts = {target: written(tmp_path, ROWS["sft"], target)[0][:3] for target in TARGETS}
    assert [target for target, start in starts.items() if start == b"\xef\xbb\xbf"] == ["azure"]
    openai, azure = (tmp_path / f"{target}.jsonl" for target in ("openai", "azure"))
    assert azure.read_bytes() == b"\xef\xbb\xbf" + openai.read_bytes()


@pytest.mark.parametrize(("target", "method"), FORMS)
def test_no_key_goes_out_that_the_form_does_not_have(target: str, method: Any) -> None:
    def keys(value: Any) -> set[str]:
        if isinstance(value, dict):
            inner = {key: item for key, item in value.items() if key not in ("parameters", "limits", "arguments")}
            return set(value) | {found for item in inner.values() for found in keys(item)}
        return {found for item in value for found in keys(item)} if isinstance(value, list) else set()

    declared = {"description", "parameters"}
    references = {"answer", "limits"} if method == "rft" else set()
    for value in ROWS[method]:
        row, _ = parse_row(value, 1, method)
        assert row is not None
        try:
            found = keys(export_row(row, target, method).row)
        except Unsayable:
            continue
        assert found <= WHITELIST[target] | references | declared


def test_claude_takes_only_strict_alternation_that_the_user_begins() -> None:
    for turns in (
        [said("user", "a"), said("user", "b"), said("assistant", "c")],
        [said("assistant", "a"), said("user", "b"), said("assistant", "c")],
        [said("user", "a"), said("assistant", "", tool_calls=[CALL]), said("tool", "7", tool_call_id="c1"),
         said("assistant", "Seven.")],
    ):  # fmt: skip
        tools = {"tools": [TOOL]} if len(turns) == 4 else {}
        row, _ = parse_row({"messages": turns} | tools, 1)
        assert row is not None
        with pytest.raises(Unsayable):
            export_row(row, "bedrock-claude")


def test_what_no_form_or_method_is_gets_a_next_step(tmp_path: Path) -> None:
    row, _ = parse_row(ROWS["sft"][0], 1)
    assert row is not None
    with pytest.raises(UsageError) as caught:
        export_row(row, "opnai")
    assert "openai" in (caught.value.help or "")
    with pytest.raises(UsageError, match="takes no rows of method dpo"):
        written(tmp_path, ROWS["dpo"], "bedrock-claude", "dpo")


def test_rows_with_errors_stop_the_export_and_leave_nothing(tmp_path: Path) -> None:
    bad = {"messages": [said("user", "How?"), said("assistant", "")]}
    with pytest.raises(SpecError) as caught:
        written(tmp_path, [ROWS["sft"][0], bad, ROWS["sft"][0]], "openai")
    assert [(finding.code, finding.place.line) for finding in caught.value.findings if finding.place] == [
        ("data/empty-answer", 2)
    ]
    assert not (tmp_path / "openai.jsonl").exists()


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda text: bool(text.strip()) and text == text.strip() and "<" not in text and "[" not in text
)


@st.composite
def chats(draw: st.DrawFn) -> dict[str, Any]:
    """Canonical chats that every form can say, with and without tools and weights."""
    turns = [said("system", draw(WORDS))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(0, 2))):
        weight = draw(st.sampled_from([{}, {"weight": 0}, {"weight": 1}]))
        turns += [said("user", draw(WORDS)), said("assistant", draw(WORDS), **weight)]
    turns += [said("user", draw(WORDS)), said("assistant", draw(WORDS))]
    return {"messages": turns}


@given(st.lists(chats(), min_size=1, max_size=4))
@pytest.mark.parametrize("target", TARGETS)
def test_a_round_trip_gives_the_same_turns(
    tmp_path_factory: pytest.TempPathFactory, target: str, rows: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    written(folder, rows, target)
    import_file(folder / f"{target}.jsonl", folder / "back.jsonl")
    back = [row_json(row) for row in load(folder / "back.jsonl").rows]
    assert [plain(row) for row in back] == [plain(row) for row in rows]


@pytest.mark.parametrize(("target", "method"), [("openai", "dpo"), ("together", "dpo"), ("trl", "dpo")])
def test_preference_pairs_survive_the_round_trip(tmp_path: Path, target: str, method: str) -> None:
    written(tmp_path, ROWS["dpo"], target, method)
    import_file(tmp_path / f"{target}.jsonl", tmp_path / "back.jsonl")
    back = [json.loads(line) for line in (tmp_path / "back.jsonl").read_text("utf-8").splitlines()]
    for found, row in zip(back, ROWS["dpo"], strict=True):
        for key in ("preferred_output", "non_preferred_output"):
            assert found[key] == row[key]
        assert found["input"]["messages"] == row["input"]["messages"]
        assert found["input"].get("tools") == row["input"].get("tools")


def plain(row: dict[str, Any]) -> list[tuple[str, str]]:
    """A row's turns without weights, which not every form can say."""
    return [(turn["role"], turn["content"]) for turn in row["messages"]]
