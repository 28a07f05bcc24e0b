-- The unfinished runs of one runbook are looked for before the first frame: in a journal of many runs they are found here.
CREATE INDEX run_runbook ON run(runbook);
CREATE INDEX run_path ON run(path);
