"""The page: well-formed, self-contained, honest about what it shows, and deaf to what rows say."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from ftsdk.evals.value import Comparison, RowResult, Score
from ftsdk.report import fragment, page
from ftsdk.report.rows import SAMPLES_SHOWN, select
from ftsdk.trainers.contract import StepMetric
from tests.ftsdk.report.made import answer, make_comparison, make_metrics, make_plan, make_run

VOID = {"meta", "input", "br", "line", "circle", "polyline", "link", "img"}
HOSTILE = (
    "</script><script>alert(1)</script>",
    "</pre></article><img src=x onerror=alert(1)>",
    "<!-- never closed",
    "\" onmouseover='alert(1)' x=\"",
    "&lt;b&gt; $script ${style} $$",
    "abc \u202e\u2066txt.exe",
    "\x00\x1b[2J\x07",
    "]]><![CDATA[",
    "[" * 5_000,
    '{"a": ' * 3_000,
    "\ud800 lone surrogate",
)


class Page(HTMLParser):
    """Reads a page and remembers tags, text and what does not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def found(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        """Everything that is read, on one line."""
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def html(comparison: Comparison, metrics: tuple[StepMetric, ...]) -> str:
    return page(comparison, run=make_run(phase="done"), metrics=metrics, plan=make_plan())


def hostile_row(index: int, words: str) -> RowResult:
    """A row that says the same hostile thing everywhere, and loses."""
    score = {"fields": Score(value=0, detail=words, parts={words: 0.0})}
    perfect = {"fields": Score(value=1, detail=words, parts={words: 1.0})}
    return RowResult(
        id=words,
        group=words,
        prompt=words,
        expected=f'{{"field": {index}}}' if index % 2 else words,
        answers={"tuned": answer(words), "few-shot-12": answer(words, error=words, finish="error")},
        scores={"tuned": score, "few-shot-12": perfect},
    )


def test_the_page_is_well_formed_and_every_tag_closes(html: str) -> None:
    read = Page(html)
    assert read.faults == []
    assert read.open == []
    identities = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(identities) == len(set(identities))


def test_the_page_loads_nothing_and_allows_only_its_own_style_and_script(html: str) -> None:
    read = Page(html)
    assert not re.search(r"(?i)https?:|//\w+\.\w|@import|url\(|data:", html)
    assert {tag for tag, _ in read.tags} & {"link", "img", "iframe", "object", "embed", "base"} == set()
    assert all("src" not in attributes and "style" not in attributes for _, attributes in read.tags)
    assert not [key for _, attributes in read.tags for key in attributes if key.startswith("on")]
    policy = next(a["content"] or "" for a in read.found("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        inside = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert len(inside) == 1
        assert f"sha256-{b64encode(sha256(inside[0].encode()).digest()).decode()}" in policy


def test_the_headline_comes_first_and_losses_before_the_arms(html: str, comparison: Comparison) -> None:
    text = Page(html).text
    losses = f"worse on {comparison.contrasts[0].losses} rows"
    assert text.index(comparison.headline) < text.index(losses) < text.index("Arms, means with intervals")


def test_tables_name_their_columns_and_rows_for_those_who_listen(html: str) -> None:
    read = Page(html)
    assert {attributes.get("scope") for attributes in read.found("th")} == {"col", "row"}
    charts = [attributes for attributes in read.found("svg") if attributes.get("role") == "img"]
    assert [(chart["aria-label"] or "")[:18] for chart in charts] == ["fields (up is bett", "training loss goes"]
    assert all(a.get("aria-hidden") == "true" for a in read.found("svg") if a not in charts)
    assert all(a.get("tabindex") == "0" and a.get("aria-label") for a in read.found("div") if a.get("role") == "region")


def test_every_row_carries_what_the_filters_ask_for(html: str, comparison: Comparison) -> None:
    read = Page(html)
    cards = read.found("article")
    values = [a["value"] for a in read.found("input") if a.get("name") == "kind"]
    assert values == ["all", "loss", "win", "error"]
    assert {card["data-kind"] for card in cards} == {"loss", "win", "tie"}
    assert sum(card["data-error"] == "true" for card in cards) == 1
    assert comparison.primary is not None
    assert sum(card["data-kind"] == "loss" for card in cards) == comparison.primary.losses


def test_losses_are_sorted_worst_first_and_samples_are_the_same_every_time(comparison: Comparison) -> None:
    chosen = select(comparison)
    margins = [item.margin for item in chosen.losses]
    assert margins == sorted(margins)
    assert len(chosen.samples) == SAMPLES_SHOWN
    assert chosen == select(comparison)
    shown = [item.row.id for item in (*chosen.losses, *chosen.failures, *chosen.samples)]
    assert len(shown) == len(set(shown))
    assert page(comparison) == page(comparison)


def test_fields_of_a_json_answer_are_marked_as_the_grader_saw_them(html: str, comparison: Comparison) -> None:
    worst = select(comparison).losses[0].row
    card = html[html.index(f"<h4>{worst.id} ") :]
    text = Page(card[: card.index("</article>")]).text
    wrong = next(field for field, value in worst.scores["tuned"]["fields"].parts.items() if value == 0)
    assert "✗ wrong:" in text
    assert "✓ right:" in text
    assert wrong in text


def test_hostile_rows_stay_text(comparison: Comparison) -> None:
    rows = tuple(hostile_row(index, words) for index, words in enumerate(HOSTILE))
    names = {"name": HOSTILE[0], "headline": HOSTILE[1], "notes": HOSTILE}
    read = Page(page(comparison.model_copy(update={"rows": rows, **names})))
    assert read.faults == []
    assert len(read.found("script")) == 1
    assert read.found("img") == []
    assert not [key for _, attributes in read.tags for key in attributes if key.startswith("on")]
    assert not {"\u202e", "\u2066", "\x1b", "\x00", "\ud800"} & set(read.text)
    assert HOSTILE[0] in read.text
    assert "⟨U+202E⟩" in read.text


def test_an_answer_of_ten_megabytes_is_cut_with_a_note(comparison: Comparison) -> None:
    row = comparison.rows[0]
    long = row.model_copy(update={"answers": {**row.answers, "tuned": answer("x" * 10_000_000)}})
    written = page(comparison.model_copy(update={"rows": (long,)}))
    assert "… 9,996,000 more characters are not shown" in written
    assert len(written) < 200_000


def test_a_thousand_rows_make_a_page_of_bounded_size() -> None:
    large = make_comparison(1000)
    cards = Page(page(large)).found("article")
    assert len(cards) == select(large).shown <= 120


def test_a_comparison_of_texts_shows_whole_answers_side_by_side(comparison: Comparison) -> None:
    row = comparison.rows[0].model_copy(
        update={"expected": "Dear customer", "answers": {"tuned": answer("Dear customer"), "base": answer("")}}
    )
    text = Page(page(comparison.model_copy(update={"rows": (row,)}))).text
    assert "Dear customer" in text
    assert "empty answer" in text
    assert "not asked" in text


def test_a_comparison_with_next_to_nothing_in_it_is_still_a_page() -> None:
    bare = {"rows": (), "contrasts": (), "primary": None, "gates": (), "suites": (), "notes": ()}
    comparison = make_comparison(4).model_copy(update={**bare, "smallest_visible": None, "verdict": "cannot tell"})
    for value in (comparison, comparison.model_copy(update={"arms": ()})):
        read = Page(page(value))
        assert read.faults == []
        assert "cannot tell" in read.text


def test_a_loss_that_is_no_number_is_counted_not_drawn(comparison: Comparison) -> None:
    steps = [step.model_copy(update={"loss": float("nan")}) if step.step % 10 == 0 else step for step in make_metrics()]
    written = page(comparison, metrics=steps)
    assert "16 steps had no finite loss" in written
    assert "nan," not in written
    assert "training loss" not in page(comparison, metrics=steps[:1])


def test_a_notebook_gets_a_fragment_without_script(comparison: Comparison) -> None:
    hostile = make_run(name="<img src=x onerror=alert(1)>")
    for value in (comparison, make_plan(), hostile):
        read = Page(fragment(value))
        assert read.faults == []
        assert {"script", "html", "body", "img"} & {tag for tag, _ in read.tags} == set()
        assert value._repr_html_() == fragment(value)
