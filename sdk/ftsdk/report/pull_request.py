"""Plans as one comment on a pull request: a table, what changes, who must agree; folded, bounded, inert."""

from __future__ import annotations

from collections.abc import Iterator

from ftsdk.diagnostics import Diagnostic, Severity
from ftsdk.plan.value import FieldChange, Plan, PlanSet, Unplanned
from ftsdk.prices.value import Interval
from ftsdk.report.prose import inert
from ftsdk.report.wording import count, counted, money

MARKER = "<!-- ftsdk:plan:v1"
MAX_CHARACTERS = 60_000
CHANGES_SHOWN = 60
FINDINGS_SHOWN = 20
LEVELS = ("hard_mandatory", "soft_mandatory", "advisory")
WORDS = {
    "train": "train", "continue": "train further", "evaluate": "re-evaluate", "deploy": "deploy again",
    "promote": "promote", "metadata": "metadata only", "reuse": "reuse, nothing to pay",
    "none": "nothing",
}  # fmt: skip


def pull_request(found: PlanSet) -> str:
    """The comment. Nothing that a pull request's author wrote can end a fold, close a comment or call a person."""
    shown = [plan for plan in found.plans if plan.change != "none"]
    head = f"{MARKER} head={_hex(found.head)} base={_hex(found.base)} plan={_digests(shown)} -->"
    blocks = [head, f"### ft plan: {_headline(found, shown)}"]
    if shown:
        rows = "\n".join(map(_row, shown))
        blocks.append(f"| spec | change | tokens | cost | policy | approval |\n|---|---|--:|--:|---|---|\n{rows}")
    blocks += map(_unplanned, found.unplanned)
    blocks += [f"- drift: {inert(text)}" for text in found.drift]
    blocks += [f"- note: {inert(text)}" for text in found.notes]
    if found.state.startswith("state unknown"):
        blocks.append(f"**{inert(found.state)}**")
    tail = _tail(shown)
    room = MAX_CHARACTERS - len(tail) - 200
    left = [*map(_fold, shown)]
    text = "\n\n".join(blocks)
    if len(text) > room:
        text = text[: text.rfind("\n", 0, room)] + "\n\nmore specs than a comment holds: `ft plan` shows all"
        left = []
    for number, fold in enumerate(left):
        if len(text) + len(fold) + 2 > room:
            text += f"\n\nand the details of {counted(len(left) - number, 'more spec')}: `ft plan` shows all"
            break
        text += f"\n\n{fold}"
    return f"{text}\n\n{tail}\n"


def _headline(found: PlanSet, shown: list[Plan]) -> str:
    counts: dict[str, int] = {}
    for plan in shown:
        counts[plan.change] = counts.get(plan.change, 0) + 1
    said = [f"{number} to {WORDS[change].split(',')[0]}" for change, number in counts.items()]
    blocked = sum(map(_is_blocked, shown))
    said += [f"**{blocked} blocked**"] if blocked else []
    said += [f"{counted(len(found.unplanned), 'spec')} cannot be planned"] if found.unplanned else []
    said += [f"worst case **{money(found.worst_usd)}**"] if shown else []
    return ", ".join(said) or "no changes"


def _tokens(plan: Plan) -> str:
    epochs = plan.order.epochs
    return count(plan.ledger.input * epochs) if epochs is not None else f"{count(plan.ledger.input)} an epoch"


def _row(plan: Plan) -> str:
    tokens = _tokens(plan) if not plan.reuses_run else "-"
    need = ", ".join(f"{each.act}: {each.count} of {' or '.join(map(inert, each.approvers))}" for each in plan.needs)
    cells = (inert(plan.name), WORDS[plan.change], tokens, _ends(plan.usd), _policy(plan), need or "none")
    return f"| {' | '.join(cells)} |"


def _is_blocked(plan: Plan) -> bool:
    return any(finding.severity == "error" for finding in plan.findings)


def _policy(plan: Plan) -> str:
    """What stands in the way, by the rule's name, before what only warns."""
    broken = [verdict for verdict in plan.policy if not verdict.passed]
    by = {level: [inert(each.rule) for each in broken if each.level == level] for level in LEVELS}
    errors = sum(each.severity == "error" and not each.code.startswith("policy/") for each in plan.findings)
    stops = [*by["hard_mandatory"], *([counted(errors, "error")] if errors else [])]
    said = [f"**blocked**: {', '.join(stops)}"] if stops else []
    said += [f"override needed: {', '.join(by['soft_mandatory'])}"] if by["soft_mandatory"] else []
    said += [f"warns: {', '.join(by['advisory'])}"] if by["advisory"] else []
    return "; ".join(said) or "pass"


