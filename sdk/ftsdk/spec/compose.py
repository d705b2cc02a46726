"""Text to a document: YAML's event stream, composed without recursion, with the position of every key and value.

``yaml.load`` and ``yaml.compose`` are not used: with libyaml, 100 KB of ``[`` kill the process there. Whatever lets two
readers see two documents (aliases, merge keys, tags, duplicate keys, directives) is refused with its place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from ftsdk.diagnostics import Diagnostic, Place
from ftsdk.spec.document import Document
from ftsdk.spec.places import Path, Span, error
from ftsdk.spec.positions import Entries, Marks, Positions, span_of
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
     "quote text that starts with @, ` or %"),
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


class _Frame:
    """A mapping or list that is still open; ``key`` waits for its value under ``name``."""

    __slots__ = ("dropped", "entries", "items", "key", "mapping", "marks", "name")

    def __init__(self, marks: Marks, entries: Entries, mapping: dict[str, Any] | None) -> None:
        self.marks = marks
        self.entries = entries
        self.mapping = mapping
        self.items: list[Any] = []
        self.key: yaml.ScalarEvent | None = None
        self.name = ""
        self.dropped = False


class _Stop(Exception):
    """Nothing sensible can be read past this place."""


class _Composer:
    """Takes events one by one and keeps the open collections on a stack of its own.

    Places are kept as the parser's events and only become spans when somebody asks: most specs are right.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Diagnostic] = []
        self.broken: set[Path] = set()
        self.open: list[_Frame] = []
        self.root: Any = None
        self.marks = Marks()
        self.documents = 0
        self.nodes = 0

    def refuse(self, code: str, message: str, span: Span, help: str, related: tuple[Place, ...] = ()) -> None:
        """Record an error at ``span``."""
        self.findings.append(error(f"yaml/{code}", message, span.place(self.file), help, related))

    def document(self, event: yaml.DocumentStartEvent) -> None:
        """The start of a document; the second one ends the reading."""
        self.documents += 1
        if self.documents > 1:
            self.refuse("second-document", "a second document starts here", span_of(event), "keep one document a file")
            raise _Stop
        if event.version or event.tags:
            help = "remove it; specs are YAML 1.2 without directives"
            self.refuse("directive", "a % directive", span_of(event), help)

    def scalar(self, event: yaml.ScalarEvent) -> None:
        """A key or a value."""
        self._count(event)
        frame = self.open[-1] if self.open else None
        if frame is not None and frame.mapping is not None and frame.key is None:
            self._key(frame, event)
            return
        value: Any = event.value
        refused = (event.anchor is not None or event.tag is not None) and self._decorated(event)
        if not event.style and not refused:
            try:
                value = core_scalar(value)
            except Refused as reason:
                self.refuse(reason.code.removeprefix("yaml/"), reason.message, span_of(event), reason.help)
                value, refused = None, True
        elif event.style == '"' and not shows_everything(value):
            self._hidden(event, "an escaped control or hidden character")
            value, refused = None, True
        if refused:
            self.broken.add(self._path())
        self._put(value, Marks(event))

    def start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        """The start of a mapping or list."""
        self._count(event)
        frame = self.open[-1] if self.open else None
        if frame is not None and frame.mapping is not None and frame.key is None:
            help = "put the text in quotes; templates such as {{ name }} are not part of specs"
            self.refuse("key-not-text", "a mapping or list used as a key", span_of(event), help)
            raise _Stop
        if len(self.open) == MAX_DEPTH:
            self.refuse(
                "too-deep", f"more than {MAX_DEPTH} levels deep", span_of(event), "no spec needs so many levels"
            )
            raise _Stop
        if (event.anchor is not None or event.tag is not None) and self._decorated(event):
            self.broken.add(self._path())
        entries: Entries = {}
        mapping: dict[str, Any] | None = {} if isinstance(event, yaml.MappingStartEvent) else None
        self.open.append(_Frame(Marks(event, entries), entries, mapping))

    def end(self, event: yaml.Event) -> None:
        """The end of a mapping or list."""
        frame = self.open.pop()
        frame.marks.end = event
        self._put(tuple(frame.items) if frame.mapping is None else frame.mapping, frame.marks)

    def alias(self, event: yaml.AliasEvent) -> None:
        """An alias, which is refused; as a key it ends the reading."""
        self._count(event)
        help = "write the value out; quote text that starts with *"
        self.refuse("alias", f"an alias, *{_short(event.anchor or '')}", span_of(event), help)
        frame = self.open[-1] if self.open else None
        if frame is not None and frame.mapping is not None and frame.key is None:
            raise _Stop
        self.broken.add(self._path())
        self._put(None, Marks(event))

    def _key(self, frame: _Frame, event: yaml.ScalarEvent) -> None:
        assert frame.mapping is not None
        key = frame.name = event.value
        frame.key, frame.dropped = event, True
        if event.anchor is not None or event.tag is not None:
            self._decorated(event)
        if not self._is_text(event):
            return
        if key in frame.mapping:
            first = span_of(frame.entries[key][0] or event).place(self.file)
            help = f"it is first given on line {first.line}; keep one of them"
            self.refuse("duplicate-key", f"key '{_short(key)}' is given twice", span_of(event), help, (first,))
            return
        frame.dropped = False

    def _is_text(self, event: yaml.ScalarEvent) -> bool:
        """Whether a key may be one; refuses it otherwise."""
        key = event.value
        if event.style:
            if event.style == '"' and not shows_everything(key):
                self._hidden(event, "an escaped control or hidden character in a key")
                return False
            return True
        if key == "<<":
            help = "write the keys out; specs have no anchors and no merging"
            self.refuse("merge-key", "a merge key", span_of(event), help)
            return False
        try:
            value = core_scalar(key)
        except Refused:
            value = None
        if not isinstance(value, str):
            shown = f"key {_short(key)}" if key else "an empty key"
            self.refuse("key-not-text", f"{shown} is not text", span_of(event), "put the key in quotes")
        return isinstance(value, str)

    def _hidden(self, event: yaml.Event, what: str) -> None:
        self.refuse("hidden-character", what, span_of(event), "remove the escape")

    def _decorated(self, event: yaml.NodeEvent) -> bool:
        """Refuse an anchor or a tag; whether there was one."""
        anchor, tag, span = event.anchor, getattr(event, "tag", None), span_of(event)
        if anchor is not None:
            self.refuse("anchor", f"an anchor, &{_short(anchor)}", span, "remove it; quote text that starts with &")
        if tag is not None:
            self.refuse("tag", f"a tag, {_short(tag)}", span, "remove it; quote text that starts with !")
        return anchor is not None or tag is not None

    def _count(self, event: yaml.Event) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            help = "keep data in files of its own"
            self.refuse("too-many-nodes", f"more than {MAX_NODES:,} values", span_of(event), help)
            raise _Stop

    def _path(self) -> Path:
        """The path of the value that comes next; it leads nowhere below a key that was refused."""
        return tuple(
            len(frame.items) if frame.mapping is None else frame.name + (_DROPPED if frame.dropped else "")
            for frame in self.open
        )

    def _put(self, value: Any, marks: Marks) -> None:
        if not self.open:
            self.root, self.marks = value, marks
            return
        frame = self.open[-1]
        if frame.mapping is None:
            frame.entries[len(frame.items)] = None, marks
            frame.items.append(value)
            return
        if not frame.dropped:
            frame.mapping[frame.name] = value
            frame.entries[frame.name] = frame.key, marks
        frame.key = None


