"""Questions: what is asked first, what next, when it ends, and how answers become facts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ftsdk
from ftsdk.advise import QUESTIONS, Facts, answered, next_questions, read_facts
from ftsdk.advise.engine import score
from ftsdk.advise.interview import changes_of, question_values
from ftsdk.advise.questions import BY_ID, FIRST_STEP, Question
from ftsdk.advise.table import altered
from ftsdk.errors import UsageError
from tests.ftsdk.advise.any_facts import any_facts


def test_the_first_step_always_asks_goal_failure_and_what_was_tried() -> None:
    for facts in (Facts(), read_facts({"goal": "cost", "failure": ["cost"]})[0]):
        assert [question.id for question in next_questions(facts).questions] == list(FIRST_STEP)


def test_every_question_can_be_drawn_by_any_form() -> None:
    for question in QUESTIONS:
        assert question.text and question.why and 2 <= len(question.choices) <= 100
        assert len(question.text) <= 150  # the least that Slack allows where a question may stand
        assert all(len(choice.label) <= 75 for choice in question.choices)
        assert len({choice.value for choice in question.choices}) == len(question.choices)


def test_every_choice_of_every_question_sets_its_fact() -> None:
    for question in QUESTIONS:
        for choice in question.choices:
            answer = [choice.value] if question.kind == "many" else choice.value
            assert answered(Facts(), {question.id: answer}).known()


@given(any_facts(), st.integers(2, 4))
@settings(max_examples=40)
def test_a_step_asks_at_most_three_things_that_are_not_known(facts: Facts, number: int) -> None:
    step = next_questions(facts, step=number)
    assert len(step.questions) <= 3
    assert not {question.id for question in step.questions} & set(facts.known())


@given(any_facts(), st.sampled_from([question for question in QUESTIONS if question.id not in FIRST_STEP]))
@settings(max_examples=40)
def test_a_question_that_cannot_change_the_first_option_is_not_asked(facts: Facts, question: Question) -> None:
    others = [item.id for item in QUESTIONS if item is not question]
    first = {score(altered(facts, *change)).order[0] for change in changes_of(question)}
    step = next_questions(facts, asked=others, step=4)
    assert step.done or len(first) > 1


def test_the_interview_is_over_when_all_is_known() -> None:
    facts = Facts().changed({question.id: changes_of(question)[0][1] for question in QUESTIONS[3:]})
    assert next_questions(facts, step=2).done


def test_an_interview_ends_after_four_steps_whatever_is_answered() -> None:
    assert next_questions(Facts(), step=5).done


def test_a_question_that_nobody_could_answer_is_not_asked_again() -> None:
    facts = read_facts({"goal": "quality", "failure": ["behaviour"]})[0]
    ids = [question.id for question in next_questions(facts, step=2).questions]
    assert ids
    again = next_questions(facts, asked=ids, step=3)
    assert not set(ids) & {question.id for question in again.questions}


def interview(case: dict[str, Any]) -> tuple[Facts, int]:
    """The form filled in from a case's facts; the facts it ends with and the questions beyond the first step."""
    truth, facts, asked = read_facts(case["facts"])[0], Facts(), list(FIRST_STEP)
    known = truth.known()
    facts = facts.changed({name: value for name, value in known.items() if name.startswith(("tried.", "goal", "fail"))})
    for number in range(2, 5):
        step = next_questions(facts, asked, number)
        for question in step.questions:
            asked.append(question.id)
            names = (question.id, question.number)
            facts = facts.changed({name: known[name] for name in names if name in known})
    return facts, len(asked) - len(FIRST_STEP)


def test_at_most_five_questions_beyond_the_first_step_on_average(cases: list[dict[str, Any]]) -> None:
    ended = [interview(case) for case in cases]
    assert sum(number for _, number in ended) / len(ended) <= 5
    right = sum(score(facts).order[0] in case["acceptable"] for (facts, _), case in zip(ended, cases, strict=True))
    assert right >= 24


def test_a_number_may_be_written_instead_of_a_choice() -> None:
    assert answered(Facts(), {"volume_band": "300 per day"}).calls_per_month == pytest.approx(9131, abs=1)
    assert answered(Facts(), {"data_amount": "1,200"}).n_examples == 1200


def test_of_two_outcomes_of_one_attempt_the_one_that_says_most_counts() -> None:
    facts = answered(Facts(), {"tried": ["prompting:insufficient", "prompting:tried", "caching:no"]})
    assert (facts.tried.prompting, facts.tried.caching) == ("insufficient", "no")


@pytest.mark.parametrize("answer", ["unknown", None, [], ["unknown"]])
def test_dont_know_is_an_answer_to_every_question(answer: Any) -> None:
    for question in QUESTIONS:
        assert answered(Facts(), {question.id: answer}).known() == {}


def test_an_answer_that_is_none_is_refused_with_what_it_could_be() -> None:
    with pytest.raises(UsageError, match="self_host"):
        answered(Facts(), {"privacy": "perhaps"})
    with pytest.raises(UsageError, match="goal"):
        answered(Facts(), {"colour": "red"})


def test_the_public_names_are_enough_to_build_a_form() -> None:
    step = ftsdk.next_questions(ftsdk.Facts())
    facts = ftsdk.answered(ftsdk.Facts(), {"goal": "cost", "failure": ["cost"], "tried": ["caching:no"]})
    assert ftsdk.advise(facts).recommendation == "caching"
    assert step.model_validate_json(step.model_dump_json()) == step
    assert BY_ID["goal"] in step.questions


def test_what_the_form_asked_in_vain_is_not_wanted_again() -> None:
    facts = answered(Facts(), {"goal": "quality", "failure": ["format"], "tried": ["prompting:insufficient"]})
    facts = answered(facts, dict.fromkeys(["data_amount", "corpus_tokens"], None))
    assert not {"data_amount", "corpus_tokens"} & {item.question.id for item in question_values(facts)}
    assert facts.data_amount == "unknown" and facts.corpus_tokens is None


def test_not_knowing_takes_nothing_back() -> None:
    told = answered(Facts(), {"data_amount": "some", "tried": ["rag:works"]})
    assert answered(told, {"data_amount": None, "tried": []}).known() == told.known()
