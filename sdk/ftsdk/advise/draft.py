"""What to start with: a draft spec where training is advised, a plan of prompts and evaluation where it is not."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ftsdk.advise.options import TRAINING
from ftsdk.advise.value import Advice

# Rows that show the form; the team's own take their place before anything is trained.
_EXAMPLES = (
    ("Write to the customer that the parcel was late because of the strike.", "Sorry, the strike held your parcel up."),
    ("Write to the customer that the invoice of May was sent twice.", "Sorry, May's invoice went out twice."),
    ("Write to the customer that the new lamp comes on Tuesday.", "Good news: your lamp comes on Tuesday."),
    ("Write to the customer that their password was changed.", "Your password was changed as you asked."),
)

_SPEC = """\
# A draft, from the advice “{title}” ({confidence}). Before `ft apply`: put your own rows in data/, your own prompts in
# prompts/, and choose the metric that says whether an answer is good.
apiVersion: ftsdk/v1
kind: FineTune
metadata: {{name: {name}}}
spec:
  connection: local
  model: smollm2-135m-instruct   # the embedded model, to try the way with; `ft models` lists others
  system_prompt: {{file: prompts/short.md}}
  dataset: {{train: data/train.jsonl}}
  evaluation:
    dataset: data/test.jsonl
    arms: [base, {{prompted: prompts/long.md}}, tuned]
    metrics: [{{name: {metric}, type: exact}}]
  gates: [{{metric: {metric}, versus: best_prompted, margin: 0.0}}]
  promote: {{alias: production, when: manual}}
"""


def draft(advice: Advice, name: str) -> Mapping[str, str]:
    """Files by their path: a spec with prompts and rows that show the form, or one plan in Markdown."""
    if advice.recommendation not in TRAINING:
        return {f"{name}.md": _plan(advice, name)}
    confidence = advice.confidence
    return {
        f"{name}.yaml": _SPEC.format(title=advice.title, confidence=confidence, name=name, metric="right"),
        "prompts/short.md": "Do the task as our examples do.\n",
        "prompts/long.md": "Do the task as our examples do.\n\nThe rules, one a line:\n- be short\n- keep names and "
        "dates\n",
        "data/train.jsonl": "".join(_row(*pair) for pair in _EXAMPLES[:3]),
        "data/test.jsonl": _row(*_EXAMPLES[3]),
    }


def _row(prompt: str, answer: str) -> str:
    chat = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": chat}) + "\n"


_HOW_SURE = {"clear": "clear", "leaning": "leaning that way", "toss-up": "a toss-up"}


def _plan(advice: Advice, name: str) -> str:
    first = advice.ranked[0]
    blocks = [
        f"# {name}: {advice.title}",
        f"{advice.sentence} The advice is {_HOW_SURE[advice.confidence]}, as of {advice.as_of}.",
        "## Why\n\n" + "\n".join(f"- {reason.text}" for reason in (*first.reasons_for, *first.reasons_against)),
        f"## First\n\n{advice.experiment.text} It takes {advice.experiment.takes}; {advice.experiment.stop}.",
        "## Measure\n\n- Take 100 to 200 real inputs with right answers, none of them used while writing prompts.\n"
        "- Run today's system, the new one, and a stronger model on the same rows, and look at intervals, not at "
        "means.\n"
        "- Read 20 wrong answers and name what is wrong with each: that is the next fact to bring here.",
        "## What would change this\n\n" + ("\n".join(f"- {flip.text}" for flip in advice.flips) or "- nothing single"),
        "## Risks\n\n" + "\n".join(f"- {risk.text} {risk.remedy}" for risk in advice.risks),
    ]
    return "\n\n".join(blocks) + "\n"
