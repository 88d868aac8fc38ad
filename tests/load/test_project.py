"""The Meltano project: what it must have, and what of the environment a store's run may see."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.errors import SettingsError, TapError
from tap_bigcommerce_carts.load.meltano_log import TAP
from tap_bigcommerce_carts.load.one import Loading, What
from tap_bigcommerce_carts.load.processes import Processes
from tap_bigcommerce_carts.load.project import Project
from tap_bigcommerce_carts.load.stores import Secrets, Store
from tests.support.devices import full_device
from tests.support.loading import OURS

if TYPE_CHECKING:
    from pathlib import Path

LOADER = "target-postgres"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(OURS):
            monkeypatch.delenv(name)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in which all is installed; its Meltano prints what it is asked to, and fails."""
    for plugin in (f"extractors/{TAP}", f"loaders/{LOADER}"):
        (tmp_path / ".meltano" / plugin).mkdir(parents=True)
    (tmp_path / "meltano.yml").write_text("version: 1\n")
    meltano = tmp_path / "meltano"
    meltano.write_text('#!/bin/sh\nif [ "$2" != run ]; then exit 0; fi\necho "$SAID"\nexit 1\n')
    meltano.chmod(0o755)
    return Project(tmp_path, meltano)


def again(project: Project) -> Project:
    """The same project, read anew."""
    return Project(project.root, project.meltano, project.work)


def test_what_is_installed_will_do(project: Project) -> None:
    project.check(LOADER)


def test_what_is_not_there_is_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"^target-jsonl is not installed .*, or name another"):
        project.check("target-jsonl")
    (project.plugins / "extractors" / TAP).rmdir()
    with pytest.raises(SettingsError, match=rf"run `meltano install extractor {TAP}` there\.$"):
        project.check(LOADER)
    with pytest.raises(SettingsError, match=r"holds no meltano.yml: name the project with --proj"):
        Project(project.plugins).check(LOADER)
    monkeypatch.setenv("PATH", "")
    for meltano in (None, project.root / "nowhere"):
        with pytest.raises(SettingsError, match=r"^Meltano is not there: install it, or name its"):
            _ = Project(project.root, meltano).command


