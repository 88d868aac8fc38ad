"""`python -m tap_bigcommerce_carts.sandbox`."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Sandbox
from tap_bigcommerce_carts.sandbox.__main__ import main
from tests.support.paths import ROOT


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tap_bigcommerce_carts.sandbox", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_cleanly(number: signal.Signals) -> None:
    shop = ("--carts", "30", "--port", "0", "--quota", "150/30")
    arguments = (*shop, "--token", "t0k3n", "--api-key", "k3y")
    with running(*arguments) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        match = re.match(
            r"(http://127\.0\.0\.1:\d+) store_hash=sandbox1 access_token=t0k3n "
            r"api_key=k3y store_key=sandbox-store-key "
            r"carts=30 placed=60 customers=10\n",
            line,
        )
        assert match, line
        url = f"{match[1]}/stores/sandbox1/v2/orders"
        answer = requests.get(url, headers={"X-Auth-Token": "t0k3n"}, timeout=10)
        assert answer.headers["X-Rate-Limit-Requests-Quota"] == "150"
        assert len(answer.json()) == 50
        keys = {"x-api-key": "k3y", "x-store-key": "sandbox-store-key"}
        time = f"{match[1]}/stores/sandbox1/v2/time"
        assert requests.get(time, headers={"X-Auth-Token": "t0k3n"}, timeout=10).status_code == 403
        answer = requests.get(f"{match[1]}/v1.1/cart.info.json", headers=keys, timeout=10)
        assert answer.json()["return_code"] == 0
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)
        assert (process.returncode, output, errors) == (0, "", "")


def test_carts_that_live_already_and_hooks_that_may_be_plain() -> None:
    carts = ("--carts", "0", "--open-carts", "40", "--port", "0", "--every-scope")
    with running(*carts, "--plain-hooks", "--hook-speed", "60", "--client-secret", "s") as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        truths = requests.get(f"{url}/_sandbox/carts", timeout=10).json()
        assert len(truths) == 40
        cart_id = next(each["cart_id"] for each in truths if each["status"] == "abandoned")
        store, token = f"{url}/stores/sandbox1/v3", {"X-Auth-Token": "sandbox-token"}
        assert requests.get(f"{store}/carts/{cart_id}", headers=token, timeout=10).ok
        hook = {"scope": "store/cart/*", "destination": "http://127.0.0.1:9/webhooks"}
        assert requests.post(f"{store}/hooks", json=hook, headers=token, timeout=10).ok
        assert requests.get(f"{url}/stores/sandbox1/v2/time", headers=token, timeout=10).ok


def test_a_shop_of_a_year_opens_empty() -> None:
    with running("--year", "--days-ago", "365", "--port", "0") as process:
        assert process.stdout is not None
        url, *facts = process.stdout.readline().split()
        assert facts[-3:] == ["carts=0", "placed=0", "customers=0"]
        clock = requests.post(f"{url}/_sandbox/clock", json={"days": 1}, timeout=10)
        assert clock.ok
        assert requests.get(f"{url}/_sandbox/health", timeout=10).json()["orders"] > 0


def test_a_taken_port_is_one_readable_line(sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    with running("--carts", "0", "--port", port) as process:
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert output == ""
    assert errors == f"Cannot listen on 127.0.0.1:{port}: Address already in use.\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--host", "192.0.2.1"), "no loopback address"),
        (("--quota", "many"), "not like 150/30"),
        (("--faults", "2"), "not between 0 and 1"),
        (("--latency", "-1"), "not a number from 0 up"),
        (("--port", "70000"), "no port"),
        (("--hook-speed", "0"), "not greater than 0"),
        (("--carts", "x"), "not a whole number"),
    ],
)
def test_bad_arguments(
    arguments: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert complaint in capsys.readouterr().err
