#!/usr/bin/env python3
"""Verifies a gonogo bundle with the standard library and ssh-keygen.   (bundle format 1)
usage: python3 verify.py [FOLDER] [--sealed] [--signers FILE [--revoked FILE]] [--require N]
exit:  0 intact   4 intact, but a demand is not met   5 altered   3 unreadable"""
import argparse, base64, hashlib, json, os, re, subprocess, sys, tempfile

EVENT, NAMESPACE, MAX_FILES, MAX_BYTES = b"gonogo/event/v1\n", "gonogo-v1", 100_000, 256 << 20
VIEWS = "checkpoint events.jsonl heads.txt outputs.jsonl runbook.md report.md report.html VERIFY.md verify.py SHA256SUMS"
Altered, sha = type("Altered", (Exception,), {}), lambda *parts: hashlib.sha256(b"".join(parts)).hexdigest()
def demand(holds, what):
    if not holds:
        raise Altered(what)
def strict(pairs):
    plain = all(one is not None and not isinstance(one, float) for _, one in pairs)
    return demand(plain, "an entry: a value that entries do not have") or dict(pairs)

def read_folder(folder):
    files, total = {}, 0
    for place, folders, names in os.walk(folder):
        for name in folders + names:
            path = os.path.join(place, name)
            if os.path.islink(path) or not (name in folders or os.path.isfile(path)):
                raise ValueError(f"{path} is a link or no plain file")
        for path in (os.path.join(place, name) for name in names):
            total += os.path.getsize(path)
            if total > MAX_BYTES or len(files) > MAX_FILES:
                raise ValueError("it is too large")
            with open(path, "rb") as file:
                files[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
    return files

def read_events(files):
    check = dict(line.split(": ", 1) for line in files["checkpoint"].decode().splitlines()[1:])
    demand(files["checkpoint"].startswith(b"gonogo checkpoint v1\n"), "checkpoint: it is none")
    heads, events, prev = files["heads.txt"].decode().splitlines(), [], bytes(32)
    for seq, line in enumerate(files["events.jsonl"].split(b"\n")[:-1], 1):
        digest = sha(EVENT, prev, len(line).to_bytes(8, "big"), line)
        demand(seq <= len(heads) and heads[seq - 1] == f"{seq} {digest}", f"entry {seq}: its hash is not that of its body")
        event = json.loads(line, object_pairs_hook=strict)
        again = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        demand(again == line, f"entry {seq}: it is not in canonical form")
        demand(event["v"] == 1 and event["seq"] == seq and event["run"] == check["run"], f"entry {seq}: of another place")
        edition = event["kind"] in ("runbook_adopted", "runbook_declined") and files.get(f"editions/{seq:08}.md", b"")
        demand(edition is False or sha(edition) == event["data"]["runbook"], f"entry {seq}: its version of the runbook is missing")
        events.append(event)
        prev = bytes.fromhex(digest)
    demand(files["events.jsonl"].endswith(b"\n") and len(heads) == len(events), f"entry {len(events) + 1}: it is missing")
    demand(events and events[0]["kind"] == "run_opened", "entry 1: it does not open a run")
    demand(check["entries"] == str(len(events)) and check["head"] == prev.hex(), "checkpoint: not the end of the chain")
    demand(sha(files["runbook.md"]) == events[0]["data"]["runbook"] == check["runbook"], "runbook: not the one that was walked")
    return events, heads

def check_outputs(files, events):
    ended, kept = (event["data"] for event in events if event["kind"] == "attempt_ended"), set()
    due = {(data["attempt"], place): part for data in ended for place, part in enumerate(data["output"].get("parts", []))}
    for line in files["outputs.jsonl"].decode().splitlines():
        said = json.loads(line)
        name, part = f"output of attempt #{said['attempt']}", due.pop((said["attempt"], said["part"]), None)
        demand(part, f"{name}: no entry knows of it")
        by = events[said["shredded_by"] - 1] if "shredded_by" in said else {"kind": "output_shredded", "data": said}
        demand((by["kind"], by.get("data", {}).get("attempt")) == ("output_shredded", said["attempt"]), f"{name}: nothing shredded it")
        if "file" in said:
            kept.add(said["file"])
            demand(sha(bytes.fromhex(said["salt"]), files.get(said["file"], b"")) == part["digest"], f"{name}: it is not what was recorded")
    return demand(not due, "an output is missing") or kept

def statement(sealed, event, events, heads, where):
    lines = [line.partition(": ") for line in sealed["statement"].splitlines()]
    said, first = {key: value for key, _, value in lines[1:]}, lines[0][0]
    (seq, digest), scope, closes = said["head"].split(" sha256:"), event["data"].get("scope", "run"), event["kind"] == "run_closed"
    walked = [e["data"]["runbook"] for e in events[: event["seq"]] if e["kind"] in ("run_opened", "runbook_adopted")][-1]
    known = (first, said["run"], said["runbook"]) == ("gonogo sign-off v1", event["run"], "sha256:" + walked)
    demand(known and event["kind"] in ("signed_off", "run_closed"), f"{where}: its statement is about another run or runbook")
    there = heads[int(seq) - 1] == f"{seq} {digest}" and (int(seq) == event["seq"] - 1 or int(seq) < event["seq"] and not closes)
    demand(there, f"{where}: its head is not in the chain, or it closes another state")
    about = said["scope"].split(' "')[0] == (scope if isinstance(scope, str) else " ".join(list(scope.items())[0]))
    same = about and said["meaning"] == event["data"].get("meaning", "closed")
    data, text = event["data"], re.sub(r"\\(u\{([0-9a-f]+)\}|\\)", lambda at: chr(int(at[2] or "5c", 16)), sealed["statement"])
    due = [f"verdict: {data['verdict']}" + (f" {data['percent']}" if "percent" in data else "")] if closes else []
    due += [f"carried: {one['step']} {one['reason']}" for one in data.get("carried", [])] + [f"reason: {data.get('reason')}"]
    same = same and all(f"\n{one}\n" in text for one in due if one != "reason: None")
    demand(same and ("reason" in said, "verdict" in said) == ("reason" in data, closes), f"{where}: its statement says something else")
    return said

def signed(armor, text, said, args, where, namespace=NAMESPACE):
    form = r"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n"
    demand(body := re.fullmatch(form, armor), f"{where}: its signature is not armoured")
    blob, fields = base64.b64decode(body[1]), []
    demand(blob[:10] == b"SSHSIG\0\0\0\1", f"{where}: its signature's version is not 1")
    while rest := blob[10 + sum(4 + len(field) for field in fields) :]:
        fields.append(rest[4 : 4 + int.from_bytes(rest[:4], "big")])
    demand(len(fields) == 5 and fields[1] == namespace.encode(), f"{where}: its signature is for something else")
    with tempfile.NamedTemporaryFile("w", suffix=".sig") as file:
        file.write(armor), file.flush()
        at, revoked = re.sub(r"\D", "", said["time"]) + "Z", ["-r", args.revoked] if args.revoked else []
        ask = lambda *more: subprocess.run(["ssh-keygen", "-Y", *more, "-n", namespace, "-s", file.name], input=text.encode(), capture_output=True)
        demand((fits := ask("check-novalidate")).returncode == 0, f"{where}: its signature does not fit the text")
        listed = args.signers and ask("verify", "-f", args.signers, "-I", said["signer"], f"-Overify-time={at}", *revoked).returncode == 0
    return fits.stdout.decode().split()[-1], listed

def check_sums(files):
    sums = {line[66:]: line[:64] for line in files["SHA256SUMS"].decode().splitlines() if line[64:66] == "  "}
    for name in files.keys() - {"SHA256SUMS", "SHA256SUMS.sig"} | sums.keys():
        demand(name in files and name in sums and sha(files[name]) == sums[name], f"file {name}: not as SHA256SUMS lists it")
    if armor := files.get("SHA256SUMS.sig"):
        signed(armor.decode(), files["SHA256SUMS"].decode(), {"time": ""}, argparse.Namespace(signers="", revoked=""), "file SHA256SUMS.sig", "gonogo-export-v1")

def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ask.add_argument("folder", nargs="?", default="."), ask.add_argument("--sealed", action="store_true")
    ask.add_argument("--signers"), ask.add_argument("--revoked"), ask.add_argument("--require", type=int, default=0)
    args, names, keys, lines, due, unmet, seal = ask.parse_args(), set(), set(), set(), set(), [], None
    files = ask.error("--revoked needs --signers") if args.revoked and not args.signers else read_folder(args.folder)
    events, heads = read_events(files)
    due |= check_outputs(files, events) | set(VIEWS.split())
    for event in events:
        data, where, late = event.get("data", {}), f"entry {event['seq']}", [event["kind"], event.get("data", {}).get("deviation")]
        demand(not seal or late[0] in ("sitting_ended", "output_shredded", "hook_began", "hook_ended") or late == ["deviated", "exported_findings"], f"{where}: it stands behind the sealed close")
        if not (sealed := data.get("sealed")):
            continue
        said = statement(sealed, event, events, heads, where)
        name = f"statements/{event['seq']:04}.txt"
        due |= {name, name + ".sig"} if "signature" in sealed else {name}
        demand(files.get(name) == sealed["statement"].encode(), f"file {name}: not the statement of {where}")
        demand("signature" in sealed or said["name"] == event["by"]["name"], f"{where}: unsigned and by somebody else")
        if "signature" not in sealed:
            continue
        demand(files.get(name + ".sig") == sealed["signature"].encode(), f"file {name}.sig: not the signature of {where}")
        key, listed = signed(sealed["signature"], sealed["statement"], said, args, where)
        unmet += [f"{where}: {key} is not listed for {said['signer']}"] if args.signers and not listed else []
        if listed or not args.signers:
            names.add(" ".join(said["name"].split()).lower()), keys.add(key), lines.add(said["signer"].lower())
        seal = where if event["kind"] == "run_closed" else None
        print(f"{where}: {said['meaning']}, signed by {said['name']} <{said['signer']}> with {key}")
    due |= {f"editions/{event['seq']:08}.md" for event in events if event["kind"] in ("runbook_adopted", "runbook_declined")}
    demand(not (odd := sorted(files.keys() - {"SHA256SUMS.sig"} ^ due)), f"file {odd[:1]}: one too many, or missing")
    check_sums(files)
    unmet += ["it is not sealed"] if args.sealed and not seal else []
    unmet += ["nobody signed it"] if args.signers and not keys and not unmet else []
    unmet += [f"{persons} signed"] if (persons := min(len(names), len(keys), len(lines))) < args.require else []
    print(f"intact: run {events[0]['run']}, {len(events)} entries, head {heads[-1][-64:]}, {'sealed' if seal else 'unsealed'}")
    print(*("NOT MET: " + what for what in unmet), "(report.* are views: gonogo verify draws them again)", sep="\n")
    return 4 if unmet else 0

try:
    sys.exit(main())
except (Altered, UnicodeDecodeError, json.JSONDecodeError) as what:
    sys.exit(print("ALTERED:", ascii(str(what))[1:-1]) or 5)
except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as what:
    sys.exit(print("unreadable:", ascii(what)) or 3)
