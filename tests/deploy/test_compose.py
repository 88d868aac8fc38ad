"""compose.yml by Compose itself, with and without a file of variables, and what it shuts in."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from dotenv import dotenv_values

from tests.support import images
from tests.support.compose import DEPLOY, FILE, SANDBOX_ENV, asked, health_of, image_of, resolved
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    Services = dict[str, dict[str, Any]]

EXAMPLE = DEPLOY / "compose.env.example"
TEXT = FILE.read_text()
# Each by its name, so that it is known again wherever it comes to stand.
FILLED = {
    "STORE_HASH": "abc123",
    "STORE_ACCESS_TOKEN": "the-token",
    "POSTGRES_PASSWORD": "of-the-administrator",
    "LOADER_PASSWORD": "of-the-loader",
    "INBOX_PASSWORD": "of-the-inbox",
    "CART_INBOX_SECRET": "of-the-webhooks",
}
RUNNING = {"postgres", "inbox", "load", "page"}
ONCE = {"hooks", "sandbox-hook"}


def env_file(folder: Path, **more: str) -> Path:
    """The example, filled in."""
    lines = EXAMPLE.read_text()
    for name, value in FILLED.items():
        lines, count = re.subn(rf"^{name}=$", f"{name}={value}", lines, flags=re.MULTILINE)
        assert count == 1, name
    file = folder / "filled.env"
    file.write_text(lines + "".join(f"{name}={value}\n" for name, value in more.items()))
    return file


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The services of whoever has a store, those that are started by hand among them."""
    found: Services = resolved(
        env_file(tmp_path_factory.mktemp("own")), "--profile", "hooks", "--profile", "sandbox"
    )["services"]
    return found


def test_without_variables_each_is_asked_for_in_a_sentence(tmp_path: Path) -> None:
    shutil.copy(FILE, tmp_path)
    ended = asked("config", "--quiet", file=tmp_path / FILE.name)
    assert ended.returncode != 0
    told = dict(re.findall(r"variable (\w+) is missing a value: (.*)", ended.stderr))
    assert told.keys() == FILLED.keys()
    assert all(re.fullmatch(r"Give .* \.env.*\.", sentence) for sentence in told.values())
    # And nothing else is said.
    assert len(ended.stderr.splitlines()) == len(told)


def test_with_the_examples_variables_it_starts_what_a_store_needs(tmp_path: Path) -> None:
    services = resolved(env_file(tmp_path))["services"]
    assert services.keys() == RUNNING
    assert services["load"]["environment"]["STORE_SHOP_STORE_HASH"] == "abc123"


def test_the_hooks_destination_is_there_if_it_is_given(tmp_path: Path) -> None:
    """The inbox refuses one that is empty."""
    url = "https://inbox.example.com/webhooks"
    for given, expected in (({}, None), ({"CART_INBOX_DESTINATION": url}, url)):
        services = resolved(env_file(tmp_path, **given), "--profile", "hooks")["services"]
        assert services["hooks"]["environment"].get("CART_INBOX_DESTINATION") == expected


def test_the_sandboxes_variables_start_an_invented_store_beside_it() -> None:
    document = resolved(SANDBOX_ENV)
    services = document["services"]
    assert services.keys() == RUNNING | {"sandbox", "sandbox-hook"}
    own_ports = dict(re.findall(r"\$\{(\w+_PORT):-(\d+)\}", TEXT))
    given = dotenv_values(SANDBOX_ENV)
    assert own_ports.keys() <= given.keys()
    assert not {given[name] for name in own_ports} & set(own_ports.values())
    assert document["name"] != yaml.safe_load(TEXT)["name"]
    # It listens on loopback alone: whoever asks it must be there, too.
    for each in ("sandbox", "sandbox-hook"):
        assert services[each]["network_mode"] == "service:load"
    assert services["load"]["environment"]["STORE_SHOP_API_URL"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("written", "planted"),
    [
        ("mem_limit: 2g", "memory_limit: 2g"),
        ("condition: service_healthy", "condition: service_well"),
        ("source: stores", "source: shops"),
        ("- work:/scratch", "- works:/scratch"),
        ("[databases]", "[database]"),
    ],
)
def test_compose_finds_a_mistake(tmp_path: Path, written: str, planted: str) -> None:
    """What is checked here is checked by something that sees what is wrong."""
    assert written in TEXT
    file = tmp_path / FILE.name
    variables = env_file(tmp_path)
    file.write_text(TEXT)
    assert asked("--env-file", str(variables), "config", "--quiet", file=file).returncode == 0
    file.write_text(TEXT.replace(written, planted))
    assert asked("--env-file", str(variables), "config", "--quiet", file=file).returncode != 0


