"""Planted changes over five editions of sixty reports, found again in the archive."""

from __future__ import annotations

from bench.editions import DEEDS, measure


def test_the_changes_of_five_editions_are_those_that_were_planted() -> None:
    """Numbers, words, rows, files, moves, withdrawals and flip-flops are found; nothing else is."""
    score = measure(60)
    assert score.planted > 150
    assert {deed.__name__ for deed in DEEDS} <= set(score.deeds)
    assert (score.missed, score.invented) == ([], [])
    assert score.classification >= 0.97