def test_meltano_may_be_installed_beside_the_command(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    beside = project.root / "bin"
    beside.mkdir()
    (project.root / "meltano").rename(beside / "meltano")
    monkeypatch.setattr("sys.executable", str(beside / "python"))
    assert Project(project.root).command == beside / "meltano"


def test_a_folder_that_was_there_is_closed_to_others(project: Project) -> None:
    (project.stores / "acme").mkdir(0o755, parents=True)
    assert project.folder_of("acme").stat().st_mode & 0o777 == 0o700


def test_a_meltano_yml_that_is_none_is_said_to_be_none(project: Project) -> None:
    (project.root / "meltano.yml").write_text("version: 1\nversion: 1\n")
    with pytest.raises(SettingsError, match=r"meltano\.yml, line 2: `version` is there twice\.$"):
        _ = project.environment


def test_an_env_file_that_is_no_text_is_named(project: Project) -> None:
    (project.root / ".env").write_bytes(b"NAME=\xff\n")
    with pytest.raises(SettingsError, match=r"\.env cannot be read\.$"):
        _ = project.environment


def test_the_system_database_is_where_meltano_looks_for_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def address() -> str:
        return again(project).environment["MELTANO_DATABASE_URI"]

    # Not in the stores' folders, each of which is a system folder of its own.
    assert address() == f"sqlite:///{project.root}/.meltano/meltano.db"
    (project.root / "meltano.yml").write_text("database_uri: $STATE_SERVER/of_project\n")
    monkeypatch.setenv("STATE_SERVER", "postgresql+psycopg://db.example.com")
    assert address() == "postgresql+psycopg://db.example.com/of_project"
    (project.root / ".env").write_text("MELTANO_DATABASE_URI=sqlite:///of-env-file.db\n")
    assert address() == "sqlite:///of-env-file.db"
    monkeypatch.setenv("MELTANO_DATABASE_URI", "sqlite:///$MELTANO_PROJECT_ROOT/of-env.db")
    assert address() == f"sqlite:///{project.root}/of-env.db"


def test_a_store_sees_neither_the_tap_s_variables_nor_another_s_secrets(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / ".env").write_text(
        "TAP_BIGCOMMERCE_CARTS_STORE_HASH=x\nSTORE_ACME_ACCESS_TOKEN=x\nTARGET_POSTGRES_HOST=here\n"
    )
    for name in ("TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN", "STORE_A_B_PERSONAL_DATA_SALT"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("MELTANO_STATE_ID_SUFFIX", "mine")
    monkeypatch.setenv("MELTANO_ENVIRONMENT", "prod")
    # Somebody else's, of another shape.
    monkeypatch.setenv("STORE_ROOT", "kept")
    seen = project.environment_in("acme")
    for gone in ("TAP_", "STORE_A", "MELTANO_STATE_ID_SUFFIX"):
        assert [name for name in seen if name.startswith(gone)] == []
    assert (seen["TARGET_POSTGRES_HOST"], seen["STORE_ROOT"]) == ("here", "kept")
    assert seen["MELTANO_ENVIRONMENT"] == "prod"


def test_passwords_of_the_environment_are_known(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_POSTGRES_PASSWORD", "of-the-warehouse")
    monkeypatch.setenv("MELTANO_DATABASE_URI", "postgresql://me:of%40state@db.example.com/x")
    monkeypatch.setenv("MELTANO_STATE_BACKEND_S3_AWS_SECRET_ACCESS_KEY", "of-the-bucket")
    monkeypatch.setenv("SOME_TOKEN", "true")
    found = project.secrets
    assert {"of-the-warehouse", "of%40state", "of@state", "of-the-bucket"} <= {*found}
    assert "true" not in found
    assert found == sorted(found, key=len, reverse=True)


def load(project: Project, monkeypatch: pytest.MonkeyPatch) -> str | None:
    monkeypatch.setenv("STORE_ACME_ACCESS_TOKEN", "of-acme-5b1f3a")
    loading = Loading(project, Secrets(), What(LOADER), Processes())
    return loading.load(Store("acme", {"store_hash": "abc"}), lambda _: None).failure


def test_what_a_loader_says_of_its_password_is_not_repeated(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "postgresql+psycopg://me:of-the-warehouse@db.example.com/x"
    monkeypatch.setenv("TARGET_POSTGRES_SQLALCHEMY_URL", address)
    monkeypatch.setenv("SAID", f"cannot reach {address} with of-acme-5b1f3a")
    said = "cannot reach postgresql+psycopg://me:(an e-mail address)/x with ***"
    assert load(project, monkeypatch) == said
    assert "of-the-warehouse" not in (project.stores / "acme/load.log").read_text()


def test_a_work_folder_that_cannot_be_used_is_one_sentence(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.plugins / "stores").write_text("a file")
    failure = load(project, monkeypatch)
    assert failure
    assert re.fullmatch(
        rf"{project.stores}/acme cannot be made \((?:Not a directory|File exists)\): say with "
        r"--work where the stores' folders can be\.",
        failure,
    )


def test_the_settings_that_a_killed_meltano_leaves_are_removed(project: Project) -> None:
    kept, left = (
        project.folder_of("acme") / "run" / TAP / name
        for name in ("tap.properties.json", "tap.0193.config.json")
    )
    script = f"mkdir -p {left.parent}; echo of-acme-5b1f3a | tee {kept} > {left}; kill -9 $$"
    (project.root / "meltano").write_text(f"#!/bin/sh\n{script}\n")
    with pytest.MonkeyPatch.context() as patch:
        failure = load(project, patch)
    assert failure
    assert failure.startswith("Meltano was killed (SIGKILL): ")
    assert kept.exists()
    assert not left.exists()


def test_a_system_database_that_cannot_be_written_is_one_sentence(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MELTANO_DATABASE_URI", f"sqlite:///{project.root}/x.db")
    (project.root / "x.db.lock").mkdir()
    with pytest.raises(SettingsError, match=r"cannot be written \(Is a directory\): say with MELT"):
        project.prepare()


def test_a_full_disk_is_one_sentence(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAID", "something")
    folder = project.folder_of("acme")
    (folder / "load.log").symlink_to(full_device())
    monkeypatch.setattr("tap_bigcommerce_carts.load.one.LOG_BEFORE", "load.log")
    failure = load(project, monkeypatch)
    assert failure == "Its folder cannot be used: No space left on device."


def test_a_database_that_is_none_is_said_without_its_password(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MELTANO_DATABASE_URI", "postgresql://me:hidden-word@127.0.0.1:1/x")
    with pytest.raises(
        SettingsError, match=r"\(postgresql at 127\.0\.0\.1\) cannot be op"
    ) as error:
        project.prepare()
    assert "hidden-word" not in str(error.value)
    monkeypatch.setenv("MELTANO_DATABASE_URI", "hidden-word")
    with pytest.raises(SettingsError, match="must be an address such as") as error:
        again(project).prepare()
    assert "hidden-word" not in str(error.value)


def test_a_database_that_meltano_cannot_make_is_said_in_a_sentence(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_POSTGRES_PASSWORD", "hidden-word")
    (project.root / "meltano").write_text('#!/bin/sh\necho "no, hidden-word" >&2\nexit 1\n')
    with pytest.raises(TapError, match=r"^Meltano's system database cannot be made: no, \*\*\*$"):
        project.prepare()
