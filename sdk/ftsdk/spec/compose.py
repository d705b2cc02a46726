"""Text to a document: YAML's event stream, composed without recursion, with the position of every key and value.

``yaml.load`` and ``yaml.compose`` are not used: with libyaml, 100 KB of ``[`` kill the process there. Whatever lets two
readers see two documents (aliases, merge keys, tags, duplicate keys, directives) is refused with its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from ftsdk.diagnostics import Diagnostic, Place
from ftsdk.spec.places import Path, Span, error
from ftsdk.spec.scalars import Refused, core_scalar
from ftsdk.spec.text import shows_everything

MAX_DEPTH = 32
MAX_NODES = 50_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Ends the key of an entry whose key is refused: its value is read for its own findings, then dropped. No key holds it.
_DROPPED = "\0"

# (part of the parser's sentence, ours, next step); the first that fits is taken.
_SYNTAX = (
    ("mapping values are not allowed", "a ':' that cannot stand here",
     "check the indentation of this line, and quote text that contains ': '"),
    ("cannot start any token", "a character that cannot start a value",
     "indent with spaces, not tabs; quote text that starts with @, ` or %"),
    ("unexpected end of stream", "a quotation mark that is never closed", "close it"),
    ("did not find expected '-' indicator", "a line that is no part of the list above it", "check its indentation"),
    ("did not find expected key", "a line that does not line up with the keys above it", "check its indentation"),
    ("could not find expected ':'", "a key without ':'", "write 'key: value'"),
    ("',' or ']'", "a list in [ ] that is not closed", "close it with ]"),
    ("',' or '}'", "a mapping in { } that is not closed", "close it with }"),
    ("node content", "a value is expected here", "close every [ and {, and write a value after each comma"),
    ("unknown escape", "an unknown escape after \\", "use single quotes when a backslash is meant as such"),
    ("incompatible YAML document", "a %YAML directive", "remove the line; specs are YAML 1.2 without directives"),
    ("directive", "a % directive", "remove the line; specs are YAML 1.2 without directives"),
)  # fmt: skip


@dataclass(frozen=True)
class Document:
    """A composed text: mappings as dicts, sequences as tuples; ``broken`` are paths whose value was refused.

    ``files`` names the file of each path that is not written in ``file`` itself.
    """

    file: str
    value: Any
    keys: dict[Path, Span]
    values: dict[Path, Span]
    broken: frozenset[Path]
    files: dict[Path, str] = field(default_factory=dict)

    def place(self, path: Path) -> Place:
        """`span`, with the file that it is in."""
        return self.span(path).place(self._file(path))

    def key_place(self, path: Path) -> Place:
        """`key_span`, with the file that it is in."""
        return self.key_span(path).place(self._file(path))

    def _file(self, path: Path) -> str:
        written = next((path[:length] for length in range(len(path), -1, -1) if self._writes(path[:length])), ())
        return self.files.get(written, self.file)

    def _writes(self, path: Path) -> bool:
        return path in self.keys or path in self.values

    def span(self, path: Path) -> Span:
        """Where the value at ``path`` stands; of an empty or missing one its key, or the nearest parent."""
        value = self.values.get(path)
        if value is not None and not (value.empty and path in self.keys):
            return value
        return self.key_span(path)

    def key_span(self, path: Path) -> Span:
        """Where the key at ``path`` stands; of a list item the item; of what is missing, the nearest parent's key."""
        for length in range(len(path), -1, -1):
            part = path[:length]
            span = self.keys.get(part) or self.values.get(part)
            if span is not None:
                return span
        return Span(1, 1, 1, 1)

    def get(self, *path: str | int) -> Any:
        """The value at ``path``, or None when it is not there."""
        value = self.value
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value


@dataclass
class _Frame:
    """A collection that is still open; ``key`` is the mapping key that waits for its value."""

    path: Path
    span: Span
    mapping: dict[str, Any] | None
    items: list[Any]
    key: str | None = None


class _Stop(Exception):
    """Nothing sensible can be read past this place."""


