"""The command `bigcommerce-carts`: everything beside the tap, by subcommand.

A command of its own, in a module of its own: the receiver needs no Singer SDK, which takes most
of a second to import.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, NoReturn

import click
from typing_extensions import override

from tap_bigcommerce_carts.doctor.cli import doctor
from tap_bigcommerce_carts.errors import MissingExtraError, TapError
from tap_bigcommerce_carts.inbox.receiver.cli import inbox
from tap_bigcommerce_carts.load.cli import load
from tap_bigcommerce_carts.report.cli import report
from tap_bigcommerce_carts.sandbox.cli import sandbox
from tap_bigcommerce_carts.verify.cli import verify

_NAME = "bigcommerce-carts"
# As a shell counts it: 128 and the number of SIGINT.
_INTERRUPTED = 130
# As click has it for a wrong call.
_NOT_CALLABLE = 2
logger = logging.getLogger(_NAME)


class Commands(click.Group):
    """Subcommands whose packages are an extra, of the same name."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            name = ctx.invoked_subcommand
            raise MissingExtraError(
                f"`{ctx.command_path} {name}` needs packages that are not installed: install "
                f"tap-bigcommerce-carts[{name}] ({error.name} is missing)."
            ) from None
        except KeyboardInterrupt:
            # click would write an empty line first, into the journal of a receiver that is stopped
            # by hand, which is its usual end. Of another command something was left undone.
            if ctx.invoked_subcommand == inbox.name:
                raise click.Abort from None
            raise click.exceptions.Exit(_INTERRUPTED) from None


@click.group(
    cls=Commands,
    commands=[doctor, inbox, load, report, sandbox, verify],
    context_settings={"help_option_names": ["-h", "--help"]},
)
def bigcommerce_carts() -> None:
    """Load stores, catch cart webhooks, prove and look at what was loaded; try it on a sandbox."""


def _tell_version(command: click.Command) -> None:
    """Give a command, and each below it, `--version`, which says the same of all."""
    told = click.version_option(
        package_name="tap-bigcommerce-carts", message=f"{_NAME} %(version)s"
    )
    told(command)
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        _tell_version(each)


_tell_version(bigcommerce_carts)


def _command_of(arguments: list[str]) -> str:
    """Return the command that arguments call, by its whole name.

    click does not tell it of an option whose value is missing.
    """
    path = [_NAME]
    command: click.Group = bigcommerce_carts
    for each in arguments:
        found = command.commands.get(each)
        if found is None:
            break
        path.append(each)
        if not isinstance(found, click.Group):
            break
        command = found
    return " ".join(path)


def main() -> NoReturn:
    """Run the command line, log a failure in one line, and exit; never returns."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    code = 0
    try:
        code = bigcommerce_carts(prog_name=_NAME, standalone_mode=False) or 0
    except TapError as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence for the user, who needs no traceback
        # That nothing was done is no finding: 1 would be taken for one.
        code = _NOT_CALLABLE if isinstance(error, MissingExtraError) else 1
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = error.exit_code
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else _command_of(sys.argv[1:])
        said = error.format_message()
        end = "" if said.endswith((".", "?")) else "."
        logger.error("%s%s See `%s --help`.", said, end, where)  # noqa: TRY400 - likewise
        code = error.exit_code
    except click.Abort:
        # Ctrl-C is how a receiver is stopped by hand.
        code = 0
    sys.exit(code)
