"""Our signals, sent through ``crawler.signals``.

``captured`` (argument ``capture``): an exchange or failure is on disk.
``noted`` (argument ``note``): a note is on disk.
``rendered`` (argument ``rendering``): a browser has shown a list page.
``walked`` (argument ``walk``): a column has been walked to its end, or as far as it went.
"""

from __future__ import annotations

captured = object()
noted = object()
rendered = object()
walked = object()
