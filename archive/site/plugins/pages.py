"""What ``datasette --plugins-dir archive/site/plugins`` loads: the pages of the site.

``archive/site/frame.py`` tells how to add one.
"""

from datasette import hookimpl  # type: ignore[import-untyped]

from archive.site.about_page import about_page
from archive.site.body_page import body_csv, body_page
from archive.site.changes_page import changes_page
from archive.site.codebook_page import codebook_page
from archive.site.comparison_page import comparison_page
from archive.site.corrections_page import corrections_page
from archive.site.coverage_page import coverage_page
from archive.site.downloads_page import download, downloads_page
from archive.site.feed_page import atom_feed, json_feed
from archive.site.findings_page import findings_page
from archive.site.frame import View
from archive.site.home_page import home_page
from archive.site.region_page import region_page, regions_page
from archive.site.report_page import report_page
from archive.site.search_page import menu_links, prepare_connection, search_page

__all__ = ["menu_links", "prepare_connection", "register_routes"]

# An address is tried in this order: the narrower first.
ROUTES: list[tuple[str, View]] = [
    (r"^/$", home_page),
    (r"^/about$", about_page),
    (r"^/regions$", regions_page),
    (r"^/region/(?P<code>[0-9]{6})$", region_page),
    (r"^/body/(?P<id>[^/]+)\.csv$", body_csv),
    (r"^/body/(?P<id>[^/]+)$", body_page),
    (r"^/coverage$", coverage_page),
    (r"^/search$", search_page),
    (r"^/changes$", changes_page),
    (r"^/findings$", findings_page),
    (r"^/corrections$", corrections_page),
    (r"^/changes\.atom$", atom_feed),
    (r"^/changes\.json$", json_feed),
    (r"^/codebook$", codebook_page),
    (r"^/downloads$", downloads_page),
    (r"^/downloads/(?P<name>.+)$", download),
    (r"^/report/(?P<key>.+)/changes$", comparison_page),
    (r"^/report/(?P<key>.+)$", report_page),
]


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, View]]:
    """Return the pages by their address."""
    return ROUTES
