"""What ``datasette --plugins-dir archive/site/plugins`` loads beside the pages: their limits."""

from archive.site.safety import (
    asgi_wrapper,
    handle_exception,
    prepare_connection,
    register_routes,
    render_cell,
)

__all__ = [
    "asgi_wrapper",
    "handle_exception",
    "prepare_connection",
    "register_routes",
    "render_cell",
]
