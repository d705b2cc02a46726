"""Tables, arrays and published row shapes become rows; what cannot is reported with its line and reason."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsdk.data import import_file, load, parse_mapping
from ftsdk.errors import SpecError, UsageError

ASKED = {"role": "user", "content": "How?"}
ANSWERED = {"role": "assistant", "content": "So."}


def imported(tmp_path: Path, name: str, content: str | bytes, **options: Any) -> tuple[list[dict[str, Any]], Any]:
    """The rows that came of a file with this name and content, and the report."""
    source = tmp_path / name
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = import_file(source, tmp_path / "out.jsonl", name=name, **options)
    return [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()], report


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(turn["role"], turn["content"]) for turn in row["messages"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "question,answer\nHow?,So.\n"),
        ("a.csv", '\ufeffanswer;question\r\n"So.";"How?"\r\n'),
        ("a.tsv", "Question\tAnswer\nHow?\tSo.\n"),
        ("a.json", '\n[ {"question": "How?", "answer": "So."}\n]\n'),
        ("a.jsonl", '{"prompt": "How?", "completion": " So."}\n'),
        ("a.jsonl", '{"prompt": [{"role": "user", "content": "How?"}], "completion": "So."}\n'),
        ("a.json", '[{"instruction": "How?", "input": "", "output": "So."}]'),
        ("a.jsonl", '{"conversations": [{"from": "human", "value": "How?"}, {"from": "gpt", "value": "So."}]}'),
        ("a.jsonl", '{"messages": [{"role": "user", "content": [{"type": "text", "text": "How?"}]},'
                    ' {"role": "assistant", "content": "So."}]}'),
    ],
)  # fmt: skip
def test_every_shape_of_the_same_question_becomes_the_same_row(tmp_path: Path, name: str, content: str) -> None:
    rows, report = imported(tmp_path, name, content)
    assert rows == [{"messages": [ASKED, ANSWERED]}]
    assert (report.read, report.written, report.left_out) == (1, 1, {})
    assert load(tmp_path / "out.jsonl").sha256 == report.sha256


def test_a_mapping_names_columns_for_roles_id_group_and_metadata(tmp_path: Path) -> None:
    mapping = parse_mapping("user=q, assistant=a,system=s,id=n,group=who,metadata.label=kind")
    table = "n,who,s,q,a,kind,else\n7,ann,Be brief.,How?,So.,howto,x\n8,bob,,Why?,Thus.,why,y\n"
    rows, report = imported(tmp_path, "t.csv", table, mapping=mapping)
    assert turns(rows[0]) == [("system", "Be brief."), ("user", "How?"), ("assistant", "So.")]
    assert rows[0]["metadata"] == {"id": "7", "group": "ann", "label": "howto"}
    assert turns(rows[1]) == [("user", "Why?"), ("assistant", "Thus.")]
    assert report.mapping == mapping
    assert report.mapping_given
    assert report.not_taken == {"else": 2}


def test_columns_of_pairs_and_of_references_make_preference_and_graded_rows(tmp_path: Path) -> None:
    pairs, _ = imported(tmp_path, "p.csv", "prompt,chosen,rejected\nHow?,So.,No.\n", mapping=parse_mapping(
        "user=prompt,preferred=chosen,rejected=rejected"
    ))  # fmt: skip
    assert pairs == [
        {
            "input": {"messages": [ASKED]},
            "preferred_output": [ANSWERED],
            "non_preferred_output": [{"role": "assistant", "content": "No."}],
        }
    ]
    graded, _ = imported(tmp_path, "g.csv", "q,gold\nHow?,So.\n", mapping=parse_mapping("user=q,reference.answer=gold"))
    assert graded == [{"messages": [ASKED], "answer": "So."}]


def test_trl_pairs_share_the_turns_that_both_answers_begin_with(tmp_path: Path) -> None:
    worse = {"role": "assistant", "content": "No."}
    line = json.dumps({"chosen": [ASKED, ANSWERED], "rejected": [ASKED, worse]})
    rows, _ = imported(tmp_path, "p.jsonl", line)
    assert rows == [{"input": {"messages": [ASKED]}, "preferred_output": [ANSWERED], "non_preferred_output": [worse]}]


def test_alpaca_joins_instruction_and_input_and_keeps_history(tmp_path: Path) -> None:
    record = {"instruction": "Translate.", "input": "Haus", "output": "house", "history": [["Hi", "Hello"]], "tag": "t"}
    rows, report = imported(tmp_path, "a.json", json.dumps([record]))
    said = [("user", "Hi"), ("assistant", "Hello"), ("user", "Translate.\n\nHaus"), ("assistant", "house")]
    assert turns(rows[0]) == said
    assert report.not_taken == {"tag": 1}


def test_old_function_calls_become_tool_calls_with_their_results(tmp_path: Path) -> None:
    record = {
        "messages": [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": None, "function_call": {"name": "look", "arguments": '{"at": "Rome"}'}},
            {"role": "function", "name": "look", "content": "sunny"},
            {"role": "assistant", "content": "Sunny."},
        ],
        "functions": [{"name": "look", "parameters": {"type": "object", "properties": {"at": {"type": "string"}}}}],
    }
    rows, _ = imported(tmp_path, "f.jsonl", json.dumps(record))
    asked, result = rows[0]["messages"][1], rows[0]["messages"][2]
    assert asked["tool_calls"][0]["function"] == {"name": "look", "arguments": '{"at": "Rome"}'}
    assert result == {"role": "tool", "content": "sunny", "tool_call_id": asked["tool_calls"][0]["id"]}
    assert rows[0]["tools"][0]["function"]["name"] == "look"


def test_each_record_left_out_has_its_line_and_its_reason(tmp_path: Path) -> None:
    content = b"\n".join(
        [
            b"question,answer",
            b"How?,So.",
            b"Why?,",
            b"one,two,three",
            b'"two\nlines?",Yes.',
            b"caf\xe9?,No.",
            b'"a"b,c',
            b"Say it,<|im_start|>",
            b'"never closed,x',
        ]
    )
    rows, report = imported(tmp_path, "a.csv", content)
    assert [turns(row)[0][1] for row in rows] == ["How?", "two\nlines?"]
    assert report.read == report.written + sum(report.left_out.values()) == 8
    assert [finding.place.line for finding in report.findings] == [3, 4, 7, 8, 9, 10]
    assert all(finding.code == "data/left-out" and finding.help for finding in report.findings)
    assert "it has 3 cells and the header 2" in report.left_out
    assert "it holds bytes that are not UTF-8" in report.left_out


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"x,x\n1,2\n", "there twice"),
        ("a.json", b'[{"question": "q", "answer": "a"', "ends inside the array"),
        ("a.json", b'[{"question": }]', "not JSON"),
        ("a.json", b"[" + b'{"a":' * 10_000, "nested too deep"),
        ("a.jsonl.gz", gzip.compress(b"question")[:-6], "ends too early"),
        ("a.jsonl.gz", b"\x1f\x8b" + b"nonsense" * 9, "is damaged"),
        ("a.parquet", b"PAR1 and then nothing", "cannot be read"),
    ],
)
def test_a_broken_file_is_refused_with_its_place_and_leaves_nothing(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    with pytest.raises(SpecError, match=said) as caught:
        imported(tmp_path, name, content)
    assert caught.value.help
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


def test_rows_before_a_break_are_kept_and_the_break_is_reported(tmp_path: Path) -> None:
    good = '{"question": "How?", "answer": "So."}'
    rows, report = imported(tmp_path, "a.json", f"[{good},\n{good},\n nonsense]")
    assert len(rows) == 2
    assert [finding.code for finding in report.findings] == ["data/import"]
    assert "line 3" in report.findings[0].message


def test_a_gzip_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="unpacks to more than 200 times"):
        imported(tmp_path, "a.jsonl.gz", gzip.compress(b"0" * (80 << 20), 1))


def test_gzipped_rows_are_read_as_plain_ones(tmp_path: Path) -> None:
    rows, report = imported(tmp_path, "a.csv.gz", gzip.compress(b"question,answer\nHow?,So.\n"))
    assert rows == [{"messages": [ASKED, ANSWERED]}]
    assert report.container == "csv"


def test_columns_that_say_nothing_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="colour, size") as caught:
        imported(tmp_path, "a.csv", "colour,size\nred,1\n")
    assert "--map" in (caught.value.help or "")
    with pytest.raises(UsageError, match="no such column") as caught:
        imported(tmp_path, "a.csv", "question,answer\nq,a\n", mapping={"user": "qestion", "assistant": "answer"})
    assert "question" in (caught.value.help or "")


def test_the_file_that_is_read_is_never_written(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("question,answer\nq,a\n", encoding="utf-8")
    with pytest.raises(UsageError, match="is the file that is read"):
        import_file(source, source)
    assert source.read_text("utf-8") == "question,answer\nq,a\n"


def test_parquet_rows_with_nested_messages_are_read(tmp_path: Path) -> None:
    core, io = pytest.importorskip("arro3.core"), pytest.importorskip("arro3.io")
    source = tmp_path / "a.parquet"
    columns = {name: core.Array(values, core.DataType.utf8()) for name, values in (
        ("question", ["How?", "Why?", None]), ("answer", ["So.", "Thus.", "Never."])
    )}  # fmt: skip
    io.write_parquet(core.Table.from_pydict(columns), source)
    report = import_file(source, tmp_path / "out.jsonl")
    assert (report.container, report.read, report.written) == ("parquet", 3, 2)
    assert [finding.place.line for finding in report.findings if finding.place] == [3]
    assert load(tmp_path / "out.jsonl").rows[1].answer == "Thus."


@pytest.mark.parametrize("name", ["many.csv", "many.json", "many.jsonl"])
def test_memory_stays_flat_however_long_the_file(tmp_path: Path, name: str) -> None:
    def peak(rows: int) -> int:
        records = [{"question": f"number {index} " + "word " * 40, "answer": "yes"} for index in range(rows)]
        if name.endswith("csv"):
            text = "question,answer\n" + "".join(f"{row['question']},{row['answer']}\n" for row in records)
        else:
            lines = [json.dumps(row) for row in records]
            text = "\n".join(lines) if name.endswith("l") else f"[{','.join(lines)}]"
        (tmp_path / name).write_text(text, encoding="utf-8")
        del records, text
        tracemalloc.start()
        import_file(tmp_path / name, tmp_path / "out.jsonl")
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(10)
    assert peak(6_000) < 600_000 + peak(1_500)  # 4,500 rows more are 1,000,000 bytes of text


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=40)


@given(
    st.lists(st.dictionaries(st.sampled_from(["prompt", "completion", "system", "x"]), TEXT | st.none()), max_size=8)
)
def test_whatever_an_import_writes_reads_back(tmp_path_factory: pytest.TempPathFactory, records: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    try:
        report = import_file(folder / "a.jsonl", folder / "out.jsonl")
    except (SpecError, UsageError):
        assert not (folder / "out.jsonl").exists()
        return
    assert len(load(folder / "out.jsonl").rows) == report.written == report.read - sum(report.left_out.values())
