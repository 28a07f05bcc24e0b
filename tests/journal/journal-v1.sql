-- A journal as version 1 wrote it: two runs, the first closed.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE runbook(
  digest BLOB PRIMARY KEY CHECK(length(digest) = 32),
  size   INTEGER NOT NULL CHECK(size >= 0),
  zstd   BLOB NOT NULL
) STRICT;
INSERT INTO runbook VALUES(X'c14930da590d6ab3665e56caa8db0b894916abfb8c6d886dcd222e2b1fa7a189',60,X'28b52ffd203ce1010023204d6f7665207468652070686f746f2073746f72650a0a232320312e20507265706172650a0a2d205b205d20467265657a652075706c6f6164730a');
CREATE TABLE run(
  run      TEXT PRIMARY KEY CHECK(length(run) BETWEEN 1 AND 64),
  runbook  BLOB NOT NULL REFERENCES runbook,
  title    TEXT NOT NULL,
  path     TEXT NOT NULL,
  kind     TEXT NOT NULL CHECK(kind IN ('real', 'rehearsal')),
  opened   TEXT NOT NULL,
  operator TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO run VALUES('01JD7ZZZZZZZZZZZZZZZ000001',X'c14930da590d6ab3665e56caa8db0b894916abfb8c6d886dcd222e2b1fa7a189','Move the photo store','move.md','real','2026-09-21T14:13:20.123456Z','Ada');
INSERT INTO run VALUES('01JD7ZZZZZZZZZZZZZZZ000002',X'c14930da590d6ab3665e56caa8db0b894916abfb8c6d886dcd222e2b1fa7a189','Move the photo store','move.md','real','2026-09-21T14:13:20.123456Z','Ada');
CREATE TABLE event(
  run  TEXT NOT NULL REFERENCES run,
  seq  INTEGER NOT NULL CHECK(seq > 0),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  prev BLOB NOT NULL CHECK(length(prev) = 32),
  hash BLOB NOT NULL CHECK(length(hash) = 32),
  PRIMARY KEY(run, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO event VALUES('01JD7ZZZZZZZZZZZZZZZ000001',1,'run_opened','{"at":"2026-09-21T14:13:20.123456Z","boot":"boot-1","by":{"host":"alpha","name":"Ada","tty":"pts/3","uid":1000,"user":"ada"},"data":{"cwd":"/srv","path":"move.md","program":"gonogo 0.1.0","run_kind":"real","runbook":"c14930da590d6ab3665e56caa8db0b894916abfb8c6d886dcd222e2b1fa7a189","shell":"bash","title":"Move the photo store"},"kind":"run_opened","mono_us":7,"run":"01JD7ZZZZZZZZZZZZZZZ000001","seq":1,"v":1}',X'0000000000000000000000000000000000000000000000000000000000000000',X'105dd1d58683fc2f232dea60e5630d57232720a900234f0e95a688af6b896c6a');
INSERT INTO event VALUES('01JD7ZZZZZZZZZZZZZZZ000001',2,'note_added','{"at":"2026-09-21T14:13:20.123456Z","boot":"boot-1","by":{"host":"alpha","name":"Ada","tty":"pts/3","uid":1000,"user":"ada"},"data":{"text":"uploads are frozen"},"kind":"note_added","mono_us":7,"run":"01JD7ZZZZZZZZZZZZZZZ000001","seq":2,"v":1}',X'105dd1d58683fc2f232dea60e5630d57232720a900234f0e95a688af6b896c6a',X'fcca65541c84867ddcd5314d1be713086885a0e91eaf44a5dfc86febdea1d644');
INSERT INTO event VALUES('01JD7ZZZZZZZZZZZZZZZ000001',3,'attempt_intended','{"at":"2026-09-21T14:13:20.123456Z","boot":"boot-1","by":{"host":"alpha","name":"Ada","tty":"pts/3","uid":1000,"user":"ada"},"data":{"attempt":1,"channel":"pipe","cwd":"/srv","risk":"change","shell":"bash","target":{"command":0,"step":"1.1"},"text":"systemctl stop uploads"},"kind":"attempt_intended","mono_us":7,"run":"01JD7ZZZZZZZZZZZZZZZ000001","seq":3,"v":1}',X'fcca65541c84867ddcd5314d1be713086885a0e91eaf44a5dfc86febdea1d644',X'c1a6ef1acc63cb073e385bca688b7e3ac76f0a176d6d17428377c2a4b7034a13');
INSERT INTO event VALUES('01JD7ZZZZZZZZZZZZZZZ000001',4,'attempt_ended','{"at":"2026-09-21T14:13:20.123456Z","boot":"boot-1","by":{"host":"alpha","name":"Ada","tty":"pts/3","uid":1000,"user":"ada"},"data":{"attempt":1,"ending":{"code":0,"how":"exited"},"output":{"bytes":17,"dropped":0,"parts":[{"bytes":17,"digest":"78d943b08f942c88619bcfb0a69281aba49cb83a63e68fd1665ba78e77a399e9"}],"redacted":0,"sha256":"e04626cd2594e1c408ef9921067283bd9d7ae9c8f53f30c273edeb924727627b"},"took_ms":12},"kind":"attempt_ended","mono_us":7,"run":"01JD7ZZZZZZZZZZZZZZZ000001","seq":4,"v":1}',X'c1a6ef1acc63cb073e385bca688b7e3ac76f0a176d6d17428377c2a4b7034a13',X'658c474b0dfab706c2343ec55fa3250b89e5bb2b4b12802614851b728f094c5f');
INSERT INTO event VALUES('01JD7ZZZZZZZZZZZZZZZ000001',5,'run_closed','{"at":"2026-09-21T14:13:20.123456Z","boot":"boot-1","by":{"host":"alpha","name":"Ada","tty":"pts/3","uid":1000,"user":"ada"},"data":{"percent":100,"verdict":"go"},"kind":"run_closed","mono_us":7,"run":"01JD7ZZZZZZZZZZZZZZZ000001","seq":5,"v":1}',X'658c474b0dfab706c2343ec55fa3250b89e5bb2b4b12802614851b728f094c5f',X'd90cc8e958daeed4390dbe4922c2db853e7eda830dd41afab06359a4ed6da552');
INSERT INTO event VALUES('01JD7ZZZZZZZZZZZZZZZ000002',1,'run_opened','{"at":"2026-09-21T14:13:20.123456Z","boot":"boot-1","by":{"host":"alpha","name":"Ada","tty":"pts/3","uid":1000,"user":"ada"},"data":{"cwd":"/srv","path":"move.md","program":"gonogo 0.1.0","run_kind":"real","runbook":"c14930da590d6ab3665e56caa8db0b894916abfb8c6d886dcd222e2b1fa7a189","shell":"bash","title":"Move the photo store"},"kind":"run_opened","mono_us":7,"run":"01JD7ZZZZZZZZZZZZZZZ000002","seq":1,"v":1}',X'0000000000000000000000000000000000000000000000000000000000000000',X'40b13c650154f15e5fc76c9080979fbc64883fd34fcf4e42cfcf7c995e7d9ed3');
INSERT INTO event VALUES('01JD7ZZZZZZZZZZZZZZZ000002',2,'note_added','{"at":"2026-09-21T14:13:20.123456Z","boot":"boot-1","by":{"host":"alpha","name":"Ada","tty":"pts/3","uid":1000,"user":"ada"},"data":{"text":"uploads are frozen"},"kind":"note_added","mono_us":7,"run":"01JD7ZZZZZZZZZZZZZZZ000002","seq":2,"v":1}',X'40b13c650154f15e5fc76c9080979fbc64883fd34fcf4e42cfcf7c995e7d9ed3',X'c684092b8907d9805900e550c69017bba69713cc8acb2600b8ba24e7854813d2');
INSERT INTO event VALUES('01JD7ZZZZZZZZZZZZZZZ000002',3,'attempt_intended','{"at":"2026-09-21T14:13:20.123456Z","boot":"boot-1","by":{"host":"alpha","name":"Ada","tty":"pts/3","uid":1000,"user":"ada"},"data":{"attempt":1,"channel":"pipe","cwd":"/srv","risk":"change","shell":"bash","target":{"command":0,"step":"1.1"},"text":"systemctl stop uploads"},"kind":"attempt_intended","mono_us":7,"run":"01JD7ZZZZZZZZZZZZZZZ000002","seq":3,"v":1}',X'c684092b8907d9805900e550c69017bba69713cc8acb2600b8ba24e7854813d2',X'57720d1b01f54bdbd132d7f4e89343ce24d2a8494870e3464bfb2782fb1892f9');
INSERT INTO event VALUES('01JD7ZZZZZZZZZZZZZZZ000002',4,'attempt_ended','{"at":"2026-09-21T14:13:20.123456Z","boot":"boot-1","by":{"host":"alpha","name":"Ada","tty":"pts/3","uid":1000,"user":"ada"},"data":{"attempt":1,"ending":{"code":0,"how":"exited"},"output":{"bytes":17,"dropped":0,"parts":[{"bytes":17,"digest":"77f96297dbb7fc8f95a2111be4f642b55a8333529bedf4a72a266dde99970962"}],"redacted":0,"sha256":"e04626cd2594e1c408ef9921067283bd9d7ae9c8f53f30c273edeb924727627b"},"took_ms":12},"kind":"attempt_ended","mono_us":7,"run":"01JD7ZZZZZZZZZZZZZZZ000002","seq":4,"v":1}',X'57720d1b01f54bdbd132d7f4e89343ce24d2a8494870e3464bfb2782fb1892f9',X'bfa5d0c736b875a1fca4d337f7e65f39052e952e7692b4883e0e9e6183e64635');
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
INSERT INTO ledger VALUES(1,'opened','01JD7ZZZZZZZZZZZZZZZ000001',1,X'105dd1d58683fc2f232dea60e5630d57232720a900234f0e95a688af6b896c6a',X'0000000000000000000000000000000000000000000000000000000000000000',X'96f2ff9bf38811c9e4ce1166186d6f8f046c2319b08d1802c39d948491f3c487');
INSERT INTO ledger VALUES(2,'closed','01JD7ZZZZZZZZZZZZZZZ000001',5,X'd90cc8e958daeed4390dbe4922c2db853e7eda830dd41afab06359a4ed6da552',X'96f2ff9bf38811c9e4ce1166186d6f8f046c2319b08d1802c39d948491f3c487',X'7a6e884ccda1137d5b8c962316eb2ea5ac5ac8bb2c7c6cbee6a512f030e0536d');
INSERT INTO ledger VALUES(3,'opened','01JD7ZZZZZZZZZZZZZZZ000002',1,X'40b13c650154f15e5fc76c9080979fbc64883fd34fcf4e42cfcf7c995e7d9ed3',X'7a6e884ccda1137d5b8c962316eb2ea5ac5ac8bb2c7c6cbee6a512f030e0536d',X'211c15aa67961190edaffefb9236418ed83458925f75aa10ab0fae13b999fae0');
CREATE TABLE head(
  chain TEXT PRIMARY KEY,
  seq   INTEGER NOT NULL,
  hash  BLOB NOT NULL,
  open  INTEGER NOT NULL CHECK(open IN (0, 1))
) STRICT, WITHOUT ROWID;
INSERT INTO head VALUES('01JD7ZZZZZZZZZZZZZZZ000001',5,X'd90cc8e958daeed4390dbe4922c2db853e7eda830dd41afab06359a4ed6da552',0);
INSERT INTO head VALUES('01JD7ZZZZZZZZZZZZZZZ000002',4,X'bfa5d0c736b875a1fca4d337f7e65f39052e952e7692b4883e0e9e6183e64635',1);
INSERT INTO head VALUES('ledger',3,X'211c15aa67961190edaffefb9236418ed83458925f75aa10ab0fae13b999fae0',0);
CREATE TABLE output(
  run      TEXT NOT NULL REFERENCES run,
  attempt  INTEGER NOT NULL CHECK(attempt > 0),
  part     INTEGER NOT NULL CHECK(part IN (0, 1)),
  salt     BLOB CHECK(length(salt) = 32),
  shredded INTEGER,
  PRIMARY KEY(run, attempt, part),
  CHECK((salt IS NULL) = (shredded IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO output VALUES('01JD7ZZZZZZZZZZZZZZZ000001',1,0,X'efb221bf8d7a924bf3141dd727ee9cb3087be5f241c79a768376678e20d37c43',NULL);
INSERT INTO output VALUES('01JD7ZZZZZZZZZZZZZZZ000002',1,0,X'c89a988b285bf3b6a2910c432efc5dd354c99adbd916415e9d355427014d386d',NULL);
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
INSERT INTO chunk VALUES('01JD7ZZZZZZZZZZZZZZZ000001',1,0,0,17,X'28b52ffd201189000057656c636f6d6520746f20616c7068610a');
INSERT INTO chunk VALUES('01JD7ZZZZZZZZZZZZZZZ000002',1,0,0,17,X'28b52ffd201189000057656c636f6d6520746f20616c7068610a');
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
CREATE INDEX head_open ON head(chain) WHERE open = 1;
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
COMMIT;
PRAGMA application_id=1735356015;
PRAGMA user_version=1;
