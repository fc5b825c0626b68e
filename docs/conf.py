"""How Sphinx builds the documentation: `make docs` writes docs/_build/html."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config, GoogleDocstring

from retina_vae import __version__

project = "retina_vae"
author = "retina_vae"
version = release = __version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]

# Headings that a link can lead to, as `#heading`. No formulas: what draws them would be loaded from the network.
myst_heading_anchors = 3

# The notebook is run by every build, and a cell that fails ends it.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_execution_show_tb = True

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_class_signature = "mixed"
autodoc_default_options = {"members": True, "show-inheritance": True}

# Every reference must lead somewhere. Those to other libraries do not: their lists of pages would be loaded from the
# network, which a build must do without.
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(torch|numpy|pandas|sklearn|pydantic|pyarrow|scipy|matplotlib|typer)\..*"),
    (r"py:.*", r"(abc|collections|concurrent|contextlib|enum|pathlib|typing)\..*"),
    # Where patients can come from is no part of the interface, and has no page.
    (r"py:.*", r"retina_vae\.(cohort\.simulated|sources|studies)\..*"),
    # A private base, which shows as that of what is public.
    (r"py:class", r"retina_vae\.cohort\.table_schema\._Part"),
    # Types that autodoc shows as they are written: imported for type checkers alone, or a name for one.
    (r"py:class", r"CellReader|Content|Encoding|FloatArray|Output|Path|nn\.(Module|Parameter)|pd\.(DataFrame|Series)"),
]

html_theme = "furo"
html_title = f"retina_vae {release}"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_copy_source = html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Read docstrings as Google writes them."""
    app.connect("autodoc-process-docstring", _read_docstring)


class _Docstring(GoogleDocstring):
    """What stands under "Returns" is a sentence, also where it has a colon; its type is that of the function."""

    def _consume_returns_section(self, preprocess_types: bool = False) -> list[tuple[str, str, list[str]]]:
        return [("", "", self._dedent(self._consume_to_next_section()))]


def _read_docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """What ``sphinx.ext.napoleon`` does, which takes the words before a property's first colon for its type."""
    kind = "method" if what in ("attribute", "data", "property") else what
    lines[:] = _Docstring(lines, Config(napoleon_use_ivar=True), app, kind, name, obj, options).lines()
