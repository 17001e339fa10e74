-- The tables of archive.db as they are today: columns, types, keys, indexes.
-- How older databases get there is in schema.py, what a column means in descriptions.toml.

CREATE TABLE portals (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  home TEXT,
  region_code TEXT,
  official INTEGER CHECK (official IN (0, 1)),
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL
) STRICT;

CREATE TABLE bodies (
  id TEXT PRIMARY KEY,
  subject_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  region_code TEXT,
  region_name TEXT,
  level TEXT NOT NULL,
  organ_type TEXT NOT NULL,
  parent TEXT REFERENCES bodies(id),
  line TEXT NOT NULL
) STRICT;
CREATE INDEX bodies_line ON bodies(line);

CREATE TABLE register (
  subject_key TEXT NOT NULL,
  name TEXT NOT NULL,
  region_code TEXT NOT NULL,
  region_name TEXT NOT NULL,
  level TEXT NOT NULL,
  parent TEXT,
  first_year INTEGER NOT NULL,
  last_year INTEGER NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (subject_key, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE lineage (
  relation TEXT NOT NULL
    CHECK (relation IN ('renamed', 'upgraded', 'merged_into', 'split_from', 'unknown')),
  before TEXT,
  before_name TEXT,
  after TEXT,
  after_name TEXT,
  last_list TEXT NOT NULL,
  first_list TEXT NOT NULL,
  rule TEXT
) STRICT;
CREATE INDEX lineage_before ON lineage(before);
CREATE INDEX lineage_after ON lineage(after);

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  spider TEXT,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  outcome TEXT,
  facts TEXT NOT NULL CHECK (json_valid(facts))
) STRICT;

CREATE TABLE walks (
  run TEXT NOT NULL,
  portal TEXT NOT NULL,
  column_url TEXT NOT NULL,
  recorded_at TEXT NOT NULL,
  outcome TEXT NOT NULL,
  declared INTEGER,
  found INTEGER,
  reason TEXT,
  listed TEXT,
  PRIMARY KEY (run, portal, column_url)
) STRICT, WITHOUT ROWID;
CREATE INDEX walks_portal ON walks(portal);

CREATE TABLE lists (
  digest TEXT PRIMARY KEY,
  urls TEXT NOT NULL CHECK (json_valid(urls))
) STRICT, WITHOUT ROWID;

CREATE TABLE unsettled_portals (
  portal TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE captures (
  id INTEGER PRIMARY KEY,
  record_id TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  captured_at TEXT NOT NULL,
  status INTEGER NOT NULL,
  role TEXT NOT NULL,
  portal TEXT,
  parent_url TEXT,
  link_text TEXT,
  link_date TEXT,
  run TEXT NOT NULL,
  collector TEXT,
  vantage TEXT,
  ip TEXT,
  tls TEXT,
  media_type TEXT,
  body_bytes INTEGER NOT NULL,
  body_sha256 TEXT,
  failure TEXT,
  truncated TEXT,
  etag TEXT,
  last_modified TEXT,
  original TEXT,
  warc_file TEXT NOT NULL,
  warc_offset INTEGER NOT NULL,
  warc_length INTEGER NOT NULL,
  document TEXT REFERENCES documents(key),
  revision INTEGER REFERENCES revisions(id),
  outcome TEXT NOT NULL
) STRICT;
CREATE INDEX captures_url ON captures(url, captured_at);
CREATE INDEX captures_document ON captures(document, captured_at);
CREATE INDEX captures_portal ON captures(portal, role);

CREATE TABLE documents (
  key TEXT PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  report TEXT REFERENCES reports(key),
  portal TEXT,
  parent_url TEXT,
  media_type TEXT,
  source_quality TEXT,
  title TEXT,
  index_number TEXT,
  document_number TEXT,
  status TEXT NOT NULL CHECK (status IN ('live', 'gone', 'withdrawn', 'moved', 'unread',
    'withheld')),
  moved_to TEXT,
  latest_revision INTEGER REFERENCES revisions(id),
  first_seen TEXT,
  last_seen TEXT,
  part_of TEXT REFERENCES documents(key)
) STRICT;
CREATE INDEX documents_report ON documents(report);
CREATE INDEX documents_part_of ON documents(part_of) WHERE part_of IS NOT NULL;

CREATE TABLE reports (
  key TEXT PRIMARY KEY,
  body TEXT REFERENCES bodies(id),
  year INTEGER,
  kind TEXT NOT NULL,
  kind_detail TEXT,
  form TEXT NOT NULL,
  scope TEXT NOT NULL,
  scope_words TEXT,
  title TEXT,
  subject TEXT,
  compiler TEXT,
  uploader TEXT,
  region_code TEXT,
  region_name TEXT,
  level TEXT NOT NULL,
  organ_type TEXT NOT NULL,
  published TEXT,
  written TEXT,
  source_quality TEXT NOT NULL,
  document TEXT,
  revision INTEGER,
  status TEXT NOT NULL CHECK (status IN ('live', 'gone', 'withdrawn')),
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  unsettled INTEGER NOT NULL DEFAULT 0 CHECK (unsettled IN (0, 1))
) STRICT;
CREATE INDEX reports_unsettled ON reports(body) WHERE unsettled = 1;
CREATE INDEX reports_body_year ON reports(body, year);
CREATE INDEX reports_region_year ON reports(region_code, year);

CREATE TABLE revisions (
  id INTEGER PRIMARY KEY,
  document TEXT NOT NULL REFERENCES documents(key),
  seq INTEGER NOT NULL,
  digest TEXT NOT NULL,
  normalisation INTEGER NOT NULL,
  parser TEXT NOT NULL,
  report TEXT NOT NULL,
  head TEXT NOT NULL CHECK (json_valid(head)),
  title TEXT,
  text TEXT NOT NULL,
  metadata TEXT NOT NULL CHECK (json_valid(metadata)),
  sentences TEXT NOT NULL CHECK (json_valid(sentences)),
  tables TEXT NOT NULL CHECK (json_valid(tables)),
  attachments TEXT NOT NULL CHECK (json_valid(attachments)),
  encoding TEXT,
  evidence TEXT NOT NULL CHECK (json_valid(evidence)),
  undecodable INTEGER NOT NULL,
  UNIQUE (document, digest)
) STRICT;

CREATE TABLE parts (
  whole INTEGER NOT NULL REFERENCES revisions(id),
  document TEXT NOT NULL REFERENCES documents(key),
  revision INTEGER NOT NULL REFERENCES revisions(id),
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  PRIMARY KEY (whole, document)
) STRICT, WITHOUT ROWID;
CREATE INDEX parts_revision ON parts(revision);

CREATE TABLE sightings (
  document TEXT NOT NULL REFERENCES documents(key),
  seq INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('seen', 'gone')),
  revision INTEGER REFERENCES revisions(id),
  seen_from TEXT NOT NULL,
  seen_to TEXT NOT NULL,
  captures INTEGER NOT NULL,
  first_capture INTEGER NOT NULL REFERENCES captures(id),
  last_capture INTEGER NOT NULL REFERENCES captures(id),
  PRIMARY KEY (document, seq)
) STRICT, WITHOUT ROWID;

-- A value is INTEGER or REAL: in SQLite numbers come before every text, and NULL passes.
CREATE TABLE statistics (
  revision INTEGER NOT NULL REFERENCES revisions(id),
  field TEXT NOT NULL,
  source TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  label TEXT NOT NULL,
  value ANY CHECK (value < ''),
  value_low ANY CHECK (value_low < ''),
  value_high ANY CHECK (value_high < ''),
  unit TEXT,
  qualifier TEXT NOT NULL,
  state TEXT NOT NULL,
  period_start TEXT,
  period_end TEXT,
  scope TEXT NOT NULL,
  scope_words TEXT,
  raw TEXT NOT NULL,
  "row" INTEGER,
  col INTEGER,
  start INTEGER,
  "end" INTEGER,
  quote TEXT NOT NULL,
  flags TEXT NOT NULL,
  PRIMARY KEY (revision, field, source, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE fields (
  id TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  label_en TEXT NOT NULL,
  unit TEXT,
  type TEXT NOT NULL,
  forms TEXT NOT NULL CHECK (json_valid(forms)),
  section TEXT,
  parent TEXT
) STRICT;

CREATE TABLE concepts (
  concept TEXT NOT NULL,
  form TEXT NOT NULL,
  field TEXT NOT NULL,
  comparability TEXT NOT NULL CHECK (comparability IN ('exact', 'approximate', 'none')),
  note TEXT,
  PRIMARY KEY (concept, form, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE repairs (
  revision INTEGER NOT NULL REFERENCES revisions(id),
  start INTEGER NOT NULL,
  "end" INTEGER NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  rule TEXT NOT NULL,
  exact INTEGER NOT NULL CHECK (exact IN (0, 1)),
  margin REAL,
  PRIMARY KEY (revision, start, "end")
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
  key TEXT NOT NULL,
  revision INTEGER NOT NULL REFERENCES revisions(id),
  report TEXT NOT NULL,
  rule TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('error', 'warning', 'notice')),
  message TEXT NOT NULL,
  fields TEXT NOT NULL CHECK (json_valid(fields)),
  other_report TEXT,
  PRIMARY KEY (revision, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX findings_report ON findings(report, other_report);
CREATE INDEX findings_key ON findings(key);
CREATE INDEX findings_rule ON findings(rule, severity);

CREATE TABLE changes (
  key TEXT PRIMARY KEY,
  report TEXT,
  document TEXT REFERENCES documents(key),
  kind TEXT NOT NULL
    CHECK (kind IN ('field', 'text', 'cell', 'metadata', 'attachment', 'status')),
  item TEXT NOT NULL,
  place TEXT NOT NULL,
  before TEXT,
  after TEXT,
  nature TEXT NOT NULL
    CHECK (nature IN ('number', 'wording', 'typo', 'formatting', 'added', 'removed', 'moved',
      'status')),
  difference ANY CHECK (difference < ''),
  cause TEXT NOT NULL CHECK (cause IN ('source', 'parser')),
  from_revision INTEGER REFERENCES revisions(id),
  to_revision INTEGER REFERENCES revisions(id),
  last_seen_before TEXT,
  first_seen_after TEXT NOT NULL,
  portal TEXT,
  old_parser TEXT,
  new_parser TEXT,
  CHECK ((report IS NULL) = (document IS NULL) AND (report IS NULL) <> (portal IS NULL))
) STRICT;
CREATE INDEX changes_document ON changes(document);
CREATE INDEX changes_portal ON changes(portal) WHERE portal IS NOT NULL;
CREATE INDEX changes_report ON changes(report);
CREATE INDEX changes_time ON changes(first_seen_after);
CREATE INDEX changes_parser ON changes(first_seen_after) WHERE cause = 'parser';

CREATE TABLE reviews (
  target TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('confirmed', 'wrong', 'unclear')),
  reviewer TEXT NOT NULL,
  reviewed_at TEXT NOT NULL,
  note TEXT,
  PRIMARY KEY (target, reviewer, reviewed_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE withholdings (
  target TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  decided_on TEXT NOT NULL,
  decider TEXT NOT NULL
) STRICT;

CREATE TABLE coverage (
  body TEXT NOT NULL REFERENCES bodies(id),
  year INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('published', 'published_elsewhere', 'not_found',
    'not_looked', 'partial_walk', 'unreachable', 'blocked', 'not_yet_due', 'not_owed',
    'gone_from_known_url', 'unreadable')),
  report TEXT,
  capture INTEGER REFERENCES captures(id),
  PRIMARY KEY (body, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE report_texts (
  id INTEGER PRIMARY KEY,
  report TEXT NOT NULL UNIQUE,
  year INTEGER,
  region_code TEXT,
  basis TEXT NOT NULL CHECK (json_valid(basis)),
  title TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX report_texts_year ON report_texts(year DESC, region_code);

-- Filled by archive/search.py, with pairs of characters: never let FTS5 rebuild it from the texts.
CREATE VIRTUAL TABLE report_search USING fts5(
  title, text, content="report_texts", content_rowid="id", tokenize="ascii"
);
