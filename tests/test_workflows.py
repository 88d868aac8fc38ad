"""What GitHub runs, as far as it can be tried without GitHub.

The files fit the published schemas, nothing in them is unsafe that is known to be, and what they
call is there. What actions do with what they are given shows on GitHub alone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.paths import ROOT
from tools.release.project import pythons

if TYPE_CHECKING:
    from collections.abc import Iterator

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
BASH = shutil.which("bash") or "bash"
PROGRAMS = Path(sys.executable).parent
of_each_workflow = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: str(file.name))
# An action that is not pinned and leaves a token behind, and a script that a stranger writes.
UNSAFE = """\
on: {issues: {types: [opened]}}
permissions: {}
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - run: echo "${{ github.event.issue.title }}"
"""


def loaded(file: Path) -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load(file.read_text())
    return said


def steps(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each step of a workflow, with its job."""
    for name, job in loaded(file)["jobs"].items():
        for step in job["steps"]:
            yield name, step


def runs(file: Path) -> list[str]:
    """Return the scripts of a workflow, GitHub's expressions as a word."""
    scripts = [step["run"] for _, step in steps(file) if "run" in step]
    return [re.sub(r"\$\{\{.*?\}\}", "expression", each) for each in scripts]


def called(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAMS / program), *arguments], capture_output=True, text=True, check=False
    )


def audited(place: Path) -> subprocess.CompletedProcess[str]:
    """Look for what is unsafe, by what is known here alone."""
    return called("zizmor", "--offline", "--no-progress", "--format=plain", str(place))


