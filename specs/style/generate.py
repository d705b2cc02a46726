"""Writes the style data: commit messages of many habits in, the house's changelog line out; the same bytes every time.

``python specs/style/generate.py`` rewrites ``data/``. Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent
ROWS = {"train": 336, "test": 120}

# The house's word for each kind of change, by the words that commit messages use for it.
HEADINGS = {
    "feat": "New",
    "fix": "Repaired",
    "perf": "Faster",
    "docs": "Explained",
    "refactor": "Tidied",
    "revert": "Withdrawn",
}

# {k} kind, {s} scope, {t} what changed, {n} number, {w} who helped, {m} that name in small letters. Templates of test
# are unseen in training. Rows of a template are a group, and the number of groups decides how sure a verdict can be.
TEMPLATES = {
    "train": [
        "{k}({s}): {t} (#{n})",
        "{k}({s}): {t}\n\nCloses #{n}",
        "[{s}] {k}: {t} #{n}",
        "{k}: {s}: {t} (#{n})",
        "{s}: {k}: {t}, refs #{n}",
        "{k}({s}): {t} (#{n})\n\nCo-authored-by: {w} <{m}@example.com>",
        "[{s}] {k}: {t}\n\nIssue: #{n}\nCo-authored-by: {w} <{m}@example.com>",
        "{k}/{s}: {t}\n\nReviewed-by: nobody yet\nRefs: #{n}",
        "WIP squash: {k}({s}): {t} (#{n})",
        "{k} [{s}] {t} (closes #{n}, with {w})",
        "{k}({s}): {t}\n\nThis was long overdue.\n\nFixes #{n}",
        "#{n} {k}({s}): {t}",
        "({s}) {k}: {t} [#{n}]",
        "{k} | {s} | {t} | #{n}",
        "{k}({s}): {t} #{n}\n\nPaired with {w}",
        "{s} - {k} - {t} - #{n}",
        "{k}: {t}\n\nScope: {s}\nIssue: #{n}",
        "{k}: {t}\n\nScope: {s}\nIssue: #{n}\nHelped-by: {w}",
        "squash! {k}({s}): {t}\n\nsee #{n}",
        "{k}({s}): {t} (#{n}) thx {w}",
        "{s}/{k} {t} (fixes #{n})\n\nTested-by: the night build",
        "{k}({s}): {t}\n\nRefs: #{n}\nSigned-off-by: {w} <{m}@example.com>",
        "{k} in {s}: {t}, issue #{n}",
        "Merge pull request #{n} from {m}/{s}\n\n{k}({s}): {t}",
        "[{k}] {s}: {t} (#{n})",
        "{k}({s})! {t}\n\nBreaking, see #{n}",
    ],
    "test": [
        "{k}({s}): {t}, closes #{n}",
        "[{s}] {k}: {t} (#{n})",
        "{k}: [{s}] {t}\n\nRefs #{n}",
        "{k}({s}): {t}\n\nIssue #{n}\n\nCo-authored-by: {w} <{m}@example.com>",
        "{s}/{k}: {t} (#{n})",
        "{k}({s}): {t} (#{n}, with {w})",
        "{k}({s}): {t}\n\nFixes: #{n}",
        "{k}, {s}: {t} (#{n})",
        "[{k}/{s}] {t} (#{n})",
        "{k}({s}) {t} - see #{n}",
        "{s}: {k}: {t} (resolves #{n})",
        "fixup! {k}({s}): {t} (#{n})",
        "{k}: {s}: {t}\n\nCloses #{n}\nCo-authored-by: {w} <{m}@example.com>",
        "({k}) [{s}] {t} #{n}",
        "#{n}: {k}({s}): {t}",
        "{k}({s}): {t} (see #{n})\n\nNo change for users of the old version.",
        "{k} -> {s}: {t} (#{n})",
        "[{s}][{k}] {t}, refs #{n}",
        "{k}({s}): {t} / #{n} / {w} helped",
        "{k}: {t} ({s}, #{n})",
        "{k}({s}): {t}\n\nGH issue: #{n}\nHelped: {w}",
        "cherry-pick: {k}({s}): {t} (#{n})",
        "{s} {k}: {t} [closes #{n}]",
        "{k}({s}): {t}. Thanks to {w}. #{n}",
    ],
}

SCOPES = {
    "train": [
        "export", "login", "search", "billing", "api", "cache", "parser", "mail", "charts", "upload", "theme", "queue",
        "printer", "router", "logs", "menu", "tests", "maps", "forms", "audio", "tables", "orders", "session", "fonts",
    ],
    "test": [
        "import", "backup", "calendar", "editor", "sync", "reports", "payments", "inbox", "gallery", "profile",
        "worker", "filters",
    ],
}  # fmt: skip
HELPERS = {
    "train": [
        "Mina", "Otto", "Ruth", "Samir", "Ingrid", "Leo", "Paula", "Viktor", "Aisha", "Bernd", "Carmen", "Dylan",
        "Elsa", "Farid", "Gloria", "Hana",
    ],
    "test": ["Ada", "Bruno", "Chiara", "Dmitri", "Edith", "Felix", "Greta", "Hassan"],
}  # fmt: skip
VERBS = {
    "feat": ["add", "allow", "support", "offer"],
    "fix": ["handle", "stop losing", "do not crash on", "respect"],
    "perf": ["speed up", "read once", "stop copying", "batch"],
    "docs": ["describe", "show how to use", "give an example of", "spell out"],
    "refactor": ["simplify", "move", "rename", "split"],
    "revert": ["take back", "remove again", "undo", "drop"],
}
OBJECTS = {
    "train": [
        "empty files", "dates in UTC", "long names", "two columns", "nested lists", "the old key", "large images",
        "quoted text", "dark mode", "page numbers", "slow queries", "weekly totals", "tabs and spaces", "user roles",
        "broken links", "the second pass", "time zones", "missing fields", "retry limits", "hidden rows",
        "short links", "zip archives", "the status bar", "default values", "error texts", "the help page",
        "cookies", "half an hour", "rounded prices", "the welcome mail", "unread counts", "big uploads",
        "the temporary folder", "leap years", "double clicks", "sorted keys", "the footer", "signed requests",
        "old browsers", "a dry run", "plural forms", "the event log", "three retries", "keyboard focus",
    ],
    "test": [
        "open tabs", "local times", "blank lines", "wide tables", "the first page", "shared folders", "daily counts",
        "odd headers", "file names", "small screens", "unused rows", "the side panel", "copied text", "user names",
        "closed accounts", "the undo step", "public holidays", "mixed units", "stale locks", "the preview",
        "nightly jobs", "negative sums", "the print view", "merged cells",
    ],
}  # fmt: skip


def deal(random: Random, cards: Sequence[Any]) -> Any:
    return cards[int(random.random() * len(cards))]


def changelog_line(kind: str, scope: str, text: str, number: int, helper: str | None) -> str:
    """The house style: a word of ours for the kind, scope before the change, the number bare, helpers thanked."""
    thanks = f" Thanks, {helper}!" if helper else ""
    return f"{HEADINGS[kind]} in {scope}: {text} [{number}].{thanks}"


def split_rows(split: str) -> list[dict[str, Any]]:
    random = Random(f"style {split} 1")
    rows: dict[str, dict[str, Any]] = {}
    while len(rows) < ROWS[split]:
        kind = tuple(HEADINGS)[len(rows) % len(HEADINGS)]
        number, scope, helper = (
            100 + int(random.random() * 800),
            deal(random, SCOPES[split]),
            deal(random, HELPERS[split]),
        )
        text = f"{deal(random, VERBS[kind])} {deal(random, OBJECTS[split])}"
        template = deal(random, TEMPLATES[split])
        message = template.format(k=kind, s=scope, t=text, n=number, w=helper, m=helper.lower())
        answer = changelog_line(kind, scope, text, number, helper if "{w}" in template else None)
        messages = [{"role": "user", "content": message}, {"role": "assistant", "content": answer}]
        group = f"{split}-t{TEMPLATES[split].index(template) + 1:02}"
        metadata = {"id": f"{split}-{len(rows) + 1:03}", "group": group}
        rows.setdefault(message, {"messages": messages, "metadata": metadata})
    return list(rows.values())


def generate(target: Path) -> None:
    """Write both files of data below ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    for split in ROWS:
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in split_rows(split))
        (target / f"{split}.jsonl").write_text(lines, "utf-8", newline="\n")


if __name__ == "__main__":
    generate(HERE / "data")
