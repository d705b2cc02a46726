"""Tables and charts: rows of equal length, a finite value in every place, names that fit."""

from __future__ import annotations

from typing import Any

from ftbot.screens.lint.composition import BLOCK_ID, RICH_TEXT
from ftbot.screens.lint.limits import limit
from ftbot.screens.lint.rules import Report, Rule, anything, each, number, shape, string, typed, unique, whole

RAW_TEXT = shape({"text": string(20_000, counted=True)}, ("text",))
RAW_NUMBER = shape({"value": number, "text": string(100, counted=True)}, ("value",))
CELLS: dict[str, Rule] = {"raw_text": RAW_TEXT, "raw_number": RAW_NUMBER, "rich_text": RICH_TEXT}


def _rectangular(report: Report, block: dict[str, Any], at: str) -> None:
    rows = [row for row in block.get("rows", ()) if isinstance(row, list)]
    if len({len(row) for row in rows}) > 1:
        report.add(f"{at}/rows", "ragged", "rows differ in length")


def _data_table(report: Report, block: dict[str, Any], at: str) -> None:
    _rectangular(report, block, at)
    rows = [row for row in block.get("rows", ()) if isinstance(row, list)]
    if rows and any(isinstance(cell, dict) and cell.get("type") == "rich_text" for cell in rows[0]):
        report.add(f"{at}/rows/0", "rich_header", "a header cell may not be rich_text")
    total = sum(len(str(cell.get("text", ""))) for row in rows for cell in row if isinstance(cell, dict))
    if total > limit("data_table", "text_total"):
        report.add(at, "too_long", f"has {total} characters in its cells")


TABLE = shape(
    {
        "block_id": BLOCK_ID,
        "rows": each(each(typed(CELLS), 1, limit("table", "columns")), 1, limit("table", "rows")),
        "column_settings": each(anything, 1, limit("table", "column_settings")),
    },
    ("rows",),
    _rectangular,
)
DATA_TABLE = shape(
    {
        "block_id": BLOCK_ID,
        "caption": string(2000, counted=True),
        "rows": each(
            each(typed(CELLS), 1, limit("data_table", "columns")),
            limit("data_table", "rows_min"),
            limit("data_table", "rows_incl_header"),
        ),
        "page_size": whole(1, limit("data_table", "page_size")),
        "row_header_column_index": whole(0, limit("data_table", "columns") - 1),
    },
    ("rows", "caption"),
    _data_table,
)

POINT = shape({"label": string(limit("data_visualization", "category_label")), "value": number}, ("label", "value"))
SERIES = shape(
    {
        "name": string(limit("data_visualization", "series_name")),
        "data": each(POINT, 1, limit("data_visualization", "points")),
    },
    ("name", "data"),
)
AXES = shape(
    {
        "categories": each(
            string(limit("data_visualization", "category_label")), 1, limit("data_visualization", "categories")
        ),
        "x_label": string(limit("data_visualization", "axis_label")),
        "y_label": string(limit("data_visualization", "axis_label")),
    },
    ("categories",),
)


def _complete(report: Report, chart: dict[str, Any], at: str) -> None:
    """Every series has one value for every category, in their order."""
    axes, series = chart.get("axis_config"), chart.get("series")
    if not isinstance(axes, dict) or not isinstance(series, list):
        return
    categories = axes.get("categories")
    unique(report, list(categories or ()), f"{at}/axis_config", "same_category", "categories")
    for index, one in enumerate(series):
        labels = [p.get("label") for p in one.get("data", ()) if isinstance(p, dict)] if isinstance(one, dict) else []
        if labels != categories:
            report.add(f"{at}/series/{index}", "incomplete_series", "needs one value for each category, in order")


def _positive(report: Report, chart: dict[str, Any], at: str) -> None:
    for index, part in enumerate(chart.get("segments", ())):
        if isinstance(part, dict) and not part.get("value", 0) > 0:
            report.add(f"{at}/segments/{index}", "not_positive", "a segment must be above zero")


_AXES_CHART = shape(
    {"series": each(SERIES, 1, limit("data_visualization", "series")), "axis_config": AXES},
    ("series", "axis_config"),
    _complete,
)
SEGMENT = shape({"label": string(limit("data_visualization", "segment_label")), "value": number}, ("label", "value"))
CHARTS: dict[str, Rule] = {
    "line": _AXES_CHART,
    "bar": _AXES_CHART,
    "area": _AXES_CHART,
    "pie": shape({"segments": each(SEGMENT, 1, limit("data_visualization", "segments"))}, ("segments",), _positive),
}
DATA_VISUALIZATION = shape(
    {
        "block_id": BLOCK_ID,
        "title": string(limit("data_visualization", "title"), counted=True),
        "chart": typed(CHARTS),
    },
    ("title", "chart"),
)
