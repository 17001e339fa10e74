"""What ``datasette --plugins-dir archive/site/plugins`` loads: the search."""

from archive.site.search_page import menu_links, prepare_connection, register_routes

__all__ = ["menu_links", "prepare_connection", "register_routes"]