def test_the_examples_name_what_is_read() -> None:
    read = set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT))
    # And what is handed on as it is.
    read |= set(re.findall(r"^ +([A-Z_]+):$", TEXT, re.MULTILINE))
    named = set(re.findall(r"^#?(\w+)=", EXAMPLE.read_text(), re.MULTILINE))
    # The sandbox's address, which is nobody else's.
    # And what is asked for where a message is to be had.
    assert named == read - {"API_URL", "NOT_WITH_STORES_FILE"}
    assert {name for name, value in dotenv_values(EXAMPLE).items() if not value} == FILLED.keys()
    assert set(dotenv_values(SANDBOX_ENV)) <= read | {"COMPOSE_PROFILES", "COMPOSE_PROJECT_NAME"}


def test_no_secret_is_in_the_file_and_each_is_given_to_who_needs_it(own: Services) -> None:
    seen_by = {
        name: {service for service, of in own.items() if value in str(of)}
        for name, value in FILLED.items()
    }
    sandboxes = {"sandbox", "sandbox-hook"}
    assert {name: seen - sandboxes for name, seen in seen_by.items()} == {
        "STORE_HASH": {"inbox", "hooks", "load"},
        "STORE_ACCESS_TOKEN": {"load", "hooks"},
        "POSTGRES_PASSWORD": {"postgres"},
        "LOADER_PASSWORD": {"postgres", "load"},
        "INBOX_PASSWORD": {"postgres", "inbox", "hooks"},
        "CART_INBOX_SECRET": {"inbox", "hooks"},
    }
    for line in TEXT.splitlines():
        if found := re.match(r"\s+\w*(?:PASSWORD|SECRET|TOKEN|SALT): (.*)", line):
            assert found[1].startswith("${"), line
    # An argument is seen by whoever lists the machine's processes; the sandbox has no secret.
    for name in RUNNING | ONCE:
        words = str(own[name]["command"]) + str(own[name]["entrypoint"])
        assert not any(value in words for value in FILLED.values())


def test_each_is_shut_in(own: Services) -> None:
    assert own.keys() == RUNNING | ONCE | {"sandbox"}
    for name, each in own.items():
        assert each["read_only"], name
        assert each["cap_drop"] == ["ALL"], name
        assert not each.get("cap_add"), name
        assert each["security_opt"] == ["no-new-privileges:true"], name
        assert not each.get("privileged"), name
        assert int(each["mem_limit"]) > 0, name
        assert each["pids_limit"] > 0, name
        assert {*each["logging"]["options"]} == {"max-size", "max-file"}, name
        assert each["restart"] == ("no" if name in ONCE else "unless-stopped"), name
        user = each.get("user")
        if user is None:
            file = image_of(each)
            assert file
            user = re.findall(r"^USER (.*)$", file.read_text(), re.MULTILINE)[-1]
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), name


def test_images_are_pinned_or_built_here(own: Services) -> None:
    for name, each in own.items():
        file = image_of(each)
        if file is None:
            assert re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", each["image"]), name
            continue
        images.check_sources(file)
        given = each["build"].get("args", {})
        assert given.keys() <= images.arguments(file).keys()
    loaded_by = yaml.safe_load((DEPLOY / "compose/stores.yml").read_text())
    built = own["load"]["build"]["args"]
    assert built == {"LOADERS": loaded_by["loader"], "MARTS": loaded_by["then"].partition(":")[0]}


def test_only_this_machine_is_listened_to(own: Services) -> None:
    listening = {name: each["ports"] for name, each in own.items() if "ports" in each}
    assert listening.keys() == {"postgres", "inbox", "page"}
    assert all(port["host_ip"] == "127.0.0.1" for ports in listening.values() for port in ports)
    # The page's server is the one that people reach: it sees no database.
    assert not {*own["page"]["networks"]} & {*own["postgres"]["networks"]}


def test_what_is_written_has_its_place(own: Services) -> None:
    places = {
        name: {each["target"] for each in own[name].get("volumes", [])}
        | {each.partition(":")[0] for each in own[name].get("tmpfs", [])}
        for name in own
    }
    assert places["load"] == {"/scratch", "/page", "/tmp"}  # noqa: S108 - the container's
    variables = images.variables(ROOT / "deploy/image/Dockerfile")
    written = [of for name, of in variables.items() if of.startswith("/") and name != "PATH"]
    assert all(each.startswith("/scratch") for each in written)
    assert {each["source"] for name in own for each in own[name].get("volumes", [])} == {
        "page",
        "postgres",
        "work",
    }
    # A volume takes the owner of what the image has there, so the image must have it.
    assert (
        "install -d -o 10001 -g 10001 /scratch /page"
        in (ROOT / "deploy/image/Dockerfile").read_text()
    )
    # But not what nginx has there, if it comes first.
    (page,) = own["page"]["volumes"]
    assert page["read_only"]
    assert page["volume"] == {"nocopy": True}
    assert own["page"]["user"] == "10001:10001"


