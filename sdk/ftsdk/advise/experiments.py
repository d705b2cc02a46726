"""The cheapest next experiment for each option, with what it takes and when to stop."""

from __future__ import annotations

from ftsdk.advise.options import OptionCode
from ftsdk.advise.value import Experiment

_TABLE: tuple[tuple[OptionCode, str, str, str], ...] = (
    ("prompt",
     "Write the rules that 20 read errors break into the prompt, add 5 to 10 examples, constrain the output, and "
     "run an automatic prompt optimiser on the best model you may use.",
     "two to five days, under 100 USD of tokens",
     "stop when two rounds in a row gain less than the interval of your evaluation set is wide"),
    ("rag",
     "Take 50 questions that were answered wrongly and look whether the right passage was among those retrieved.",
     "a day, no training",
     "if it was found in most of them, the fault is in the use, not in the search: stop tuning retrieval"),
    ("long_context",
     "Put all documents in front of the prompt, cached, and answer 50 real questions.",
     "half a day, a few dollars",
     "stop if the answers miss facts that are in the prompt, or if a call costs more than retrieval would"),
    ("caching",
     "Move what is the same in every call to the front, switch caching on, send what can wait as a batch, and read "
     "the cached tokens off one day's bill.",
     "one to two weeks of an engineer, no training",
     "stop when the hit rate stays under 50 % although the prefix is the same"),
    ("smaller_base",
     "Run two cheaper models, each with a prompt written for it, on 200 rows with known answers.",
     "two to three days, a few dollars",
     "stop when the best of them is worse by more than the margin you would accept"),
    ("classical",
     "Train a small encoder on 200 to 500 labelled rows and set it against the prompted model.",
     "a day on a laptop",
     "stop if it is worse by more than 5 points at 500 labels and twice the labels gain under 2 points"),
    ("sft",
     "Tune a small model on 50 to 100 of the best examples and compare it with the best prompt on held-out rows.",
     "a day, 1 to 25 USD of training",
     "no gain at 50 to 100 examples: look again at task and examples, do not add more of them"),
    ("distil",
     "Let the large model answer 500 real inputs, keep what passes your check, tune a small model on it, compare "
     "on 200 held-out rows.",
     "two to three days, 10 to 100 USD",
     "stop when the small model is worse by more than the margin, or the break-even is past the horizon"),
    ("rft",
     "Score the untrained model four times on 50 prompts with your grader.",
     "half a day, a few dollars",
     "stop if nearly all scores are at one end, or if reading 20 scores you disagree with the grader on 3 or more"),
    ("dpo",
     "Let two people judge 50 of the pairs again without seeing the first verdict.",
     "half a day",
     "stop if they agree with it in fewer than 75 %: mend the pairs first"),
    ("cpt",
     "Continue the pre-training of a small open model on 1 % of the text and measure on your tasks before and "
     "after.",
     "one to two weeks, GPU days",
     "stop if the tasks do not move: more of the same text will not move them either"),
    ("rag_ft",
     "Run three arms on the same 200 rows: retrieval alone, a small tuned model alone, and both.",
     "a week, 10 to 200 USD",
     "stop training if both together are not better than retrieval alone by more than the interval"),
    ("not_yet_data",
     "Let two experts answer the same 50 inputs and count how often they agree; repair or collect 100 examples.",
     "two to five days of experts",
     "if they agree on under 80 %, settle the rules between them before any model is trained"),
    ("not_yet_evals",
     "Take 100 real inputs, write down right answers or a rating that two people agree on, and run today's system.",
     "three to five days",
     "stop at 100 to 200 rows: enough to see differences of 10 points; then come back here"),
)  # fmt: skip

EXPERIMENTS: dict[OptionCode, Experiment] = {
    option: Experiment(text=text, takes=takes, stop=stop) for option, text, takes, stop in _TABLE
}
