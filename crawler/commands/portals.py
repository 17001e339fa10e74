"""``scrapy portals``: the portal files, listed, filtered and checked."""

from __future__ import annotations

import argparse
import json
import sys

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from crawler.portals import Portal, portal_folders, read_portals


def as_line(portal: Portal) -> str:
    """Return a portal as one line for people."""
    state = "" if portal.enabled else "  (disabled)"
    state += "  (unverified)" if portal.unverified else ""
    columns = f"{len(portal.columns)} column{'s' if len(portal.columns) != 1 else ''}"
    return f"{portal.group}/{portal.id}  {portal.name}  {portal.region}  {columns}{state}"


class Command(ScrapyCommand):
    """Lists the portals; files that cannot be used are named and make the exit status 1."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        """Return the arguments."""
        return "[--group NAME] [--region CODE] [--level LEVEL] [--enabled] [--unverified] [--json] [ID ...]"

    def short_desc(self) -> str:
        """Return the summary."""
        return "List, filter and check portal files"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add our options."""
        super().add_options(parser)
        parser.add_argument("--group", help="only portals of this group (folder)")
        parser.add_argument("--region", help="only portals whose region starts with these digits")
        parser.add_argument("--level", help="only portals of this level: province, county …")
        parser.add_argument("--enabled", action="store_true", help="only enabled portals")
        parser.add_argument("--unverified", action="store_true", help="only unverified portals")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the portals, then what is wrong with the other files."""
        assert self.settings is not None
        if unknown := [name for name in args if name.startswith("-")]:
            raise UsageError(f"unknown option {unknown[0]}")
        portals, unusable = read_portals(portal_folders(self.settings))
        chosen = [portal for portal in portals if _is_chosen(portal, args, opts)]
        if opts.json:
            shown = [portal.facts() | {"file": portal.file} for portal in chosen]
            errors = [
                {"file": e.where, "line": e.line, "key": e.key, "reason": e.reason}
                for e in unusable
            ]
            print(json.dumps({"portals": shown, "errors": errors}, ensure_ascii=False, indent=2))
        else:
            print("\n".join(map(as_line, chosen)) if chosen else "no portals")
            for error in unusable:
                print(error, file=sys.stderr)
        missing = set(args) - {portal.id for portal in portals}
        for name in sorted(missing):
            print(f"{name}: no such portal", file=sys.stderr)
        self.exitcode = 1 if unusable or missing else 0


def _is_chosen(portal: Portal, ids: list[str], opts: argparse.Namespace) -> bool:
    return (
        (not ids or portal.id in ids)
        and opts.group in {None, portal.group}
        and portal.region.startswith(opts.region or "")
        and opts.level in {None, portal.level}
        and (portal.enabled or not opts.enabled)
        and (portal.unverified or not opts.unverified)
    )
