"""Dates are read with their precision, or not at all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.dates import find_dates, parse_bare_date, parse_date

PRINTED = {
    "2018-01-08 09:06:51": "2018-01-08",
    "2018-01-08": "2018-01-08",
    "2018/1/8": "2018-01-08",
    "2018.01.08": "2018-01-08",
    "2020-01-20T10:00": "2020-01-20",
    "２０１８－０２－２７": "2018-02-27",
    "2018年2月27日": "2018-02-27",
    "2018年 2月 27日 星期二": "2018-02-27",
    "2018年2月27号": "2018-02-27",
    "二○一二年二月二十日": "2012-02-20",
    "二〇一七年十二月三十一日": "2017-12-31",
    "二零一九年十月廿七日": "2019-10-27",
    "二0一七年": "2017",
    "二O一七年十一月": "2017-11",
    "2018年2月": "2018-02",
    "2018年度": "2018",
    "2018": "2018",
    "2018-02": "2018-02",
    "20180227": "2018-02-27",
    "\u3000 2012-03-24\u00a0": "2012-03-24",
    "二〇一八年元月五日": "2018-01-05",
    "二○一二年十月卅一日": "2012-10-31",
    "2018——01——08 10:00": "2018-01-08",
    "2018年02月27": "2018-02-27",
    "20182月27日": "2018-02-27",
    "2018年227日": "2018-02-27",
    "20180227 10:20": "2018-02-27",
}
NOT_DATES = [
    "",
    "无",
    "2018-13-01",
    "2019-02-29",
    "2018年2月30日",
    "二○一二年十三月",
    "0000-00-00",
    "1234",
    "2018-00",
    "2018/1-8",
    "2017年1月1日至2017年12月31日",
    "2018-0001",
    "001000/2018-00003",
    "0523-86236519",
    "99999999",
    "二○",
    "2018年111日",
    "2018年112",
    "2018227",
]


@pytest.mark.parametrize(("printed", "iso"), PRINTED.items())
def test_reads_a_printed_date(printed: str, iso: str) -> None:
    """A text that is one date gives it with exactly the printed precision."""
    assert parse_date(printed) == iso


@pytest.mark.parametrize("text", NOT_DATES)
def test_refuses_what_is_no_date(text: str) -> None:
    """An impossible date, a range, a serial number and an empty text are no date."""
    assert parse_date(text) is None


@given(st.dates(date(1949, 1, 1), date(2099, 12, 31)))
def test_reads_every_day_of_the_calendar(day: date) -> None:
    """Every day is read back from its Chinese and its ISO form."""
    assert parse_date(f"{day.year}年{day.month}月{day.day}日") == day.isoformat()
    assert parse_date(day.isoformat()) == day.isoformat()


@given(st.text(alphabet="0123456789年月日-/.○二十 ", max_size=20))
def test_never_makes_up_a_date(text: str) -> None:
    """Whatever the text, the answer is a real date or none."""
    iso = parse_date(text)
    if iso is not None:
        date.fromisoformat(iso + "2000-01-01"[len(iso) :])


def test_finds_dates_in_a_sentence_with_their_places() -> None:
    """Dates of a sentence come in order, each with its span; numbers beside them do not count."""
    text = "统计期限自2011年1月1日起至二○一一年十二月三十一日，电话4315886，文号〔2017〕41号，见2012.3.20。"
    found = find_dates(text)
    assert [date_.iso for date_ in found] == ["2011-01-01", "2011-12-31", "2012-03-20"]
    assert text[found[1].start : found[1].end] == "二○一一年十二月三十一日"


@pytest.mark.parametrize(
    ("digits", "iso"),
    [
        ("2021926", "2021-09-26"),
        ("20101231", "2010-12-31"),
        ("2010 12 31", "2010-12-31"),
        ("202111", "2021-01-01"),
        ("2021111", None),
        ("2021年926日", "2021-09-26"),
        ("20219月26日", "2021-09-26"),
        ("2021年9月26", "2021-09-26"),
        ("2021年1111", "2021-11-11"),
        ("2021年9月26日之后", None),
        ("2021999", None),
        ("2021", None),
        ("430721", None),
    ],
)
def test_reads_a_date_without_its_signs_only_one_way(digits: str, iso: str | None) -> None:
    """Digits that lost 年, 月 and 日 are a date only where one reading is possible."""
    assert parse_bare_date(digits) == iso
