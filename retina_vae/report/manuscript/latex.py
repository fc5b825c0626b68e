"""Tables of a manuscript for LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from retina_vae.report.manuscript.tables import ManuscriptTable

__all__ = ["escape_latex", "to_latex"]

_HEAD = """\
% Tables of {title}, for \\input in a document whose preamble has
%   \\usepackage[utf8]{{inputenc}}  \\usepackage[T1]{{fontenc}}
%   \\usepackage{{booktabs,longtable,pdflscape}}
"""

_SIGNS = {
    "\\": "\\textbackslash{}",
    "{": "\\{",
    "}": "\\}",
    "&": "\\&",
    "%": "\\%",
    "$": "\\$",
    "#": "\\#",
    "_": "\\_",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "|": "\\textbar{}",
    '"': "\\textquotedbl{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{SOFT HYPHEN}": "\\-",
    "\N{NON-BREAKING HYPHEN}": "\\mbox{-}",
    "\N{MINUS SIGN}": "$-$",
    "\N{PLUS-MINUS SIGN}": "$\\pm$",
    "\N{MULTIPLICATION SIGN}": "$\\times$",
    "\N{INFINITY}": "$\\infty$",
    "\N{LESS-THAN OR EQUAL TO}": "$\\leq$",
    "\N{GREATER-THAN OR EQUAL TO}": "$\\geq$",
    "\N{EN DASH}": "--",
    "\N{SUPERSCRIPT TWO}": "\\textsuperscript{2}",
    "\N{SUPERSCRIPT THREE}": "\\textsuperscript{3}",
    "\N{MICRO SIGN}": "$\\mu$",
    "\N{GREEK SMALL LETTER MU}": "$\\mu$",
    "\N{DEGREE SIGN}": "\\textdegree{}",
}


def escape_latex(text: str) -> str:
    r"""The text as LaTeX sets it; line breaks and what cannot be printed become spaces.

    A bracket or star at the beginning would be taken for an argument of the line before, spaces before it or not.

    >>> escape_latex("50\xa0% & more_"), escape_latex("[1, 2]"), escape_latex("−0.5")
    ('50~\\% \\& more\\_', '{}[1, 2]', '$-$0.5')
    """
    text = "".join(sign if sign.isprintable() or sign in _SIGNS else " " for sign in text)
    escaped = "".join(_SIGNS.get(sign, sign) for sign in text)
    return f"{{}}{escaped}" if re.match(r" *[\[*]", escaped) else escaped


def to_latex(tables: Sequence[ManuscriptTable], title: str) -> str:
    """The tables with the rules of booktabs, each over as many pages as it needs, in landscape where it is wide."""
    comment = "".join(sign if sign.isprintable() else " " for sign in title)
    return "\n".join([_HEAD.format(title=comment), *(line for table in tables for line in _lines(table))]) + "\n"


def _lines(table: ManuscriptTable) -> Iterator[str]:
    size, columns = "\\scriptsize" if table.wide else "\\small", len(table.heads)
    yield from (["\\begin{landscape}"] if table.wide else [])
    yield f"{{{size}"
    yield f"\\begin{{longtable}}{{p{{0.3\\linewidth}}{'r' * (columns - 1)}}}"
    yield f"\\caption{{{escape_latex(table.caption)}}}\\label{{tab:{table.name}}}\\\\"
    yield "\\toprule"
    yield f"{_row(table.heads)}"
    yield "\\midrule"
    yield "\\endfirsthead"
    yield "\\toprule"
    yield f"{_row(table.heads)}"
    yield "\\midrule"
    yield "\\endhead"
    yield "\\bottomrule"
    yield "\\endlastfoot"
    yield from (_row(row) for row in table.rows)
    yield "\\end{longtable}"
    yield from (f"\\noindent {escape_latex(note)}\\par" for note in table.notes)
    yield "}"
    yield from (["\\end{landscape}"] if table.wide else [])
    yield ""


def _row(cells: list[str]) -> str:
    return " & ".join(map(escape_latex, cells)) + " \\\\"
