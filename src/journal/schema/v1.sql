-- The runbooks that were walked, each once, compressed.
CREATE TABLE runbook(
  digest BLOB PRIMARY KEY CHECK(length(digest) = 32),
  size   INTEGER NOT NULL CHECK(size >= 0),
  zstd   BLOB NOT NULL
) STRICT;

-- One row per run, for lists: every column is a copy of what the run's first event says.
CREATE TABLE run(
  run      TEXT PRIMARY KEY CHECK(length(run) BETWEEN 1 AND 64),
  runbook  BLOB NOT NULL REFERENCES runbook,
  title    TEXT NOT NULL,
  path     TEXT NOT NULL,
  kind     TEXT NOT NULL CHECK(kind IN ('real', 'rehearsal')),
  opened   TEXT NOT NULL,
  operator TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The facts. `body` holds the exact bytes that are hashed; `kind` is a copy.
CREATE TABLE event(
  run  TEXT NOT NULL REFERENCES run,
  seq  INTEGER NOT NULL CHECK(seq > 0),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  prev BLOB NOT NULL CHECK(length(prev) = 32),
  hash BLOB NOT NULL CHECK(length(hash) = 32),
  PRIMARY KEY(run, seq)
) STRICT, WITHOUT ROWID;

-- A chain over runs opened and closed: a run that was taken out leaves a hole here.
CREATE TABLE ledger(
  n    INTEGER PRIMARY KEY CHECK(n > 0),
  what TEXT NOT NULL CHECK(what IN ('opened', 'closed')),
  run  TEXT NOT NULL REFERENCES run,
  seq  INTEGER NOT NULL,
  head BLOB NOT NULL CHECK(length(head) = 32),
  prev BLOB NOT NULL CHECK(length(prev) = 32),
  hash BLOB NOT NULL CHECK(length(hash) = 32),
  UNIQUE(run, what)
) STRICT;

-- Where each chain ends: `chain` is a run, or 'ledger'. A chain whose tail was cut no longer fits. `open` is 1 until the
-- run is closed, so that unfinished runs are found among many.
CREATE TABLE head(
  chain TEXT PRIMARY KEY,
  seq   INTEGER NOT NULL,
  hash  BLOB NOT NULL,
  open  INTEGER NOT NULL CHECK(open IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX head_open ON head(chain) WHERE open = 1;

-- What attempts printed: salt and bytes stay outside the chain, so that they can be shredded without breaking it.
-- Part 0 is the head of the stream, part 1 its tail.
CREATE TABLE output(
  run      TEXT NOT NULL REFERENCES run,
  attempt  INTEGER NOT NULL CHECK(attempt > 0),
  part     INTEGER NOT NULL CHECK(part IN (0, 1)),
  salt     BLOB CHECK(length(salt) = 32),
  shredded INTEGER,
  PRIMARY KEY(run, attempt, part),
  CHECK((salt IS NULL) = (shredded IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE TABLE chunk(
  run     TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  part    INTEGER NOT NULL,
  n       INTEGER NOT NULL CHECK(n >= 0),
  size    INTEGER NOT NULL CHECK(size > 0),
  zstd    BLOB NOT NULL,
  PRIMARY KEY(run, attempt, part, n),
  FOREIGN KEY(run, attempt, part) REFERENCES output
) STRICT;

-- Who may start and stop commands of a run. The only rows that come and go.
CREATE TABLE lease(
  run      TEXT PRIMARY KEY REFERENCES run,
  token    INTEGER NOT NULL,
  pid      INTEGER NOT NULL,
  started  INTEGER NOT NULL,
  boot     TEXT NOT NULL,
  host     TEXT NOT NULL,
  tty      TEXT,
  operator TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER event_follows BEFORE INSERT ON event
WHEN NEW.seq <> coalesce((SELECT seq FROM head WHERE chain = NEW.run), 0) + 1
  OR NEW.prev <> coalesce((SELECT hash FROM head WHERE chain = NEW.run), zeroblob(32))
BEGIN SELECT RAISE(ABORT, 'the event does not follow the last one'); END;
CREATE TRIGGER event_first AFTER INSERT ON event WHEN NEW.seq = 1
BEGIN INSERT INTO head(chain, seq, hash, open) VALUES (NEW.run, NEW.seq, NEW.hash, 1); END;
CREATE TRIGGER event_next AFTER INSERT ON event WHEN NEW.seq > 1
BEGIN UPDATE head SET seq = NEW.seq, hash = NEW.hash, open = open AND NEW.kind <> 'run_closed' WHERE chain = NEW.run; END;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;

CREATE TRIGGER ledger_follows BEFORE INSERT ON ledger
WHEN NEW.n <> coalesce((SELECT seq FROM head WHERE chain = 'ledger'), 0) + 1
  OR NEW.prev <> coalesce((SELECT hash FROM head WHERE chain = 'ledger'), zeroblob(32))
BEGIN SELECT RAISE(ABORT, 'the ledger row does not follow the last one'); END;
CREATE TRIGGER ledger_first AFTER INSERT ON ledger WHEN NEW.n = 1
BEGIN INSERT INTO head(chain, seq, hash, open) VALUES ('ledger', NEW.n, NEW.hash, 0); END;
CREATE TRIGGER ledger_next AFTER INSERT ON ledger WHEN NEW.n > 1
BEGIN UPDATE head SET seq = NEW.n, hash = NEW.hash WHERE chain = 'ledger'; END;
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is never changed'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is never shortened'); END;

CREATE TRIGGER run_no_update BEFORE UPDATE ON run BEGIN SELECT RAISE(ABORT, 'runs are never changed'); END;
CREATE TRIGGER run_no_delete BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'runs are never removed'); END;
CREATE TRIGGER runbook_no_update BEFORE UPDATE ON runbook BEGIN SELECT RAISE(ABORT, 'runbooks are never changed'); END;
CREATE TRIGGER runbook_no_delete BEFORE DELETE ON runbook BEGIN SELECT RAISE(ABORT, 'runbooks are never removed'); END;
CREATE TRIGGER chunk_no_update BEFORE UPDATE ON chunk BEGIN SELECT RAISE(ABORT, 'output is never changed'); END;
CREATE TRIGGER chunk_no_delete BEFORE DELETE ON chunk
WHEN EXISTS (SELECT 1 FROM output WHERE run = OLD.run AND attempt = OLD.attempt AND part = OLD.part AND shredded IS NULL)
BEGIN SELECT RAISE(ABORT, 'output is removed only by shredding'); END;
CREATE TRIGGER output_only_shredded BEFORE UPDATE ON output
WHEN OLD.shredded IS NOT NULL OR NEW.shredded IS NULL OR NEW.salt IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'output is changed only by shredding'); END;
CREATE TRIGGER output_no_delete BEFORE DELETE ON output
BEGIN SELECT RAISE(ABORT, 'the record of an output is never removed'); END;
