"""The forms as data: fields, concepts, rates, series breaks, sum rules, section words, and which form a text uses.

This module decides which fields, rules and concepts exist, by reading the TOML files beside it
once, and which form a document uses (``detect_form``).  It leaves the reading of values to
``parsers.statistics`` and the checking to ``parsers.checks``.
"""

from parsers.forms.detection import detect_form
from parsers.forms.fields import (
    BREAKS,
    CONCEPTS,
    FIELDS,
    RATES,
    ROWS,
    RULES,
    TOLD,
    Break,
    Concept,
    Field,
    FieldType,
    Rate,
    Rule,
)

__all__ = [
    "BREAKS",
    "CONCEPTS",
    "FIELDS",
    "RATES",
    "ROWS",
    "RULES",
    "TOLD",
    "Break",
    "Concept",
    "Field",
    "FieldType",
    "Rate",
    "Rule",
    "detect_form",
]
