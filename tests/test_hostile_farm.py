"""What a crawl makes of the hostile portals of the farm: each is named, none is believed or obeyed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crawler.demo import farm
from crawler.demo.farm import FarmPortal
from tests.farms import crawl_farm, own_addresses, portal_id, write_farm_portals

LIMITS = {
    "DOWNLOAD_TIMEOUT": 5,
    "DOWNLOAD_MAXSIZE": 1024 * 1024,
    "RETRY_TIMES": 1,
}
PORTALS = (*farm.portals("hostile"), *farm.portals("shell"))


@dataclass(frozen=True, slots=True)
class Account:
    """What the archive says of one portal: annual reports found, pages of it with injected links.

    ``asked`` are the paths that its servers saw.
    """

    portal: FarmPortal
    outcomes: tuple[str, ...]
    failures: tuple[str, ...]
    walks: tuple[tuple[str, str], ...]
    found: int
    injected: int
    asked: tuple[str, ...] = field(repr=False)


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Account]]:
    """Yield what one crawl of all hostile portals has left in the archive, by host."""
    archive = tmp_path_factory.mktemp("hostile")
    with farm.serve(PORTALS, addresses=own_addresses(PORTALS)) as served:
        write_farm_portals(archive, served, PORTALS)
        crawl_farm(served, archive, "reports", settings=LIMITS)
        asked = {
            portal.host: tuple(one.path for host in portal.hosts for one in served.log[host])
            for portal in PORTALS
        }
    with closing(sqlite3.connect(archive / "archive.db")) as db:
        yield {one.host: read_account(db, one, asked[one.host]) for one in PORTALS}


def read_account(db: sqlite3.Connection, portal: FarmPortal, asked: tuple[str, ...]) -> Account:
    """Return what the archive says of a portal."""

    def rows(query: str) -> list[tuple[str, ...]]:
        return db.execute(query, [portal_id(portal)]).fetchall()

    return Account(
        portal,
        tuple(o for (o,) in rows("SELECT outcome FROM captures WHERE portal = ? ORDER BY id")),
        tuple(
            o
            for (o,) in rows(
                "SELECT failure FROM captures WHERE portal = ? AND failure IS NOT NULL"
            )
        ),
        tuple((o, r or "") for o, r in rows("SELECT outcome, reason FROM walks WHERE portal = ?")),
        len(
            rows(
                "SELECT DISTINCT r.key FROM reports r JOIN documents d ON d.report = r.key"
                " WHERE d.portal = ? AND r.kind = 'annual_report'"
            )
        ),
        len(
            rows(
                "SELECT d.key FROM documents d JOIN findings f ON f.revision = d.latest_revision"
                " WHERE d.portal = ? AND f.rule = 'injected_links'"
            )
        ),
        asked,
    )


def expecting(*conclusions: str) -> list[str]:
    """Return the hosts of which a crawl must conclude one of these, a block by its first word."""
    return [one.host for one in PORTALS if one.expect.partition(":")[0] in conclusions]


@pytest.mark.parametrize("host", expecting("blocked"))
def test_a_block_is_named_and_ends_the_visit(accounts: dict[str, Account], host: str) -> None:
    """Each system is recognised at its first page; nothing more is asked and nothing believed."""
    account = accounts[host]
    assert account.outcomes.count(account.portal.expect) == 1
    assert account.outcomes[-1] == account.portal.expect
    assert account.found == 0


@pytest.mark.parametrize("host", expecting("reports"))
def test_open_pages_of_protected_or_busy_sites_are_read(
    accounts: dict[str, Account], host: str
) -> None:
    """Cookies of a protection, a busy server and odd file names cost no report."""
    account = accounts[host]
    assert account.found == len(account.portal.reports)
    assert [outcome for outcome, _ in account.walks] == ["complete"]


# what must be concluded of a list -> how its walk ends, and what its reason names
WALKS = {
    "login_wall": ("unreachable", "login_wall"),
    "geo_blocked": ("unreachable", "geo_block"),
    "under_construction": ("partial", "under_construction"),
    "unreachable": ("unreachable", ""),
    "robots_disallowed": ("robots_disallowed", "robots.txt"),
    "needs_adapter": ("partial", "needs_adapter:"),
    "needs_js": ("partial", "needs_js"),
}


@pytest.mark.parametrize("host", expecting(*WALKS))
def test_a_list_that_cannot_be_had_says_why(accounts: dict[str, Account], host: str) -> None:
    """Walls, failures, robots.txt and unread systems end the walk, each under its own name."""
    account = accounts[host]
    outcome, named = WALKS[account.portal.expect]
    ((ended, reason),) = account.walks
    assert ended == outcome
    assert named in reason
    assert account.found == 0


@pytest.mark.parametrize("host", expecting("needs_adapter"))
def test_a_system_without_an_adapter_is_named(accounts: dict[str, Account], host: str) -> None:
    """Epoint, truecms, NFCMS, search servers and ASP.NET postbacks are told apart."""
    account = accounts[host]
    assert account.walks == (("partial", f"needs_adapter:{account.portal.family}"),)


@pytest.mark.parametrize("host", expecting("soft_404", "home_page"))
def test_a_page_instead_of_a_report_is_no_report(accounts: dict[str, Account], host: str) -> None:
    """Error pages and home pages in the place of reports are named; the real reports are read."""
    account = accounts[host]
    assert account.portal.expect in account.outcomes
    trapped = account.portal.expect == "soft_404"
    assert account.found == (0 if trapped else len(account.portal.reports))


def test_a_page_with_spam_is_marked(accounts: dict[str, Account]) -> None:
    """Reports into whose pages somebody has put advertising are read, and each says so."""
    account = accounts["compromised.test"]
    assert account.found == account.injected == len(account.portal.reports)
    assert sum(one.injected for one in accounts.values()) == account.injected


@pytest.mark.parametrize(
    "host", expecting("refused_address", "refused_scheme", "refused_port", "offsite")
)
def test_a_redirect_out_of_the_web_is_not_followed(accounts: dict[str, Account], host: str) -> None:
    """Redirects of reports to inner addresses, other schemes and strangers lead nowhere."""
    account = accounts[host]
    assert account.found == 0
    assert not {"new", "changed", "failed"} & set(account.outcomes)
    assert len(account.asked) <= 2 + len(account.portal.reports) + len(account.portal.dead) + 2


# portal -> what one of its captures or walks says
ATTACKS: dict[str, Callable[[Account], bool]] = {
    "bomb.test": lambda a: any("unreadable" in o or o == "failed" for o in a.outcomes),
    "endless-body.test": lambda a: any("Cancelled" in one for one in a.failures),
    "slow-drip.test": lambda a: any("longer than" in one for one in a.failures),
    "slow-head.test": lambda a: any("longer than" in one for one in a.failures),
    "huge-headers.test": lambda a: any("ConnectionAborted" in one for one in a.failures),
    "cut-off.test": lambda a: "failed" in a.outcomes,
    "redirect-loop.test": lambda a: a.walks == (("unreachable", "max redirections reached"),),
}


@pytest.mark.parametrize("host", ATTACKS)
def test_an_attack_is_cut_off_and_recorded(accounts: dict[str, Account], host: str) -> None:
    """Bombs, endless and slow answers, cut-off ones and loops end within bounds, without a report."""
    account = accounts[host]
    assert ATTACKS[host](account), account
    assert account.found == 0


@pytest.mark.parametrize("host", expecting("bounded"))
def test_a_flood_is_bounded(accounts: dict[str, Account], host: str) -> None:
    """Links without end and entity bombs cost few requests, and the walk is not called complete."""
    account = accounts[host]
    assert len(account.asked) < 80
    assert account.walks[0][0] != "complete"


def test_every_hostile_portal_is_tested() -> None:
    """No portal of the hostile groups is left out above but one whose home page is the trap."""
    named = expecting(
        "blocked", "reports", *WALKS, "soft_404", "home_page", "compromised",
        "refused_address", "refused_scheme", "refused_port", "offsite", "bounded",
    )  # fmt: skip
    assert {one.host for one in PORTALS} - {*named, *ATTACKS} == {"refuses-tls.test"}


def test_a_home_page_that_refuses_tls_is_a_failure(tmp_path: Path) -> None:
    """Where the home page moves to https and no TLS answers, the failure is kept by name."""
    portals = [one for one in PORTALS if one.host == "refuses-tls.test"]
    with farm.serve(portals) as served:
        home = served.url(portals[0].home)
        done = crawl_farm(served, tmp_path, "discover", "-a", f"url={home}", settings=LIMITS)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as db:
        failures = [one for (one,) in db.execute("SELECT failure FROM captures") if one]
    assert any("SSL" in one or "TLS" in one for one in failures), failures
    assert "no home page" in done.stderr