def _ends(usd: Interval) -> str:
    low, high = money(usd.low), money(usd.high)
    return low if low == high else f"{low} to {high}"


def _fold(plan: Plan) -> str:
    """Everything else of one plan, folded."""
    blocked = ", blocked" if _is_blocked(plan) else ""
    lines = [f"<details><summary>{_html(plan.name)}: {counted(len(plan.changes), 'change')}{blocked}</summary>", ""]
    # A word of ours goes first: what begins a line could be a list, a task or a command.
    lines += [f"In {inert(plan.spec_path)}: {inert(plan.why)}", ""]
    if plan.changes:
        lines += [*_diff(plan.changes), ""]
    ordered = sorted(plan.findings, key=lambda finding: list(Severity).index(finding.severity))[:FINDINGS_SHOWN]
    lines += [_finding(finding) for finding in ordered if finding.severity == "error"]
    lines += [
        f"- {line.what}: {_ends(line.usd)} = {inert(line.formula)}; "
        f"{inert(line.source)}, {line.as_of or 'no date'}, {line.sure} certainty"
        for line in plan.costs
        if line.usd.high > 0
    ]
    lines += [f"- budget: {inert(plan.budget)}"] if plan.budget else []
    if plan.life is not None and plan.life.serves_until is not None:
        days = plan.life.days_from(plan.observed_at.date()) if plan.observed_at else None
        left = f", {counted(days, 'day')} from the snapshot" if days is not None else ""
        lines.append(f"- life: answers until {plan.life.serves_until}{left} ({inert(plan.life.source)})")
    lines += [_finding(finding) for finding in ordered if finding.severity != "error"]
    more = len(plan.findings) - FINDINGS_SHOWN
    lines += [f"- and {counted(more, 'more finding')}: `ft plan` shows all"] if more > 0 else []
    return "\n".join([*lines, "", "</details>"])


def _finding(finding: Diagnostic) -> str:
    """One finding; of what blocks also what to do."""
    help = f"; {inert(finding.help)}" if finding.help and finding.severity == "error" else ""
    level = f"**{finding.severity}**" if finding.severity == "error" else finding.severity
    return f"- {level}: {inert(finding.message)}{help} ({inert(str(finding.place or ''))})"


def _diff(changes: tuple[FieldChange, ...]) -> Iterator[str]:
    """A fenced diff; the fence is longer than any run of backticks in it."""
    lines: list[str] = []
    for change in changes[:CHANGES_SHOWN]:
        where = f"  ({change.place})" if change.place else ""
        lines += [f"- {_one_line(f'{change.path}: {change.old}')}"] if change.old is not None else []
        if change.new is not None:
            lines.append(f"+ {_one_line(f'{change.path}: {change.new}{where}  {change.note}'.rstrip())}")
    if len(changes) > CHANGES_SHOWN:
        lines.append(f"  and {len(changes) - CHANGES_SHOWN} more")
    longest = max((len(run) for line in lines for run in _backticks(line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}diff"
    yield from lines
    yield fence


def _backticks(line: str) -> list[str]:
    return "".join(character if character == "`" else " " for character in line).split()


def _one_line(text: str) -> str:
    from ftsdk.report.untrusted import line

    return line(text, 300)


def _unplanned(item: Unplanned) -> str:
    return f"- **cannot be planned**: {inert(item.spec_path)}: {inert(item.message)}"


def _tail(shown: list[Plan]) -> str:
    waiting = [plan for plan in shown if plan.needs and not _is_blocked(plan)]
    said = ["What is blocked cannot be approved."] if any(map(_is_blocked, shown)) else []
    said += [
        f"Approve with a comment that says `/ft approve {_short(plan)}` ({inert(plan.name)})." for plan in waiting[:20]
    ]
    said.append("An approval is void when the spec, its data, the policy or prices change.")
    return " ".join(said)


def _digests(shown: list[Plan]) -> str:
    """All of them: what the comment does not name cannot be approved from it."""
    return ",".join(map(_short, shown))


def _short(plan: Plan) -> str:
    return plan.digest.removeprefix("sha256:")[:12]


def _hex(text: str) -> str:
    return "".join(character for character in text if character in "0123456789abcdef")[:40]


def _html(text: str) -> str:
    import html

    return html.escape(inert(text).replace("\\", ""))
