#!/usr/bin/env python3
"""Verifies a gonogo bundle with the standard library and ssh-keygen.   (bundle format 1)
usage: python3 verify.py [FOLDER] [--sealed] [--signers FILE [--revoked FILE]] [--require N]
exit:  0 intact   4 intact, but a demand is not met   5 altered   3 unreadable"""
import argparse, base64, functools, hashlib, json, os, re, subprocess, sys, tempfile, unicodedata
EVENT, NAMESPACE, MAX_FILES, MAX_BYTES = b"gonogo/event/v1\n", "gonogo-v1", 100_000, 256 << 20
VIEWS = "checkpoint events.jsonl heads.txt outputs.jsonl runbook.md report.md report.html VERIFY.md verify.py SHA256SUMS"
POINT = r"gonogo checkpoint v1\nrun: (\w+)\nentries: (\d+)\nhead: ([0-9a-f]{64})\nrunbook: ([0-9a-f]{64})\nreport: (.+)\n"
ARMOR = r"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n"
Altered, Unreadable = type("Altered", (Exception,), {}), type("Unreadable", (Exception,), {})
Files = type("Files", (dict,), {"__missing__": lambda files, name: demand(False, f"it is no bundle: it has no {name}", Unreadable)})
sha = lambda *parts: (made := hashlib.sha256(parts[0]), [made.update(part) for part in parts[1:]])[0].hexdigest()
plain = lambda text: re.sub(r"\\(u\{([0-9a-f]+)\}|\\)", lambda at: chr(int(at[2] or "5c", 16)), text)
ALIKE = {ord(other): group[0] for group in "aаαɑ AАΑ bЬƅ BВΒ cсςᴄ CС dԁ eеҽ EЕΕ gɡ GԌ hһհ HНΗ iіιıɩ lIІΙӀӏ1|ǀ jјϳ JЈ kкκĸ KКΚ MМΜ nո NΝ oоοօᴏ0 OОΟՕ pрρ PРΡ qԛ QԚ rгᴦ sѕ SЅՏ TТΤ uυս UՍ vνѵ VѴ wԝѡ WԜ xхχ XХΧ yуγү YΥҮ zᴢ ZΖ ßβ '’‘ʼ -‐–—−".split() for other in group}
drawn = lambda name: re.sub("[\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]", "", unicodedata.normalize("NFKD", name)).translate(ALIKE)
readings = lambda name: {(spaced := " ".join(name.split())).lower(), drawn(spaced).lower().translate(ALIKE)}
count = lambda names: len(functools.reduce(lambda known, of: known if any(of & other for other in known) else [*known, of], map(readings, sorted(names)), []))
def demand(holds, what, kind=Altered):
    if not holds:
        raise kind(what)
strict = lambda pairs: demand(not any(one is None or isinstance(one, list) and None in one for _, one in pairs), "an entry: null") or dict(pairs)
whole = lambda digits: demand(re.fullmatch(r"-?\d{1,16}", digits) and abs(int(digits)) < 1 << 53, "an entry: a number that is none here") or int(digits)
def read_folder(folder):
    files, room, seen, waiting = {}, MAX_BYTES, 0, [(folder, "")]
    while waiting:
        place, inside = waiting.pop()
        for entry in os.scandir(place):
            is_folder, seen = entry.is_dir(follow_symlinks=False), seen + 1
            room -= entry.stat(follow_symlinks=False).st_size * (not is_folder)
            demand(seen <= MAX_FILES and room >= 0, "it is too large", Unreadable)
            fits = (is_folder and not inside or entry.is_file(follow_symlinks=False)) and len(inside + entry.name) < 100
            demand(fits and re.fullmatch(r"[\w-][\w.-]*", entry.name, re.A), f"{inside}{entry.name} is a link, or no plain file of a bundle", Unreadable)
            waiting += [(entry.path, entry.name + "/")] if is_folder else []
            files |= {} if is_folder else {inside + entry.name: entry.path}
    return Files({name: open(path, "rb").read() for name, path in files.items()})
def read_events(files):
    demand(files["checkpoint"].decode().startswith("gonogo checkpoint v1\n"), "its checkpoint is not of version 1", Unreadable)
    said, events, prev = re.fullmatch(POINT, files["checkpoint"].decode()), [], bytes(32)
    heads = files["heads.txt"].decode().split("\n", files["events.jsonl"].count(b"\n"))
    demand(said, "checkpoint: a line of it is missing, or one too many")
    for seq, line in enumerate(files["events.jsonl"].split(b"\n")[:-1], 1):
        digest = sha(EVENT, prev, len(line).to_bytes(8, "big"), line)
        demand(heads[seq - 1 : seq] == [f"{seq} {digest}"], f"entry {seq}: its hash is not that of its body")
        event = json.loads(line, object_pairs_hook=strict, parse_int=whole, parse_float=whole, parse_constant=whole)
        demand(event.get("v", 0) == 1 or not isinstance(event.get("v", 0), int), f"entry {seq} has another format", Unreadable)
        again = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        demand(again == line and event["v"] == 1, f"entry {seq}: it is not in canonical form")
        demand(event["seq"] == seq and event["run"] == said[1], f"entry {seq}: of another place")
        edition = event["kind"] in ("runbook_adopted", "runbook_declined") and files.get(f"editions/{seq:08}.md", b"")
        demand(edition is False or sha(edition) == event["data"]["runbook"], f"entry {seq}: its version of the runbook is missing")
        events.append(event)
        prev = bytes.fromhex(digest)
    demand(files["events.jsonl"].endswith(b"\n") and heads[len(events) :] == [""], f"entry {len(events) + 1}: it is missing")
    demand((said[2], said[3]) == (str(len(events)), prev.hex()), "checkpoint: not the end of the chain")
    ours = events[0]["kind"] == "run_opened" and sha(files["runbook.md"]) == events[0]["data"]["runbook"] == said[4]
    return demand(ours, "runbook: not the one that was walked") or (events, heads)
