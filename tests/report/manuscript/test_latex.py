from __future__ import annotations

import pytest

from retina_vae.report.manuscript.latex import escape_latex, to_latex
from retina_vae.report.manuscript.tables import ManuscriptTable


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("50 % of A&B_1 #2 {x} $", "50 \\% of A\\&B\\_1 \\#2 \\{x\\} \\$"),
        ("a\\b ~ ^ < >", "a\\textbackslash{}b \\textasciitilde{} \\textasciicircum{} \\textless{} \\textgreater{}"),
        ("−0.5 ± 1–2", "$-$0.5 $\\pm$ 1--2"),
        ("[1, 2, 3]", "{}[1, 2, 3]"),
        ("*", "{}*"),
        ("kg/m²", "kg/m\\textsuperscript{2}"),
        ("line\nbreak\x07", "line break "),
        ("\t[1, 2]", "{} [1, 2]"),
        ("Größe", "Größe"),
    ],
)
def test_what_latex_would_read_is_escaped(text: str, escaped: str) -> None:
    assert escape_latex(text) == escaped


def test_a_table_has_the_rules_of_booktabs_its_caption_and_its_notes() -> None:
    table = ManuscriptTable(1, "clusters", "100 % of them.", ["Row", "A"], [["x_1", "[1, 2]"]], ["n/s: not shown"])
    text = to_latex([table], "Run\nof 5 %")
    assert text.startswith("% Tables of Run of 5 %, ")
    lines = text.splitlines()
    assert "\\caption{100 \\% of them.}\\label{tab:clusters}\\\\" in lines
    assert "x\\_1 & {}[1, 2] \\\\" in lines
    assert [line for line in lines if line.endswith("rule")] == [
        *["\\toprule", "\\midrule", "\\toprule", "\\midrule", "\\bottomrule"]
    ]
    assert "\\noindent n/s: not shown\\par" in lines
    assert "landscape" not in text.split("\n\n", 1)[1]


def test_environments_are_closed_and_a_wide_table_lies_on_its_side() -> None:
    wide = ManuscriptTable(1, "wide", "Many.", ["Row", *"ABCDEFGH"], [["y", *"12345678"]])
    text = to_latex([wide], "Run")
    assert "\\begin{longtable}{p{0.3\\linewidth}rrrrrrrr}" in text
    for name in ("landscape", "longtable"):
        assert text.count(f"\\begin{{{name}}}") == text.count(f"\\end{{{name}}}") == 1
    body = text.split("\n\n", 1)[1]
    assert body.count("{") == body.count("}")
