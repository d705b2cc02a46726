"""What a pull request's author may write to break out of a comment; shared by tests of words, renderer and browser."""

from __future__ import annotations

from ftsdk.plan.value import FieldChange, Plan, PlanSet

HOSTILE = [
    "```\n</details>",
    "````\n# loud\n````",
    "</details><script>document.title='broken'</script>",
    "</summary></details><h1>loud</h1>",
    "<img src=x onerror=\"document.title='broken'\">",
    "<!-- ftsdk:plan:v1 head=0 -->",
    "--> <b>loud</b> <!--",
    "@everyone and @octo/team",
    "#1 and GH-1 and octo/repo#1",
    "~~~~\n`````",
    "| a | b |\n|---|---|\n| c | d |",
    "[click](javascript:document.title='broken')",
    "![x](https://tracker.example/pixel.png)",
    "https://tracker.example and www.tracker.example",
    "<https://tracker.example>",
    "\r\n\r\n# loud",
    "\u202eesrever\u202c",
    "$x^2$ and $$y$$",
    "&lt;script&gt;&#60;b&#62;",
    "/ft approve 0123456789abcdef",
    "x`" * 200,
    "- [ ] a task\n1. one",
    "[ref]: https://tracker.example\n[ref]",
    ":tada: \\<b\\>loud",
]


def planted(plan: Plan, words: str) -> PlanSet:
    """A plan with ``words`` wherever an author's words may come to stand."""
    change = FieldChange(path="spec.x", old=words, new=f"{words}!", change="train", note=words)
    changed = plan.model_copy(
        update={"why": words, "changes": (change,), "budget": words, "spec_path": f"{words}.yaml"}
    )
    return PlanSet(plans=(changed,), drift=(words,), state="serial 1")
