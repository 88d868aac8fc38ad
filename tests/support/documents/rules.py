"""How each command of the documents is tried: the one table of it.

A command that no line here fits fails `tests/test_documents.py`. To add one, ask in this order:

1. Can it be run here, against the sandbox, real Meltano, DuckDB or PostgreSQL? Then let it fit a
   line with `Run`, or add one, with the file of tests that runs such commands: it runs all that
   fit, without further ado. What stands for a placeholder is said there.
2. Does another test, or CI, run the same? Then `RunBy` that; so also if it runs for long, and tests
   run the parts that it is made of.
3. Does it need what no test has: a daemon, a cluster, an account? Then `NotHere`, and put it on
   the page `docs/not-tried-here.md`, which has exactly these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """It is run by a file of tests, such as one of `tests/documents/`, with all others that are.

    Attributes:
        by: that file.
        code: the exit code it is to have, as the document says.
    """

    by: str
    code: int = 0


@dataclass(frozen=True)
class Serve(Run):
    """Likewise, and it goes on until it is stopped.

    Attributes:
        ready: what bash waits for before it goes on with what comes after.
    """

    ready: str = "true"


@dataclass(frozen=True)
class RunBy:
    """Another test or CI runs the same, or, of what is long, the parts that it is made of."""

    test: str


@dataclass(frozen=True)
class With:
    """It goes along with the commands of its block: sets variables, writes a file."""


@dataclass(frozen=True)
class Named:
    """It names a command, and is not all of it; where it is ours, its options are looked for.

    Attributes:
        before: what is left out before it.
    """

    before: str = ""


@dataclass(frozen=True)
class NotHere:
    """It cannot be run by a test, and is only read.

    Attributes:
        needs: a heading of `docs/not-tried-here.md`.
        told_in: a document that tells all about it, which that page links to instead of repeating
            its commands.
    """

    needs: str
    told_in: str | None = None


Way = Run | RunBy | With | Named | NotHere

TAP = "tests/documents/test_tap.py"
INBOX = "tests/documents/test_inbox.py"
STORES = "tests/documents/test_stores.py"
DOCTOR = "tests/documents/test_doctor.py"
VERIFY = "tests/documents/test_verify.py"
REPORT = "tests/warehouse/marts/test_report.py"
MELTANO = "tests/documents/test_meltano.py"
DBT = "tests/documents/test_dbt.py"
CHECKOUT = "tests/documents/test_checkout.py"
PIP = "tests/documents/test_pip.py"
AIRFLOW = "tests/documents/test_airflow.py"

DOCKER = NotHere("A Docker daemon")
COMPOSE = NotHere("A Docker daemon", told_in="deploy/README.md")
KUBERNETES = NotHere("A Kubernetes cluster")
MACHINE = NotHere("A machine of your own")
SPARK = NotHere("Spark with tables of Parquet")
BENCHMARK = NotHere("A quiet machine")
OWNER = NotHere("The repository of a release", told_in=".github/RELEASING.md")
RELEASE = NotHere("The repository of a release")
HUB = NotHere("Meltano Hub", told_in="deploy/hub/README.md")
HUBS = NotHere("Meltano Hub")
PYTHON = NotHere("Python 3.14")
BIGQUERY = NotHere("A warehouse that needs an account")

# The first that fits a whole statement counts.
RULES: tuple[tuple[str, Way], ...] = (
    # What goes along
    (r"export .*", With()),
    (r"read -rs \w+", With()),
    (r"cat > \S+ <<.*", With()),
    (r"set -a; .*", With()),
    # Make
    (r"make (help|clean|documents)", Run(CHECKOUT)),
    (r"make report", Run(REPORT)),
    (r"make (test|quick|lint|clean test)( LONG=1)?", RunBy(".ci/run")),
    (r"make test PYTHON=python3\.14", PYTHON),
    (r"make (docs|demo( SQL=1| SOURCE=api2cart)?)", RunBy(".github/workflows/ci.yml")),
    # With what comes before and after in one project.
    (r"make run", Run(MELTANO)),
    (r"make dist( FINAL=1 ADDRESS=\S+)?", RunBy(".github/workflows/ci.yml")),
    (r"make release VERSION=\S+", RunBy("tests/tools/release/test_version.py")),
    (r"make bench( ONLY=\w+)?", RunBy("tests/tools/benchmarks")),
    # Python and pytest
    (
        r"(\.venv/bin/)?bigcommerce-carts sandbox( --.*)?",
        RunBy("tests/sandbox/test_command.py"),
    ),
    (r"python -m tools\.benchmarks\.resume", BENCHMARK),
    (r"python -m tools\.loaders", RunBy("tests/tools/loaders/test_kept.py")),
    (r"(\S+ )?(\S*python -m )?pytest( -m \w+)? tests/\S+", RunBy("tests")),
    (r"\.venv/bin/python -m pip freeze", Run(CHECKOUT)),
    (r"\.venv/bin/pre-commit run --all-files", RunBy("tests/upkeep/test_pre_commit.py")),
    # The Hub
    (r"git clone \S+/hub|git (switch --create|add|commit) .*|gh pr .*|uvx .*hub-utils.*", HUB),
    (r"TAP=.*|cd hub|(cp|tail|cat) .*\"\$TAP\".*", RunBy("tests/deploy/hub/test_definition.py")),
    (r"meltano add target-jsonl", HUBS),
    (r"meltano add .*--from-ref.*", RunBy("tests/warehouse/meltano/test_meltano.py")),
    # A release
    (r"python3 -m tools\.release address .*", RunBy("tests/tools/release/test_version.py")),
    (r"gh release download --repo .*", RELEASE),
    (r"for each in release/\*; do gh attestation verify .*", RELEASE),
    (r"(gh|git) .*|for each in /tmp/files/.*|/tmp/new/bin/.*|.*&& /tmp/new/bin/pip .*", OWNER),
    (r"docker .*REGISTRY.*", OWNER),
    # What is installed
    (r"(python3 -m venv \S+ && )?\S*pip install .*", Run(PIP)),
    (r"\S*meltano install( (extractor|loader|utility) \S+)?", RunBy("Makefile")),
    # The tap by itself
    (r"(tap-bigcommerce-carts --config=|duckdb -bail ).*", Run(TAP)),
    # The tap and the sandbox without an installation
    (r"(uvx|pipx (run|install)) .*", RunBy("tests/test_wheel.py")),
    (r"curl .*http://127\.0\.0\.1:8080/\S+", RunBy("tests/sandbox/test_command.py")),
    # Shells
    (
        r"eval .*_COMPLETE=.*|autoload .*|_\w+_COMPLETE=fish_.*",
        RunBy("tests/cli/test_completion.py"),
    ),
    # The inbox
    (
        r"bigcommerce-carts inbox serve",
        Serve(INBOX, ready='exec 3<>"/dev/tcp/127.0.0.1/$CART_INBOX_PORT"'),
    ),
    (r"bigcommerce-carts inbox COMMAND --help", Named()),
    # Nothing came yet.
    (r"bigcommerce-carts inbox status", Run(INBOX, code=1)),
    (r"bigcommerce-carts inbox .*", Run(INBOX)),
    # A look
    (r"bigcommerce-carts doctor --probe", RunBy("tests/doctor/probe/test_report.py")),
    # Many stores
    (r"bigcommerce-carts load STORE .*", Named()),
    (r"bigcommerce-carts \w+ --help", Run(STORES)),
    (r"bigcommerce-carts load.* --check", Run(STORES)),
    (r"bigcommerce-carts load --all && bigcommerce-carts verify --all", Run(MELTANO)),
    (r"bigcommerce-carts load .*", Run(MELTANO)),
    # A look, proof, and the page
    (r"bigcommerce-carts doctor --.*", Run(DOCTOR)),
    (r"bigcommerce-carts verify --store NAME", Named()),
    (r"bigcommerce-carts verify --config .*", Run(VERIFY)),
    (r"bigcommerce-carts verify .*", Run(MELTANO)),
    (r"bigcommerce-carts report --warehouse postgresql.*", Run(MELTANO)),
    (r"bigcommerce-carts report .*", Run(REPORT)),
    (r"bigcommerce-carts \w+( \w+)?", Named()),
    (r"(doctor|load|verify) --.*", Named("bigcommerce-carts ")),
    (r"register --.*", Named("bigcommerce-carts inbox ")),
    # Meltano, dbt and metrics
    (r"meltano (add|init|run( --full-refresh …)?|state get)", Named()),
    (r"meltano run .*target-bigquery", BIGQUERY),
    (r"meltano .*", Run(MELTANO)),
    (r"DBT_TARGET=spark .*", SPARK),
    (r"(cd transform && )?dbt .*", Run(DBT)),
    (r"mf .*", Run(DBT)),
    # Schedulers
    (r"airflow .*", Run(AIRFLOW)),
    (r"mkdir -p .*DAGSTER_HOME\"", Run(CHECKOUT)),
    (r"dagster dev .*", RunBy("tests/deploy/test_dagster.py")),
    (r"crontab .*|journalctl .*|apt install .*", MACHINE),
    (r"chmod 700|chmod -R go\+rX compose", Named()),
    (r"/usr/bin/time -v", Named()),
    # Images
    (r"docker compose .*", COMPOSE),
    (r"docker .*", DOCKER),
    (r"kubectl .*", KUBERNETES),
)

# What a piece of inline code begins with that is a command, and no other code.
PROGRAMS = frozenset(
    "airflow apt bigcommerce-carts chmod crontab curl dagster dbt docker duckdb helm journalctl "
    "kubectl make meltano mf npx pip pipx psql pytest python systemctl tap-bigcommerce-carts uv "
    "uvx git gh cosign sudo twine".split()
)

# Options of other programs that the documents name by themselves.
OPTIONS_OF_OTHERS = {
    "--build-arg": "docker build",
    "--force": "meltano run",
    "--full-refresh": "meltano run",
    "--state-id-suffix": "meltano run",
    "--no-install": "meltano run",
    "--no-state-update": "meltano run",
    "--log-level": "meltano",
    "--log-format": "meltano",
    "--show": "python -m tools.loaders",
    "--vars": "dbt build",
}


def way_of(statement: str) -> Way | None:
    """Return how a statement is tried, or `None` if nothing says so."""
    return next((way for rule, way in RULES if re.fullmatch(rule, statement, re.DOTALL)), None)
