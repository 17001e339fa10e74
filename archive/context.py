"""What is known of a capture before it is read, and whether there is anything to read.

A live crawl and a rebuild ask this of the same capture and have to get the same answer.  What is
read of it is left to ``reading``, what becomes of it to ``ingest``.
"""

from __future__ import annotations

from dataclasses import replace

from parsers.model import Capture, Context
from parsers.personal import mask_text

PortalFacts = tuple[str, str | None, bool | None]
Listed = tuple[str | None, str | None]


def context_of(capture: Capture, portal: PortalFacts | None, listed: Listed) -> Context:
    """What is known about ``capture`` before it is read.

    ``portal`` is its name, region and whether it is official; ``listed`` is what the list first
    said of this document, which holds for a revisit, too, that asks without the list.
    """
    name, region, official = portal or (None, None, None)
    link_text, link_date = (capture.link_text, capture.link_date) if capture.link_text else listed
    return Context(
        url=capture.url,
        portal=capture.portal,
        portal_name=name,
        portal_region=region,
        official=official,
        link_text=link_text,
        link_date=link_date,
    )


def without_personal(capture: Capture) -> Capture:
    """The capture with what is personal masked in the text of the link that led to it."""
    if capture.link_text is None:
        return capture
    masked = mask_text(capture.link_text)
    return capture if masked == capture.link_text else replace(capture, link_text=masked)


def shows_document(capture: Capture) -> bool:
    """Whether a capture is the whole answer of a document, so that there is something to read."""
    return (
        capture.role in ("document", "attachment")
        and capture.status == 200
        and not capture.truncated
        and not capture.failure
    )
