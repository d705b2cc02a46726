"""Which price holds for a model at a connection: the project's own, the dated table, or the package genai-prices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

from ftsdk.catalogue import Billing, TrainingPrice, billing, family, matches_model, prices_of, training_price
from ftsdk.spec.prices import PriceRule
from ftsdk.values import Value

if TYPE_CHECKING:
    from ftsdk.spec.model import Project

OURS = "spec.prices of ftsdk.yaml"
# Connections whose calls cost nothing but this machine's, or this cluster's, time.
FREE = frozenset({"local", "ray"})
# Names that genai-prices has for the kinds of connections; others are found by the model's name alone.
GENAI = {"openai": "openai", "azure": "azure", "anthropic": "anthropic", "bedrock": "aws", "together": "together"}


class Price(Value):
    """What one thing costs: low to high US dollars for one ``unit``, where that is from, and as of when."""

    low: float
    high: float
    unit: Literal["million tokens", "hour", "month"]
    source: str
    sure: Literal["high", "medium", "low"]
    as_of: date | None


class CallPrice(Value):
    """US dollars per million tokens of prompt, cached prompt and output."""

    input: float
    cached: float
    output: float
    source: str
    sure: Literal["high", "medium", "low"]
    as_of: date | None


class ModelPrices(Value):
    """Everything that a model costs at one connection; None where there is no price, or nothing is charged."""

    connection: str
    type: str
    model: str
    training: Price | None = None
    training_hour: Price | None = None
    hosting: Price | None = None
    storage: Price | None = None
    calls: CallPrice | None = None
    tuned_calls: CallPrice | None = None

    @property
    def oldest(self) -> date | None:
        """The date of the oldest price, a warning's measure; None where all are the project's own."""
        found = (self.training, self.training_hour, self.hosting, self.storage, self.calls, self.tuned_calls)
        days = [price.as_of for price in found if price is not None and price.as_of is not None]
        return min(days, default=None)


def prices_at(project: Project, connection: str, model: str) -> ModelPrices:
    """What ``model`` costs at a connection of ftsdk.yaml, in the way that this trains; the project's own prices win."""
    declared = project.spec.connections.get(connection)
    type = getattr(declared, "plugin", None) or (declared.type if declared else connection)
    trained = getattr(declared, "training_type", None)
    return model_prices(connection, type, model, project.spec.prices, training_type=trained)


def model_prices(
    connection: str, type: str, model: str, own: Sequence[PriceRule] = (), *, training_type: str | None = None
) -> ModelPrices:
    """What ``model`` costs at ``connection``, of a ``type`` of ftsdk.yaml; ``own`` prices win, the first that fits.

    ``training_type`` is the kind of training that the connection asks for, where its provider has several.
    """
    rule = next((rule for rule in own if _fits(rule, connection, model)), None)
    row = training_price(type, model)
    if row is not None and training_type is not None:
        row = _of_type(row, billing(type), training_type)
    table = {
        "training": _price(row.training, row.training_high, "million tokens", row.source, row.sure, row.as_of),
        "training_hour": _price(row.training_hour, None, "hour", row.source, row.sure, row.as_of),
        "hosting": _price(row.hosting_hour, row.hosting_hour_high, "hour", row.source, row.sure, row.as_of),
        "storage": _price(row.storage_month, None, "month", row.source, row.sure, row.as_of),
    } if row is not None else {}  # fmt: skip
    base, tuned = _calls(type, model)
    hosting = table.get("hosting")
    if tuned is None and hosting is not None:  # what answers there is paid by the minute and not by the token
        paid = {
            "source": f"in the price of the deployment: {hosting.source}",
            "sure": hosting.sure,
            "as_of": hosting.as_of,
        }
        tuned = CallPrice(input=0, cached=0, output=0, **paid)
    if rule is not None and rule.factor is not None:
        table = {key: price and _times(price, rule.factor, rule) for key, price in table.items()}
        base, tuned = (price and _call_times(price, rule.factor, rule) for price in (base, tuned))
    if rule is not None:
        table |= {key: price for key, price in _own(rule).items() if price is not None}
        base, tuned = _own_calls(rule, base, "input", "cached", "output"), _own_tuned(rule, tuned)
    return ModelPrices(connection=connection, type=type, model=model, calls=base, tuned_calls=tuned, **table)


