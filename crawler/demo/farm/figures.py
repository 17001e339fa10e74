"""The numbers of a farm report: made up, always the same for one body and year.

This module decides which numbers a report prints; every sum holds.  The forms are those of
``crawler.demo.grids``.
"""

from __future__ import annotations

from random import Random

from crawler.demo.editions import DemoReport, read_report

_APPLICANTS = 6
_DECISIONS = {
    "granted": 24,
    "partial": 8,
    "denied_third_party": 2,
    "denied_internal_affairs": 3,
    "unable_not_held": 12,
    "unable_needs_creation": 3,
    "notproc_petition": 5,
    "notproc_duplicate": 2,
}
_DOCUMENTS = {
    "national_2021": {
        "a20_1_normative_issued": 9,
        "a20_1_normative_repealed": 4,
        "a20_1_normative_in_force": 60,
        "a20_5_licensing_decisions": 48_000,
        "a20_6_penalty_decisions": 3_200,
        "a20_6_coercion_decisions": 220,
    },
    "national_2019": {
        "a20_1_normative_made": 12,
        "a20_1_normative_newly_disclosed": 12,
        "a20_1_normative_total_disclosed": 60,
        "a20_5_licensing_items_prev_year": 420,
        "a20_5_licensing_decisions": 40_000,
        "a20_6_penalty_items_prev_year": 2_100,
        "a20_6_penalty_decisions": 3_000,
    },
}
_COUNTS_2014 = {
    "normative_docs_issued_total": 40,
    "proactive_by_gazette": 260,
    "proactive_by_weibo": 1_400,
    "proactive_by_wechat": 2_000,
    "proactive_by_other": 300,
    "response_hot_issue_total": 24,
    "press_conference_total": 6,
    "online_interview_total": 12,
    "interpretation_articles": 66,
    "response_via_weibo_wechat": 18,
    "dedicated_offices": 46,
    "reading_points": 19,
    "staff_full_time": 12,
    "staff_part_time": 88,
    "special_funding": 35,
    "meetings_held": 7,
    "trainings_held": 5,
    "trainees": 420,
}


def usual_form(year: int) -> str:
    """Return the form that reports of a year usually have."""
    if year < 2014:
        return "narrative_2011"
    if year < 2019:
        return "national_2014"
    return "national_2019" if year < 2021 else "national_2021"


def make_report(portal: str, body: str, year: int, published: str, path: str) -> DemoReport:
    """Return the report of a body about a year, with all its numbers."""
    random = Random(f"{body}/{year}")  # noqa: S311  made-up numbers, the same on every run
    form = usual_form(year)
    row: dict[str, object] = {
        "id": f"{body}/{year}",
        "portal": portal,
        "form": form,
        "body": body,
        "year": year,
        "path": path,
        "published": published,
        "written": f"{year + 1}年1月{random.randint(4, 28)}日",
        "proactive": random.randint(300, 9_000),
    }
    if form == "national_2014":
        row["numbers"] = _numbers_2014(random)
    elif form in _DOCUMENTS:
        row["documents"] = {
            field: str(random.randint(0, most)) for field, most in _DOCUMENTS[form].items()
        }
        row["requests"] = {name: _spread(random, most) for name, most in _DECISIONS.items()}
        row["cases"] = {
            group: [random.randint(0, 4) for _ in range(4)] for group in ("recon", "lit_direct")
        }
    return read_report(row)


def _spread(random: Random, most: int) -> list[int]:
    """Six numbers, most of them people's, few of them firms'."""
    return [random.randint(0, most), random.randint(0, 2), *[0] * (_APPLICANTS - 2)]


def _numbers_2014(random: Random) -> dict[str, str]:
    """What is received is closed and answered; all is published on the site."""
    numbers = {field: random.randint(1, most) for field, most in _COUNTS_2014.items()}
    channels = {
        f"requests_{way}": random.randint(0, most)
        for way, most in (("in_person", 9), ("online", 30), ("by_mail", 12))
    }
    received = sum(channels.values())
    extended = min(received, random.randint(0, 3))
    public = random.randint(0, received)
    numbers |= channels | {
        "proactive_total": (total := random.randint(900, 13_000)),
        "proactive_by_website": total,
        "requests_closed_on_time": received - extended,
        "requests_closed_extended": extended,
        "reply_already_public": public,
        "reply_granted": received - public,
    }
    return {field: str(number) for field, number in numbers.items()}
