"""What the questions read with: each thing once, and each answer as it came, refusals too."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from typing_extensions import override

from tap_bigcommerce_carts.bigcommerce.orders import INCOMPLETE
from tap_bigcommerce_carts.bigcommerce.scopes import ORDERS
from tap_bigcommerce_carts.doctor.findings import Verdict
from tap_bigcommerce_carts.doctor.session import BriefSession
from tap_bigcommerce_carts.doctor.token import check_token
from tap_bigcommerce_carts.errors import (
    MissingScopeError,
    NotGivenError,
    NotSentError,
    OutOfReachError,
    StoreError,
)
from tap_bigcommerce_carts.redaction import SecretPath

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from tap_bigcommerce_carts.doctor.probe.budget import Budget
    from tap_bigcommerce_carts.model import BigCommerceConnection

    Query = Mapping[str, str | int]

# What tells a route's parts from what stands in them: ids have a digit.
_ID = re.compile(r"/(?!v\d/)[^/]*\d[^/]*")
_NO_STORE = "-of-nobody"
_NO_SUCH_STORE = (
    "The first list that was asked for was not found (404): there is no such store at that "
    "address. Check `store_hash`, which stands in the API path that was shown with the token, and "
    "`api_url`."
)
# Seconds to wait for an answer: a page of 250 orders with their lines takes a busy store long.
_TIMEOUT = 60.0
# Answers that say no to what was asked, and not to who asks, or how often.
_NOT_FOUND = 404
_REFUSALS = frozenset({400, _NOT_FOUND, 406, 409, 413, 414, 422})


class Seen(NamedTuple):
    """What any answer shows beside its body: route, status and headers, whose names are lower case.

    No id is in the route.
    """

    route: str
    status: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the status, and the decoded body, which is None for 204 and for a refusal."""

    status: int
    body: Any = None

    @property
    def given(self) -> Any:
        """The body.

        Raises:
            NotGivenError: the request was refused, so that there is none.
        """
        if not self.is_given:
            raise NotGivenError(f"The store refuses what was asked for ({self.status}).")
        return self.body

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The objects of a list, of either version of the API; raises as `given` does."""
        found = self.given.get("data") if isinstance(self.given, dict) else self.given
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    @property
    def object(self) -> dict[str, Any]:
        """The object under `data`, or the body itself; empty if none; raises as `given` does."""
        found = self.given.get("data", self.given) if isinstance(self.given, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def is_given(self) -> bool:
        """Whether what was asked for was given."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP status


class _Unnamed(SecretPath):
    """A path whose ids no message has: what is said on the way may be sent in with the report."""

    __slots__ = ()

    @override
    def __format__(self, spec: str) -> str:
        return format(_route(self), spec)


class _ProbeSession(BriefSession):
    """A brief conversation that counts on a budget, and shows each answer's headers."""

    def __init__(self, connection: BigCommerceConnection, budget: Budget) -> None:
        super().__init__(connection, budget.most, _TIMEOUT)
        self._budget = budget
        self.seen: list[Seen] = []

    @override
    def _check_may_send(self, path: str) -> None:
        super()._check_may_send(path)
        self._budget.spend()

    @override
    def _learn(self, response: requests.Response, path: str) -> None:
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.seen.append(Seen(_route(path), response.status_code, headers))
        super()._learn(response, path)


class Asking:
    """Asks one store, by GET alone. What was asked is remembered, and so is what may not be.

    Args:
        connection: where the store is.
        budget: how many requests may be sent.
    """

    def __init__(self, connection: BigCommerceConnection, budget: Budget) -> None:
        self._connection = connection
        self._budget = budget
        self._session = _ProbeSession(connection, budget)
        self._known: dict[tuple[str, tuple[tuple[str, str | int], ...]], Reply] = {}
        self._lacking: dict[str, MissingScopeError] = {}

    @property
    def seen(self) -> list[Seen]:
        """What the answers so far showed."""
        return self._session.seen

    @property
    def now(self) -> datetime:
        """The store's clock at its first answer; before that this machine's."""
        return self._session.clock or datetime.now(UTC).replace(microsecond=0)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(self, path: str, query: Query | None = None, *, scope: str) -> Reply:
        """Return the answer to a request; it is sent once at most.

        Args:
            path: below the store, such as `/v2/orders`.
            query: fields of the query string.
            scope: what it needs.

        Raises:
            NotSentError: no further request may be sent.
            MissingScopeError: the token may not read this.
            OutOfReachError: nothing can be asked; the first answer shows that, if the store's
                hash is wrong.
            NotGivenError: the store does not answer, or the answer is none.
        """
        key = path, tuple(sorted((query or {}).items()))
        if key not in self._known:
            if scope in self._lacking:
                raise self._lacking[scope]
            is_first = not self._known and not self._lacking
            try:
                reply = _reply(self._session, _Unnamed(path), query or {}, scope)
            except MissingScopeError as error:
                if is_first:
                    self._check_store()
                self._lacking[scope] = error
                raise
            if is_first and reply.status == _NOT_FOUND:
                raise OutOfReachError(_NO_SUCH_STORE)
            self._known[key] = reply
        return self._known[key]

    def _check_store(self) -> None:
        """Check that the token is this store's: without its scopes it is answered alike.

        Raises:
            OutOfReachError: it is not.
            NotGivenError: the store does not say.
        """
        try:
            found = check_token(self._session)
        except (NotSentError, OutOfReachError):
            raise
        except StoreError:
            raise NotGivenError("The store does not say whether the token is its own.") from None
        if found.verdict is Verdict.FAULT:
            raise OutOfReachError(f"{found.said} {found.todo}")

    def of_no_store(self, path: str) -> Seen | None:
        """Return what a request shows that names a store which cannot be; None if nothing came.

        Args:
            path: as for `get`.
        """
        store_hash = self._connection.store_hash + _NO_STORE
        connection = replace(self._connection, store_hash=store_hash)
        with closing(_ProbeSession(connection, self._budget)) as session:
            try:
                _reply(session, path, {"limit": 1}, ORDERS)
            except (MissingScopeError, OutOfReachError):
                # Both are answers here.
                if not session.seen:
                    raise
            return session.seen[-1] if session.seen else None

    # What several questions read

    def newest_incomplete(self) -> list[dict[str, Any]]:
        """Return the newest orders in status 0 (Incomplete), newest first, a page at most."""
        query: Query = {"status_id": INCOMPLETE, "sort": "id:desc", "limit": 250, "page": 1}
        return self.get("/v2/orders", query, scope=ORDERS).rows

    def newest_orders(self) -> list[dict[str, Any]]:
        """Return the newest orders of all statuses, newest first, a page at most."""
        query: Query = {"sort": "id:desc", "limit": 250, "page": 1}
        return self.get("/v2/orders", query, scope=ORDERS).rows


def _route(path: str) -> str:
    return _ID.sub("/{id}", path)


def _reply(session: _ProbeSession, path: str, query: Query, scope: str) -> Reply:
    before = len(session.seen)
    try:
        body = session.get(path, query, scope=scope, brief=True)
    except (MissingScopeError, NotSentError, OutOfReachError):
        raise
    except StoreError:
        answered = session.seen[-1].status if len(session.seen) > before else None
        if answered in _REFUSALS:
            return Reply(answered)
        # The error's own sentence may have an id in it.
        said = f"The store did not give what was asked for ({answered or 'no answer'})."
        raise NotGivenError(said) from None
    return Reply(session.seen[-1].status, body)
