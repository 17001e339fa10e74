"""Disk and database: WARC files, the tables derived from them, revisions and changes."""
