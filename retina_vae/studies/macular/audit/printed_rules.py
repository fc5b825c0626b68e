"""The rule behind each row of the printed Table 1, in the package's language of conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import chain, product

import pandas as pd

from retina_vae.clusters.description.conditions import Condition, Conjunction, Disjunction, Interval, OneOf
from retina_vae.cohort import CohortSchema, Column
from retina_vae.errors import InputError

__all__ = ["packaged_rules", "parse_rule", "parse_rules"]


def packaged_rules() -> pd.DataFrame:
    """The rules behind the rows of the printed table, as a search among the published patients found them.

    A row's rule is the shortest one over the inputs whose patients have the row's printed numbers; where none has, the
    numbers of most (`benchmarks/table1_rules.py` says how it searches, and finds these rules again). Every patient is
    under one rule. Rows 1 and 3 are not exact, and :func:`~retina_vae.studies.macular.audit.errata.find_errata` says
    why.

    The printed numbers leave three patients of rows 7 and 13 open: of the ten Caucasian men with polyps and haemorrhage
    but no drusen, seven are in row 7, and any seven of them have the printed numbers. Two formulas of the same length
    pick some by an age threshold, the seven youngest or the seven oldest; the rule takes the youngest. Of the
    thresholds between the seventh of them (60.3 years) and the eighth (61.9), 61 is the whole number. No formula of
    fewer conditions can do: race must distinguish Black from Caucasian from the rest (two conditions), and drusen,
    haemorrhage and age each matter.

    Returns:
        One row per printed row: ``row`` (1..14), ``rule`` (see :func:`parse_rule`), ``exact``, ``size``
        (published patients under the rule), ``printed_size`` and ``mismatches`` (of the row's 17 printed numbers, those
        that these patients contradict, ages included). ``exact`` is true where the rule has all 14 printed counts
        (size, races, findings, sexes); ages may differ.
    """
    with files("retina_vae.studies.macular.audit").joinpath("data/rules.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream)


def parse_rules(rules: pd.DataFrame, schema: CohortSchema) -> dict[int, Disjunction]:
    """The rule of each row, as conditions on the columns of the schema.

    Args:
        rules: The columns ``row`` and ``rule`` of :func:`packaged_rules`.
        schema: The schema of the patients that the rules are for.

    Raises:
        InputError: A rule cannot be read, or the schema lacks a column or a category of it.
    """
    parsed = {}
    for row, rule in zip(rules["row"], rules["rule"], strict=True):
        try:
            parsed[int(row)] = parse_rule(rule, schema)
        except InputError as error:
            raise InputError(f"rule of row {row}: {error}") from None
    return parsed


def parse_rule(text: str, schema: CohortSchema) -> Disjunction:
    """A rule as alternatives, of which each is a conjunction of conditions.

    Args:
        text: Comparisons of a column with a category (``==``, ``!=``), a list of categories (``in``) or a number
            (``<=``, ``>``), joined by ``and``, ``or`` and brackets.
        schema: The columns that the rule may name.

    Raises:
        InputError: The text is none of these, or the schema lacks a column or a category that it names.

    Examples:
        >>> from retina_vae.studies.macular.schema import MACULAR
        >>> str(parse_rule("sex == 'male' and (age <= 61 or race != 'Asian')", MACULAR))
        'sex is male and age 61 years or less; or sex is male and race is not Asian'
    """
    try:
        expression = ast.parse(text, mode="eval").body
    except SyntaxError:
        raise InputError(f"expected comparisons joined by 'and' and 'or', got {text!r}.") from None
    return Disjunction(tuple(Conjunction(conditions) for conditions in _alternatives(expression, schema)))


def _alternatives(expression: ast.expr, schema: CohortSchema) -> Iterator[tuple[Condition, ...]]:
    """The expression multiplied out: for each alternative, the conditions that hold together."""
    match expression:
        case ast.BoolOp(ast.Or(), parts):
            for part in parts:
                yield from _alternatives(part, schema)
        case ast.BoolOp(ast.And(), parts):
            for picked in product(*(_alternatives(part, schema) for part in parts)):
                yield _together(chain.from_iterable(picked))
        case ast.Compare(ast.Name(name), [operator], [value]) if name in {column.name for column in schema.columns}:
            yield (_condition(schema[name], operator, value),)
        case _:
            raise InputError(
                f"expected comparisons of the columns {[column.name for column in schema.columns]}, got "
                f"{ast.unparse(expression)!r}. The audit takes tables with the paper's columns only."
            )


def _together(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    together = tuple(conditions)
    names = [condition.column.name for condition in together]
    if len(set(names)) < len(names):
        raise InputError(f"expected each column once among the conditions that hold together, got {names}.")
    return together


def _condition(column: Column, operator: ast.cmpop, operand: ast.expr) -> Condition:
    match operator, operand:
        case ast.Eq(), ast.Constant(str(category)):
            return _one_of(column, [category])
        case ast.NotEq(), ast.Constant(str(category)):
            left_out = _one_of(column, [category]).allowed
            return OneOf(column, frozenset(column.categories) - left_out)
        case ast.In(), ast.List(elements) if all(isinstance(element, ast.Constant) for element in elements):
            return _one_of(column, ast.literal_eval(operand))
        case ast.LtE(), ast.Constant(float() | int() as number) if not column.categories:
            return Interval(column, high=number, closed="right")
        case ast.Gt(), ast.Constant(float() | int() as number) if not column.categories:
            return Interval(column, low=number, closed="right")
    raise InputError(
        f"column {column.name!r}: expected == or != and a category, 'in' and a list of categories, or <= or > and a "
        f"number, got {type(operator).__name__} and {ast.unparse(operand)}."
    )


def _one_of(column: Column, allowed: list[str]) -> OneOf:
    unknown = [category for category in allowed if category not in column.categories]
    if unknown:
        raise InputError(f"column {column.name!r}: expected one of its categories {column.categories}, got {unknown}.")
    return OneOf(column, frozenset(allowed))