def check_outputs(files, events):
    begun = [event["data"]["attempt"] for event in events if event["kind"] == "attempt_intended"]
    ended = {event["data"]["attempt"]: event for event in events if event["kind"] == "attempt_ended"}
    once = len(ended) == sum(event["kind"] == "attempt_ended" for event in events)
    demand(once and begun == [*range(1, len(begun) + 1)], "an attempt has the number of another one, or ends twice")
    due = {(n, place): (e["seq"], part) for n, e in ended.items() for place, part in enumerate(e["data"]["output"].get("parts", []))}
    kept, order = set(), sorted(due)
    for line in files["outputs.jsonl"].decode().split("\n")[:-1]:
        said = json.loads(line)
        attempt, place, by = int(said["attempt"]), int(said["part"]), int(said.get("shredded_by", 0))
        name, file = f"output of attempt #{attempt}", f"outputs/{attempt:04}-{place}"
        demand(order and order.pop(0) == (attempt, place), f"{name}: no entry knows of it, or one before it is missing")
        ends = f'"salt":"{said.get("salt")}","file":"{file}"', f'"shredded_by":{by}', '"left_out":true'
        demand(line in [f'{{"attempt":{attempt},"part":{place},{end}}}' for end in ends], f"{name}: its line is none")
        seq, part = due[attempt, place]
        shredded = [e["data"]["attempt"] for e in events[seq:by] if e["kind"] == "output_shredded" and e["seq"] == by]
        demand("shredded_by" not in said or shredded == [attempt], f"{name}: nothing shredded it")
        if "file" in said:
            kept.add(file)
            demand(sha(bytes.fromhex(said["salt"]), files.get(file, b"")) == part["digest"], f"{name}: it is not what was recorded")
    return demand(not order and files["outputs.jsonl"][-1:] in (b"", b"\n"), "an output is missing") or kept
def statement(sealed, event, events, heads, where):
    lines, data, closes = [line.partition(": ") for line in sealed["statement"].split("\n")], event["data"], event["kind"] == "run_closed"
    said, scope = {key: plain(value) for key, _, value in lines[1:-1]}, data.get("scope", "run")
    seq, digest = said["head"].split(" sha256:")
    there = heads[int(seq) - 1] == f"{seq} {digest}" and (int(seq) == event["seq"] - 1 or int(seq) < event["seq"] and not closes)
    demand(there, f"{where}: its head is not in the chain, or it closes another state")
    walked = [e["data"]["runbook"] for e in events[: event["seq"]] if e["kind"] in ("run_opened", "runbook_adopted")][-1]
    before = [(e["seq"], e["data"]["sealed"]["statement"]) for e in events[: int(seq)] if "sealed" in e.get("data", {})][-1:]
    due = {"run": event["run"], "runbook": "sha256:" + walked, "meaning": data.get("meaning", "closed"), "type": "close" if closes else "sign-off"}
    due |= {"previous": "".join(f"{at} sha256:{sha(text.encode())}" for at, text in before) or "none"}
    due |= {"verdict": data["verdict"] + (f" {data['percent']}" if "percent" in data else "")} if closes else {}
    due |= {key: data[key] for key in ("reason",) if key in data} | {"scope": scope if isinstance(scope, str) else " ".join(*scope.items())}
    said_so = {key: value for key, value in said.items() if key not in "head signer name role time carried".split()}
    same = due == said_so | {"scope": said["scope"].split(' "')[0]} and [plain(text) for key, _, text in lines if key == "carried"] == [f"{one['step']} {one['reason']}" for one in data.get("carried", [])]
    demand(same and (lines[0][0], event["kind"] in ("signed_off", "run_closed")) == ("gonogo sign-off v1", True), f"{where}: its statement says something else")
    return said
