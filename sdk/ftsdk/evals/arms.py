"""Arms: the ways of answering that an evaluation compares, and what each says to its model."""

from __future__ import annotations

from collections.abc import Sequence

from ftsdk.data.value import Message, Row
from ftsdk.errors import SpecError
from ftsdk.evals.graders import ReadText
from ftsdk.evals.sample import take_turns
from ftsdk.evals.value import Arm
from ftsdk.spec import arm_names
from ftsdk.spec.model import ArmSpec, Evaluation, FewShotArm, PromptedArm


def build_arms(
    evaluation: Evaluation,
    system_prompt: str | None,
    train_rows: Sequence[Row],
    base_model: str,
    tuned_model: str,
    seed: int,
    read_text: ReadText,
) -> tuple[Arm, ...]:
    """The arms of a spec, in its order, named ``base``, ``prompted:long``, ``few_shot:12``, ``tuned``.

    Raises SpecError for an arm that asks for more examples than there are different training rows.
    """
    return tuple(
        _arm(name, wanted, system_prompt, train_rows, base_model, tuned_model, seed, read_text)
        for name, wanted in zip(arm_names(evaluation.arms), evaluation.arms, strict=True)
    )


def arm_messages(arm: Arm, row: Row) -> tuple[Message, ...]:
    """What the arm sends for a row: its system prompt (else the row's own), its examples, the row's turns."""
    if arm.system_prompt is None:
        system = tuple(message for message in row.prompt if message.role == "system")
    else:
        system = (Message(role="system", content=arm.system_prompt),)
    return system + arm.examples + _turns(row.prompt)


def choose_examples(train_rows: Sequence[Row], count: int, seed: int) -> tuple[Message, ...]:
    """``count`` training rows as user and assistant turns: groups take turns, no prompt occurs twice."""
    chosen: list[tuple[Message, ...]] = []
    prompts: set[tuple[Message, ...]] = set()
    for row in take_turns(train_rows, seed):
        prompt = _turns(row.prompt)
        if len(chosen) < count and prompt not in prompts:
            prompts.add(prompt)
            chosen.append(_turns(row.messages))
    if len(chosen) < count:
        raise SpecError(
            f"few_shot: {count} asks for more examples than there are different training rows ({len(chosen)})",
            help=f"ask for at most {len(chosen)}, or add training rows",
        )
    return tuple(message for turns in chosen for message in turns)


def _arm(
    name: str,
    wanted: ArmSpec,
    system_prompt: str | None,
    train_rows: Sequence[Row],
    base_model: str,
    tuned_model: str,
    seed: int,
    read_text: ReadText,
) -> Arm:
    if isinstance(wanted, PromptedArm):
        return Arm(name=name, kind="prompted", model=base_model, system_prompt=read_text(wanted.prompted))
    if isinstance(wanted, FewShotArm):
        prompt = system_prompt if wanted.prompt is None else read_text(wanted.prompt)
        examples = choose_examples(train_rows, wanted.few_shot, seed)
        return Arm(name=name, kind="few_shot", model=base_model, system_prompt=prompt, examples=examples)
    model = tuned_model if wanted == "tuned" else base_model
    return Arm(name=name, kind=wanted, model=model, system_prompt=system_prompt)


def _turns(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(message for message in messages if message.role != "system")
