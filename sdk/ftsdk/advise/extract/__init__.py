"""Words in: facts taken out of a description, each with the words it rests on; what is not said stays unknown."""

from ftsdk.advise.extract.keywords import facts_in_words

__all__ = ["facts_in_words"]
