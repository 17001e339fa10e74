"""The rows of ``archive.db``: what is written, and what the rest of the project asks.

``Store`` writes within the caller's transaction and knows SQL; it decides nothing about
content.  Which capture becomes what is decided in ``ingest``; what a report's rows follow
from is in ``ledger``.  Each module here has the methods for some of the tables.
"""

from __future__ import annotations

from archive.store.captures import CaptureRow, Captures
from archive.store.decisions import Decisions
from archive.store.revisions import load_revision
from archive.store.rows import DATABASE

__all__ = ["DATABASE", "CaptureRow", "Store", "load_revision"]


class Store(Captures, Decisions):
    """The database of one archive directory.

    ``with store.atomic():`` makes what follows one transaction.
    """
