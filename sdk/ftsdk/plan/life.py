"""How long a model can still be trained and served, who may train it, and what still trains when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ftsdk.catalogue import Route, matches_model, routes
from ftsdk.diagnostics import Diagnostic
from ftsdk.plan.value import Life
from ftsdk.providers.base import Capabilities
from ftsdk.spec import SpecFile
from ftsdk.spec.places import error, warning

SHORT_DAYS = 90
ALTERNATIVES = 5
# What the routes of the table are called in ftsdk.yaml.
PROVIDERS = {"openai_compatible": "openai", "ray": "your own machines"}


def life_of(type: str, capabilities: Capabilities | None, model: str, method: str) -> Life | None:
    """The life of a model at a type of connection: the provider's own date first, then the dated table's."""
    route = _route(type, model, method)
    said = capabilities.retires if capabilities else None
    if route is None and said is None:
        return None
    return Life(
        trains_until=route.trains_until if route else None,
        serves_until=said or (route.serves_until if route else None),
        for_whom=route.for_whom if route else "every customer",
        source="the provider" if said else route.source if route else "",
        sure="high" if said else route.sure if route else "low",
        as_of=None if said else route.as_of if route else None,
    )


def life_findings(
    spec_file: SpecFile, life: Life | None, day: date, other_ways: tuple[str, ...]
) -> Iterator[Diagnostic]:
    """What the life of the model means for this plan on ``day``, at the model's name."""
    if life is None:
        return
    model, place = spec_file.spec.spec.model, spec_file.place("spec", "model")
    instead = f"what still trains: {'; '.join(other_ways)}" if other_ways else "`ft advise` says what else there is"
    if life.trains_until is not None and day > life.trains_until:
        message = f"{model} cannot be trained any more: that ended on {life.trains_until} ({life.source})"
        yield error("plan/not-trainable", message, place, instead)
        return
    if life.serves_until is not None and day > life.serves_until:
        message = (
            f"{model} was shut down on {life.serves_until}; a model tuned from it would not answer ({life.source})"
        )
        yield error("plan/not-trainable", message, place, instead)
        return
    if life.trains_until is not None and (life.trains_until - day).days < SHORT_DAYS:
        message = f"no new training of {model} after {life.trains_until}: it could not be trained again ({life.source})"
        yield warning("plan/training-ends", message, place, instead)
    if life.serves_until is not None and (life.serves_until - day).days < SHORT_DAYS:
        message = f"a model tuned from {model} answers until {life.serves_until} only ({life.source})"
        yield warning("plan/short-life", message, place, instead)
    if life.for_whom not in ("every customer", "everybody, on this machine", "everybody with GPUs"):
        message = f"{model} can be trained by {life.for_whom} only; others are refused after the upload"
        yield warning("plan/eligibility", message, place, instead)


def alternatives(model: str, method: str, day: date) -> tuple[str, ...]:
    """Ways that are open on ``day`` to train by ``method``, those that last longest first."""
    open_ = [
        route for route in routes() if route.open_on(day) and method in route.methods and route.provider != "local"
    ]
    ordered = sorted(open_, key=lambda route: (route.serves_until or date.max) < date.max)
    fitting = [route for route in ordered if not any(matches_model(name, model) for name in route.models)]
    return tuple(
        f"{', '.join(route.models[:3])} at {route.provider} ({route.for_whom})" for route in fitting[:ALTERNATIVES]
    )


def _route(type: str, model: str, method: str) -> Route | None:
    """The line of the table for a model, by its method where several fit; over ones count too."""
    provider = PROVIDERS.get(type, type)
    named = [r for r in routes() if r.provider == provider and any(_is(name, model) for name in r.models)]
    if not named and type == "bedrock" and "claude" in model.lower():
        named = [r for r in routes() if r.provider == "anthropic"]
    return next((r for r in named if method in r.methods), named[0] if named else None)


def _is(name: str, model: str) -> bool:
    """Whether the table's name means this model; ids write spaces as hyphens and add vendors and versions."""
    plain = name.lower().replace(" ", "-")
    return matches_model(plain, model) or matches_model(f"*{plain}*:*", model)
