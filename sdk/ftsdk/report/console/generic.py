"""Any value as a table of its fields, so that no value is ever without a drawing."""

from __future__ import annotations

from rich.console import Group, RenderableType

from ftsdk.report.console.layout import heading, pairs
from ftsdk.report.untrusted import shown
from ftsdk.values import Value

LONGEST_FIELD = 600


def draw_fields(value: Value) -> RenderableType:
    """The value's type and its fields, one a line; what is inside a field stands below one another."""
    return Group(
        heading(type(value).__name__),
        pairs((name, said_field(getattr(value, name))) for name in type(value).model_fields),
    )


def said_field(field: object) -> str:
    """One field on a few lines."""
    if field is None:
        return "none"
    if isinstance(field, Value):
        field = field.model_dump(mode="json")
    if isinstance(field, dict):
        return shown("\n".join(f"{name}: {inside}" for name, inside in field.items()), LONGEST_FIELD) or "none"
    if isinstance(field, list | tuple):
        return "\n".join(said_field(item) for item in field) or "none"
    return shown(str(field), LONGEST_FIELD)
