"""Arms: the ways of answering that an evaluation compares, and what each says to its model."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from ftsdk.data.value import Message, Row
from ftsdk.errors import SpecError
from ftsdk.evals.graders import ReadText
from ftsdk.evals.sample import take_turns
from ftsdk.evals.value import RECORDED, Arm, ArmKind, Retrieval
from ftsdk.providers.inference import AnswerFormat
from ftsdk.spec import arm_names
from ftsdk.spec.evaluation import ArmOptions, ArmSpec, Evaluation, FewShotArm, PromptedArm
from ftsdk.spec.other_arms import AliasArm, BaseArm, CheckpointArm, ModelArm, RecordedArm, RetrievalArm, TunedArm

CheckpointLookUp = Callable[[int | Literal["best"]], str]
"""The model of a kept state of the training; raises the error that the user shall see."""
AliasLookUp = Callable[[str], Arm]
"""The arm that an alias stands for today; raises the error that the user shall see."""


class Surroundings(NamedTuple):
    """What arms are built from beside the evaluation itself."""

    system_prompt: str | None
    train_rows: Sequence[Row]
    base_model: str
    tuned_model: str
    seed: int
    read_text: ReadText
    alias: AliasLookUp | None = None
    checkpoint: CheckpointLookUp | None = None


def build_arms(
    evaluation: Evaluation,
    system_prompt: str | None,
    train_rows: Sequence[Row],
    base_model: str,
    tuned_model: str,
    seed: int,
    read_text: ReadText,
    alias: AliasLookUp | None = None,
    checkpoint: CheckpointLookUp | None = None,
) -> tuple[Arm, ...]:
    """The arms of a spec, in its order, named ``base``, ``prompted:long``, ``few_shot:12``, ``tuned``.

    Raises SpecError for an arm that asks for more examples than there are different training rows.
    """
    here = Surroundings(system_prompt, train_rows, base_model, tuned_model, seed, read_text, alias, checkpoint)
    return tuple(
        _arm(name, wanted, here) for name, wanted in zip(arm_names(evaluation.arms), evaluation.arms, strict=True)
    )


def arm_messages(arm: Arm, row: Row, examples: Sequence[Message] | None = None) -> tuple[Message, ...]:
    """What the arm sends for a row: its system prompt (else the row's own), its examples, the row's turns."""
    if arm.system_prompt is None:
        system = tuple(message for message in row.prompt if message.role == "system")
    else:
        system = (Message(role="system", content=arm.system_prompt),)
    return system + tuple(arm.examples if examples is None else examples) + turns_of(row.prompt)


def turns_of(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages without system prompts."""
    return tuple(message for message in messages if message.role != "system")


def answer_format(options: ArmOptions, read_text: ReadText) -> AnswerFormat | None:
    """What an arm's answers are held to; raises SpecError for a schema that is no JSON."""
    wanted = options.response_format
    if wanted is None:
        return None
    schema = None if wanted.schema_ is None else _schema(wanted.schema_, read_text)
    return AnswerFormat(type=wanted.type, json_schema=schema)


def default_format(evaluation: Evaluation, read_text: ReadText) -> AnswerFormat | None:
    """The format of a task that is JSON: the schema of its metrics, else any JSON; None when it is something else."""
    for metric in evaluation.metrics:
        if metric.type == "json_schema":
            return AnswerFormat(type="json_schema", json_schema=_schema(metric.schema_, read_text))
    wants_json = any(metric.type in ("json_fields", "json_valid") for metric in evaluation.metrics)
    return AnswerFormat(type="json") if wants_json else None


def _schema(path: str, read_text: ReadText) -> dict[str, object]:
    try:
        schema = json.loads(read_text(path))
    except ValueError as error:
        raise SpecError(f"{path} is not JSON: {error}", help="give a JSON Schema") from error
    if not isinstance(schema, dict):
        raise SpecError(f"{path} is no object", help="a schema that answers are held to is an object")
    return schema


def choose_examples(train_rows: Sequence[Row], count: int, seed: int) -> tuple[Message, ...]:
    """``count`` training rows as user and assistant turns: groups take turns, no prompt occurs twice."""
    chosen: list[tuple[Message, ...]] = []
    prompts: set[tuple[Message, ...]] = set()
    for row in take_turns(train_rows, seed):
        prompt = turns_of(row.prompt)
        if len(chosen) < count and prompt not in prompts:
            prompts.add(prompt)
            chosen.append(turns_of(row.messages))
    if len(chosen) < count:
        raise SpecError(
            f"few_shot: {count} asks for more examples than there are different training rows ({len(chosen)})",
            help=f"ask for at most {len(chosen)}, or add training rows",
        )
    return tuple(message for turns in chosen for message in turns)


def _arm(name: str, wanted: ArmSpec, here: Surroundings) -> Arm:
    if isinstance(wanted, str):
        return _own_model(name, wanted, here)
    if isinstance(wanted, RecordedArm):
        return Arm(name=name, kind="recorded", model=RECORDED)
    if isinstance(wanted, (BaseArm, TunedArm)):
        kind: ArmKind = "base" if isinstance(wanted, BaseArm) else "tuned"
        options = wanted.base if isinstance(wanted, BaseArm) else wanted.tuned
        return _held(_own_model(name, kind, here), options, here)
    return _held(_built(name, wanted, here), wanted, here)


def _built(name: str, wanted: ArmSpec, here: Surroundings) -> Arm:
    if isinstance(wanted, PromptedArm):
        return Arm(name=name, kind="prompted", model=here.base_model, system_prompt=here.read_text(wanted.prompted))
    if isinstance(wanted, FewShotArm):
        return _few_shot(name, wanted, here)
    if isinstance(wanted, ModelArm):
        prompt = _prompt(wanted.prompt, here)
        return Arm(name=name, kind="model", model=wanted.model, system_prompt=prompt, connection=wanted.connection)
    if isinstance(wanted, RetrievalArm):
        source = Retrieval(command=wanted.retrieval.command or (), url=wanted.retrieval.url)
        prompt = _prompt(wanted.prompt, here)
        return Arm(name=name, kind="retrieval", model=here.base_model, system_prompt=prompt, retrieval=source)
    if isinstance(wanted, AliasArm) and here.alias is not None:
        return here.alias(wanted.alias).model_copy(update={"name": name, "kind": "alias"})
    if isinstance(wanted, CheckpointArm) and here.checkpoint is not None:
        model = here.checkpoint(wanted.checkpoint)
        return Arm(name=name, kind="checkpoint", model=model, system_prompt=here.system_prompt)
    raise SpecError(f"the arm {name} cannot be answered here", help="remove it from evaluation.arms")


def _own_model(name: str, kind: ArmKind, here: Surroundings) -> Arm:
    model = here.tuned_model if kind == "tuned" else here.base_model
    return Arm(name=name, kind=kind, model=model, system_prompt=here.system_prompt)


def _few_shot(name: str, wanted: FewShotArm, here: Surroundings) -> Arm:
    arm = Arm(name=name, kind="few_shot", model=here.base_model, system_prompt=_prompt(wanted.prompt, here))
    if wanted.choose == "similarity":
        choose_examples(here.train_rows, wanted.few_shot, here.seed)  # says when there are too few
        return arm.model_copy(update={"nearest": wanted.few_shot})
    examples = choose_examples(here.train_rows, wanted.few_shot, here.seed)
    return arm.model_copy(update={"examples": examples})


def _prompt(path: str | None, here: Surroundings) -> str | None:
    return here.system_prompt if path is None else here.read_text(path)


def _held(arm: Arm, options: ArmOptions, here: Surroundings) -> Arm:
    held = answer_format(options, here.read_text)
    return arm if held is None else arm.model_copy(update={"response_format": held})
