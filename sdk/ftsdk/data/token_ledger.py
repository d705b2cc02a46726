"""Where every token goes, over all rows: trained + masked + truncated + dropped + padding = input."""

from __future__ import annotations

from collections.abc import Iterable

from ftsdk.data.tokens import CallableCounter, CountTokens, RowTokens, TokenCounter, row_tokens
from ftsdk.data.value import AnyRow, Ledger


def ledger(
    rows: Iterable[AnyRow], counter: TokenCounter | CountTokens, max_tokens: int | None = None, *, cut: bool = True
) -> Ledger:
    """The token ledger of ``rows``, once through.

    Trained are the tokens that the answers add to their empty turns; masked the prompt and the turns' frames. A counter
    that knows its trainer's labels, as the embedded engine's does, says itself what is trained. What lies past
    ``max_tokens`` is truncated, or the whole sequence dropped where the provider does not ``cut``. Nothing is padded:
    providers pack, and bill no padding.
    """
    how = counter if isinstance(counter, TokenCounter) else CallableCounter(counter)
    return add_up(row_tokens(row, how, max_tokens, cut=cut) for row in rows)


def add_up(parts: Iterable[RowTokens]) -> Ledger:
    """The ledger of rows whose tokens are known."""
    rows = longest = 0
    totals = [0] * 5
    for part in parts:
        rows, longest = rows + 1, max(longest, part.longest)
        totals = [total + tokens for total, tokens in zip(totals, part[:5], strict=True)]
    names = ("input", "trained", "masked", "truncated", "dropped")
    return Ledger(rows=rows, padding=0, longest=longest, **dict(zip(names, totals, strict=True)))
