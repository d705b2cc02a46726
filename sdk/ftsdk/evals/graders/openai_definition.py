"""Grader definitions in OpenAI's own shape, graded here as their service graded them."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ftsdk.data.value import Row
from ftsdk.errors import ExtraMissing, PolicyDenied, SpecError
from ftsdk.evals.graders import strict_json
from ftsdk.evals.graders.function import text_answer
from ftsdk.evals.graders.overlap import LONGEST
from ftsdk.evals.text import short
from ftsdk.evals.value import Score
from ftsdk.providers.inference import Answer
from ftsdk.spec.openai_graders import (
    EvaluationGrader,
    MultiGrader,
    PythonGrader,
    StringCheckGrader,
    TextSimilarityGrader,
)

_REFERENCE = re.compile(r"\{\{\s*([\w.\[\]]+)\s*\}\}")
Part = Callable[[Answer, Row], float]


@dataclass(frozen=True)
class OpenAIDefinition:
    """``{{ sample.output_text }}`` is the answer, ``{{ item.* }}`` the row: answer, reference, prompt and metadata."""

    name: str
    part: Part
    binary: bool
    own_standard: ClassVar[bool] = True
    phrase: ClassVar[str] = "scores {} by OpenAI's definition"
    caution: ClassVar[str] = ""

    def grade(self, answer: str, row: Row) -> Score:
        """Of a text alone."""
        return self.grade_whole(text_answer(answer), row)

    def grade_whole(self, answer: Answer, row: Row) -> Score:
        return Score(value=self.part(answer, row))


def from_definition(name: str, definition: EvaluationGrader, *, code_allowed: bool) -> OpenAIDefinition:
    """The grader of a definition.

    Raises SpecError for what cannot be done here (embeddings, model graders inside a formula), PolicyDenied for
    Python where the project forbids it, ExtraMissing without the extra ``eval``.
    """
    return OpenAIDefinition(name, _part(name, definition, code_allowed), isinstance(definition, StringCheckGrader))


def filled(template: str, answer: Answer, row: Row) -> str:
    """A template with its references replaced; raises ValueError for one that this row does not have."""
    return _REFERENCE.sub(lambda match: _looked_up(match[1], answer, row), template)


def _looked_up(path: str, answer: Answer, row: Row) -> str:
    value: object = {"sample": _sample(answer), "item": _item(row)}
    for step in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, Mapping) and step in value:
            value = value[step]
        else:
            raise ValueError(f"this row has no {path}")
    return value if isinstance(value, str) else strict_json.written(value)


def _sample(answer: Answer) -> dict[str, object]:
    try:
        parsed: object = strict_json.parse(answer.text)
    except ValueError:
        parsed = None
    return {"output_text": answer.text, "output_json": parsed, "output_tools": list(answer.tool_calls)}


def _item(row: Row) -> dict[str, object]:
    prompt = "\n".join(message.content for message in row.prompt if message.role != "system")
    known: dict[str, object] = dict.fromkeys(("answer", "reference", "reference_answer", "expected"), row.answer)
    messages = [message.model_dump() for message in row.prompt]
    try:
        parsed: object = strict_json.parse(row.answer)
    except ValueError:
        parsed = None
    fields = parsed if isinstance(parsed, dict) else {}
    return fields | known | {"prompt": prompt, "input": prompt, "messages": messages} | row.metadata


def _part(name: str, definition: EvaluationGrader, code_allowed: bool) -> Part:
    if isinstance(definition, StringCheckGrader):
        return _string_check(definition)
    if isinstance(definition, TextSimilarityGrader):
        return _similarity(name, definition)
    if isinstance(definition, PythonGrader):
        return _code(name, definition, code_allowed)
    if isinstance(definition, MultiGrader):
        parts = {key: _part(f"{name}.{key}", one, code_allowed) for key, one in definition.graders.items()}
        return _formula(name, definition.calculate_output, parts)
    raise SpecError(
        f"metric {name!r}: a {definition.type} grader inside a formula is not graded here",
        help="make it a metric of its own",
    )


_OPERATIONS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda text, wanted: text == wanted,
    "ne": lambda text, wanted: text != wanted,
    "like": lambda text, wanted: wanted in text,
    "ilike": lambda text, wanted: wanted.casefold() in text.casefold(),
}


def _string_check(definition: StringCheckGrader) -> Part:
    holds = _OPERATIONS[definition.operation]
    return lambda answer, row: float(
        holds(filled(definition.input, answer, row), filled(definition.reference, answer, row))
    )


def _similarity(name: str, definition: TextSimilarityGrader) -> Part:
    measure = _measure(name, definition.evaluation_metric)
    return lambda answer, row: measure(
        filled(definition.input, answer, row)[:LONGEST], filled(definition.reference, answer, row)[:LONGEST]
    )


def _measure(name: str, metric: str) -> Callable[[str, str], float]:
    try:
        if metric == "fuzzy_match":
            from rapidfuzz import fuzz

            return lambda text, wanted: fuzz.WRatio(text, wanted) / 100
        if metric == "bleu":
            from sacrebleu.metrics.bleu import BLEU

            bleu = BLEU(effective_order=True)
            return lambda text, wanted: min(1.0, bleu.sentence_score(text, [wanted]).score / 100)
        if metric == "gleu":
            from nltk.translate.gleu_score import sentence_gleu

            return lambda text, wanted: float(sentence_gleu([wanted.split()], text.split()))
        if metric.startswith("rouge_"):
            from rouge_score.rouge_scorer import RougeScorer

            variant = metric.replace("rouge_l", "rougeL").replace("_", "")
            rouge = RougeScorer([variant], use_stemmer=True)
            return lambda text, wanted: float(rouge.score(wanted, text)[variant].fmeasure)
    except ImportError as error:
        raise ExtraMissing(error.name or metric, "eval") from error
    raise SpecError(
        f"metric {name!r}: {metric} needs {'embeddings' if metric == 'cosine' else 'WordNet'}, which is not used here",
        help="use fuzzy_match, bleu, gleu or rouge, or a judge",
    )


def _code(name: str, definition: PythonGrader, allowed: bool) -> Part:
    if not allowed:
        raise PolicyDenied(
            f"metric {name!r} has Python code in it, and this project runs none from a spec",
            help="policy.python_graders: true in ftsdk.yaml allows it",
        )
    space: dict[str, Any] = {}
    exec(compile(definition.source, f"<grader {name}>", "exec"), space)
    grade = space.get("grade")
    if not callable(grade):
        raise SpecError(f"metric {name!r}: its source defines no grade(sample, item)", help="define it")
    return lambda answer, row: float(grade(_sample(answer), _item(row)))


_ARITHMETIC: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., float]] = {"min": min, "max": max, "abs": abs}


def _formula(name: str, formula: str, parts: Mapping[str, Part]) -> Part:
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
        _value(tree, dict.fromkeys(parts, 0.5))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise SpecError(
            f"metric {name!r}: the formula {short(formula, 60)!r} does not hold: {error}",
            help=f"use + - * / min max abs over {', '.join(parts)}",
        ) from error
    except ZeroDivisionError:
        pass  # depends on the scores
    return lambda answer, row: _value(tree, {key: part(answer, row) for key, part in parts.items()})


def _value(node: ast.AST, scores: Mapping[str, float]) -> float:
    """An arithmetic expression over named scores; nothing else is evaluated."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.Name) and node.id in scores:
        return scores[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return _ARITHMETIC[type(node.op)](_value(node.left, scores), _value(node.right, scores))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _ARITHMETIC:
        return _ARITHMETIC[type(node.op)](_value(node.operand, scores))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        return _FUNCTIONS[node.func.id](*(_value(argument, scores) for argument in node.args))
    raise ValueError(f"{ast.unparse(node)!r} is not arithmetic over its graders")
