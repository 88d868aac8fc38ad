"""The report, for people and for programs: meant to be sent in; nothing of the store is in it."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.doctor.probe.questions import Verdict
from tap_bigcommerce_carts.doctor.shown import about

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_bigcommerce_carts.doctor.probe.budget import Budget
    from tap_bigcommerce_carts.doctor.probe.probing import Asked

_WIDTH = max(map(len, Verdict)) + 1
_INDENT = " " * _WIDTH
_COLUMNS = 100


def lines(asked: Asked) -> str:
    """Return a question and its answer as text."""
    question, answer = asked.question, asked.answer
    said = [f"{answer.verdict:<{_WIDTH}}{question.name}: {question.asks}", answer.said]
    if answer.verdict is not Verdict.NOT_ASKED:
        said.append(f"{question.rests}: {question.assumed}")
    if answer.verdict is Verdict.REFUTED:
        said.append(f"What follows: {question.otherwise}")
    first, *others = said
    wrapped = [fill(first, _COLUMNS, subsequent_indent=_INDENT)]
    return "\n".join(
        wrapped
        + [
            fill(each, _COLUMNS, initial_indent=_INDENT, subsequent_indent=_INDENT)
            for each in others
        ]
    )


def summary(asked: Sequence[Asked], budget: Budget) -> str:
    """Return in a line how many answers there are of each kind, and what they cost."""
    counts = {verdict: sum(each.answer.verdict is verdict for each in asked) for verdict in Verdict}
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{said}; {budget.spent} requests, all of them GET"


def document(asked: Sequence[Asked], budget: Budget, failure: str | None = None) -> dict[str, Any]:
    """Return the document for programs.

    Args:
        asked: the questions with their answers.
        budget: what was spent.
        failure: why the store could not be asked, or not to the end.
    """
    return {
        "about": about(),
        "failure": failure,
        "requests": budget.spent,
        "answers": [
            {
                "name": each.question.name,
                "question": each.question.asks,
                "reads": [f"GET {route}" for route in each.question.reads],
                "verdict": each.answer.verdict,
                "answer": each.answer.said,
                "rests": each.question.rests,
                "assumed": each.question.assumed,
                "otherwise": each.question.otherwise,
            }
            for each in asked
        ],
    }
