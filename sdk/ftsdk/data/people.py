"""Names of persons in text, told by a language model: Microsoft's Presidio over a spaCy model that the user has."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ftsdk.data.private import PERSON, Found
from ftsdk.errors import ExtraMissing, UsageError


class People:
    """Finds names with a spaCy model, an installed package or a directory; raises UsageError, ExtraMissing."""

    def __init__(self, model: str) -> None:
        try:
            import spacy
            from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
            from presidio_analyzer.nlp_engine import SpacyNlpEngine
            from presidio_analyzer.predefined_recognizers import SpacyRecognizer
        except ImportError:
            raise ExtraMissing("presidio-analyzer", "names") from None
        # Presidio would download what is not here; rows with private data are no place to be surprised by that.
        if not (spacy.util.is_package(model) or (Path(model) / "meta.json").is_file()):
            help = f"python -m spacy download {model}, or give the directory of one"
            raise UsageError(f"there is no spaCy model {model!r} on this machine", help=help)
        language = spacy.util.get_model_meta(Path(model))["lang"] if Path(model).is_dir() else model.split("_")[0]
        recognizer = SpacyRecognizer(supported_language=language, supported_entities=["PERSON"])
        self._language = language
        self._analyzer = AnalyzerEngine(
            nlp_engine=SpacyNlpEngine(models=[{"lang_code": language, "model_name": model}]),
            registry=RecognizerRegistry(recognizers=[recognizer], supported_languages=[language]),
            supported_languages=[language],
        )

    def find(self, text: str) -> list[Found]:
        """Every name in ``text``, by place."""
        found = self._analyzer.analyze(text, language=self._language, entities=["PERSON"])
        return sorted(Found(PERSON.name, item.start, item.end) for item in found)

    def masked(self, text: str) -> str:
        """``text`` with ``[person]`` in place of each name."""
        for item in reversed(self.find(text)):
            text = f"{text[: item.start]}[{item.kind}]{text[item.end :]}"
        return text


@cache
def people(model: str) -> People:
    """Models take seconds to load, so each is loaded once a process."""
    return People(model)
