"""A page saved with all its parts (MHTML, often named ``.doc``): the HTML part of it."""

from __future__ import annotations

from email import message_from_bytes, policy

from parsers.errors import UnreadableSource


def find_page(body: bytes) -> tuple[bytes, str]:
    """The bytes of the first HTML part, and its content type as stated.

    Raises:
        UnreadableSource: no part is HTML.
    """
    message = message_from_bytes(body, policy=policy.compat32)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            page = part.get_payload(decode=True)
            if isinstance(page, bytes):
                return page, str(part.get("content-type", ""))
    raise UnreadableSource("saved page", "none of its parts is HTML")