def fits(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """Compare files with a schema that the program brings along."""
    names = [str(file) for file in files]
    return called("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *names)


@pytest.mark.slow
def test_they_fit_the_published_schemas(tmp_path: Path) -> None:
    checked = fits("github-workflows", *WORKFLOWS)
    assert checked.returncode == 0, checked.stdout
    checked = fits("dependabot", GITHUB / "dependabot.yml")
    assert checked.returncode == 0, checked.stdout
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text().replace("runs-on:", "run-on:", 1))
    assert fits("github-workflows", broken).returncode == 1


@pytest.mark.slow
def test_nothing_in_them_is_known_to_be_unsafe(tmp_path: Path) -> None:
    found = audited(GITHUB)
    assert found.returncode == 0, found.stdout
    unsafe = tmp_path / "unsafe.yml"
    unsafe.write_text(UNSAFE)
    found = audited(unsafe)
    for kind in ("unpinned-uses", "template-injection", "artipacked"):
        assert kind in found.stdout


@of_each_workflow
def test_every_action_is_pinned_and_its_tag_named(file: Path) -> None:
    lines = re.findall(r"^\s*(?:- )?uses: (.*)$", file.read_text(), re.MULTILINE)
    for line in lines:
        assert re.fullmatch(r"[\w-]+/[\w-]+(?:/[\w-]+)?@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_an_action_is_the_same_everywhere() -> None:
    used = {step["uses"] for file in WORKFLOWS for _, step in steps(file) if "uses" in step}
    names = [each.partition("@")[0] for each in used]
    assert len(names) == len(set(names)), "two pins of one action"


@of_each_workflow
def test_what_may_write_says_why(file: Path) -> None:
    workflow = loaded(file)
    assert set(workflow["permissions"].values()) <= {"read"}, "jobs ask for more, not workflows"
    assert "secrets." not in file.read_text()
    for line in re.findall(r"^\s+[\w-]+: write\b.*$", file.read_text(), re.MULTILINE):
        assert re.search(r": write # \w+", line), f"{line.strip()}: say behind it what for"


@of_each_workflow
def test_no_job_runs_on_for_hours(file: Path) -> None:
    for name, job in loaded(file)["jobs"].items():
        assert job.get("timeout-minutes", 0) <= 120, name
        assert "timeout-minutes" in job or name == "pythons", name


@of_each_workflow
def test_what_they_run_is_there(file: Path) -> None:
    """Targets of make, modules with their steps, files."""
    targets = re.findall(r"^([a-z][\w-]*|\$\(VENV\)/\.tests)(?=[: ].*)", makefile(), re.MULTILINE)
    for script in runs(file):
        assert subprocess.run([BASH, "-n", "-c", script], check=False).returncode == 0, script
        for target in re.findall(r"\bmake ([\w./-]+)", script):
            assert target.replace(".venv", "$(VENV)") in targets, target
        for module in re.findall(r"-m (tools[\w.]*)", script):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
        for path in re.findall(r"(?<![\w./-])((?:tests|deploy|tools|\.ci)/[\w./-]+)", script):
            assert (ROOT / path).exists(), path
    for _, step in steps(file):
        assert (ROOT / str(step.get("with", {}).get("file", "."))).exists() or "${{" in str(step)


def makefile() -> str:
    return (ROOT / "Makefile").read_text()


RELEASE = GITHUB / "workflows/release.yml"


def test_a_release_gives_each_job_what_it_needs_and_no_more() -> None:
    may = {name: job["permissions"] for name, job in loaded(RELEASE)["jobs"].items()}
    assert loaded(RELEASE)["permissions"] == {}
    signs = {"id-token": "write", "attestations": "write"}
    assert may == {
        "build": {"contents": "read"},
        "test": {"contents": "read"},
        "images": {"contents": "read", "packages": "write", **signs},
        "publish": {"id-token": "write"},
        "notes": {"contents": "write", **signs},
    }


def test_what_is_published_was_built_once_and_tested() -> None:
    jobs = loaded(RELEASE)["jobs"]
    assert "needs" not in jobs["build"]
    assert (jobs["test"]["needs"], jobs["images"]["needs"]) == ("build", "test")
    assert (jobs["publish"]["needs"], jobs["notes"]["needs"]) == (["test", "images"], "publish")
    (build,) = [script for script in runs(RELEASE) if "make dist" in script]
    assert "FINAL=1 ADDRESS=" in build
    assert ".ci/wheel" in runs(RELEASE)
    taken = {
        name: [
            step["with"]["name"]
            for job, step in steps(RELEASE)
            if job == name and step.get("uses", "").startswith("actions/download-artifact@")
        ]
        for name in jobs
    }
    assert taken["test"] == taken["publish"] == ["dist"]
    assert taken["notes"] == ["dist", "told"]
    published = [step for name, step in steps(RELEASE) if name == "publish"][-1]
    assert published["with"]["attestations"] is True


def test_the_pythons_are_those_of_the_classifiers() -> None:
    assert pythons() == ["3.11", "3.12", "3.13", "3.14"]
    for file in (RELEASE, GITHUB / "workflows/ci.yml"):
        assert loaded(file)["jobs"]["test"]["strategy"]["matrix"]["python"].startswith("${{")
        assert "-m tools.release pythons" in "".join(runs(file))


def test_images_that_are_pushed_are_tried_by_every_change() -> None:
    """All of them but Airflow's, which is made from the first."""
    release = loaded(RELEASE)["jobs"]["images"]["strategy"]["matrix"]["include"]
    tried = loaded(GITHUB / "workflows/ci.yml")["jobs"]["images"]["strategy"]["matrix"]["file"]
    there = {str(file.relative_to(ROOT)) for file in ROOT.glob("deploy/*/Dockerfile")}
    assert {each["file"] for each in release} == set(tried) == there - {"deploy/airflow/Dockerfile"}


def ran(words: str, folder: Path, **environment: str) -> str:
    """Run the script of a release that holds some words, as GitHub does; return what it put out."""
    (script,) = [step["run"] for _, step in steps(RELEASE) if words in step.get("run", "")]
    output = folder / "output"
    subprocess.run(
        [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env={"PATH": f"{folder}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(output), **environment},
        check=True,
    )
    return output.read_text()


@pytest.mark.slow
def test_an_image_is_named_in_small_letters(tmp_path: Path) -> None:
    said = ran(
        "{GITHUB_REPOSITORY,,}",
        tmp_path,
        REGISTRY="registry.example.com",
        GITHUB_REPOSITORY="Owner/Carts",
        SUFFIX="-inbox",
    )
    assert said == "name=registry.example.com/owner/carts-inbox\n"


@pytest.mark.slow
@pytest.mark.parametrize(("tag", "before"), [("v1.2.0", False), ("v1.2.0rc1", True)])
def test_notes_come_with_all_files(tmp_path: Path, tag: str, *, before: bool) -> None:
    """`gh` itself needs an account: what it is called with is written down instead."""
    for name in ("dist/a.whl", "dist/a.tar.gz", "told/a.cdx.json", "told/notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "gh").write_text('#!/bin/sh\necho "$@" >"$GITHUB_OUTPUT"\n')
    (tmp_path / "gh").chmod(0o755)
    said = ran("gh release create", tmp_path, GITHUB_REF_NAME=tag)
    assert said == (
        f"release create {tag} --verify-tag --title {tag} {'--prerelease ' if before else ''}"
        "--notes-file told/notes.md dist/a.tar.gz dist/a.whl told/a.cdx.json\n"
    )
