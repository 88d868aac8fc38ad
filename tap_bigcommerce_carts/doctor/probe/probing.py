"""The questions, most important first, and what asks them one by one."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.doctor.probe import (
    customers_listed,
    left_at_payment,
    manners,
    order_filters,
    orders_listed,
)
from tap_bigcommerce_carts.doctor.probe.asking import Asking
from tap_bigcommerce_carts.doctor.probe.questions import Answer, Question, Verdict
from tap_bigcommerce_carts.errors import MissingScopeError, NotGivenError, NotSentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.doctor.probe.budget import Budget
    from tap_bigcommerce_carts.model import BigCommerceConnection

QUESTIONS = (
    orders_listed.INCLUDES,
    order_filters.BOUNDS,
    orders_listed.ARCHIVED,
    order_filters.COUNT_EQUALS_LIST,
    left_at_payment.CHECKOUT,
    left_at_payment.CART,
    left_at_payment.TRANSACTIONS_FILLED,
    orders_listed.SHARED_CARTS,
    orders_listed.UNFILTERED,
    orders_listed.FULL_PAGE,
    orders_listed.WARNING_PLACE,
    left_at_payment.ORDER_ID,
    order_filters.COUNT_OF_ALL,
    order_filters.IDS,
    customers_listed.BOUNDS,
    order_filters.WITHOUT_OFFSET,
    customers_listed.LIMIT,
    customers_listed.IDS,
    manners.UNKNOWN_FIELD,
    manners.WRONG_STORE,
    customers_listed.CURSOR_END,
    customers_listed.CURSOR_SORT,
    # Of all answers before.
    manners.HEADERS,
)


# What comes of a value that is of another type.
_OF_FORM = (AttributeError, OverflowError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its answer."""

    question: Question
    answer: Answer


def probed(
    connection: BigCommerceConnection,
    budget: Budget,
    questions: tuple[Question, ...] = QUESTIONS,
) -> Iterator[Asked]:
    """Yield the questions with their answers, as they come.

    Args:
        connection: where the store is.
        budget: how many requests may be sent.
        questions: what is asked, most important first.

    Raises:
        OutOfReachError: the store cannot be asked anything.
    """
    with closing(Asking(connection, budget)) as asking:
        for question in questions:
            yield Asked(question, _answer(question, asking))


def _answer(question: Question, asking: Asking) -> Answer:
    try:
        return question.judge(asking)
    except MissingScopeError as error:
        said = f"The access token lacks the scope {error.scope}."
        return Answer(Verdict.NOT_ASKED, said)
    except NotSentError as error:
        return Answer(Verdict.NOT_ASKED, str(error))
    except NotGivenError as error:
        return Answer.unknown(str(error))
    except _OF_FORM:
        return Answer.unknown("What the store gave has another form than is documented.")
