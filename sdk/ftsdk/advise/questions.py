"""The questions as data: one table from which the terminal form, the Slack form and the documents are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ftsdk.advise.domain import UNKNOWN
from ftsdk.advise.facts import Facts, Origin, Tried
from ftsdk.advise.read import read_facts
from ftsdk.errors import UsageError
from ftsdk.values import Value

DONT_KNOW = "unknown"
DONT_KNOW_LABEL = "I don't know"


class Choice(Value):
    """One answer: ``value`` is what `answered` takes, ``label`` what people read."""

    value: str
    label: str


class Question(Value):
    """One question; ``id`` is the fact it sets.

    ``kind``: choose one, or many. ``number`` names the fact that a number, written instead of a choice, would set,
    and ``unit`` says how it may be written. ``DONT_KNOW`` is always an answer.
    """

    id: str
    text: str
    help: str
    why: str
    kind: Literal["one", "many"]
    choices: tuple[Choice, ...]
    number: str | None = None
    unit: str | None = None


def _one(id: str, text: str, help: str, why: str, *choices: tuple[str, str], number: str | None = None,
         unit: str | None = None) -> Question:  # fmt: skip
    return _question("one", id, text, help, why, choices, number, unit)


def _many(id: str, text: str, help: str, why: str, *choices: tuple[str, str]) -> Question:
    return _question("many", id, text, help, why, choices, None, None)


def _question(kind: Literal["one", "many"], id: str, text: str, help: str, why: str,
              choices: Sequence[tuple[str, str]], number: str | None, unit: str | None) -> Question:  # fmt: skip
    drawn = tuple(Choice(value=value, label=label) for value, label in choices)
    return Question(id=id, text=text, help=help, why=why, kind=kind, choices=drawn, number=number, unit=unit)


_YES_NO = (("yes", "Yes"), ("partial", "In part"), ("no", "No"))

QUESTIONS: tuple[Question, ...] = (
    _one(
        "goal", "What is the one thing you want to gain?",
        "If there are several, the one that would make you stop looking further.",
        "Quality, cost and speed have different cures.",
        ("quality", "Better or more consistent answers"), ("knowledge", "It should know more facts"),
        ("cost", "It should cost less"), ("latency", "It should be faster"),
        ("privacy", "Data must stay in house"),
    ),
    _many(
        "failure", "What is wrong with the answers today?",
        "Best read from 20 bad answers. Choose all that apply.",
        "Missing facts, wrong form and high cost each point to another option.",
        ("knowledge", "Facts are missing, outdated or invented"),
        ("retrieval", "The right passages are not found"),
        ("format", "The form is wrong (fields, syntax, structure)"),
        ("style", "Tone, style or the language of our field is off"),
        ("behaviour", "It does not do the task as we would"),
        ("reasoning", "It reasons or calculates wrongly"),
        ("cost", "The answers are fine but cost too much"),
        ("latency", "The answers are fine but too slow"),
    ),
    _many(
        "tried", "What have you tried, and how did it go?",
        "Choose all that apply; what you leave out counts as not known.",
        "What falls short after real work, and what was never tried, decide most cases.",
        ("prompting:tried", "Prompts: a first attempt"),
        ("prompting:insufficient", "Prompts: careful work, still not good enough"),
        ("prompting:works_but_costly", "Prompts: good enough, but too dear or too slow"),
        ("prompting:works", "Prompts: good enough"),
        ("few_shot:insufficient", "Examples in the prompt: not good enough"),
        ("few_shot:works_but_costly", "Examples in the prompt: good, but too dear or too slow"),
        ("rag:basic", "Retrieval: a first version"),
        ("rag:works", "Retrieval: it finds and uses the facts"),
        ("rag:insufficient", "Retrieval: well built, still not good enough"),
        ("smaller_model:no", "A cheaper model: never measured"),
        ("smaller_model:insufficient", "A cheaper model: not good enough"),
        ("structured_output:no", "Constrained (schema) output: never tried"),
        ("structured_output:works", "Constrained (schema) output: in use"),
        ("caching:no", "Prompt caching: not in use"),
        ("caching:works", "Prompt caching: in use"),
        ("finetune:insufficient", "Fine-tuning: done, and it fell short"),
        ("finetune:works", "Fine-tuning: done, and it helped"),
        ("prompting:no", "Nothing yet"),
    ),
    _one(
        "eval_set", "Can you measure today whether an answer is good?",
        "A held-out set of real inputs with right answers or a rating that people agree on.",
        "Without a measure no option can be told from another.",
        ("yes", "Yes, an evaluation set is there"), ("partial", "A small or informal one"), ("no", "No"),
    ),
    _one(
        "task_type", "What kind of task is it?", "The one that makes up most of the calls.",
        "Labels can be learnt by small classifiers; open answers cannot.",
        ("classify", "Choose among fixed labels or routes"), ("extract", "Take fields out of a text"),
        ("qa", "Answer questions from documents"), ("chat", "Hold a conversation"),
        ("generate", "Write or summarise a text"), ("rewrite", "Rewrite, correct or translate"),
        ("code", "Write code, queries or commands"), ("agent", "Use tools in several steps"),
    ),
    _one(
        "data_amount", "How many good examples of input and right answer do you have?",
        "Real ones, like those that the system will meet. A number is best.",
        "Training needs them; with a few they can stand in the prompt.",
        ("none", "None"), ("few", "Fewer than 50"), ("some", "50 to 1,000"), ("plenty", "More than 1,000"),
        number="n_examples", unit="a number of examples",
    ),
    _one(
        "data_quality", "How good are those examples?", "Take ten at random and judge them.",
        "A model learns their faults too.",
        ("high", "An expert would sign them"), ("mixed", "Mostly right"), ("low", "Many are wrong or unlike the task"),
    ),
    _one(
        "label_noise", "Would two experts give the same answer?", "On the same input, without talking to each other.",
        "No model can be better than people agree.", ("low", "Nearly always"), ("high", "Often not"),
    ),
    _one(
        "preference_data", "Do you have pairs of a better and a worse answer?",
        "For example from ratings, edits or A/B tests.",
        "With pairs a model can learn what is easier seen than written.",
        *_YES_NO,
    ),
    _one(
        "verifiable", "Can a program tell whether an answer is right?",
        "By comparing, running, parsing or computing; not by taste.", "A grader makes reinforcement possible.",
        *_YES_NO,
    ),
    _one(
        "volume_band", "How many calls do you make?", "All calls of this task together. A number is best.",
        "People and hosting are paid back by calls.",
        ("low", "Under 50,000 a month"), ("medium", "50,000 to 300,000 a month"),
        ("high", "300,000 to 10 million a month"), ("very_high", "More than 10 million a month"),
        number="calls_per_month", unit="calls and a time, such as 300 per day",
    ),
    _one(
        "narrowness", "How varied is the task?", "Think of the inputs of one week.",
        "Small tuned models are good at narrow things.",
        ("narrow", "One thing, always alike"), ("medium", "A handful of kinds"), ("broad", "Anything people ask"),
    ),
    _one(
        "spec_stability", "How often does what you ask of it change?", "Rules, formats, tone, channels.",
        "Weights are slow to change; prompts are not.",
        ("stable", "Rarely"), ("changing", "Every few weeks or more often"),
    ),
    _one(
        "knowledge_churn", "How often do the facts behind the answers change?", "Prices, policies, documents, code.",
        "What weights have learnt is out of date when facts change.",
        ("static", "Never or almost never"), ("slow", "A few times a year"), ("fast", "Every week or day"),
    ),
    _one(
        "corpus_tokens", "How large are the documents that answers rest on?", "A page has about 700 tokens.",
        "What fits in a prompt needs no retrieval; billions of tokens can teach a language.",
        ("100000", "Under 200,000 tokens (300 pages)"), ("50000000", "More, up to a billion tokens"),
        ("2000000000", "More than a billion tokens"),
        number="corpus_tokens", unit="tokens, words or pages",
    ),
    _one(
        "privacy", "May the data go to an outside provider?", "Law, contract or policy.",
        "In house only open models can answer.",
        ("self_host", "No, it must stay in house"), ("none", "Yes"),
    ),
    _one(
        "latency_need", "How soon must an answer be there?", "",
        "Work that can wait costs half; work that cannot may need a small model.",
        ("strict", "At once: somebody waits for each"), ("normal", "Within seconds"),
        ("offline", "Within hours is fine"),
    ),
    _one(
        "team", "Who could train, serve and look after a model?", "",
        "A trained model needs care for as long as it is used.",
        ("weak", "Nobody"), ("medium", "Engineers who would learn it"), ("strong", "People who have done it"),
    ),
    _one(
        "tried.smaller_model", "Was a cheaper model ever measured on this task?",
        "As it is, with a prompt written for it.",
        "Switching to one costs a day, not a project.",
        ("no", "Never measured"), ("insufficient", "Yes, it falls short"), ("works", "Yes, it does it"),
    ),
    _one(
        "tried.caching", "Is the repeated part of your prompt cached by the provider?",
        "The bill shows cached input tokens if it is.", "It takes up to 90 % off that part at once.",
        ("no", "No"), ("works", "Yes"),
    ),
    _one(
        "tried.structured_output", "Is the output constrained by a schema?",
        "Also called structured output or JSON mode.",
        "Valid form is a feature of decoding, not of training.",
        ("no", "No"), ("works", "Yes"),
    ),
    _one(
        "tried.rag", "Do you retrieve documents for the answers?", "",
        "A first version has much room; a good one that falls short points elsewhere.",
        ("no", "No"), ("basic", "A first version"), ("works", "Yes, it finds and uses the facts"),
        ("insufficient", "Well built, still not good enough"),
    ),
    _one(
        "tried.finetune", "Was a model tuned for this before?", "",
        "One that fell short says more than any rule.",
        ("no", "No"), ("insufficient", "Yes, it fell short"), ("works", "Yes, it helped"),
    ),
    _one(
        "prompt_tokens", "How long is what you send with each call?", "Instructions, examples and input together.",
        "Long prompts are where caching saves.",
        ("500", "Under 2,000 tokens (3 pages)"), ("5000", "More"),
        number="prompt_tokens", unit="tokens, words or pages",
    ),
    _one(
        "provider_ft_access", "Does your provider still train models for you?",
        "OpenAI takes no new customers for it, Anthropic has none.", "Otherwise an open model comes with it.", *_YES_NO,
    ),
)  # fmt: skip

BY_ID: Mapping[str, Question] = {question.id: question for question in QUESTIONS}
FIRST_STEP: tuple[str, ...] = ("goal", "failure", "tried")

# When two answers about one attempt are chosen, the one that says most counts.
_WEIGHT = ("no", "tried", "basic", "partial", "works", "works_but_costly", "insufficient")


def answered(facts: Facts, answers: Mapping[str, Any]) -> Facts:
    """``facts`` with answers to questions, by the question's id.

    An answer is a choice's value, a list of them where many may be chosen, a number (with a unit) where the question
    takes one, or ``DONT_KNOW``. Raises UsageError when it is none of these.
    """
    content: dict[str, Any] = {}
    not_known: dict[str, Any] = {}
    for id, answer in answers.items():
        told = _as_fact(_question_of(id), answer)
        content |= told
        not_known |= {} if told else _left_open(id, facts)
    changed, findings = read_facts(content, origin=Origin(kind="answered"), onto=facts)
    if findings:
        raise UsageError(findings[0].message, help=findings[0].help)
    return changed.changed(not_known, Origin(kind="answered"))


def _left_open(id: str, facts: Facts) -> dict[str, Any]:
    """A fact that was asked for and is not known: it stays so, and its origin keeps it from being asked again."""
    if id == "tried":
        return {} if any(name.startswith("tried.") for name in facts.known()) else {"tried.prompting": "unknown"}
    return {} if id in facts.known() else {id: UNKNOWN[id]}


def _question_of(id: str) -> Question:
    if id not in BY_ID:
        raise UsageError(f"there is no question {id!r}", help=f"the questions are: {', '.join(BY_ID)}")
    return BY_ID[id]


def _as_fact(question: Question, answer: Any) -> dict[str, Any]:
    if answer is None or answer in (DONT_KNOW, [], (), [DONT_KNOW]):
        return {}
    if question.id == "tried":
        return {f"tried.{name}": outcome for name, outcome in _outcomes(answer).items()}
    values = [choice.value for choice in question.choices]
    if question.kind == "many":
        return {question.id: _known(question, answer, values)}
    if str(answer) in values:
        return {question.id: str(answer)}
    if question.number is not None:
        return {question.number: answer}
    raise _no_answer(question, answer, values)


def _outcomes(answer: Any) -> dict[str, str]:
    """``prompting:tried`` and the like, by attempt."""
    question = BY_ID["tried"]
    if isinstance(answer, Mapping):
        return {str(name): str(outcome) for name, outcome in answer.items() if name in Tried.model_fields}
    chosen = _known(question, answer, [choice.value for choice in question.choices])
    pairs = [value.split(":", 1) for value in chosen]
    return dict(sorted(pairs, key=lambda pair: _WEIGHT.index(pair[1])))


def _known(question: Question, answer: Any, values: Sequence[str]) -> list[str]:
    given = [answer] if isinstance(answer, str) else list(answer)
    chosen = [value for value in given if value != DONT_KNOW]
    for value in chosen:
        if value not in values:
            raise _no_answer(question, value, values)
    return chosen


def _no_answer(question: Question, answer: Any, values: Sequence[str]) -> UsageError:
    hint = f", or {question.unit}" if question.unit else ""
    return UsageError(
        f"{str(answer)[:60]!r} is no answer to {question.id!r}", help=f"answer with {', '.join(values)}, unknown{hint}"
    )
