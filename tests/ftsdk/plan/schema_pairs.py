"""Two documents for each field of a JSON Schema, which differ in it alone: made from the schema, none is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Node = Mapping[str, Any]
# What fits each pattern of the schema; a pattern that is new there has to be told here.
PATTERNS: dict[str, tuple[str, str]] = {
    "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$": ("first", "second"),
    "^(alias|run|model):\\S+$": ("run:r1", "run:r2"),
    "^[0-9a-f]{64}$": ("0" * 64, "1" * 64),
    "^https?://[^\\s/@]+(/\\S*)?$": ("https://one.example", "https://two.example"),
    "^[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*$": ("graders:first", "graders:second"),
    "^(group|person):[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$": ("group:first", "person:second"),
    "^[1-9][0-9]{0,3}[mhdw]$": ("2h", "3h"),
    "^#[^\\s#]+$": ("#first", "#second"),
}


class Pair(NamedTuple):
    """The dotted path of a field, without list positions, and two values of what was asked about."""

    path: str
    before: Any
    after: Any


class Pairs:
    """The pairs of one schema."""

    def __init__(self, schema: Node) -> None:
        self._schema = schema

    def of(self, node: Node, path: str = "") -> Iterator[Pair]:
        """Every field below ``node``, with two values of ``node`` that differ there alone."""
        node = self._plain(node)
        if branches := self._branches(node):
            for branch in branches:
                yield from self.of(branch, path)
            yield from (Pair(path, self.least(branches[0]), self.least(other)) for other in branches[1:])
        elif "properties" in node:
            least = self.least(node)
            for name, part in node["properties"].items():
                for pair in self.of(part, f"{path}.{name}" if path else name):
                    yield Pair(pair.path, {**least, name: pair.before}, {**least, name: pair.after})
        elif node.get("type") == "array" and "prefixItems" not in node:
            for pair in self.of(node["items"], path):
                yield Pair(pair.path, [pair.before], [pair.after])
        elif "const" not in node and node.get("type") != "null":
            yield Pair(path, *self._values(node))

    def least(self, node: Node) -> Any:
        """The smallest value that fits."""
        node = self._plain(node)
        if branches := self._branches(node):
            return self.least(branches[0])
        if "const" in node:
            return node["const"]
        if "properties" in node:
            # A kind that is not required has a default, which would be another branch's.
            wanted = [
                *node.get("required", ()),
                *(name for name, part in node["properties"].items() if "const" in part),
            ]
            return {name: self.least(node["properties"][name]) for name in wanted}
        if node.get("type") == "array" and "prefixItems" not in node:
            return [self.least(node["items"])]
        return None if node.get("type") == "null" else self._values(node)[0]

    def _plain(self, node: Node) -> Node:
        while "$ref" in node:
            node = self._schema["$defs"][node["$ref"].rpartition("/")[2]]
        return node

    def _branches(self, node: Node) -> list[Node]:
        return [*node.get("anyOf", ()), *node.get("oneOf", ())]

    def _values(self, node: Node) -> tuple[Any, Any]:
        """Two values of a scalar, or of a mapping with any keys."""
        if "enum" in node:
            return node["enum"][0], node["enum"][1]
        if "pattern" in node:
            return PATTERNS[node["pattern"]]
        if "prefixItems" in node:
            return [0, 1], [0, 2]
        kind = node["type"]
        if kind in ("integer", "number"):
            return _numbers(node, kind)
        if kind == "object":
            return {"a": self._any(node, 0)}, {"a": self._any(node, 1)}
        return {"string": ("one", "two"), "boolean": (False, True)}[kind]

    def _any(self, node: Node, number: int) -> Any:
        values = node.get("additionalProperties")
        if not isinstance(values, dict):
            return number
        found = next(self.of(values))
        return found.after if number else found.before


def _numbers(node: Node, kind: str) -> tuple[float, float]:
    low = node.get("minimum", node.get("exclusiveMinimum", 0))
    high = node.get("maximum", node.get("exclusiveMaximum", low + 8))
    if kind == "integer":
        return low, low + 1
    step = min(high - low, 8) / 4
    return low + step, low + 2 * step
