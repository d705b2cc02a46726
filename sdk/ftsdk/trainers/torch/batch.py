"""Rows as tensors, padded or packed, and the log probabilities of their answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ftsdk.trainers.smol.batches import Row

# Rows go through the model in groups of at most so many tokens, padding among them.
TOKENS_AT_ONCE = 4096


def groups(rows: Sequence[Row], *, packed: bool) -> Iterator[list[Row]]:
    """Neighbouring rows that fit into one pass; a row that is too long for that goes alone."""
    group: list[Row] = []
    for row in rows:
        wider = [*group, row]
        size = sum(len(one.tokens) for one in wider)
        if not packed:
            size = max(len(one.tokens) for one in wider) * len(wider)
        if group and size > TOKENS_AT_ONCE:
            yield group
            wider = [row]
        group = wider
    if group:
        yield group


def log_likelihoods(model: Any, rows: Sequence[Row], device: Any, *, packed: bool) -> list[Any]:
    """log p of each row's labelled tokens, one tensor a row, in fp32."""
    logits, places = (_packed if packed else _padded)(model, rows, device)
    return [_of_labels(logits, place, row.labels) for place, row in zip(places, rows, strict=True)]


def _of_labels(logits: Any, place: Any, labels: Sequence[int]) -> Any:
    import torch

    scores = logits[place].float()
    wanted = torch.tensor(labels, device=scores.device)
    return -torch.nn.functional.cross_entropy(scores, wanted, reduction="none")


def _padded(model: Any, rows: Sequence[Row], device: Any) -> tuple[Any, list[Any]]:
    """Logits (rows, kept positions, vocabulary) at every position that some row wants, and where each row's are."""
    import torch

    longest = max(len(row.tokens) for row in rows)
    tokens = torch.tensor([row.tokens + [0] * (longest - len(row.tokens)) for row in rows], device=device)
    mask = torch.tensor([[1] * len(row.tokens) + [0] * (longest - len(row.tokens)) for row in rows], device=device)
    kept = sorted({position for row in rows for position in row.wanted})
    column = {position: number for number, position in enumerate(kept)}
    positions = torch.tensor(kept, device=device)
    logits = model(input_ids=tokens, attention_mask=mask, logits_to_keep=positions, use_cache=False).logits
    return logits, [(number, [column[at] for at in row.wanted]) for number, row in enumerate(rows)]


def _packed(model: Any, rows: Sequence[Row], device: Any) -> tuple[Any, list[Any]]:
    """One sequence without padding: positions start again with each row, and no row sees another."""
    import torch

    starts = [sum(len(row.tokens) for row in rows[:number]) for number in range(len(rows))]
    tokens = torch.tensor([[token for row in rows for token in row.tokens]], device=device)
    positions = torch.tensor([[at for row in rows for at in range(len(row.tokens))]], device=device)
    kept = [start + at for start, row in zip(starts, rows, strict=True) for at in row.wanted]
    logits = model(
        input_ids=tokens, position_ids=positions, logits_to_keep=torch.tensor(kept, device=device), use_cache=False
    ).logits
    ends = [sum(len(row.wanted) for row in rows[: number + 1]) for number in range(len(rows))]
    spans = [slice(end - len(row.wanted), end) for end, row in zip(ends, rows, strict=True)]
    return logits, [(0, span) for span in spans]
