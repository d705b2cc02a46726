"""Arms say what the spec says, examples and samples are seeded and spread over groups."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftsdk.data.value import Message, Row
from ftsdk.errors import SpecError
from ftsdk.evals import arm_messages, build_arms, sample_rows
from ftsdk.evals.value import Arm
from ftsdk.spec.model import Evaluation

FILES = {"prompts/long.md": "long", "other/long.md": "other long"}


def row(number: int, group: str | None = None, system: str | None = None, prompt: str | None = None) -> Row:
    turns = [("system", system)] if system else []
    turns += [("user", prompt or f"question {number}"), ("assistant", f"answer {number}")]
    messages = tuple(Message(role=role, content=text) for role, text in turns)  # type: ignore[arg-type]
    return Row(id=f"line-{number}", line=number, messages=messages, group=group)


def arms(*wanted: object, train: list[Row] | None = None, seed: int = 1) -> dict[str, Arm]:
    evaluation = Evaluation.model_validate(
        {"dataset": "test.jsonl", "arms": wanted, "metrics": ({"name": "m", "type": "exact"},)}
    )
    rows = [row(i, f"g{i % 4}", "train system") for i in range(40)] if train is None else train
    built = build_arms(evaluation, "short", rows, "base-model", "tuned-model", seed, FILES.__getitem__)
    return {arm.name: arm for arm in built}


def test_arms_have_the_names_models_and_prompts_of_the_spec() -> None:
    built = arms("base", {"prompted": "prompts/long.md"}, {"few_shot": 2}, "tuned")
    assert list(built) == ["base", "prompted:long", "few_shot:2", "tuned"]
    assert [arm.model for arm in built.values()] == ["base-model"] * 3 + ["tuned-model"]
    assert [arm.system_prompt for arm in built.values()] == ["short", "long", "short", "short"]
    assert [arm.kind for arm in built.values()] == ["base", "prompted", "few_shot", "tuned"]


def test_arms_of_the_same_short_name_are_told_apart() -> None:
    built = arms({"prompted": "prompts/long.md"}, {"prompted": "other/long.md"})
    assert list(built) == ["prompted:long", "prompted:other/long.md"]
    assert list(arms({"few_shot": 2}, {"few_shot": 2, "prompt": "other/long.md"})) == ["few_shot:2", "few_shot:2:long"]


def test_examples_are_seeded_turns_that_visit_every_group() -> None:
    examples = arms({"few_shot": 4})["few_shot:4"].examples
    assert [message.role for message in examples] == ["user", "assistant"] * 4
    numbers = [int(message.content.split()[1]) for message in examples[::2]]
    assert {number % 4 for number in numbers} == {0, 1, 2, 3}
    assert examples == arms({"few_shot": 4})["few_shot:4"].examples
    assert examples != arms({"few_shot": 4}, seed=2)["few_shot:4"].examples


def test_no_prompt_is_shown_twice_and_too_few_examples_are_an_error() -> None:
    train = [row(i, prompt="the same") for i in range(9)] + [row(10)]
    assert len(arms({"few_shot": 2}, train=train)["few_shot:2"].examples) == 4
    with pytest.raises(SpecError, match=r"different training rows \(2\)"):
        arms({"few_shot": 3}, train=train)


def test_messages_are_the_arms_prompt_its_examples_and_the_rows_turns_without_the_answer() -> None:
    examples = (Message(role="user", content="e"), Message(role="assistant", content="f"))
    arm = Arm(name="few_shot:1", kind="few_shot", model="m", system_prompt="mine", examples=examples)
    sent = [(message.role, message.content) for message in arm_messages(arm, row(1, system="the row's"))]
    assert sent == [("system", "mine"), ("user", "e"), ("assistant", "f"), ("user", "question 1")]


def test_an_arm_without_a_prompt_keeps_the_rows_own() -> None:
    arm = Arm(name="base", kind="base", model="m")
    assert [message.content for message in arm_messages(arm, row(1, system="the row's"))] == ["the row's", "question 1"]
    assert [message.role for message in arm_messages(arm, row(1))] == ["user"]


@given(
    st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=60),
    st.integers(1, 60),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_a_sample_is_even_over_groups_stable_and_in_file_order(groups, size, seed, random) -> None:
    rows = [row(i, group) for i, group in enumerate(groups)]
    sample = sample_rows(rows, size, seed)
    assert len(sample) == min(size, len(rows))
    assert [r.line for r in sample] == sorted(r.line for r in sample)
    taken, there = Counter(r.group for r in sample), Counter(groups)
    unfinished = [taken[group] for group in there if taken[group] < there[group]]
    assert all(count >= max(taken.values()) - 1 for count in unfinished)
    shuffled = random.sample(rows, len(rows))
    assert {r.id for r in sample_rows(shuffled, size, seed)} == {r.id for r in sample}


def test_without_a_limit_every_row_is_taken() -> None:
    rows = [row(i) for i in range(5)]
    assert sample_rows(rows, None, 1) == tuple(rows)
