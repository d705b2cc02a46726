"""A workspace for tests: its own directory, a scripted provider, nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ftsdk.providers.base import Provider
from ftsdk.testing.example import example_files, right_answers
from ftsdk.testing.scripted import ScriptedProvider
from ftsdk.workspace import Workspace


@contextmanager
def workspace(provider: Provider | None = None, files: Mapping[str, str] | None = None) -> Iterator[Workspace]:
    """A `Workspace` in a temporary directory whose connection ``local`` is a scripted provider.

    ``files`` (path -> text) are written over the example project, whose spec is ``specs/example.yaml``; the default
    provider trains nothing, answers the example's questions right when tuned, and echoes them as the base model.
    """
    with TemporaryDirectory(prefix="ftsdk-") as directory:
        root = Path(directory)
        for name, text in {**example_files(), **(files or {})}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        provided = {"local": provider or ScriptedProvider(tuned=right_answers())}
        opened = Workspace(root, providers=provided, poll_seconds=0.0)
        try:
            yield opened
        finally:
            opened.close()
