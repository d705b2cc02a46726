"""What training and test rows share: the certificate that held-out rows were held out."""

from __future__ import annotations

import unicodedata

from ftsdk.data.value import Dataset, LeakCertificate, Row

METHOD = "exact prompt, compared after NFKC, case folding and joining of whitespace"


def prompt_key(row: Row) -> str:
    """A row's prompt without its system message, so written that case, width and spacing make no difference."""
    turns = [f"{message.role}\n{normalised(message.content)}" for message in row.prompt if message.role != "system"]
    return "\n\n".join(turns)


def normalised(text: str) -> str:
    """``text`` after NFKC, case folding and joining of whitespace."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def leaked_rows(train: Dataset, test: Dataset) -> tuple[tuple[Row, Row], ...]:
    """Each test row whose prompt occurs in the training rows, with the first training row that has it."""
    seen: dict[str, Row] = {}
    for row in train.rows:
        seen.setdefault(prompt_key(row), row)
    return tuple((seen[key], row) for row in test.rows if (key := prompt_key(row)) in seen)


def leak_certificate(train: Dataset, test: Dataset) -> LeakCertificate:
    """What ``train`` and ``test`` share, bound to both files by hash."""
    groups = {row.group for row in train.rows} & {row.group for row in test.rows}
    return LeakCertificate(
        train_sha256=train.sha256,
        test_sha256=test.sha256,
        method=METHOD,
        exact=len(leaked_rows(train, test)),
        shared_groups=tuple(sorted(group for group in groups if group is not None)),
    )
