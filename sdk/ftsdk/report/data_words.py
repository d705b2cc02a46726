"""What is said of a file of rows, once for the terminal and the page."""

from __future__ import annotations

from ftsdk.data.card import DataCard
from ftsdk.report.wording import count, counted, percent

DUPLICATES = (("exact duplicates", "data/duplicate"), ("near-duplicates", "data/near-duplicate"),
              ("other answers to the same prompt", "data/conflict"))  # fmt: skip


def headline(card: DataCard) -> str:
    """The file in one sentence."""
    report = card.check
    tokens = f", {count(report.ledger.input)} tokens" if report.ledger else ""
    found = counted(report.totals["errors"], "error") if report.totals["errors"] else "no errors"
    return f"{counted(report.totals['rows'], 'row')}{tokens}, {found}"


def sentences(card: DataCard) -> tuple[str, ...]:
    """Whether it is enough: what the guidance says, the ceiling, and what a test can show."""
    return (card.guidance, agreement(card), power(card))


def agreement(card: DataCard) -> str:
    """The labels' agreement with themselves."""
    found = card.agreement
    if found is None:
        return "no prompt is there twice, so how well the labels agree is not known: label 50 rows a second time"
    return (
        f"rows that ask the same agree in {percent(found.share)} of {counted(found.rows, 'repeat')} "
        f"({100 * found.low:.1f} to {100 * found.high:.1f}): expect no model to be right more often. "
        "Copies of a row agree with themselves; remove them first"
    )


def power(card: DataCard) -> str:
    """The smallest difference that a test can show."""
    test = card.power
    if test.yes_no is None:
        return f"{test.of} has {counted(test.rows, 'row')}: too few to show any difference reliably"
    low, high = test.yes_no
    score = "" if test.score is None else f"; in scores from 0 to 1, {test.score[0]:.1f} to {test.score[1]:.1f} points"
    rows = counted(test.rows, "row")
    return f"{test.of} ({rows}) can show a yes/no difference of {low:.1f} points at best, {high:.1f} at worst{score}"


def duplicates(card: DataCard) -> tuple[tuple[str, int], ...]:
    """Rows that repeat others, by kind."""
    return tuple((label, card.check.profile.found.get(code, 0)) for label, code in DUPLICATES)


def ledger(card: DataCard) -> tuple[tuple[str, int], ...]:
    """Tokens by fate."""
    found = card.check.ledger
    names = ("trained", "masked", "truncated", "dropped", "padding")
    return tuple((label, getattr(found, label)) for label in names) if found else ()
