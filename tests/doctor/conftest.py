"""The command `bigcommerce-carts doctor`, called in this process."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.commands import main
from tests.support.examining import Ended
from tests.support.harness import Clock
from tests.support.loading import OURS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def doctor(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Callable[..., Ended]:
    """Call the command in an empty folder with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith((*OURS, "CART_INBOX_"))]:
        monkeypatch.delenv(name)

    def called(*arguments: str, config: dict[str, Any] | None = None) -> Ended:
        caplog.clear()
        given = [*arguments]
        if config is not None:
            (tmp_path / "config.json").write_text(json.dumps(config))
            given += ["--config=config.json"]
        monkeypatch.setattr("sys.argv", ["bigcommerce-carts", "doctor", *given])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        errors = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
        return Ended(ended.value.code, capsys.readouterr().out, errors)

    return called


@pytest.fixture
def clock() -> Clock:
    """The store's clock, which agrees with this machine's."""
    return Clock(datetime.now(UTC).replace(microsecond=0))
