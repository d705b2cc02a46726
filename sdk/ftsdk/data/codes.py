"""Every finding that a check of data can make: its code, how severe it is unless the spec says otherwise, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ftsdk.diagnostics import Severity

if TYPE_CHECKING:
    from ftsdk.spec.training_data import Checks

ERROR, WARNING, NOTE = Severity.error, Severity.warning, Severity.note


class Code(NamedTuple):
    """What a code means; ``fixable`` when `ft data fix` has a safe correction.

    ``check`` is the key of a spec's `dataset.checks` that sets its severity.
    """

    severity: Severity
    meaning: str
    fixable: bool = False
    check: str | None = None


CODES: dict[str, Code] = {
    # The file
    "data/no-file": Code(ERROR, "there is no such file"),
    "data/not-a-file": Code(ERROR, "a directory, pipe or device stands where a file should"),
    "data/unreadable": Code(ERROR, "the system refuses to read the file"),
    "data/unreadable-file": Code(ERROR, "the file's permissions forbid reading it"),
    "data/empty-file": Code(ERROR, "the file has no rows"),
    "data/gzip": Code(ERROR, "the compressed file is damaged, cut off, or unpacks to far more than it should"),
    "data/byte-order-mark": Code(NOTE, "the file begins with a byte order mark, which some providers refuse", True),
    "data/blank-line": Code(NOTE, "blank lines between rows, which some providers refuse", True),
    "data/import": Code(ERROR, "a file to import that cannot be read any further"),
    "data/left-out": Code(WARNING, "a record that could not become a row, and was left out of the import"),
    "data/many-findings": Code(ERROR, "there are more findings than are listed"),
    # The line
    "data/long-line": Code(ERROR, "a line longer than a row can be"),
    "data/not-utf8": Code(ERROR, "bytes that are not UTF-8"),
    "data/nul": Code(ERROR, "NUL bytes: the file was damaged, or is not text"),
    "data/cut-off": Code(ERROR, "the file ends inside its last row"),
    "data/not-json": Code(ERROR, "a line that is not JSON"),
    "data/deep": Code(ERROR, "a value nested deeper than a row can be"),
    "data/number": Code(ERROR, "a number that JSON does not have, or that no program can hold"),
    "data/duplicate-key": Code(ERROR, "an object with the same key twice, of which all but the last are lost"),
    "data/surrogate": Code(ERROR, "half a character, written as a lone \\ud800-\\udfff escape", True),
    # The row
    "data/not-an-object": Code(ERROR, "a row that is no JSON object"),
    "data/other-format": Code(ERROR, "a row in a format that must be imported first"),
    "data/mixed-formats": Code(ERROR, "rows of different methods or formats in one file"),
    "data/unknown-key": Code(ERROR, "a key that rows do not have, often a misspelt one"),
    "data/metadata": Code(ERROR, "metadata that is not a mapping of plain values"),
    "data/repeated-id": Code(ERROR, "one metadata.id on two rows"),
    "data/no-messages": Code(ERROR, "a row without messages"),
    "data/message": Code(ERROR, "a message that is not an object"),
    "data/role": Code(ERROR, "a role that chats do not have", True),
    "data/name": Code(ERROR, "a message name that is not a text"),
    "data/content": Code(ERROR, "a message without text as its content", True),
    "data/empty-content": Code(ERROR, "a message that is empty or only whitespace"),
    "data/empty-answer": Code(ERROR, "an answer that is empty or only whitespace"),
    "data/control-token": Code(ERROR, "text that a chat template would read as structure", True, "control_tokens"),
    "data/order": Code(ERROR, "messages in an order that chats do not have"),
    "data/alternation": Code(WARNING, "two messages of one role in a row, which some providers refuse"),
    "data/last-not-assistant": Code(ERROR, "a row to imitate (sft) that does not end with the answer", True),
    "data/last-not-user": Code(ERROR, "a prompt (dpo, rft) that does not end with what is asked"),
    "data/weight": Code(ERROR, "a weight that is not 0 or 1, or not on an assistant's message"),
    "data/nothing-trained": Code(ERROR, "a row of which nothing would be learnt: every weight is 0"),
    # Tools
    "data/tools": Code(ERROR, "tools that are not declared as functions with a JSON Schema"),
    "data/tool-call": Code(ERROR, "a tool call that is not of the documented form"),
    "data/tool-call-id": Code(ERROR, "tool calls and their results that do not belong together"),
    "data/tool-unanswered": Code(ERROR, "a tool call to which no result follows"),
    "data/tool-arguments": Code(ERROR, "arguments of a tool call that are not a JSON object"),
    "data/tool-schema": Code(ERROR, "arguments of a tool call that do not fit the declared schema"),
    "data/undeclared-tool": Code(ERROR, "a call of a tool that the row does not declare"),
    # Preference pairs
    "data/preference-output": Code(ERROR, "an answer of a pair that is not a list ending with the assistant's message"),
    "data/equal-pair": Code(ERROR, "a pair of equal answers, which teaches nothing", True),
    "data/equal-but-space": Code(ERROR, "a pair whose answers differ only in whitespace", True),
    # Rows together
    "data/few-rows": Code(WARNING, "fewer rows than improvements are seen with"),
    "data/duplicate": Code(WARNING, "a row that repeats another", True, "duplicates"),
    "data/near-duplicate": Code(WARNING, "a row that nearly repeats another", False, "near_duplicates"),
    "data/conflict": Code(WARNING, "the same prompt with another answer", False, "conflicts"),
    "data/outer-whitespace": Code(WARNING, "answers that begin or end with whitespace", True),
    "data/outlier": Code(NOTE, "a row far longer than the others", False, "outliers"),
    "data/imbalance": Code(NOTE, "one answer makes up nearly all rows, or labels that hardly occur"),
    "data/system-prompts": Code(NOTE, "more than one system prompt, so that some rows are trained under a rare one"),
    # Tokens
    "data/answer-cut": Code(ERROR, "the provider would cut the end of the answer off", False, "truncation"),
    "data/too-long": Code(ERROR, "a row of more tokens than the model takes"),
    "data/too-few": Code(ERROR, "fewer rows than the provider takes"),
    "data/too-many": Code(ERROR, "more rows or bytes than the provider takes"),
    # Private data
    "data/secret": Code(ERROR, "a credential, which the model would learn by heart", True, "secrets"),
    "data/personal": Code(WARNING, "personal data: a card, account, address, number or person", True, "pii"),
}


LEVELS = {"block": Severity.error, "warn": Severity.warning, "off": None}


def severity_of(code: str, checks: Checks | None = None) -> Severity | None:
    """How severe ``code`` is under a spec's ``checks`` (the table's own severity without); None when it is off."""
    entry = CODES[code]
    if checks is None or entry.check is None:
        return entry.severity
    return LEVELS[getattr(checks, entry.check)]