def _of_type(row: TrainingPrice, rules: Billing, training_type: str) -> TrainingPrice:
    """A row whose price is of one kind of training, as it is for another."""
    low, high = rules.training_types.get(training_type, (1.0, 1.0))
    hosting = {"hosting_hour": None, "hosting_hour_high": None} if training_type == rules.unhosted else {}
    if row.training is None or (low, high) == (1.0, 1.0):
        return row.model_copy(update=hosting)
    most = row.training if row.training_high is None else row.training_high
    factor = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    given = {"training": row.training * low, "training_high": most * high}
    return row.model_copy(update={**hosting, **given, "source": f"{row.source}; x {factor} for {training_type}"})


def _times(price: Price, factor: float, rule: PriceRule) -> Price:
    given = {"low": price.low * factor, "high": price.high * factor, "source": _factored(price.source, rule)}
    return price.model_copy(update=given)


def _call_times(price: CallPrice, factor: float, rule: PriceRule) -> CallPrice:
    given = {name: getattr(price, name) * factor for name in ("input", "cached", "output")}
    return price.model_copy(update={**given, "source": _factored(price.source, rule)})


def _factored(source: str, rule: PriceRule) -> str:
    return f"{source}; x {rule.factor:g} by {rule.source or OURS}"


def _fits(rule: PriceRule, connection: str, model: str) -> bool:
    return (rule.connection is None or rule.connection == connection) and matches_model(rule.model, model)


def _price(
    low: float | None,
    high: float | None,
    unit: Literal["million tokens", "hour", "month"],
    source: str,
    sure: Literal["high", "medium", "low"],
    as_of: date | None,
) -> Price | None:
    if low is None:
        return None
    return Price(low=low, high=high if high is not None else low, unit=unit, source=source, sure=sure, as_of=as_of)


def _own(rule: PriceRule) -> dict[str, Price | None]:
    def price(usd: Decimal | None, unit: Literal["million tokens", "hour", "month"]) -> Price | None:
        return _price(None if usd is None else float(usd), None, unit, rule.source or OURS, "high", None)

    return {
        "training": price(rule.training, "million tokens"),
        "training_hour": price(rule.training_hour, "hour"),
        "hosting": price(rule.hosting_hour, "hour"),
        "storage": price(rule.storage_month, "month"),
    }


def _own_calls(rule: PriceRule, base: CallPrice | None, *names: str) -> CallPrice | None:
    """``base`` with the numbers that a rule gives; None when some number is known to nobody."""
    given = [getattr(rule, name) for name in names]
    if all(usd is None for usd in given):
        return base
    known = (base.input, base.cached, base.output) if base else (None, None, None)
    input_, cached, output = (float(own) if own is not None else other for own, other in zip(given, known, strict=True))
    if input_ is None or output is None:
        return None
    cached = input_ if cached is None else cached
    return CallPrice(input=input_, cached=cached, output=output, source=rule.source or OURS, sure="high", as_of=None)


def _own_tuned(rule: PriceRule, tuned: CallPrice | None) -> CallPrice | None:
    return _own_calls(rule, tuned, "tuned_input", "tuned_cached", "tuned_output")


def _calls(type: str, model: str) -> tuple[CallPrice | None, CallPrice | None]:
    """Prices of calls to the model and to what is tuned from it."""
    if type in FREE:
        free = CallPrice(input=0, cached=0, output=0, source="your own machines' time", sure="high", as_of=None)
        return free, free
    row = prices_of(model)
    if row is None:
        found = _kept_by_others(type, model)
        return found, found if type == "bedrock" else None
    source = {"source": row.source, "sure": row.sure, "as_of": row.as_of}
    base = CallPrice(input=row.input, cached=row.cached, output=row.output, **source)
    if type == "azure":  # tokens of a tuned model cost what its base costs; the hosting is apart
        return base, base
    if row.tuned_input is None or row.tuned_cached is None or row.tuned_output is None:
        return base, None
    return base, CallPrice(input=row.tuned_input, cached=row.tuned_cached, output=row.tuned_output, **source)


def _kept_by_others(type: str, model: str) -> CallPrice | None:
    """The price in genai-prices (github.com/pydantic/genai-prices), worked out from a million tokens of each kind."""
    import genai_prices

    def usd(**tokens: int) -> float:
        usage = genai_prices.Usage(**tokens)
        priced = genai_prices.calc_price(usage, model_ref=family(model), provider_id=GENAI.get(type))
        return float(priced.total_price)

    try:
        # Some models cost more past a length of prompt: a thousand tokens are priced, which no such step reaches.
        input_ = 1000 * usd(input_tokens=1000)
        output = 1000 * usd(output_tokens=1000)
        cached = 1000 * usd(input_tokens=1000, cache_read_tokens=1000)
    except LookupError:
        return None
    source = f"genai-prices {version('genai-prices')}"  # its release is its date
    return CallPrice(input=input_, cached=cached, output=output, source=source, sure="high", as_of=None)
