"""`python -m tools.documents`: writes the generated files; with `--check` names those behind."""

from __future__ import annotations

import argparse
import sys

from tools.documents.generated import fault, write


def main() -> None:
    """Write the files that are behind, or with `--check` name them and fail."""
    parser = argparse.ArgumentParser(prog="python -m tools.documents", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if any is behind")
    if parser.parse_args().check:
        sys.exit(fault())
    write()


if __name__ == "__main__":
    main()
