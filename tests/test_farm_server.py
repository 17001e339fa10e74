"""The farm on the wire: addresses, ports, TLS, validators, logs, and the portals that attack."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from io import BytesIO

import pytest

from crawler.demo import farm
from crawler.demo.farm import Farm, FarmPortal
from crawler.demo.farm.hostile import TrappedSite
from crawler.demo.farm.web import Answer, ask_for
from tests.servers import PROJECT

PORTALS = {portal.host: portal for portal in farm.portals()}
BAD = {one.host: one for group in ("hostile", "shell") for one in farm.portals(group)}


@contextmanager
def asking(served: Farm, host: str, *, tls: bool = False) -> Iterator[http.client.HTTPConnection]:
    """Give a connection to a host of the farm."""
    address, port = served.places[host]
    connection = (
        http.client.HTTPSConnection(
            address, port, timeout=5, context=ssl._create_unverified_context()
        )
        if tls
        else http.client.HTTPConnection(address, port, timeout=5)
    )
    try:
        yield connection
    finally:
        connection.close()


def fetch(
    served: Farm, host: str, path: str, headers: dict[str, str] | None = None, *, tls: bool = False
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Return status, header and body of one GET."""
    with asking(served, host, tls=tls) as connection:
        connection.request("GET", path, headers={"Host": host, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


# ---- addresses, ports, TLS --------------------------------------------------------------------


def test_a_page_names_the_port_that_is_served() -> None:
    """Whole addresses in pages and redirects carry the port; the plan's have none."""
    host = "www.qianan.test"
    with farm.serve([PORTALS[host]]) as served:
        port = served.places[host][1]
        _, _, body = fetch(served, host, "/index.php?cid=201")
        _, header, _ = fetch(served, host, "/zwgk/xxgknb.html")
    assert f'href="https://{host}:{port}/content.php'.encode() in body
    assert f"//{host}/".encode() not in body
    assert header["Location"] == f"http://{host}:{port}/index.php?cid=201"


def test_the_same_port_speaks_tls() -> None:
    """Http and https of a host are one server, so that twins are twins."""
    host = "www.guixi.test"
    with farm.serve([PORTALS[host]]) as served:
        plain = fetch(served, host, "/web/main.html")
        secret = fetch(served, host, "/web/main.html", tls=True)
    assert (plain[0], plain[2]) == (secret[0], secret[2])
    assert plain[0] == 200


def test_hosts_share_an_address_or_have_their_own() -> None:
    """Each host answers at the address given for it, the others at 127.0.0.1."""
    chosen = [PORTALS[host] for host in ("www.guixi.test", "www.anji.test", "www.menghai.test")]
    with farm.serve(chosen, addresses={"www.anji.test": "127.0.0.2"}) as served:
        assert served.test_hosts() == {
            "www.guixi.test": "127.0.0.1",
            "www.anji.test": "127.0.0.2",
            "www.menghai.test": "127.0.0.1",
        }
        assert fetch(served, "www.anji.test", "/")[0] == 200


def test_a_portal_may_have_two_hosts() -> None:
    """The pages on open government lie on a host of their own, which knows the other one."""
    portal = PORTALS["www.pengzhou.test"]
    assert portal.hosts == ("www.pengzhou.test", "xxgk.pengzhou.test")
    with farm.serve([portal]) as served:
        status, header, _ = fetch(served, "xxgk.pengzhou.test", "/zwyw/")
    assert status == 301
    assert header["Location"] == served.url("http://www.pengzhou.test/zwyw/")


def test_an_unknown_host_is_not_found() -> None:
    """A name that the farm does not play answers 404."""
    with farm.serve([PORTALS["www.anji.test"]]) as served:
        assert fetch(served, "www.anji.test", "/", {"Host": "www.nobody.test"})[0] == 404


def test_a_crowd_has_any_number_of_portals() -> None:
    """Small portals of every family stand ready for crawls of many at once."""
    crowd = farm.crowd(60)
    assert len({portal.host for portal in crowd}) == 60
    assert {portal.family for portal in crowd} == {portal.family for portal in farm.portals()}
    assert all(portal.reports for portal in crowd)


# ---- validators -------------------------------------------------------------------------------


GZIP = {"Accept-Encoding": "gzip"}


@pytest.mark.parametrize(
    ("host", "header", "condition", "other"),
    [
        ("www.yongchun.test", "ETag", "If-None-Match", '"other"'),
        ("www.haiyan.test", "Last-Modified", "If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
    ],
)
def test_a_conditional_get_is_honoured(host: str, header: str, condition: str, other: str) -> None:
    """What the client has already is answered with 304 and no body."""
    with farm.serve([PORTALS[host]]) as served:
        _, first, body = fetch(served, host, "/")
        again = fetch(served, host, "/", {condition: first[header]})
        stale = fetch(served, host, "/", {condition: other})
    assert (again[0], again[2]) == (304, b"")
    assert (stale[0], stale[2]) == (200, body)


def test_an_etag_does_not_depend_on_the_port() -> None:
    """The farm served again has the same validators."""
    portal = PORTALS["www.yongchun.test"]
    tags = []
    for _ in range(2):
        with farm.serve([portal]) as served:
            tags.append(fetch(served, portal.host, "/")[1]["ETag"])
    assert tags[0] == tags[1] is not None


def test_pages_are_compressed_for_those_who_can_read_it() -> None:
    """Nginx compresses text as it is sent, and calls the ETag weak for it."""
    host = "www.yongchun.test"
    with farm.serve([PORTALS[host]]) as served:
        _, plain, whole = fetch(served, host, "/")
        _, header, body = fetch(served, host, "/", GZIP)
        again = fetch(served, host, "/", GZIP | {"If-None-Match": header["ETag"]})
    assert header["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == whole
    assert header["ETag"] == f"W/{plain['ETag']}"
    assert again[0] == 304


def test_apache_does_not_know_the_tag_of_a_page_that_it_compressed() -> None:
    """The tag comes back with its suffix and is answered with the page; the one without, with 304."""
    host = "www.zhucheng.test"
    with farm.serve([PORTALS[host]]) as served:
        tag = fetch(served, host, "/", GZIP)[1]["ETag"]
        status, _, _ = fetch(served, host, "/", GZIP | {"If-None-Match": tag})
        both = f"{tag}, {tag.removesuffix('-gzip' + chr(34))}{chr(34)}"
        known, _, _ = fetch(served, host, "/", GZIP | {"If-None-Match": both})
    assert tag.endswith('-gzip"')
    assert (status, known) == (200, 304)


@pytest.mark.parametrize("host", ["www.wuyuan.test", "www.guoyang.test", "www.pengzhou.test"])
def test_a_page_that_is_no_file_has_no_validators(host: str) -> None:
    """What a program makes, or puts together as it is sent, is whole whatever the client has."""
    ever = {"If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"}
    with farm.serve([PORTALS[host]]) as served:
        status, header, _ = fetch(served, host, "/", ever)
    assert status == 200
    assert not set(header.keys()) & {"ETag", "Last-Modified"}
    assert PORTALS[host].confirms == "files"


def test_a_download_program_does_not_know_its_files() -> None:
    """Hanweb's downfile.jsp sends a file without validators, and so the truth has it."""
    portal = PORTALS["www.haiyan.test"]
    (file,) = next(one for one in portal.reports if one.medium == "attachment").files
    with farm.serve([portal]) as served:
        _, headers, _ = fetch(served, portal.host, file.removeprefix(f"http://{portal.host}"))
    assert "ETag" not in headers
    assert "Last-Modified" not in headers
    assert portal.confirms == "pages"
    assert PORTALS["www.pinghu.test"].confirms == "all"


def test_a_file_beside_pages_of_a_program_has_validators() -> None:
    """The web server answers for what lies on its disk, and not for what a script hands out."""
    program, static = PORTALS["www.wuyuan.test"], PORTALS["www.haiyan.test"]
    uploaded = next(report.files[0] for report in program.reports if report.files)
    handed_out = next(report.files[0] for report in static.reports if report.files)
    with farm.serve([program, static]) as served:
        _, header, _ = fetch(served, program.host, uploaded.partition(".test")[2])
        _, other, _ = fetch(served, static.host, handed_out.partition(".test")[2])
    assert header["ETag"]
    assert not set(other.keys()) & {"ETag", "Last-Modified"}


def test_a_clock_is_no_validator() -> None:
    """A program that calls every page new as of now sends it again each time."""
    host = "www.xinmi.test"
    with farm.serve([PORTALS[host]]) as served:
        _, header, _ = fetch(served, host, "/")
        before = "Sat, 28 Nov 2020 08:00:00 GMT"
        status, _, _ = fetch(served, host, "/", {"If-Modified-Since": before})
    assert parsedate_to_datetime(header["Last-Modified"]).year >= 2026
    assert status == 200


# ---- the log ----------------------------------------------------------------------------------


def test_the_log_tells_what_each_host_was_asked() -> None:
    """Every request is noted with time, method, path, status, bytes and the reports shown."""
    portal = PORTALS["www.wuyuan.test"]
    report = portal.reports[0]
    path = report.url.partition(".test")[2]
    with farm.serve([portal, PORTALS["www.anji.test"]]) as served:
        before = time.monotonic()
        _, _, body = fetch(served, portal.host, path, {"User-Agent": "tester"})
        fetch(served, portal.host, "/xxgk/show.asp?id=1")
        first, second = served.log[portal.host]
    assert before < first.at < second.at
    assert (first.method, first.path, first.status) == ("GET", path, 200)
    assert len(body) < first.sent < len(body) + 400
    assert first.reports == (report.key,)
    assert first.headers["User-Agent"] == "tester"
    assert second.reports == ()
    assert served.log["www.anji.test"] == []


def test_a_form_is_read_from_the_body() -> None:
    """POST reaches the page with its fields, and the log with its method."""
    host = "www.jinyun.test"
    with farm.serve([PORTALS[host]]) as served, asking(served, host) as connection:
        form = "infotypeId=A0301&area=11331122002003555A&currpage=2"
        connection.request("POST", "/module/xxgk/search.jsp", form, {"Host": host})
        body = connection.getresponse().read().decode()
        method = served.log[host][0].method
    assert "tr_main_value_odd" in body
    assert "第2页" in body
    assert method == "POST"


def test_an_address_tells_its_report() -> None:
    """The farm says which planted report stands at an address, by either scheme, with any port."""
    portal = PORTALS["www.guixi.test"]
    report = portal.reports[0]
    with farm.serve([portal]) as served:
        twin = served.url(report.url).replace("http:", "https:")
        assert served.identify(twin) == (report.key,)
        assert served.identify(portal.home) == ()
        assert served.identify("http://elsewhere.invalid/") == ()


# ---- portals that block, pretend and attack ---------------------------------------------------


def trapped(portal: FarmPortal) -> TrappedSite:
    """Return the site of a portal that has a trap."""
    site = farm.sites([portal])[portal.host]
    assert isinstance(site, TrappedSite)
    return site


WITH_TRAP = [one for one in BAD.values() if one.host not in {
    "home-instead.test", "home-redirect.test", "robots-no.test", "robots-columns.test"
}]  # fmt: skip
CHALLENGES = [one for one in WITH_TRAP if one.expect.startswith("blocked:")]


@pytest.mark.parametrize("portal", WITH_TRAP, ids=lambda one: one.host)
def test_a_trap_springs_somewhere_on_the_way_to_the_reports(portal: FarmPortal) -> None:
    """The home page, a list, its API or a report is not what it would be without the trap."""
    site = trapped(portal)
    ways = [portal.home, *portal.columns, portal.reports[0].url]
    ways.append(f"http://{portal.host}/module/web/jpage/dataproxy.jsp?unitid=201007")
    assert any(site.answer(ask_for(url)) != site.honest(ask_for(url)) for url in ways)


@pytest.mark.parametrize("portal", CHALLENGES, ids=lambda one: one.host)
def test_a_challenge_shows_no_report(portal: FarmPortal) -> None:
    """Behind an anti-bot system nothing planted can be had, and robots.txt can."""
    site = trapped(portal)
    assert site.answer(ask_for(portal.reports[0].url)).reports == ()
    assert site.answer(ask_for(portal.home + "robots.txt")).content_type == "text/plain"


def test_every_system_has_a_portal() -> None:
    """Each anti-bot system is played, with every status that it is known to use."""
    played: dict[str, set[int]] = {}
    for portal in CHALLENGES:
        trap = trapped(portal).trap
        played.setdefault(portal.expect, set()).add(trap.status)
    assert played == {
        "blocked:jsl": {403, 512, 521},
        "blocked:ruishu": {200, 202, 400, 412},
        "blocked:yunsuo": {200, 302},
        "blocked:wzws": {200, 404, 493},
        "blocked:aliyun": {200, 405},
        "blocked:waf": {403, 405, 468},
    }


@pytest.mark.parametrize("host", ["f5-open.test", "jsluid-open.test"])
def test_a_firewalls_cookie_may_come_with_an_honest_page(host: str) -> None:
    """Protection that lets the page pass is no block."""
    answer = trapped(BAD[host]).answer(ask_for(BAD[host].reports[0].url))
    assert answer.reports == (BAD[host].reports[0].key,)
    assert answer.headers[0][0] == "Set-Cookie"


@pytest.mark.parametrize(("host", "status"), [("busy.test", 503), ("too-many.test", 429)])
def test_a_busy_portal_asks_for_patience(host: str, status: int) -> None:
    """The first answer says when to come again, the second is the page."""
    site = trapped(BAD[host])
    report = BAD[host].reports[0]
    first, second = (site.answer(ask_for(report.url)) for _ in range(2))
    assert (first.status, dict(first.headers)) == (status, {"Retry-After": "1"})
    assert second.reports == (report.key,)


def test_a_compromised_page_is_the_report_with_advertising() -> None:
    """The planted report stands on the page, beside links that nobody sees."""
    site = trapped(BAD["compromised.test"])
    answer = site.answer(ask_for(BAD["compromised.test"].reports[0].url))
    assert answer.reports
    assert "澳门真人".encode() in answer.body


def test_a_small_answer_unpacks_to_hundreds_of_megabytes() -> None:
    """The decompression bomb is a thousandth of what comes out of it."""
    answer = trapped(BAD["bomb.test"]).answer(ask_for(BAD["bomb.test"].reports[0].url))
    assert answer.headers == (("Content-Encoding", "gzip"),)
    assert len(answer.body) < 400_000
    with gzip.open(BytesIO(answer.body)) as unpacked:
        assert sum(len(chunk) for chunk in iter(lambda: unpacked.read(1 << 20), b"")) == 300 << 20


def receive(host: str, seconds: float, most: int) -> bytes:
    """Return what a hostile host sends within some time, at most so much of it."""
    portal = BAD[host]
    path = (
        portal.columns[0]
        if host in {"slow-head.test", "huge-headers.test"}
        else portal.reports[0].url
    )
    got, until = b"", time.monotonic() + seconds
    with (
        farm.serve([portal]) as served,
        socket.create_connection(served.places[host], timeout=seconds) as raw,
    ):
        asked = f"GET {path.partition('.test')[2]} HTTP/1.1\r\nHost: {host}\r\n\r\n"
        raw.sendall(asked.encode())
        while len(got) < most and (left := until - time.monotonic()) > 0:
            raw.settimeout(left)
            try:
                chunk = raw.recv(1 << 16)
            except TimeoutError:
                break
            if not chunk:
                break
            got += chunk
    return got


def test_a_body_may_not_end() -> None:
    """The endless body keeps coming for as long as it is read."""
    assert len(receive("endless-body.test", 10, 8 << 20)) >= 8 << 20


@pytest.mark.parametrize("host", ["slow-drip.test", "slow-head.test"])
def test_an_answer_may_drip(host: str) -> None:
    """After more than a second hardly anything has come, and the connection is still open."""
    assert 0 < len(receive(host, 1.2, 1 << 20)) < 200


def test_headers_may_be_huge() -> None:
    """The head alone is more than two megabytes."""
    head = receive("huge-headers.test", 10, 8 << 20).partition(b"\r\n\r\n")[0]
    assert len(head) > 2_000_000


def test_a_body_may_be_cut_off() -> None:
    """Half of the promised length comes, then the connection closes."""
    head, _, body = receive("cut-off.test", 5, 1 << 20).partition(b"\r\n\r\n")
    assert b"Content-Length: 4000" in head
    assert len(body) == 2000


def test_a_server_may_hang_up() -> None:
    """No byte is answered."""
    assert receive("hangs-up.test", 5, 1) == b""


def test_redirects_may_never_repeat() -> None:
    """Each redirect leads to an address that was not seen before."""
    site = trapped(BAD["redirect-loop.test"])
    url, seen = "http://redirect-loop.test/zwgk/xxgknb/", set()
    for _ in range(12):
        url = "http://redirect-loop.test" + dict(site.answer(ask_for(url)).headers)["Location"]
        seen.add(url)
    assert len(seen) == 12


def test_a_page_may_flood_with_promising_links() -> None:
    """Thousands of links look like columns of reports, and lead to thousands of others."""
    site = trapped(BAD["link-flood.test"])
    first, second = (
        set(re.findall(rb'href="(/zwgk/xxgknb/\d+/)"', site.answer(ask_for(url)).body))
        for url in ("http://link-flood.test/zwgk/xxgknb/", "http://link-flood.test/zwgk/xxgknb/1/")
    )
    assert len(first) == len(second) == 20_000
    assert not first & second


def test_a_list_may_be_an_entity_bomb() -> None:
    """The answer of the proxy nests entities ten deep and names a file of the reader."""
    ask = ask_for("http://entity-bomb.test/module/web/jpage/dataproxy.jsp?unitid=201007")
    body = trapped(BAD["entity-bomb.test"]).answer(ask).body
    assert body.count(b"<!ENTITY lol") == 10
    assert b'SYSTEM "file:///etc/passwd"' in body


def test_attachments_may_be_named_to_be_written_elsewhere() -> None:
    """Links and Content-Disposition carry paths out of any folder."""
    site = trapped(BAD["file-names.test"])
    page: Answer = site.answer(ask_for(BAD["file-names.test"].reports[0].url))
    file = site.answer(ask_for("http://file-names.test/files/report.pdf"))
    assert b'href="../../../../../../etc/cron.d/report.pdf"' in page.body
    assert dict(file.headers)["Content-Disposition"].endswith('"../../../../etc/cron.d/report.pdf"')


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("to-loopback.test", "http://127.0.0.1/"),
        ("to-private.test", "http://10."),
        ("to-metadata.test", "http://169.254.169.254/"),
        ("to-number.test", "http://[::ffff:10."),
        ("to-file.test", "file:///"),
        ("to-port.test", "http://to-port.test:22/"),
        ("to-stranger.test", "http://stranger.invalid/"),
    ],
)
def test_a_report_may_redirect_where_nobody_should_go(host: str, target: str) -> None:
    """The redirect names the place as it is, whatever port the farm has."""
    with farm.serve([BAD[host]]) as served:
        path = BAD[host].reports[0].url.partition(".test")[2]
        status, header, _ = fetch(served, host, path)
    assert status == 302
    assert header["Location"].startswith(target)


def test_tls_may_fail() -> None:
    """The host of that name breaks off the greeting, and speaks without TLS."""
    host = "refuses-tls.test"
    with farm.serve([BAD[host]]) as served:
        with socket.create_connection(served.places[host], timeout=5) as raw:
            context = ssl._create_unverified_context()
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(raw, server_hostname=host)
        assert fetch(served, host, "/")[0] == 302


@pytest.mark.parametrize("portal", farm.portals("shell"), ids=lambda one: one.host)
def test_a_shell_lists_nothing(portal: FarmPortal) -> None:
    """The list of a system without an adapter shows its marks and no line."""
    answer = farm.sites([portal])[portal.host].answer(ask_for(portal.columns[0]))
    shown = answer.body.decode()
    assert portal.expect in {"needs_adapter", "needs_js"}
    assert not any(report.title in shown for report in portal.reports)


# ---- the command ------------------------------------------------------------------------------


def test_the_farm_can_be_served_on_its_own() -> None:
    """``scrapy demo --farm --serve`` serves every portal until Ctrl-C, and ends well."""
    command = [sys.executable, "-m", "scrapy", "demo", "--farm", "--serve"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = []
        for line in running.stdout:
            lines.append(line)
            if line.startswith("For example"):
                break
        port = int(re.search(r"\.test:(\d+)/", lines[1])[1])  # type: ignore[index]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/", headers={"Host": "www.pinghu.test"})
        status = connection.getresponse().status
        connection.close()
        running.send_signal(signal.SIGINT)
        rest = running.stdout.read()
    assert status == 200
    assert len(lines) > len(PORTALS) + len(BAD)
    assert (running.returncode, rest.strip()) == (0, "")


def test_the_resolver_gives_hosts_their_addresses() -> None:
    """TEST_HOSTS says which loopback address a name has; others are 127.0.0.1."""
    script = (
        "import sys\n"
        "from scrapy.utils.test import get_crawler\n"
        "from twisted.internet import reactor\n"
        "from crawler.demo.resolver import LoopbackResolver\n"
        "crawler = get_crawler(settings_dict={'TEST_HOSTS': sys.argv[1]})\n"
        "found = LoopbackResolver.from_crawler(crawler, reactor)\n"
        "for name in ('a.test', 'b.test'):\n"
        "    found.getHostByName(name).addCallback(print)\n"
    )
    command = [sys.executable, "-c", script, json.dumps({"a.test": "127.0.0.7"})]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["127.0.0.7", "127.0.0.1"]
