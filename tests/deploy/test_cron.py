"""The files of `deploy/cron/` fit the command: its arguments, its variables, what it prints."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import yaml
from dotenv import dotenv_values

from tap_bigcommerce_carts.load.cli import load
from tap_bigcommerce_carts.verify.cli import verify
from tests.support.loading import OURS, parsed
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy/cron"
SERVICE = (DEPLOY / "bigcommerce-carts-load.service").read_text()
CRONTAB = (DEPLOY / "crontab").read_text()
# Five fields of time and a command, without the % that cron would take for a line's end.
(LINE,) = re.findall(r"^[0-5]?\d \* \* \* \* ([^%\n]+)$", CRONTAB, re.MULTILINE)


def of_service(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", SERVICE, re.MULTILINE)


def test_the_service_calls_the_command_as_it_is_called() -> None:
    (line,) = of_service("ExecStart")
    program, *arguments = shlex.split(line)
    assert program.startswith(of_service("WorkingDirectory")[0] + "/")
    assert Path(program).name == "bigcommerce-carts"
    assert parsed(arguments)["every"]


def test_a_timer_starts_the_service() -> None:
    (service,), (timer,) = DEPLOY.glob("*.service"), DEPLOY.glob("*.timer")
    assert service.stem == timer.stem


def test_the_service_names_variables_that_are_read() -> None:
    named = {each.partition("=")[0] for each in of_service("Environment")}
    read = {each.envvar for each in load.params if isinstance(each, click.Option) and each.envvar}
    assert named - read == {"DBT_LOG_PATH", "DBT_TARGET_PATH", "HOME"}
    state = f"%S/{of_service('StateDirectory')[0]}"
    written = {each.partition("=")[2] for each in of_service("Environment")} - {
        "/etc/bigcommerce-carts/stores.yml"
    }
    assert all(each.startswith(state) for each in written)
    assert of_service("ProtectSystem") == ["strict"]


def test_the_services_secrets_stand_in_its_file_alone() -> None:
    assert of_service("EnvironmentFile") == ["/etc/bigcommerce-carts/load.env"]
    given = dotenv_values(DEPLOY / "load.env.example")
    assert str(given.pop("MELTANO_DATABASE_URI")).startswith(
        "sqlite:////var/lib/bigcommerce-carts/"
    )
    plugins = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]
    (loader,) = (each for each in plugins["loaders"] if each["name"] == "target-postgres")
    assert set(given) <= {f"TARGET_POSTGRES_{each['name'].upper()}" for each in loader["settings"]}
    assert given["TARGET_POSTGRES_PASSWORD"] == ""


def test_the_crontab_calls_the_command_as_it_is_called() -> None:
    call = LINE.split("&&")[1].split(">")[0]
    program, *arguments = shlex.split(call)
    assert program == ".venv/bin/bigcommerce-carts"
    assert parsed(arguments)["every"]


def test_the_crontab_checks_all_stores_once_a_day() -> None:
    (line,) = re.findall(r"^\d+ \d+ \* \* \* ([^%\n]+)$", CRONTAB, re.MULTILINE)
    program, name, *arguments = shlex.split(line.split("&&")[1].split(">")[0])
    assert (program, name) == (".venv/bin/bigcommerce-carts", verify.name)
    assert verify.make_context(name, arguments).params["every"]


def test_cron_is_told_of_a_failure(tmp_path: Path) -> None:
    """By what the line prints, run by a shell as cron does."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    program = tmp_path / ".venv/bin/bigcommerce-carts"
    program.symlink_to(Path(sys.executable).with_name("bigcommerce-carts"))
    shutil.copy(ROOT / "meltano.yml", tmp_path)
    (tmp_path / "stores.yml").write_text("stores: {acme: {store_hsah: abc123}}")
    (variable,) = re.findall(r"^PROJECT=(.+)$", CRONTAB, re.MULTILINE)
    others = {name: of for name, of in os.environ.items() if not name.startswith(OURS)}

    def printed() -> str:
        return subprocess.run(
            ["/bin/sh", "-c", LINE],
            env={**others, "PROJECT": str(tmp_path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    assert Path(variable).is_absolute()
    assert "did you mean `store_hash`?" in printed()
    program.unlink()
    program.write_text("#!/bin/sh\necho loaded\n")
    program.chmod(0o755)
    assert (printed(), (tmp_path / "load.log").read_text()) == ("", "loaded\n")
