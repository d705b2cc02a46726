"""Rows, datasets and what is known of them."""

from __future__ import annotations

from typing import Any, Generic, Literal

from pydantic import model_serializer
from typing_extensions import TypeVar

from ftsdk.diagnostics import Diagnostic
from ftsdk.values import Value

Role = Literal["system", "user", "assistant", "tool"]
Method = Literal["sft", "dpo", "rft"]
JsonMapping = dict[str, Any]


class ToolCall(Value):
    """One call that the assistant makes; ``arguments`` is JSON as text, as every provider writes it."""

    id: str
    name: str
    arguments: str

    @model_serializer
    def _written(self) -> JsonMapping:
        return {"id": self.id, "type": "function", "function": {"name": self.name, "arguments": self.arguments}}


class Message(Value):
    """One turn of a chat; written as providers take it, keys that say nothing left out.

    ``weight`` 0 keeps an assistant's turn out of the loss. A turn that only calls tools has ``content`` "".
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None
    weight: Literal[0, 1] | None = None

    @model_serializer
    def _written(self) -> JsonMapping:
        written: JsonMapping = {"role": self.role, "content": self.content}
        if self.tool_calls:
            written["tool_calls"] = [call.model_dump() for call in self.tool_calls]
        optional = {"tool_call_id": self.tool_call_id, "name": self.name, "weight": self.weight}
        return written | {key: value for key, value in optional.items() if value is not None}


class Example(Value):
    """What rows of all methods have: ``line`` counts from 1 in the file; ``id`` is metadata.id or ``line-N``.

    ``group`` (metadata.group) names what rows share (a template, a customer), so that they stay on one side of a split
    and count as one cluster in intervals. ``tools`` are the declared functions in OpenAI's form.
    """

    id: str
    line: int
    messages: tuple[Message, ...]
    tools: tuple[JsonMapping, ...] = ()
    parallel_tool_calls: bool | None = None
    group: str | None = None
    metadata: dict[str, str] = {}


class Row(Example):
    """One example (method sft): a chat whose last message is the answer."""

    @property
    def prompt(self) -> tuple[Message, ...]:
        """Everything before the answer."""
        return self.messages[:-1]

    @property
    def answer(self) -> str:
        """What a right answer says."""
        return self.messages[-1].content


class PreferenceRow(Example):
    """One pair (method dpo): ``messages`` is the prompt, and of the two answers the first is the better."""

    preferred: tuple[Message, ...]
    rejected: tuple[Message, ...]

    @property
    def prompt(self) -> tuple[Message, ...]:
        """What both answers answer."""
        return self.messages


class GradedRow(Example):
    """One graded prompt (method rft): ``messages`` ends with the user's; ``reference`` is what the grader sees."""

    reference: JsonMapping = {}

    @property
    def prompt(self) -> tuple[Message, ...]:
        """What the model is asked."""
        return self.messages


AnyRow = Row | PreferenceRow | GradedRow
RowT = TypeVar("RowT", bound=AnyRow, default=Row, covariant=True)


class Dataset(Value, Generic[RowT]):
    """The rows of one file, with the sha256 of its bytes."""

    path: str
    sha256: str
    rows: tuple[RowT, ...]


class Ledger(Value):
    """Where every token goes, over all rows, once through: input = trained + masked + truncated + dropped + padding."""

    rows: int
    input: int
    trained: int
    masked: int
    truncated: int
    dropped: int
    padding: int
    longest: int
    counter: str = "the model's own tokenizer and template"
    error: float = 0.0  # relative, 95 %; 0 where every token was counted exactly


class Profile(Value):
    """How rows are distributed: token lengths (shortest, p50, p90, p99, longest), answers that are labels, prompts.

    ``length_bins`` are (most tokens, rows), ``found`` counts findings by code, also those past the listed ones.
    """

    lengths: dict[str, int] = {}
    length_bins: tuple[tuple[int, int], ...] = ()
    labels: dict[str, int] = {}
    system_prompts: int = 0
    distinct_prompts: int = 0
    found: dict[str, int] = {}


LeakKind = Literal["exact", "near", "contained"]


class Leak(Value):
    """One held-out row that was seen: its line, the line that has it too, how, and how alike (1 when equal)."""

    kind: LeakKind
    line: int
    seen_line: int
    alike: float


class Overlap(Value):
    """What ``second`` shares with ``first``: rows of ``second`` by the plainest kind, and the first 200 of them."""

    first: str
    second: str
    exact: int
    near: int
    contained: int
    shared_groups: tuple[str, ...]
    leaks: tuple[Leak, ...] = ()


class LeakCertificate(Value):
    """What test rows share with training, validation and ancestor rows; the files are bound by their sha256.

    ``exact``, ``near`` and ``contained`` count test rows, each once; ``overlaps`` says it for each pair of files.
    """

    train_sha256: str
    test_sha256: str
    method: str
    exact: int
    shared_groups: tuple[str, ...]
    near: int = 0
    contained: int = 0
    test_rows: int | None = None
    threshold: float | None = None
    validation_sha256: str | None = None
    ancestors: tuple[str, ...] = ()
    overlaps: tuple[Overlap, ...] = ()

    @property
    def leaked(self) -> int:
        """Test rows that were seen in training, validation or by an ancestor."""
        return self.exact + self.near + self.contained

    @property
    def held_out(self) -> bool:
        """Whether the test rows may be called held-out."""
        return self.leaked == 0


class DataReport(Value):
    """All findings of one check, the token ledger and the totals."""

    findings: tuple[Diagnostic, ...]
    ledger: Ledger | None
    totals: dict[str, int]
    profile: Profile = Profile()
