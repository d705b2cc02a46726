"""Words in: facts taken out of a description, each with the words it rests on; what is not said stays unknown."""

from ftsdk.advise.extract.keywords import facts_in_words
from ftsdk.advise.extract.model import facts_by_model

__all__ = ["facts_by_model", "facts_in_words"]
