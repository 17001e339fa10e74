"""The politeness that no setting may loosen toward a public host.

This module decides the floor.  It leaves the pace above the floor to ``crawler.gate`` and
AutoThrottle, robots.txt to ``middlewares.robots`` and which addresses are public to
``middlewares.guard``.
"""

from __future__ import annotations

from scrapy.settings import BaseSettings

MINIMUM_PAUSE = 1.0
"""Seconds between the starts of two requests to one host."""

ENFORCED = 100
"""A settings priority above the command line."""


class Politeness:
    """The add-on that raises loosened settings to the floor, and names the contact.

    With ``ALLOW_LOOPBACK`` the settings stay as given: the guard then refuses public hosts
    for as long as the pause is below the floor.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Raise pause and concurrency to the floor; only demos may date their visits otherwise."""
        contact = settings.get("CONTACT")
        settings.set("USER_AGENT", f"{settings['USER_AGENT']} (+{contact})", ENFORCED)
        if settings.getbool("ALLOW_LOOPBACK"):
            return
        pause = max(MINIMUM_PAUSE, settings.getfloat("DOWNLOAD_DELAY"))  # also where that is "nan"
        settings.set("DOWNLOAD_DELAY", pause, ENFORCED)
        settings.set("DOWNLOAD_DELAY_JITTER", 0, ENFORCED)
        settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", 1, ENFORCED)
        settings.set("DOWNLOAD_SLOTS", {}, ENFORCED)
        settings.set("CLOCK_SHIFT_DAYS", 0, ENFORCED)
