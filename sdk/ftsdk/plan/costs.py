"""What a plan may cost, part by part, each with its formula: training, evaluation, judges, hosting, storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ftsdk.catalogue import billing
from ftsdk.plan.measuring import Measured
from ftsdk.plan.value import ArmPlan, CostLine
from ftsdk.prices import Interval, bill
from ftsdk.prices.book import CallPrice, ModelPrices, Price
from ftsdk.spec import SpecFile, arm_kind, arm_names
from ftsdk.spec.evaluation import Evaluation
from ftsdk.spec.fields import as_timedelta
from ftsdk.spec.openai_graders import MultiGrader, ScoreModelGrader, TrainingGrader
from ftsdk.spec.other_metrics import Judge, JudgeMetric
from ftsdk.trainers.contract import Hyperparameters

# A provider counts with its own template and may round up an epoch's last batch.
COUNTING_ERROR = 0.02
# A judge reads the question, both answers and its rubric, and writes a few sentences.
JUDGE_PROMPT_EXTRA = (150, 400, 1200)
JUDGE_ANSWER = (20, 150, 500)
# Answers that are drawn for one prompt while rewards are learnt, and how long one may get where nobody says.
SAMPLES, LONGEST_SAMPLE = (2, 4, 16), 4096
# Of a hosted evaluation: calls run beside each other, and a deployment takes minutes to stand.
DEPLOYING_SECONDS = (120.0, 600.0, 1800.0)
STORAGE_DAYS = 30
# Where long prompts that begin alike are cached unasked (developers.openai.com, prompt caching; Azure does the same).
CACHING, CACHED_FROM = frozenset({"openai", "azure"}), 1024

PricesOf = Callable[[str, str], ModelPrices | None]


def cost_lines(
    spec_file: SpecFile,
    measured: Measured,
    hyperparameters: Hyperparameters | None,
    prices_of: PricesOf,
) -> tuple[tuple[CostLine, ...], tuple[str, ...]]:
    """The parts of the cost as if everything were done anew, and the names of what nobody has a price for."""
    body = spec_file.spec.spec
    own = prices_of(body.connection, body.model)
    lines: list[CostLine] = []
    unpriced: list[str] = []
    training = _training(spec_file, own, measured, hyperparameters)
    if training:
        lines += training
    else:
        unpriced.append(f"training {body.model} at {body.connection}")
    parts = list(_graders(spec_file, measured, prices_of)) if body.method.type == "rft" else []
    if body.evaluation is not None and measured.arms:
        parts += _evaluation(spec_file, body.evaluation, measured, prices_of)
    lines += [part for part in parts if isinstance(part, CostLine)]
    unpriced += [part for part in parts if isinstance(part, str)]
    if own is not None:
        lines += _standing(spec_file, own, measured)
    return tuple(line for line in lines if line.usd.high > 0 or line.what == "training"), tuple(unpriced)


def total(lines: tuple[CostLine, ...]) -> Interval:
    """The sum of all parts."""
    return sum((line.usd for line in lines), Interval(low=0, likely=0, high=0, unit="USD"))


def _training(
    spec_file: SpecFile,
    prices: ModelPrices | None,
    measured: Measured,
    numbers: Hyperparameters | None,
) -> list[CostLine]:
    if prices is None or (prices.training is None and prices.training_hour is None):
        return []
    method = spec_file.spec.spec.method
    if prices.training is None or (method.type == "rft" and prices.training_hour is not None):
        return [_by_the_hour(spec_file, prices)]
    rules, ledger, validation_tokens = billing(prices.type), measured.ledger, measured.validation_tokens
    looks = method.evaluations if isinstance(method.evaluations, int) else 0
    whole = rules.whole_sequences and method.packing is False
    sequence = (
        (method.max_sequence_tokens if isinstance(method.max_sequence_tokens, int) else ledger.longest)
        if whole
        else None
    )
    epochs = _epochs(spec_file, numbers, rules.auto_epochs(ledger.rows))
    error = max(COUNTING_ERROR, ledger.error)
    amounts = [bill.billed_tokens(ledger.input, count, rows=ledger.rows, sequence=sequence) for count in epochs]
    low, likely, high = (
        bill.at_least(bill.per_million(tokens * factor, usd), rules.minimum_usd)
        for tokens, factor, usd in zip(amounts, (1 - error, 1, 1 + error), _ends(prices.training), strict=True)
    )
    once = f"{ledger.rows:,} rows x {sequence:,}" if sequence else f"{ledger.input:,}"
    formula = (
        f"{once} tokens x {_range(epochs)} epochs x ${_usd(prices.training)} per million tokens ({ledger.counter})"
    )
    formula += f", at least ${rules.minimum_usd:g}" if rules.minimum_usd else ""
    lines = [_line("training", (low, likely, high), formula, prices.training, amounts[1])]
    if rules.validation and validation_tokens and looks:
        usd = [bill.per_million(validation_tokens * looks * factor, price) for factor, price in
               zip((1 - error, 1, 1 + error), _ends(prices.training), strict=True)]  # fmt: skip
        formula = (
            f"{validation_tokens:,} validation tokens x {looks} looks x ${_usd(prices.training)} per million tokens"
        )
        lines.append(_line("validation", (usd[0], usd[1], usd[2]), formula, prices.training))
    return lines


def _epochs(
    spec_file: SpecFile, numbers: Hyperparameters | None, default: tuple[int, int, int]
) -> tuple[int, int, int]:
    """What is billed: the number that the spec or the catalogue gives, or the range that a provider may choose."""
    written = spec_file.spec.spec.method.epochs
    if isinstance(written, int):
        return (written, written, written)
    if numbers is not None:
        return (numbers.epochs, numbers.epochs, numbers.epochs)
    return default


def _by_the_hour(spec_file: SpecFile, prices: ModelPrices) -> CostLine:
    """Training that is billed by the hour has no closed form before it ends; the timeout and the cap bound it."""
    assert prices.training_hour is not None
    hour, cap = prices.training_hour.high, billing(prices.type).cap_usd
    most = as_timedelta(spec_file.spec.spec.timeout).total_seconds() / 3600 * hour
    high = min(most, cap) if cap is not None else most
    likely = min(4 * hour, high)
    limit = f"nobody knows how long; timeout {spec_file.spec.spec.timeout}"
    formula = f"1 to {high / hour:.0f} hours x ${hour:g} an hour ({limit})"
    line = _line("training", (min(hour, high), likely, high), formula, prices.training_hour, likely / hour * 3600)
    return line.model_copy(update={"unit": "seconds"})


def _graders(spec_file: SpecFile, measured: Measured, prices_of: PricesOf) -> Iterator[CostLine | str]:
    """Models that grade while training: each sampled answer of each prompt is read by each of them."""
    body, method = spec_file.spec.spec, spec_file.spec.spec.method
    rows, own = measured.ledger.rows, prices_of(body.connection, body.model)
    samples = method.samples_per_prompt
    drawn = (samples, samples, samples) if isinstance(samples, int) else SAMPLES
    epochs = _epochs(spec_file, None, billing(own.type if own else "").auto_epochs(rows))
    longest = method.max_answer_tokens if isinstance(method.max_answer_tokens, int) else LONGEST_SAMPLE
    for model in grading_models(method.grader):
        prices = prices_of(body.connection, model)
        if prices is None or prices.calls is None:
            yield f"the grader {model}"
            continue
        asked = measured.ledger.input / max(1, rows)
        usd = [
            rows * count * each * _call(prices.calls, asked + extra + longest * share, said)
            for count, each, extra, share, said in zip(
                epochs, drawn, JUDGE_PROMPT_EXTRA, (0.02, 0.2, 1), JUDGE_ANSWER, strict=True
            )
        ]
        formula = (
            f"{rows:,} prompts x {_range(epochs)} epochs x {_range(drawn)} answers read by {model} at "
            f"${prices.calls.input:g} in, ${prices.calls.output:g} out per million tokens; nobody knows how many"
        )
        yield _line("grader", (usd[0], usd[1], usd[2]), formula, prices.calls)


def grading_models(grader: TrainingGrader | None) -> tuple[str, ...]:
    """The models that a grader asks, each once."""
    parts = grader.graders.values() if isinstance(grader, MultiGrader) else () if grader is None else (grader,)
    return tuple(dict.fromkeys(part.model for part in parts if isinstance(part, ScoreModelGrader)))


def _evaluation(
    spec_file: SpecFile, evaluation: Evaluation, measured: Measured, prices_of: PricesOf
) -> Iterator[CostLine | str]:
    """One line an arm that costs anything, and one a judge."""
    body = spec_file.spec.spec
    answer = measured.answer_tokens
    ends = (min(answer, evaluation.max_tokens), min(1.3 * answer, evaluation.max_tokens), evaluation.max_tokens)
    names = dict(zip(arm_names(evaluation.arms), evaluation.arms, strict=True))
    repeats = getattr(evaluation, "repeats", 1) or 1
    for arm in measured.arms:
        kind = arm_kind(names[arm.name])
        if kind == "recorded":
            continue
        connection = getattr(names[arm.name], "connection", None) or body.connection
        model = getattr(names[arm.name], "model", None) or body.model
        prices = prices_of(connection, model)
        is_tuned = kind in ("tuned", "checkpoint", "alias")
        price = None if prices is None else prices.tuned_calls if is_tuned else prices.calls
        if price is None:
            yield f"the answers of the arm {arm.name}"
            continue
        rows = (arm.rows + measured.extra_rows) * repeats
        caches = prices is not None and prices.type in CACHING and arm.prompt_tokens >= CACHED_FROM
        yield _answers(arm, rows, ends, price, caches=caches)
    for metric in evaluation.metrics:
        if isinstance(metric, JudgeMetric):
            for judge in metric.judge if isinstance(metric.judge, tuple) else (metric.judge,):
                yield _judge(metric, judge, measured, ends, prices_of(judge.connection, judge.model), repeats)


def _answers(
    arm: ArmPlan, calls: int, answer: tuple[float, float, float], price: CallPrice, *, caches: bool
) -> CostLine:
    """What the answers of one arm cost; where prompts are cached all but the first may be cheaper, nobody knows if."""
    usd = [calls * _call(price, arm.prompt_tokens, tokens) for tokens in answer]
    prompt = f"${price.input:g}"
    if caches:
        usd[0] -= bill.per_million((calls - 1) * arm.prompt_tokens, price.input - price.cached)
        prompt = f"${price.cached:g} (cached) to {prompt}"
    formula = (
        f"{arm.name}: {calls:,} calls x ({arm.prompt_tokens:,} prompt tokens at {prompt} + {answer[0]:.0f} to "
        f"{answer[2]:.0f} answered at ${price.output:g} per million)"
    )
    return _line("evaluation", (usd[0], usd[1], usd[2]), formula, price)


def _judge(
    metric: JudgeMetric,
    judge: Judge,
    measured: Measured,
    answer: tuple[float, float, float],
    prices: ModelPrices | None,
    repeats: int,
) -> CostLine | str:
    """What one judge costs; pairs are judged in both orders."""
    if prices is None or prices.calls is None:
        return f"the judge {judge.model} of {metric.name}"
    price, both = prices.calls, 2 if metric.mode == "pairwise" else 1
    calls = sum(arm.rows + measured.extra_rows for arm in measured.arms) * repeats * both
    prompt = max(arm.prompt_tokens for arm in measured.arms)
    usd = [
        calls * _call(price, prompt + 2 * tokens + extra, said)
        for tokens, extra, said in zip(answer, JUDGE_PROMPT_EXTRA, JUDGE_ANSWER, strict=True)
    ]
    formula = (
        f"{metric.name}: {calls:,} answers judged by {judge.model} at ${price.input:g} in, ${price.output:g} out per "
        f"million tokens; {JUDGE_ANSWER[0]} to {JUDGE_ANSWER[2]} tokens each"
    )
    return _line("judge", (usd[0], usd[1], usd[2]), formula, price)


def _standing(spec_file: SpecFile, prices: ModelPrices, measured: Measured) -> Iterator[CostLine]:
    """What is paid while something stands: a deployment until it is torn down, a tuned model for a month."""
    body = spec_file.spec.spec
    if prices.hosting is not None and body.evaluation is not None:
        longest = as_timedelta(body.deployment.ttl if body.deployment else "4h").total_seconds()
        work = measured.evaluation_seconds
        ends = [
            min(start + seconds, longest)
            for start, seconds in zip(DEPLOYING_SECONDS, (work.low, work.likely, work.high), strict=True)
        ]
        ends[2] = longest  # the leash, should something hang
        usd = [bill.hosting(seconds, rate) for seconds, rate in zip(ends, _ends(prices.hosting), strict=True)]
        if body.deployment is not None and body.deployment.max_usd is not None:
            usd = [min(each, float(body.deployment.max_usd)) for each in usd]
        formula = (
            f"{ends[0] / 60:.0f} to {ends[2] / 60:.0f} minutes of a deployment x ${_usd(prices.hosting)} an hour, "
            "taken down after the evaluation"
        )
        line = _line("hosting", (usd[0], usd[1], usd[2]), formula, prices.hosting, ends[1])
        yield line.model_copy(update={"unit": "seconds"})
    if prices.storage is not None:
        usd = [bill.storage(STORAGE_DAYS, rate) for rate in _ends(prices.storage)]
        formula = (
            f"one tuned model kept for {STORAGE_DAYS} days x ${_usd(prices.storage)} a month; and every month after"
        )
        yield _line("storage", (usd[0], usd[1], usd[2]), formula, prices.storage)


def _call(price: CallPrice, prompt: float, output: float) -> float:
    return bill.calls(prompt, output, input_price=price.input, output_price=price.output)


def _ends(price: Price) -> tuple[float, float, float]:
    """Low, likely (the middle of a bracket) and high."""
    return (price.low, (price.low + price.high) / 2, price.high)


def _usd(price: Price) -> str:
    return f"{price.low:g}" if price.low == price.high else f"{price.low:g} to {price.high:g}"


def _range(ends: tuple[int, int, int]) -> str:
    return str(ends[0]) if ends[0] == ends[2] else f"{ends[0]} to {ends[2]}"


def _line(
    what: str, usd: tuple[float, float, float], formula: str, price: Price | CallPrice, quantity: float | None = None
) -> CostLine:
    interval = Interval(low=usd[0], likely=usd[1], high=usd[2], unit="USD")
    fields = {"source": price.source, "sure": price.sure, "as_of": price.as_of, "quantity": quantity}
    return CostLine.model_validate({"what": what, "usd": interval, "formula": formula, **fields})
