"""Planted changes over five editions of a hundred reports, found again in the archive."""

from __future__ import annotations

from bench.editions import measure


def test_the_changes_of_five_editions_are_those_that_were_planted() -> None:
    """Numbers, words, rows, files, moves, withdrawals and flip-flops are found; nothing else is."""
    score = measure(100)
    assert score.planted > 200
    assert (score.missed, score.invented) == ([], [])
    assert score.classification >= 0.97