def compose(text: str, file: str) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """The document in ``text`` with every finding; None when it cannot be read to its end."""
    composer = _Composer(file)
    whole = True
    try:
        _take_all(composer, text)
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
    keys, values = Positions(composer.marks, of_keys=True), Positions(composer.marks, of_keys=False)
    return Document(file, composer.root, keys, values, frozenset(composer.broken)), findings


def _take_all(composer: _Composer, text: str) -> None:
    """Hand every event to the composer; ``yaml.parse`` does the same with three calls more an event."""
    takes: dict[type[yaml.Event], Callable[[Any], None]] = {
        yaml.ScalarEvent: composer.scalar,
        yaml.MappingStartEvent: composer.start,
        yaml.SequenceStartEvent: composer.start,
        yaml.MappingEndEvent: composer.end,
        yaml.SequenceEndEvent: composer.end,
        yaml.AliasEvent: composer.alias,
        yaml.DocumentStartEvent: composer.document,
    }
    parser = _LOADER(text)
    try:
        for event in iter(parser.get_event, None):
            take = takes.get(type(event))
            if take is not None:
                take(event)
    finally:
        parser.dispose()


def _syntax_error(problem: yaml.YAMLError, file: str, text: str) -> Diagnostic:
    words = str(getattr(problem, "problem", None) or "")
    opening = "context_mark" if "unexpected end of stream" in words or "did not find expected ','" in words else ""
    mark = getattr(problem, opening, None) or getattr(problem, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.split("\n")
    line = min(line, len(lines))
    at = Span(line, column, line, column).place(file)
    if lines[line - 1][column - 1 : column] == "\t":
        return error("yaml/syntax", "a tab, where only spaces may indent", at, "put spaces in its place")
    for part, message, help in _SYNTAX:
        if part in words:
            return error("yaml/syntax", message, at, help)
    return error("yaml/syntax", "this is not valid YAML", at, "check the indentation, brackets and quotes around here")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
