"""What notes say: portals, runs, and walks of their lists.

``Notes`` decides how a note is merged with an earlier one of the same portal, run or walk, and
leaves to ``absence`` what follows from the lists that a portal showed.
"""

from __future__ import annotations

import hashlib
import json

from archive.store.rows import Rows, dump, text_of
from parsers.model import Note


class Notes(Rows):
    """The tables ``portals``, ``runs``, ``walks``, ``lists`` and ``unsettled_portals``."""

    def add_note(self, note: Note) -> None:
        """Store what a note says: a portal, a run, a walk.  The same note twice is one.

        A rendered page is kept in WARC only.
        """
        facts = dict(note.facts)
        if note.topic == "portal":
            self._add_portal(note, facts)
        elif note.topic == "run":
            self._add_run(note, facts)
        elif note.topic == "walk":
            self.unsettle_portal(text_of(facts.get("portal")))
            self.db.execute(
                "INSERT INTO walks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET recorded_at = excluded.recorded_at,"
                " outcome = excluded.outcome, declared = excluded.declared,"
                " found = excluded.found, reason = excluded.reason, listed = excluded.listed",
                [
                    note.run,
                    facts.get("portal"),
                    note.about,
                    note.recorded_at,
                    facts.get("outcome"),
                    facts.get("declared"),
                    facts.get("found"),
                    facts.get("reason"),
                    self._add_list(facts.get("listed")),
                ],
            )

    def _add_list(self, urls: object) -> str | None:
        """The digest under which the addresses of a list are kept; equal lists are kept once."""
        if not isinstance(urls, list):
            return None
        text = dump(urls).encode("utf-8", "replace").decode("utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.db.execute("INSERT INTO lists VALUES (?, ?) ON CONFLICT DO NOTHING", [digest, text])
        return digest

    def unsettle_portal(self, portal: str | None) -> None:
        """Let what is known of the documents that a portal no longer shows be derived again."""
        if portal is not None:
            self.db.execute(
                "INSERT INTO unsettled_portals VALUES (?) ON CONFLICT DO NOTHING", [portal]
            )

    def _add_portal(self, note: Note, facts: dict[str, object]) -> None:
        official = facts.get("official")
        self.db.execute(
            "INSERT INTO portals VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " name = iif(excluded.last_seen < last_seen, name, excluded.name),"
            " home = iif(excluded.last_seen < last_seen, home, excluded.home),"
            " region_code = iif(excluded.last_seen < last_seen, region_code, excluded.region_code),"
            " official = iif(excluded.last_seen < last_seen, official, excluded.official),"
            " first_seen = min(first_seen, excluded.first_seen),"
            " last_seen = max(last_seen, excluded.last_seen)",
            [
                facts["id"],
                facts["name"],
                facts.get("home"),
                facts.get("region"),
                None if official is None else int(bool(official)),
                note.recorded_at,
                note.recorded_at,
            ],
        )

    def _add_run(self, note: Note, facts: dict[str, object]) -> None:
        known = self._one("SELECT facts FROM runs WHERE id = ?", note.run)
        merged = {**(json.loads(str(known[0])) if known else {}), **facts}
        self.db.execute(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " spider = excluded.spider, ended_at = excluded.ended_at,"
            " outcome = excluded.outcome, facts = excluded.facts",
            [
                note.run,
                merged.get("spider"),
                merged.get("started_at", note.recorded_at),
                merged.get("ended_at"),
                merged.get("outcome"),
                json.dumps(merged, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
            ],
        )

    def portal(self, portal: str) -> tuple[str, str | None, bool | None] | None:
        """Name, region code and whether official, of a portal that a note has described."""
        row = self._one("SELECT name, region_code, official FROM portals WHERE id = ?", portal)
        if row is None:
            return None
        name, region, official = row
        return (
            str(name),
            None if region is None else str(region),
            None if official is None else bool(official),
        )

    def home_of(self, portal: str) -> str | None:
        """The home page of a portal that a note has described."""
        row = self._one("SELECT home FROM portals WHERE id = ?", portal)
        return None if row is None else text_of(row[0])
