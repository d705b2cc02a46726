"""The files that `ft init` writes: a project, a commented spec, and rows of a small task that trains at once."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ftsdk.spec.schema import modeline

# Connection types that need no more than a key, and what ftsdk.yaml says of them.
CONNECTIONS = {
    "local": "{type: local}                                     # the embedded engine of this machine",
    "openai": "{type: openai, api_key: {env: OPENAI_API_KEY}}",
    "together": "{type: together, api_key: {env: TOGETHER_API_KEY}}",
}

PROJECT = """\
{modeline}
# The project: where specs are, which accounts they may use, where state is kept. Trusted from the default branch only.
apiVersion: ftsdk/v1
kind: Project
metadata:
  name: {project}                   # part of every job's key: clones of one project share jobs
spec:
  specs: ["specs/**/*.yaml"]
  connections:                      # secrets are only named here: {{env: NAME}}, or {{file: path}}
    {connection}: {declared}
  store:
    url: sqlite:///.ftsdk/state.db  # one machine; FTSDK_STORE_URL names another one, for CI
    artefacts: .ftsdk/artefacts
"""

SPEC = """\
{modeline}
# What to tune, what to prove, and what happens then. `ft validate` checks it, `ft plan {name}` says what it costs.
apiVersion: ftsdk/v1
kind: FineTune
metadata:
  name: {name}                      # unique in the repository; runs and aliases hang on it
spec:
  connection: {connection}          # an account of ftsdk.yaml
  model: {model}
  system_prompt: {{file: prompts/short.md}}  # part of what is proved and promoted
  method:
    epochs: auto                    # auto takes the catalogue's setting for this model
  dataset:
    train: {train}                  # chat JSONL, relative to this file
  evaluation:
    dataset: {test}                 # rows that are in no training data
    max_tokens: 32                  # longest answer
    arms:                           # what the tuned model has to beat, on the same rows
      - base
      - {{prompted: prompts/long.md}}  # the best prompt you have
      - {{few_shot: 4}}             # examples from the training rows
      - tuned
    metrics:
      - {{name: right, type: exact}}  # the first metric is the primary one
  gates:                            # all must pass before the alias moves; too few rows never pass
    - {{metric: right, versus: best_prompted, margin: 0.0}}  # 0.0 asks for better, with 95 % confidence
  promote:
    alias: production               # applications call {name}@production
"""

SHORT = "Sort the message. Answer with its code alone.\n"
LONG = """\
Sort a customer's message by what it is about. Answer with one code and nothing else.

- K4: an invoice, a payment, a refund or a price
- R7: something does not work, is slow or loses data
- T1: how to do something, where to find something

Message: "My card was charged twice." Answer: K4
"""

# Code -> what customers write. The codes are the house's own: nobody can guess them, a prompt or a training tells them.
TRAIN = {
    "K4": ("my card was charged twice", "the invoice of May is missing", "why did the price go up",
           "I want my money back", "the receipt has the wrong address", "can we pay by bank transfer",
           "the discount was not taken off", "our payment was declined"),
    "R7": ("the page stays white after login", "the export stops at half of the rows", "search is slow since Monday",
           "the app crashes when I open a photo", "my notes from yesterday are gone", "the upload never ends",
           "buttons do nothing in the new version", "I get error 500 on every save"),
    "T1": ("how do I add a colleague", "where can I change my password", "how do I turn off notifications",
           "where is the list of shortcuts", "how can I rename a project", "is there a way to sort by date",
           "how do I connect my calendar", "where do I see who changed a file"),
}  # fmt: skip
TEST = {
    "K4": ("you billed us for a user who left", "I never got a refund for April", "which plan is the cheapest",
           "the tax number on the bill is wrong"),
    "R7": ("the chart shows nothing at all", "emails arrive hours late", "the timer jumps back to zero",
           "saving a draft deletes the text"),
    "T1": ("how do I print only one page", "where can I upload a logo", "can I move a task to another board",
           "how do I invite guests"),
}  # fmt: skip
OPENINGS = ("Hello, {}", "{}, please help", "Good morning! {}. Thanks")


def starter_files(name: str, model: str, connection: str, train: str | None, test: str | None) -> dict[str, str]:
    """Path from the root -> text. Without ``train`` and ``test`` (relative to the spec), example rows come with it."""
    folder = f"specs/{name}"
    spec = SPEC.format(
        modeline=modeline("FineTune", 2),
        name=name,
        connection=connection,
        model=model,
        train=json.dumps(train) if train else "data/train.jsonl",
        test=json.dumps(test) if test else "data/test.jsonl",
    )
    files = {f"{folder}/{name}.yaml": _aligned(spec)}
    files |= {f"{folder}/prompts/short.md": SHORT, f"{folder}/prompts/long.md": LONG}
    if train is None:
        files |= {f"{folder}/data/train.jsonl": rows(TRAIN), f"{folder}/data/test.jsonl": rows(TEST)}
    return files


def project_file(project: str, connection: str, kind: str) -> str:
    """ftsdk.yaml with its name and one connection."""
    text = PROJECT.format(
        modeline=modeline("Project", 0), project=project, connection=connection, declared=CONNECTIONS[kind]
    )
    return _aligned(text)


def rows(messages: Mapping[str, tuple[str, ...]]) -> str:
    """Chat JSONL: every message under every opening, the codes in turn."""
    found = []
    for number in range(len(next(iter(messages.values())))):
        for opening in OPENINGS:
            for code, texts in messages.items():
                chat = (("user", opening.format(texts[number])), ("assistant", code))
                found.append(json.dumps({"messages": [{"role": role, "content": content} for role, content in chat]}))
    return "\n".join(found) + "\n"


def _aligned(text: str) -> str:
    """Comments behind values at one column where there is room."""
    lines = []
    for line in text.splitlines():
        value, mark, comment = line.partition("  # ")
        lines.append(f"{value.rstrip():<34}{mark}{comment}" if mark and value.strip() else line)
    return "\n".join(lines) + "\n"
