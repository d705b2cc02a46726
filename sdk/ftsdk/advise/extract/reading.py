"""Words in, facts out: read by a language model where one is named, by key words on this machine where none is."""

from __future__ import annotations

from ftsdk.advise.extract.keywords import facts_in_words
from ftsdk.advise.extract.model import facts_by_model
from ftsdk.advise.facts import Facts
from ftsdk.diagnostics import Diagnostic
from ftsdk.providers.structured import structured


def facts_in_text(
    text: str, model: str | None = None, onto: Facts | None = None
) -> tuple[Facts, tuple[Diagnostic, ...]]:
    """Facts in a description, and what was left out; ``model`` is ``openai:MODEL`` or ``anthropic:MODEL``.

    Without a model nobody else sees the text. Raises UsageError for another maker, ProviderError when the model cannot
    be asked.
    """
    if model is None:
        return facts_in_words(text, onto), ()
    return facts_by_model(text, structured(model), onto)