def test_files_are_mounted_since_nothing_can_be_put_into_what_is_read_only() -> None:
    """Compose refuses `content` and `environment` there, but only when it starts it."""
    document = yaml.safe_load(TEXT)
    for each in document["configs"].values():
        assert each.keys() == {"file"}
    assert not document.get("secrets")


def test_each_that_runs_is_checked_and_waits_for_what_it_needs(own: Services) -> None:
    for name in own.keys() - ONCE:
        assert health_of(own[name]), name
    needs = {
        name: {each: of["condition"] for each, of in own[name].get("depends_on", {}).items()}
        for name in own
    }
    assert needs["postgres"] == {}
    assert needs["inbox"] == {"postgres": "service_healthy"}
    assert needs["load"] == {"postgres": "service_healthy", "inbox": "service_healthy"}
    assert needs["page"] == {"load": "service_started"}
    assert needs["hooks"] == {"inbox": "service_healthy"}
    assert needs["sandbox-hook"]["sandbox"] == "service_healthy"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("PERSONAL_DATA", "`personal_data` under `defaults`"),
        ("PERSONAL_DATA_SALT", "STORE_ACME_PERSONAL_DATA_SALT=... for each store"),
        ("START_DATE", "`start_date` under `defaults`"),
        ("STORE_NAME", "`store_name` for each store"),
    ],
)
def test_what_would_not_reach_the_stores_of_a_file_is_refused(
    tmp_path: Path, name: str, place: str
) -> None:
    """Else e-mail addresses are in the warehouse though .env says `drop`."""
    quiet = ("config", "--quiet")
    alone = env_file(tmp_path, **{name: "drop"})
    assert asked("--env-file", str(alone), *quiet).returncode == 0
    both = env_file(tmp_path, STORES_FILE="mine.yml", **{name: "drop"})
    ended = asked("--env-file", str(both), *quiet)
    assert ended.returncode != 0
    assert f"Take {name} out of .env, and write {place}" in ended.stderr


def test_with_a_file_of_stores_each_has_its_own_secrets(tmp_path: Path) -> None:
    """No token and no secret of a store that is not there; those of webhooks to the inbox alone."""
    given = {
        "STORES_FILE": "mine.yml",
        "CART_INBOX_SECRETS": "abc123=of-one-hook,def456=of-another",
        "CART_INBOX_CLIENT_SECRETS": "abc123=of-one-account,def456=of-another",
    }
    variables = env_file(tmp_path, **given)
    taken = {"STORE_ACCESS_TOKEN", "CART_INBOX_SECRET"}
    lines = variables.read_text().splitlines()
    variables.write_text("\n".join(each for each in lines if each.partition("=")[0] not in taken))
    services = resolved(variables, "--profile", "hooks")["services"]
    assert services["load"]["environment"]["STORE_SHOP_ACCESS_TOKEN"] == ""
    for name in ("CART_INBOX_SECRETS", "CART_INBOX_CLIENT_SECRETS"):
        holders = {each for each, of in services.items() if given[name] in str(of)}
        assert holders == ({"inbox", "hooks"} if name == "CART_INBOX_SECRETS" else {"inbox"})
    assert services["inbox"]["environment"]["CART_INBOX_SECRET"] is None


def test_a_failure_is_seen_before_a_first_load_has_ended(own: Services) -> None:
    """While a start_period lasts, Docker counts none."""
    assert "start_period" not in own["load"]["healthcheck"]


def test_several_stores_are_a_file_of_ones_own(tmp_path: Path) -> None:
    """With their tokens in a file that `load` alone is given."""
    for each in (FILE, DEPLOY / "compose"):
        (shutil.copytree if each.is_dir() else shutil.copy)(each, tmp_path / each.name)
    (tmp_path / "stores.env").write_text("STORE_ACME_ACCESS_TOKEN=of-acme\n")
    variables = env_file(tmp_path, STORES_FILE="mine.yml")
    words = ("--env-file", str(variables), "config", "--format", "json")
    ended = asked(*words, file=tmp_path / FILE.name)
    document = yaml.safe_load(ended.stdout)
    assert document["configs"]["stores"]["file"] == str(tmp_path / "mine.yml")
    holders = {name for name, each in document["services"].items() if "of-acme" in str(each)}
    assert holders == {"load"}
