"""The words before a number name its period, or none."""

from __future__ import annotations

import pytest

from parsers.periods import ANNUAL, Period, read_period

PART, ALL_YEARS, OTHER = ("part_year",), ("cumulative",), ("other_year",)
CASES = {
    "上半年收到申请": Period("2012-01-01", "2012-06-30", PART),
    "前三季度发布": Period("2012-01-01", "2012-09-30", PART),
    "第四季度发布": Period("2012-10-01", "2012-12-31", PART),
    "1-8月份发布": Period("2012-01-01", "2012-08-31", PART),
    "2012年11月至12月开展": Period("2012-11-01", "2012-12-31", PART),
    "2008年5月1日至12月31日受理": Period("2008-05-01", "2008-12-31", PART),
    "2012年1月1日起至2012年6月15日受理": Period("2012-01-01", "2012-06-15", PART),
    "截至12月15日接听": Period(None, "2012-12-15", ALL_YEARS),
    "截止到7月底办理": Period(None, "2012-07-31", ALL_YEARS),
    "截至2011年2月底": Period(None, "2011-02-28", ALL_YEARS),
    "到2011年底累计公开": Period(None, "2011-12-31", ALL_YEARS),
    "2012年1月至今发布": Period("2012-01-01", None, ALL_YEARS),
    "2010年以来建设": Period("2010-01-01", None, ALL_YEARS),
    "自2008年5月1日《条例》施行至2012年底": Period("2008-05-01", "2012-12-31", ALL_YEARS),
    "自2008年至2012年公开": Period("2008-01-01", "2012-12-31", ALL_YEARS),
    "历年累计公开": Period(None, None, ALL_YEARS),
    "2011年发生": Period("2011-01-01", "2011-12-31", OTHER),
}


@pytest.mark.parametrize("words", CASES)
def test_words_name_a_period(words: str) -> None:
    """Part years, open counts and other years have the days that the words give them."""
    assert read_period(words, 2012) == CASES[words]


@pytest.mark.parametrize(
    "words",
    [
        "2012年共受理申请",
        "2012年1月1日至2012年12月31日受理",
        "1-12月共受理",
        "较2011年增长",
        "由30件增加到",
        "全年受理",
        "13月至15月",
        "截至13月底",
        "",
    ],
)
def test_the_year_of_the_report_is_no_other_period(words: str) -> None:
    """The whole year, a comparison and impossible months leave the number to its year."""
    assert read_period(words, 2012) == ANNUAL


def test_without_a_year_only_printed_years_count() -> None:
    """A half-year of no known year has no days."""
    assert read_period("上半年收到申请", None) == ANNUAL
    assert read_period("截至12月15日", None) == Period(None, None, ALL_YEARS)
    assert read_period("截至2011年12月15日", None) == Period(None, "2011-12-15", ALL_YEARS)
