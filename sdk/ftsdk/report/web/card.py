"""A file of rows as a page: is it enough, lengths, labels, duplicates, ledger, findings, leaks."""

from __future__ import annotations

from html import escape

from ftsdk.data.card import DataCard
from ftsdk.data.value import LeakCertificate
from ftsdk.report.data_words import duplicates, headline, ledger, sentences
from ftsdk.report.untrusted import line
from ftsdk.report.web.bars import columns, share_bars
from ftsdk.report.web.frame import frame
from ftsdk.report.web.markup import name, table, text, verdict
from ftsdk.report.wording import count, counted, percent

SHOWN_LABELS = 30


def card_page(card: DataCard) -> str:
    """A whole HTML document that loads nothing."""
    report, profile = card.check, card.check.profile
    state = "failed" if report.totals["errors"] else "passed"
    sections = (
        ("enough", "Is it enough?", "<ul>" + "".join(f"<li>{escape(said)}</li>" for said in sentences(card)) + "</ul>"),
        ("lengths", "Lengths", _lengths(card)),
        (
            "labels",
            "Answers that are labels",
            share_bars("Labels by rows", "label", list(profile.labels.items())[:SHOWN_LABELS], report.totals["rows"]),
        ),
        ("duplicates", "Duplicates", _duplicates(card)),
        ("ledger", "Where every token goes", _ledger(card)),
        ("findings", "Findings", _findings(card)),
        ("leaks", "Leak certificate", _certificate(card.certificate)),
    )
    source = name(card.source)
    return frame(
        title=f"{source}: data",
        kicker=f"{source} {verdict(state)}",
        headline=escape(headline(card)),
        lead=escape(card.guidance),
        sections=sections,
        skip="findings",
    )


def _lengths(card: DataCard) -> str:
    found = card.check.profile.lengths
    if not found:
        return ""
    said = ", ".join(f"{key} {count(value)}" for key, value in found.items())
    return columns(card.check.profile.length_bins, across="tokens of a row", caption=f"Rows by their tokens: {said}")


def _duplicates(card: DataCard) -> str:
    rows = card.check.totals["rows"]
    said = f"<p>{counted(card.distinct_prompts, 'distinct prompt')} in {counted(rows, 'row')}.</p>"
    return said + share_bars("Rows that repeat others", "kind", duplicates(card), rows)


def _ledger(card: DataCard) -> str:
    found = card.check.ledger
    if found is None:
        return ""
    how = f"counted with {found.counter}" + (f", give or take {percent(found.error)}" if found.error else "")
    total = (
        f"<p>{count(found.input)} tokens once through, {escape(how)}; the longest row has {count(found.longest)}.</p>"
    )
    return total + share_bars("Tokens by what becomes of them", "tokens", ledger(card), found.input)


def _findings(card: DataCard) -> str:
    counts = table("Findings by code", ("code", "number"), _by_code(card)) if card.check.profile.found else ""
    rows = [
        (
            name(str(found.place.line) if found.place and found.place.line else "file"),
            f"<code>{name(found.code)}</code>",
            verdict_of(found.severity.value),
            text(found.message, 400),
            text(found.help or "", 200),
        )
        for found in card.check.findings
    ]
    listed = table(f"The first {len(rows)}", ("line", "code", "severity", "what", "next"), rows) if rows else ""
    return counts + listed or "<p>Nothing found that is wrong.</p>"


def _by_code(card: DataCard) -> list[tuple[str, str]]:
    return [(f"<code>{name(code)}</code>", count(number)) for code, number in card.check.profile.found.items()]


def verdict_of(severity: str) -> str:
    """A severity as a badge."""
    kind = {"error": "bad", "warning": "unsure"}.get(severity, "good")
    return f'<span class="badge {kind}">{escape(severity)}</span>'


def _certificate(certificate: LeakCertificate | None) -> str:
    if certificate is None:
        return ""
    seen = f"{count(certificate.leaked)} test rows were seen before: they are not held out."
    said = "No test prompt was seen before: the test rows are held out." if certificate.held_out else seen
    rows = [
        (name(item.first), name(item.second), count(item.exact), count(item.near), count(item.contained),
         count(len(item.shared_groups)))
        for item in certificate.overlaps
    ]  # fmt: skip
    head = ("seen in", "looked up", "exact", "near", "contained", "shared groups")
    hashes = f"train {certificate.train_sha256}, test {certificate.test_sha256}"
    return f"<p>{escape(said)}</p>{table('Rows that were seen before', head, rows)}<p><small>{line(hashes)}</small></p>"
