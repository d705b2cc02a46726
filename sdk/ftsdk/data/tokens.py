"""Where every token goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ftsdk.data.value import Ledger, Message, Row


def ledger(
    rows: Iterable[Row], count_tokens: Callable[[Sequence[Message]], int], max_tokens: int | None = None
) -> Ledger:
    """The token ledger of ``rows``, once through.

    Trained are the tokens that the answer adds to its empty turn; masked the prompt and the turns' frames (of which a
    trainer may learn the token that ends the answer); truncated
    what lies past ``max_tokens``. Nothing is dropped or padded: over-long rows are errors before it comes to that.
    """
    count = total = trained = truncated = longest = 0
    for row in rows:
        whole = count_tokens(row.messages)
        empty = count_tokens((*row.prompt, Message(role="assistant", content="")))
        beyond = max(0, whole - max_tokens) if max_tokens is not None else 0
        answer = max(0, whole - empty)
        count, total, longest = count + 1, total + whole, max(longest, whole)
        trained += max(0, answer - beyond)
        truncated += beyond
    masked = total - trained - truncated
    return Ledger(
        rows=count,
        input=total,
        trained=trained,
        masked=masked,
        truncated=truncated,
        dropped=0,
        padding=0,
        longest=longest,
    )
