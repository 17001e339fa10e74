"""What ``datasette --plugins-dir archive/site/plugins`` loads: the search and the report pages."""

from datasette import hookimpl  # type: ignore[import-untyped]

from archive.site.report_page import changes_page, report_page
from archive.site.search_page import menu_links, prepare_connection, search_page

__all__ = ["menu_links", "prepare_connection", "register_routes"]


@hookimpl  # type: ignore[untyped-decorator]
def register_routes() -> list[tuple[str, object]]:
    """Return the pages by their address."""
    return [
        (r"^/search$", search_page),
        (r"^/report/(?P<key>.+)/changes$", changes_page),
        (r"^/report/(?P<key>.+)$", report_page),
    ]
