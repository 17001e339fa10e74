"""Portal files: what they may say, and how the choice of portals is made."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from scrapy.settings import Settings

from crawler.portals import (
    OWN_FOLDER,
    Column,
    UnusablePortal,
    parse_portal,
    read_portals,
    select_portals,
)
from parsers.bodies import government_of
from parsers.regions import Region, all_regions
from tests.servers import run_scrapy

GOOD = """
id = "demo"
name = "示例区人民政府"
home = "http://www.Example.gov.cn/"
region = "321202"
official = true
hosts = ["files.example.gov.cn"]
pause = 2
[[columns]]
url = "http://xxgk.example.gov.cn/nb/index.html"
family = "trs"
[[columns]]
url = "http://www.example.gov.cn/old/list.asp"
[expectations]
reports = 12
"""


def test_reads_a_portal() -> None:
    """Every key of a portal file is read; hosts are those of home, columns and hosts."""
    portal = parse_portal(GOOD, "x.toml", "jiangsu")
    assert (portal.id, portal.region, portal.official, portal.enabled) == (
        "demo",
        "321202",
        True,
        True,
    )
    assert portal.columns == (
        Column("http://xxgk.example.gov.cn/nb/index.html", "trs"),
        Column("http://www.example.gov.cn/old/list.asp", "auto"),
    )
    assert portal.hosts == {"www.example.gov.cn", "xxgk.example.gov.cn", "files.example.gov.cn"}
    assert (portal.pause, portal.group, portal.expectations) == (2.0, "jiangsu", {"reports": 12})


def test_an_unusable_file_is_named_with_the_line() -> None:
    """The message says on which line to correct what, also inside a column."""
    for before, after, line in (
        ('"321202"', '"x"', 5),
        ('"trs"', '"wordpress"', 11),
        ('"http://www.example.gov.cn/old', '"ftp://www.example.gov.cn/old', 13),
        ('family = "trs"', 'kind = "trs"', 9),
        ('[[columns]]\nurl = "http://www', '[[ columns ]]  # old\nlink = "http://www', 12),
        ("reports = 12", "pages = 12", 14),
        ('id = "demo"', "id = demo", 2),
        ('"files.example.gov.cn"', '"http://files.example.gov.cn/"', 7),
        ('"files.example.gov.cn"', "7", 7),
        ('"demo"', '" "', 2),
    ):
        with pytest.raises(UnusablePortal) as refused:
            parse_portal(GOOD.replace(before, after), "x.toml", "g")
        assert refused.value.line == line
        assert str(refused.value).startswith(f"x.toml:{line}: ")


UNSEEN = """
id = "unseen"
name = "示例县人民政府"
home = "http://www.example.gov.cn/"
region = "430721"
level = "county"
official = true
unverified = true
"""


def test_an_unverified_portal_needs_no_columns_and_makes_nothing_official() -> None:
    """A portal that nobody has checked may be listed without columns; it vouches for no page."""
    portal = parse_portal(UNSEEN, "x.toml", "g")
    assert (portal.columns, portal.unverified, portal.level) == ((), True, "county")
    assert portal.facts()["official"] is None
    assert parse_portal(GOOD, "x.toml", "g").facts()["official"] is True
    with pytest.raises(UnusablePortal, match="columns"):
        parse_portal(UNSEEN.replace("unverified = true", ""), "x.toml", "g")


def test_discovered_columns_take_the_place_of_none(tmp_path: Path) -> None:
    """A later file with columns replaces an entry of the registry that has none; it is crawled."""
    settings = folder_with(tmp_path, a__unseen=UNSEEN, b__found=GOOD.replace('"demo"', '"unseen"'))
    portals, unusable = read_portals([tmp_path])
    assert [(portal.id, len(portal.columns)) for portal in portals] == [("unseen", 2)]
    assert not unusable
    assert [portal.id for portal in select_portals(settings)] == ["unseen"]


def test_the_registry_holds_every_province_and_the_five_places() -> None:
    """Each entry has the name, level and code of its government, and vouches for nothing yet."""
    portals, _ = read_portals([OWN_FOLDER])
    provinces = {region.code for region in all_regions() if is_province(region)}
    by_code = {portal.region: portal for portal in portals if portal.unverified}
    assert by_code.keys() >= provinces | {"360300", "321202", "430721", "532300", "620000"}
    for code, portal in by_code.items():
        government = government_of(code)
        assert government is not None
        assert (portal.name, portal.level) == (government.name, government.level)
        host = urlsplit(portal.home).hostname or ""
        assert host.endswith(".gov.cn")
        assert portal.facts()["official"] is None


def is_province(region: Region) -> bool:
    """Return whether a division is a province today, on the mainland."""
    return region.level == "province" and region.code < "700000" and region.stood_in(2024)


# replacement in GOOD -> key the message names
BAD = {
    "missing id": ('id = "demo"', "", "id"),
    "unknown key": ("pause = 2", "speed = 2", "speed"),
    "unknown expectation": ("reports = 12", "pages = 12", "expectations"),
    "wrong type": ("official = true", 'official = "yes"', "official"),
    "a truth value for a number": ("pause = 2", "pause = true", "pause"),
    "unknown region": ('"321202"', '"999999"', "region"),
    "unknown level": ("pause = 2", 'level = "village"', "level"),
    "negative pause": ("pause = 2", "pause = -1", "pause"),
    "a pause that no gate keeps": ("pause = 2", "pause = 7200", "pause"),
    "a pause without end": ("pause = 2", "pause = inf", "pause"),
    "a pause that is no number": ("pause = 2", "pause = nan", "pause"),
    "region too short": ('"321202"', '"3212"', "region"),
    "no web address": ('"http://www.Example.gov.cn/"', '"ftp://x/"', "home"),
    "no port": (
        '"http://xxgk.example.gov.cn/nb/',
        '"http://xxgk.example.gov.cn:99999/nb/',
        "columns[1].url",
    ),
    "unknown family": ('"trs"', '"wordpress"', "columns[1].family"),
    "unknown column key": ('family = "trs"', 'kind = "trs"', "columns[1]"),
    "not TOML": ('id = "demo"', "id = demo", "TOML"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_refuses_an_unusable_file(case: tuple[str, str, str]) -> None:
    """A portal file that cannot be used is refused, naming the file and the key."""
    before, after, key = case
    assert before in GOOD
    with pytest.raises(UnusablePortal) as refused:
        parse_portal(GOOD.replace(before, after, 1), "x.toml", "g")
    assert (refused.value.where, refused.value.key) == ("x.toml", key)


def test_every_portal_file_of_ours_is_usable() -> None:
    """The portal files that we ship can all be read."""
    portals, unusable = read_portals([OWN_FOLDER])
    assert not unusable
    assert portals


def folder_with(folder: Path, **texts: str) -> Settings:
    """Return settings whose PORTALS_DIRS holds the given files."""
    for name, text in texts.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".toml").write_text(text, "utf-8")
    return Settings({"PORTALS_DIRS": [str(folder)]})


def test_selects_portals_by_id_group_or_all_enabled(tmp_path: Path) -> None:
    """Ids are taken even if disabled, groups and the default only where enabled."""
    other = GOOD.replace('"demo"', '"other"')
    asleep = "enabled = false\n" + GOOD.replace('"demo"', '"asleep"')
    settings = folder_with(tmp_path, east__demo=GOOD, east__asleep=asleep, west__other=other)

    def chosen(ids: str | None = None, group: str | None = None) -> list[str]:
        return [portal.id for portal in select_portals(settings, ids, group)]

    assert chosen() == ["demo", "other"]
    assert chosen(group="east") == ["demo"]
    assert chosen("asleep, other") == ["asleep", "other"]
    for ids in ("nowhere", "", " , "):
        with pytest.raises(UnusablePortal, match=ids.strip(" ,") or "names no portal"):
            chosen(ids)
    with pytest.raises(UnusablePortal, match="group"):
        chosen("demo", "east")
    with pytest.raises(UnusablePortal, match="north"):
        chosen(group="north")


def test_two_files_may_not_share_an_id(tmp_path: Path) -> None:
    """The second file with an id is unusable and names the first."""
    folder_with(tmp_path, a=GOOD, b=GOOD)
    portals, unusable = read_portals([tmp_path])
    assert [Path(portal.file).name for portal in portals] == ["a.toml"]
    assert [Path(error.where).name for error in unusable] == ["b.toml"]
    assert "a.toml" in unusable[0].reason


def test_scrapy_portals_lists_and_checks(tmp_path: Path) -> None:
    """The command prints usable portals as JSON and exits 1 when a file is unusable."""
    folder_with(tmp_path, east__demo=GOOD)
    listed = run_scrapy("portals", "--json", settings={"PORTALS_DIRS": tmp_path})
    assert listed.returncode == 0, listed.stderr
    shown = {portal["id"]: portal for portal in json.loads(listed.stdout)["portals"]}
    assert shown["demo"]["group"] == "east"
    folder_with(tmp_path, east__broken=GOOD.replace('"321202"', '"x"'))
    checked = run_scrapy("portals", "--group", "east", settings={"PORTALS_DIRS": tmp_path})
    assert checked.returncode == 1
    assert "broken.toml:5: region" in checked.stderr
    assert "east/demo" in checked.stdout


def test_scrapy_portals_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    """An unknown option is a usage error; an unknown id is a failure."""
    assert run_scrapy("portals", "--nonsense").returncode == 2
    assert run_scrapy("portals", "nowhere").returncode == 1
