"""The site of the documents: `make docs`. GitHub shows the same files without it."""

import re
import tomllib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REPOSITORY = PROJECT["urls"]["Source"]
SOURCE = REPOSITORY + "/blob/main/"

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
html_static_path = ["_static"]
html_css_files = ["narrow.css"]
# At the end of each page, whoever hosts the repository.
html_theme_options = {
    "footer_icons": [{"name": "Repository", "url": REPOSITORY, "html": "Repository", "class": ""}]
}


class Search(SearchEnglish):
    """English, and numbers: a status such as 429 is what somebody looks for."""

    # Sphinx leaves out a word whose `match` finds digits alone. What it compares and marks, it
    # takes from `toLowerCase`, which is as ever.
    js_splitter_code = r"""
function splitQuery(query) {
  return query
    .split(/[^\p{Letter}\p{Number}_]+/gu)
    .filter((term) => term)
    .map((term) => Object.assign(new String(term), { match: () => null }));
}
"""

    def word_filter(self, word: str) -> bool:
        """Keep all but what is too common."""
        return word not in self.stopwords


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
    """Read each page by way of `adapt`, and find numbers, too."""
    app.connect("source-read", adapt)
    app.add_search_language(Search)
