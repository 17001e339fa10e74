"""One statistic from one table cell.

This module decides how a cell becomes a ``Statistic`` once its field is known, and what is said
about a cell that cannot be read.  It leaves finding the field to ``rows`` and ``grids``.
"""

from __future__ import annotations

from parsers.forms import Field
from parsers.model import Cell, Finding, Scope, Statistic
from parsers.numbers import YUAN_PER, in_yuan, read_cell

QUOTE_LIMIT = 120


def statistic_of_cell(
    field: Field,
    label: str,
    cell: Cell,
    place: tuple[int, int, int],
    scope: Scope,
    *,
    unit: str | None = None,
    flags: tuple[str, ...] = (),
) -> Statistic:
    """The statistic that ``cell`` prints for ``field``.

    ``place`` is table number, row and column; ``unit`` the unit printed for the row or column,
    which wins over the unit of the form, as one printed in the cell wins over both.
    """
    quantity = read_cell(cell.text)
    value, value_unit = quantity.value, quantity.unit or field.unit
    printed = unit or field.printed_unit
    if printed in YUAN_PER:
        value_unit = "元"
        if quantity.unit is None and value is not None:
            value = in_yuan(quantity, printed).value
    elif quantity.unit is None and unit:
        value_unit = unit
    table, row, col = place
    quote = f"{label[:QUOTE_LIMIT]} {quantity.raw}" if quantity.raw else label[:QUOTE_LIMIT]
    return Statistic(
        field.id,
        field.label,
        value,
        value_unit,
        quantity.state,
        quantity.raw,
        f"table{table}",
        quote,
        quantity.low,
        quantity.high,
        quantity.qualifier,
        scope,
        None,
        None,
        0,
        row,
        col,
        cell.start,
        cell.end,
        flags,
    )


def findings_of_unread(statistics: list[Statistic]) -> list[Finding]:
    """One finding for each cell that prints something which is not one number."""
    return [
        Finding(
            "unreadable_number",
            "warning",
            f"{s.source}: {s.label} prints {s.raw!r}, which is not one number",
            (s.field,),
        )
        for s in statistics
        if s.state == "unreadable"
    ]