@dataclass
class _Composer:
    """Takes events one by one and keeps the open collections on a stack of its own."""

    file: str
    findings: list[Diagnostic] = field(default_factory=list)
    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)
    broken: set[Path] = field(default_factory=set)
    open: list[_Frame] = field(default_factory=list)
    root: Any = None
    documents: int = 0
    nodes: int = 0

    def take(self, event: yaml.Event) -> None:
        """Add one event; raises _Stop where reading must end."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._start(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._end(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(event)

    def refuse(self, code: str, message: str, span: Span, help: str, related: tuple[Place, ...] = ()) -> None:
        """Record an error at ``span``."""
        self.findings.append(error(f"yaml/{code}", message, span.place(self.file), help, related))

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            self.refuse("second-document", "a second document starts here", _span(event), "keep one document a file")
            raise _Stop
        if event.version or event.tags:
            self.refuse("directive", "a % directive", _span(event), "remove it; specs are YAML 1.2 without directives")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        span = _span(event)
        self._count(span)
        refused = self._decorated(event, span)
        frame = self.open[-1] if self.open else None
        if frame is not None and frame.mapping is not None and frame.key is None:
            self._key(frame, event, span)
            return
        path = self._path()
        try:
            value = core_scalar(event.value) if not event.style and not refused else event.value
        except Refused as reason:
            self.refuse(reason.code.removeprefix("yaml/"), reason.message, span, reason.help)
            value, refused = None, True
        if not shows_everything(event.value):
            self.refuse("hidden-character", "an escaped control or hidden character", span, "remove the escape")
            value, refused = None, True
        if refused:
            self.broken.add(path)
        self.values[path] = span
        self._put(value)

    def _key(self, frame: _Frame, event: yaml.ScalarEvent, span: Span) -> None:
        assert frame.mapping is not None
        key = event.value
        path = (*frame.path, key)
        if not self._is_text(event, span):
            key += _DROPPED
        elif path in self.keys:
            first = self.keys[path].place(self.file)
            help = f"it is first given on line {first.line}; keep one of them"
            self.refuse("duplicate-key", f"key '{_short(key)}' is given twice", span, help, (first,))
            key += _DROPPED
        self.keys.setdefault((*frame.path, key), span)
        frame.key = key

    def _is_text(self, event: yaml.ScalarEvent, span: Span) -> bool:
        """Whether a key may be one; refuses it otherwise."""
        key = event.value
        if not shows_everything(key):
            self.refuse(
                "hidden-character", "an escaped control or hidden character in a key", span, "remove the escape"
            )
            return False
        if event.style:
            return True
        if key == "<<":
            self.refuse("merge-key", "a merge key", span, "write the keys out; specs have no anchors and no merging")
            return False
        try:
            value = core_scalar(key)
        except Refused:
            value = None
        if not isinstance(value, str):
            shown = f"key {_short(key)}" if key else "an empty key"
            self.refuse("key-not-text", f"{shown} is not text", span, "put the key in quotes")
        return isinstance(value, str)

    def _start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        span = _span(event)
        self._count(span)
        frame = self.open[-1] if self.open else None
        if frame is not None and frame.mapping is not None and frame.key is None:
            help = "put the text in quotes; templates such as {{ name }} are not part of specs"
            self.refuse("key-not-text", "a mapping or list used as a key", span, help)
            raise _Stop
        if len(self.open) == MAX_DEPTH:
            self.refuse("too-deep", f"more than {MAX_DEPTH} levels deep", span, "no spec needs so many levels")
            raise _Stop
        path = self._path()
        if self._decorated(event, span):
            self.broken.add(path)
        self.values[path] = span
        mapping: dict[str, Any] | None = {} if isinstance(event, yaml.MappingStartEvent) else None
        self.open.append(_Frame(path, span, mapping, []))

    def _end(self, event: yaml.Event) -> None:
        frame = self.open.pop()
        end = _span(event)
        self.values[frame.path] = frame.span._replace(end_line=end.end_line, end_column=end.end_column)
        self._put(tuple(frame.items) if frame.mapping is None else frame.mapping)

    def _alias(self, event: yaml.AliasEvent) -> None:
        span = _span(event)
        self._count(span)
        self.refuse(
            "alias",
            f"an alias, *{_short(event.anchor or '')}",
            span,
            "write the value out; quote text that starts with *",
        )
        frame = self.open[-1] if self.open else None
        if frame is not None and frame.mapping is not None and frame.key is None:
            raise _Stop
        self.broken.add(self._path())
        self.values[self._path()] = span
        self._put(None)

    def _decorated(self, event: yaml.NodeEvent, span: Span) -> bool:
        """Refuse an anchor or a tag; whether there was one."""
        anchor, tag = event.anchor, getattr(event, "tag", None)
        if anchor is not None:
            self.refuse("anchor", f"an anchor, &{_short(anchor)}", span, "remove it; quote text that starts with &")
        if tag is not None:
            self.refuse("tag", f"a tag, {_short(tag)}", span, "remove it; quote text that starts with !")
        return anchor is not None or tag is not None

    def _count(self, span: Span) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.refuse("too-many-nodes", f"more than {MAX_NODES:,} values", span, "keep data in files of its own")
            raise _Stop

    def _path(self) -> Path:
        """The path of the value that comes next."""
        if not self.open:
            return ()
        frame = self.open[-1]
        return (*frame.path, len(frame.items) if frame.mapping is None else frame.key or "")

    def _put(self, value: Any) -> None:
        if not self.open:
            self.root = value
            return
        frame = self.open[-1]
        if frame.mapping is None:
            frame.items.append(value)
        else:
            if frame.key is not None and not frame.key.endswith(_DROPPED):
                frame.mapping[frame.key] = value
            frame.key = None


def compose(text: str, file: str) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """The document in ``text`` with every finding; None when it cannot be read to its end."""
    composer = _Composer(file)
    whole = True
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except _Stop:
        whole = composer.documents > 1
    except yaml.YAMLError as problem:
        composer.findings.append(_syntax_error(problem, file, text))
        whole = False
    if whole and composer.documents == 0:
        start = Span(1, 1, 1, 1).place(file)
        composer.findings.append(error("yaml/empty", "the file is empty", start, "`ft init` writes a first spec"))
        whole = False
    findings = tuple(composer.findings)
    if not whole:
        return None, findings
    return Document(file, composer.root, composer.keys, composer.values, frozenset(composer.broken)), findings


def _syntax_error(problem: yaml.YAMLError, file: str, text: str) -> Diagnostic:
    words = str(getattr(problem, "problem", None) or "")
    opening = "context_mark" if "unexpected end of stream" in words or "did not find expected ','" in words else ""
    mark = getattr(problem, opening, None) or getattr(problem, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    last = text.count("\n") + 1
    at = Span(min(line, last), column, min(line, last), column).place(file)
    for part, message, help in _SYNTAX:
        if part in words:
            return error("yaml/syntax", message, at, help)
    return error("yaml/syntax", "this is not valid YAML", at, "check the indentation, brackets and quotes around here")


def _span(event: yaml.Event) -> Span:
    start, end = event.start_mark, event.end_mark
    assert start is not None and end is not None  # both parsers mark every event
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
