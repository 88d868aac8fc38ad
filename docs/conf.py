"""The site of the documents: `make docs`. GitHub shows the same files without it."""

import re
import tomllib
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SOURCE = PROJECT["urls"]["Source"] + "/blob/main/"

project = PROJECT["name"]
release = PROJECT["version"]
extensions = ["myst_parser"]
# As many levels as GitHub makes anchors of.
myst_heading_anchors = 6
exclude_patterns = ["conf.py"]
html_theme = "furo"
html_title = project
html_show_copyright = False
html_copy_source = False


def adapt(_: Sphinx, page: str, text: list[str]) -> None:
    """Make of a page for GitHub one for the site.

    What is no page of the site is linked to at the repository, and the links of the index are the
    navigation.
    """
    text[0] = re.sub(r"\]\(\.\./([^)]+)\)", rf"]({SOURCE}\1)", text[0])
    if page == "index":
        pages = re.findall(r"\]\((\w[\w-]*)\.md\)", text[0])
        text[0] += "\n".join(["\n```{toctree}", ":hidden:", *pages, "```\n"])


def setup(app: Sphinx) -> None:
    """Read each page by way of `adapt`."""
    app.connect("source-read", adapt)
