"""Which scopes does the token have, and what does each open? One request for each.

A resource that a token may not read answers 403. One that is asked for by an id that nobody has
answers 404 to a token that may. Whether a token may also write cannot be told without writing.
https://developer.bigcommerce.com/docs/start/authentication/api-accounts
https://developer.bigcommerce.com/docs/start/about/status-codes
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from tap_bigcommerce_carts.bigcommerce import scopes
from tap_bigcommerce_carts.doctor.findings import Finding, Verdict, of_error
from tap_bigcommerce_carts.errors import (
    MissingScopeError,
    NotFoundError,
    OutOfReachError,
    StoreError,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tap_bigcommerce_carts.bigcommerce.session import StoreSession

_ADD = "Add the scope to the API account in BigCommerce (docs/data-engineer.md: The token)"


class Selected(NamedTuple):
    """The streams that a load reads, and what selected them, in words."""

    streams: frozenset[str]
    how: str

    @property
    def needs_not(self) -> str:
        """That none of them needs something, in words."""
        return f"no stream {self.how} needs it"


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope, and how it is found out.

    Attributes:
        name: as the control panel has it.
        path: what needs it, and nothing else; `{id}` in it becomes an id that nobody has.
        streams: those that cannot be read without it.
        adds: what others of our streams lack without it, in words.
        query: what is asked for with the path.
    """

    name: str
    path: str
    streams: tuple[str, ...] = ()
    adds: str = ""
    query: Mapping[str, str | int] = field(default_factory=lambda: {"limit": 1})


SCOPES = (
    Scope(
        scopes.ORDERS,
        "/v2/orders",
        ("abandoned_carts", "abandoned_cart_line_items", "orders"),
        "conversions in `carts` whose event was lost",
    ),
    Scope(scopes.CUSTOMERS, "/v3/customers", ("customers", "customer_groups")),
    Scope(scopes.CARTS, "/v3/carts/{id}", ("carts", "cart_line_items"), query={}),
    Scope(
        scopes.CHECKOUTS,
        "/v3/checkouts/{id}",
        adds="`step` and costs in `carts`",
        query={},
    ),
    Scope(
        scopes.INFORMATION,
        "/v3/abandoned-carts/settings",
        ("abandoned_cart_settings", "abandoned_cart_emails"),
        "carts of recovery tokens in `carts`",
        query={},
    ),
    Scope(
        scopes.CHANNELS,
        "/v3/channels",
        ("channels",),
        "what storefronts set differently in `abandoned_cart_settings`",
    ),
    Scope(scopes.SITES, "/v3/sites", adds="`site_url` and `recovery_route` in `channels`"),
    Scope(scopes.LOGS, "/v3/store/systemlogs", ("store_logs",)),
)


def check_scopes(session: StoreSession, selected: Selected) -> Iterator[Finding]:
    """Yield for each scope whether the token has it, and what that means.

    Args:
        session: the conversation with the store.
        selected: the streams that a load reads: it needs their scopes.

    Raises:
        OutOfReachError: nothing can be asked of the store.
    """
    for scope in SCOPES:
        try:
            yield _of(session, scope, selected)
        except OutOfReachError:
            # So would be what comes after.
            raise
        except StoreError as error:
            yield _not_told(of_error(_asked(scope), error), scope, selected)


def _asked(scope: Scope) -> str:
    return f"scope {scope.name}"


def _of(session: StoreSession, scope: Scope, selected: Selected) -> Finding:
    how = ""
    try:
        session.get(scope.path.format(id=uuid4()), scope.query, scope=scope.name, brief=True)
    except NotFoundError:
        if "{id}" not in scope.path:
            raise
        how = " (an id that nobody has answered 404, not 403)"
    except MissingScopeError:
        return _missing(scope, selected)
    return Finding.fine(_asked(scope), f"There{how}. It opens {_opened(scope)}.")


def _not_told(found: Finding, scope: Scope, selected: Selected) -> Finding:
    """Return a finding as it is, or as a note if what is wrong hinders no load."""
    if found.verdict is not Verdict.FAULT or any(
        each in selected.streams for each in scope.streams
    ):
        return found
    said = f"{scope.path} did not answer as it should, so that it is not known whether it is there."
    return Finding.note(
        found.asked, f"{said} It would open {_opened(scope)}; {selected.needs_not}."
    )


def _missing(scope: Scope, selected: Selected) -> Finding:
    asked = _asked(scope)
    needed = [each for each in scope.streams if each in selected.streams]
    if needed:
        said = f"Missing: {_listed(needed)} cannot be read without it."
        return Finding.fault(asked, said, f"{_ADD}, or deselect {_them(needed)}.")
    said = f"Missing. It would open {_opened(scope)}; {selected.needs_not}."
    return Finding.note(asked, said)


def _opened(scope: Scope) -> str:
    return ", ".join(filter(None, (_listed(scope.streams), scope.adds)))


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{each}`" for each in names)


def _them(names: Collection[str]) -> str:
    return "the stream" if len(names) == 1 else "the streams"