def signed(armor, text, said, args, where, namespace=NAMESPACE):
    demand(body := re.fullmatch(ARMOR, armor), f"{where}: its signature is not armoured")
    blob, fields = base64.b64decode(body[1]), []
    demand(blob[:10] == b"SSHSIG\0\0\0\1", f"{where}: its signature's version is not 1")
    while rest := blob[10 + sum(4 + len(field) for field in fields) :]:
        fields.append(rest[4 : 4 + int.from_bytes(rest[:4], "big")])
    demand(len(fields) == 5 and fields[1] == namespace.encode(), f"{where}: its signature is for something else")
    with tempfile.NamedTemporaryFile("w", suffix=".sig") as file:
        file.write(armor), file.flush()
        at, revoked = re.sub(r"\D", "", said["time"]) + "Z", ["-r", args.revoked] if args.revoked else []
        ask = lambda *more: subprocess.run(["ssh-keygen", "-Y", *more, "-n", namespace, "-s", file.name], input=text, capture_output=True)
        demand((fits := ask("check-novalidate")).returncode == 0, f"{where}: its signature does not fit the text")
        listed = args.signers and ask("verify", "-f", args.signers, "-I", said["signer"], f"-Overify-time={at}", *revoked).returncode == 0
    return fits.stdout.decode().split()[-1], listed
def check_sums(files):
    sums, listed = {name: f"{sha(files[name])}  {name}" for name in sorted(files) if name[:10] != "SHA256SUMS"}, files["SHA256SUMS"].decode().split("\n")
    odd = [name for name, line in sums.items() if line not in listed] + [line[66:] for line in listed if line not in sums.values()]
    demand(listed == [*sums.values(), ""], f"file {odd[0] or 'SHA256SUMS'}: not as SHA256SUMS lists it")
    if armor := files.get("SHA256SUMS.sig"):
        signed(armor.decode(), files["SHA256SUMS"], {"time": ""}, argparse.Namespace(signers="", revoked=""), "file SHA256SUMS.sig", "gonogo-export-v1")
def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    ask.add_argument("folder", nargs="?", default="."), ask.add_argument("--sealed", action="store_true")
    ask.add_argument("--signers"), ask.add_argument("--revoked"), ask.add_argument("--require", type=int, default=0)
    args, names, keys, lines, unmet, seal = ask.parse_args(), set(), set(), set(), [], None
    files = ask.error("--revoked needs --signers") if args.revoked and not args.signers else read_folder(args.folder)
    events, heads = read_events(files)
    due = check_outputs(files, events) | set(VIEWS.split())
    for event in events:
        data, kind, where = event.get("data", {}), event["kind"], f"entry {event['seq']}"
        late = ["sitting_ended", "output_shredded", "hook_began", "hook_ended", ["deviated", "exported_findings"]]
        demand(not seal or kind in late or [kind, data.get("deviation")] in late, f"{where}: it stands behind the sealed close")
        due |= {f"editions/{event['seq']:08}.md"} if kind in ("runbook_adopted", "runbook_declined") else set()
        if sealed := data.get("sealed"):
            said, name, armor = statement(sealed, event, events, heads, where), f"statements/{event['seq']:04}.txt", sealed.get("signature")
            demand(files.get(name) == sealed["statement"].encode(), f"file {name}: not the statement of {where}")
            demand(armor or [said["name"], said.get("role")] == [event["by"].get(of) for of in ("name", "role")], f"{where}: unsigned and by somebody else")
            due |= {name} if armor is None else {name, name + ".sig"}
        if sealed and armor is not None:
            demand(files.get(name + ".sig") == armor.encode(), f"file {name}.sig: not the signature of {where}")
            key, listed = signed(armor, sealed["statement"].encode(), said, args, where)
            unmet += [f"{where}: {key} is not listed for {said['signer']}"] if args.signers and not listed else []
            if listed or not args.signers:
                names.add(said["name"]), keys.add(key), lines.add(said["signer"].lower())
            seal = where if kind == "run_closed" else None
            print(ascii(f"{where}: {said['meaning']}, signed by {said['name']} <{said['signer']}> with {key}")[1:-1])
    demand(not (odd := sorted(files.keys() - due - {"SHA256SUMS.sig"})), f"file {odd[:1]}: no entry knows of it")
    check_sums(files), demand(due <= files.keys(), f"it is no bundle: it has no {sorted(due - files.keys())[:1]}", Unreadable)
    unmet += ["it is not sealed"] * bool(args.sealed and not seal) + ["nobody signed it"] * bool(args.signers and not keys and not unmet)
    unmet += [f"{persons} signed"] if (persons := min(count(names), len(keys), len(lines))) < args.require else []
    print(f"intact: run {events[0]['run']}, {len(events)} entries, head {heads[-2][-64:]}, {'sealed' if seal else 'unsealed'}", *(ascii("NOT MET: " + what)[1:-1] for what in unmet), "(report.* are views: gonogo verify draws them again)", sep="\n")
    return 4 if unmet else 0
try:
    sys.exit(main())
except Exception as what:
    word, code = ("unreadable:", 3) if isinstance(what, (Unreadable, OSError, MemoryError)) else ("ALTERED:", 5)
    sys.exit(print(word, ascii(str(what))[1:-1][:400]) or code)
