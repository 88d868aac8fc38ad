"""Which scopes does the token have, and what does each open?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.doctor.scopes import SCOPES
from tap_bigcommerce_carts.sandbox.bigcommerce.routing import (
    ALL_SCOPES,
    CARTS,
    CHANNEL_SETTINGS,
    CHECKOUTS,
    CUSTOMERS,
    INFORMATION,
    LOGS,
    ORDERS,
    SITES,
    TRANSACTIONS,
)
from tap_bigcommerce_carts.tap import INBOX_STREAMS, STREAMS
from tests.support.harness import ALL_STREAMS, DEFAULT_STREAMS, run
from tests.support.meltano import MELTANO
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.examining import Ended

# Each begins with a token that has all scopes.
pytestmark = pytest.mark.usefixtures("every_scope")
JSON = "--format=json"
# As the control panel names them, and as the sandbox does.
NAMES = {
    "Orders: read-only": ORDERS,
    "Customers: read-only": CUSTOMERS,
    "Carts: read-only": CARTS,
    "Checkouts: read-only": CHECKOUTS,
    "Information & settings: read-only": INFORMATION,
    "Channel settings: read-only": CHANNEL_SETTINGS,
    "Sites & routes: read-only": SITES,
    "Store logs: read-only": LOGS,
}


def test_every_scope_there_is_is_asked_for(store: Sandbox, doctor: Callable[..., Ended]) -> None:
    ended = doctor(JSON, config=store.config())
    found = {
        name.removeprefix("scope "): verdict
        for name, verdict in ended.verdicts().items()
        if name.startswith("scope ")
    }
    assert found == dict.fromkeys(NAMES, "fine")
    # No stream needs the one that is left; --probe asks for what it opens.
    assert set(NAMES.values()) == ALL_SCOPES - {TRANSACTIONS}
    assert "404" in ended.said("scope Carts: read-only")
    assert {each.method for each in store.requests} == {"GET"}
    text = (ROOT / "docs/data-engineer.md").read_text()
    assert f"It sends {len(store.requests)} requests to BigCommerce" in text


@pytest.mark.parametrize("scope", SCOPES, ids=lambda each: each.name)
def test_one_that_is_missing_is_told_with_the_streams_that_cannot_be_read(
    store: Sandbox, doctor: Callable[..., Ended], config: dict[str, Any], scope: Any
) -> None:
    store.scopes.discard(NAMES[scope.name])
    ended = doctor(JSON, config=store.config())
    asked = f"scope {scope.name}"
    needed = set(scope.streams) & set(DEFAULT_STREAMS)
    assert ended.verdicts()[asked] == ("fault" if needed else "note")
    assert ended.code == (1 if needed else 0)
    others = {name: what for name, what in ended.verdicts().items() if name.startswith("scope ")}
    assert set(others.values()) - {others.pop(asked)} == {"fine"}
    said = ended.said(asked)
    assert all(f"`{each}`" in said for each in needed or scope.streams)
    # So it is: a load cannot read these, and reads the others.
    out = run(config, streams=ALL_STREAMS, failing=True)
    unread = {each for each in ALL_STREAMS if each not in DEFAULT_STREAMS or each in needed}
    assert out.code == (1 if set(scope.streams) & unread else 0)


def test_an_odd_answer_is_a_fault_only_where_a_selected_stream_needs_it(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    odd = ("/v3/abandoned-carts/settings", "/v3/channels")
    store.before(lambda _, sent: "404" if sent.path.endswith(odd) else None)
    ended = doctor(JSON, config=store.config())
    assert (ended.code, ended.verdicts()["scope Sites & routes: read-only"]) == (0, "fine")
    for scope in ("Information & settings", "Channel settings"):
        assert ended.verdicts()[f"scope {scope}: read-only"] == "note"
        assert "it is not known" in ended.said(f"scope {scope}: read-only")
        assert "store_hash" not in ended.said(f"scope {scope}: read-only")
    store.before(lambda _, sent: "404" if sent.path.endswith("/v3/customers") else None)
    assert doctor(JSON, config=store.config()).code == 1


def test_a_stream_of_the_inbox_makes_its_scope_needed(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    store.scopes.discard(CARTS)
    asked = "scope Carts: read-only"
    assert doctor(JSON, config=store.config()).verdicts()[asked] == "note"
    ended = doctor(JSON, config={**store.config(), "inbox_url": "sqlite:///not-there.db"})
    assert ended.verdicts()[asked] == "fault"


@pytest.mark.slow
def test_in_a_project_what_it_selects_is_needed_and_nothing_else(
    store: Sandbox, tmp_path: Path, doctor: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real Meltano, which is asked by the tap's own plugin."""
    said = (ROOT / "meltano.yml").read_text().replace("- customers.*", "- channels.*")
    (tmp_path / "meltano.yml").write_text(said)
    (tmp_path / ".meltano").mkdir()
    for each in ("extractors", "loaders"):
        (tmp_path / ".meltano" / each).symlink_to(ROOT / ".meltano" / each)
    for name, value in store.config().items():
        monkeypatch.setenv(f"TAP_BIGCOMMERCE_CARTS_{name.upper()}", value)
    store.scopes = {ORDERS}
    ended = doctor(JSON, "--warehouse=w.duckdb", f"--meltano={MELTANO}")
    found = ended.verdicts()
    assert found["scope Customers: read-only"] == "note"
    assert "no stream that the project selects needs it" in ended.said("scope Customers: read-only")
    assert found["scope Channel settings: read-only"] == "fault"
    assert "deselect the stream" in ended.said("scope Channel settings: read-only")
    assert ended.code == 1
    # Without a project, the tap's own choice.
    of_file = doctor(JSON, config=store.config())
    assert of_file.verdicts()["scope Customers: read-only"] == "fault"
    assert "selected by default" in of_file.said("scope Channel settings: read-only")


def test_every_stream_has_its_scope() -> None:
    opened = {stream for scope in SCOPES for stream in scope.streams}
    names = {
        str(vars(each)["name"])
        for streams in (STREAMS["bigcommerce"], INBOX_STREAMS)  # type: ignore[index]
        for each in streams
    }
    # The log of events is in the inbox as it came.
    assert names - opened == {"cart_events"}
    assert opened <= names


@pytest.mark.usefixtures("sleeps")
def test_a_store_that_stops_answering_is_not_asked_on_and_on(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    store.faults.script = [None, *["503_json"] * 50]
    ended = doctor(JSON, config=store.config())
    assert ended.code == 3
    verdicts = {what for name, what in ended.verdicts().items() if name.startswith("scope ")}
    assert verdicts == {"not known"}
    # Two were given up after three tries each.
    assert len(store.requests) == 1 + 2 * 3


@pytest.mark.usefixtures("sleeps")
def test_of_requests_that_are_tried_again_there_are_not_more_than_it_says(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    store.faults.script = [None, *["503_json", None] * 20]
    ended = doctor(JSON, config=store.config())
    assert len(store.requests) == 15
    assert ended.code == 3
    assert "15 requests were sent already" in ended.said("abandoned carts")
