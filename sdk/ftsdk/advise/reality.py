"""What can still be trained and where, for the options that train: read off the providers' life table."""

from __future__ import annotations

from datetime import date, timedelta

from ftsdk.advise.facts import Facts
from ftsdk.advise.options import OptionCode
from ftsdk.advise.value import RouteNote
from ftsdk.advise.view import view
from ftsdk.catalogue import Route, routes

SOON = timedelta(days=183)

# What an option asks of a provider.
WAYS: dict[OptionCode, frozenset[str]] = {
    "sft": frozenset({"sft"}),
    "distil": frozenset({"sft", "distil"}),
    "rft": frozenset({"rft"}),
    "dpo": frozenset({"dpo"}),
    "cpt": frozenset({"cpt"}),
    "rag_ft": frozenset({"sft"}),
}
# The names under which people speak of a provider's models.
_MAKERS = {"openai": ("gpt", "openai", "o4", "davinci"), "anthropic": ("claude", "anthropic"), "mistral": ("mistral",)}


def provider_reality(option: OptionCode, facts: Facts, today: date) -> tuple[RouteNote, ...]:
    """Routes for ``option`` on ``today``: open ones first; those that are over only for the model in use."""
    wanted = WAYS.get(option)
    if wanted is None:
        return ()
    in_house = view(facts)["weights_stay_here"] == ("yes",)
    found = []
    for route in routes():
        fits = not route.methods or bool(wanted & set(route.methods))
        asked_for = route.open_on(today) or _made_by(route.provider, facts.current_model)
        if fits and asked_for and (route.in_house or not in_house):
            found.append(_note(route, today))
    order = {"open": 0, "ends soon": 1, "over": 2}
    return tuple(sorted(found, key=lambda note: order[note.status]))


def _made_by(provider: str, model: str) -> bool:
    return any(name in model.lower() for name in _MAKERS.get(provider, ()))


def _note(route: Route, today: date) -> RouteNote:
    if not route.open_on(today):
        status, words = "over", f"over since {route.trains_until}"
    elif route.trains_until is not None and route.trains_until - today <= SOON:
        status, words = "ends soon", f"training ends on {route.trains_until}, serving on {route.serves_until}"
    else:
        status, words = "open", "no end announced"
    return RouteNote.model_validate(
        {
            "provider": route.provider,
            "models": route.models,
            "status": status,
            "text": f"{words}; {route.for_whom}; {route.note}",
            "source": route.source,
            "as_of": route.as_of,
        }
    )
