//! The attacks a thousand times each, at random places; slow, so it is asked for:
//! `cargo test --test cli thousand:: -- --ignored --nocapture`.

use crate::attacks::{alter, judged, named, rewrite, signature_of};
use crate::bundle::{Files, SEALED, list_again, text};
use crate::dice::Dice;
use crate::home::Home;
use gonogo::audit::verify::{Drawing, Verified};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How a bundle was judged, by gonogo alone: `altered`, `unreadable`, `unsealed`, `not checked`, or `accepted`.
fn verdict(files: &Files, home: &Home) -> &'static str {
    let files = files.iter().map(|(name, bytes)| (name.clone(), bytes.into())).collect();
    let path = home.write("b.tar", gonogo::audit::bundle::tar::write("bundle", &files));
    match gonogo::audit::bundle::verify(&path, None).unwrap() {
        Verified::Altered { .. } => "altered",
        Verified::Unreadable { .. } => "unreadable",
        Verified::Intact(intact) if intact.seal().is_none() => "unsealed",
        Verified::Intact(intact) if matches!(intact.drawing, Drawing::NotChecked(_)) => "not checked",
        Verified::Intact(_) => "accepted",
    }
}

fn flip(files: &mut Files, dice: &mut Dice) -> String {
    let names: Vec<String> =
        files.iter().filter(|(_, bytes)| !bytes.is_empty()).map(|(name, _)| name.clone()).collect();
    let name = names[dice.below(names.len())].clone();
    let bytes = files.get_mut(&name).unwrap();
    let at = dice.below(bytes.len());
    bytes[at] ^= u8::try_from(1 + dice.below(255)).unwrap();
    format!("{name}, byte {at}")
}

/// One of the six things that can be done to a list of entries.
fn disorder(files: &mut Files, dice: &mut Dice, way: usize) -> String {
    let mut said = String::new();
    rewrite(files, |lines| {
        let (one, other) = (dice.below(lines.len()), dice.below(lines.len() - 1));
        let other = if other >= one { other + 1 } else { other };
        match way {
            0 => drop(lines.remove(one)),
            1 => lines.insert(one, lines[other].clone()),
            2 => lines.swap(one, other),
            3 => lines.insert(one, lines[one].clone()),
            4 => alter(&mut lines[one], |entry| entry["seq"] = json!(other + 1)),
            _ => lines.truncate(one.max(1)),
        }
        said = format!("way {way}, entries {one} and {other}");
    });
    said
}

/// Changes one value somewhere in an entry.
fn falsify(files: &mut Files, dice: &mut Dice) -> String {
    fn leaves<'a>(value: &'a mut Value, into: &mut Vec<&'a mut Value>) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(|field| leaves(field, into)),
            Value::Array(items) => items.iter_mut().for_each(|item| leaves(item, into)),
            leaf => into.push(leaf),
        }
    }
    let mut said = String::new();
    rewrite(files, |lines| {
        let at = dice.below(lines.len());
        alter(&mut lines[at], |entry| {
            let mut all = Vec::new();
            leaves(entry, &mut all);
            let place = dice.below(all.len());
            said = format!("entry {}, value {}", at + 1, all[place]);
            *all[place] = match &*all[place] {
                Value::Number(number) => json!(number.as_u64().unwrap_or(0) + 1),
                Value::Bool(bool) => json!(!bool),
                Value::String(text) => json!(format!("{text}x")),
                other => other.clone(),
            };
        });
    });
    said
}

#[test]
#[ignore = "takes some minutes; run it with --ignored --nocapture and read the figures"]
fn a_thousand_of_each() {
    type Act = fn(&mut Files, &mut Dice) -> String;
    let home = Home::new();
    let kinds: [(&str, Act); 9] = [
        ("A1 a byte anywhere", |files, dice| flip(files, dice)),
        ("A1 the same, list of files made anew", |files, dice| {
            let said = flip(files, dice);
            list_again(files);
            said
        }),
        ("A2 an entry deleted", |files, dice| disorder(files, dice, 0)),
        ("A2 an entry inserted", |files, dice| disorder(files, dice, 1)),
        ("A2 entries swapped", |files, dice| disorder(files, dice, 2)),
        ("A2 an entry doubled", |files, dice| disorder(files, dice, 3)),
        ("A2 an entry renumbered", |files, dice| disorder(files, dice, 4)),
        ("A2 cut", |files, dice| disorder(files, dice, 5)),
        ("A3 a value, the chain made anew", |files, dice| falsify(files, dice)),
    ];
    let sealed: usize = SEALED.files.keys().filter(|name| name.starts_with("statements/")).count() / 2;
    println!("a bundle of {} files with {sealed} signed statements, a thousand times each", SEALED.files.len());
    let mut unsigned = SEALED.files.clone();
    list_again(&mut unsigned);
    let (mut accepted, mut apart, mut asked) = (Vec::new(), Vec::new(), 0);
    for (kind, act) in kinds {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        let mut dice = Dice(0x5eed_0000 + kind.len() as u64);
        for round in 0..1000 {
            let mut files = SEALED.files.clone();
            let said = act(&mut files, &mut dice);
            if files == SEALED.files || files == unsigned {
                // Only the list was changed, and whoever makes it anew makes it as it was.
                *counts.entry("the same").or_default() += 1;
                continue;
            }
            let verdict = verdict(&files, &home);
            *counts.entry(verdict).or_default() += 1;
            if verdict == "accepted" {
                accepted.push(format!("{kind}: {said}"));
            }
            if round % 9 == 0 {
                asked += 1;
                apart.extend(differ(&files).map(|how| format!("{kind}: {said}: {how}")));
            }
        }
        println!("{kind:<40} {counts:?}");
    }
    let (others, differing) = other_bundles();
    asked += others;
    apart.extend(differing);
    println!("A7 verify.py asked about {asked} bundles, good and bad: {} differ", apart.len());
    bits();
    assert!(accepted.is_empty(), "{}", accepted.join("\n"));
    assert!(apart.is_empty(), "{}", apart.join("\n"));
}

/// How the two verdicts on a bundle differ, if they do. What somebody drew anew is gonogo's to find: verify.py does not draw.
fn differ(files: &Files) -> Option<String> {
    let (exit, out, python, other) = judged(files, &[]);
    let is_view = ["report.", "verify.py", "VERIFY.md"].iter().any(|name| out.contains(&format!("file {name}")));
    let same = exit == python || (is_view && exit == Some(5) && python == Some(0));
    (!same).then(|| format!("{exit:?} {} / {python:?} {}", named(&out), named(&other)))
}

/// Bundles of a run that goes on and of one that nobody signed, as they are and with bytes flipped.
fn other_bundles() -> (u32, Vec<String>) {
    let home = Home::new();
    let run = crate::sign::walked(&home);
    let mut bases = vec![SEALED.files.clone()];
    for (name, signs) in [("unsigned", false), ("signed", true)] {
        if signs {
            crate::sign::key(&home, "alice");
            let sign = ["sign", &run, "prepare", "--operator", "alice", "--role", "dba", "--key", "alice"];
            assert_eq!(home.call(&sign).exit, Some(0));
        }
        assert_eq!(home.call(&["export", &run, "--format", "bundle", "-o", name, "--key", "none"]).exit, Some(0));
        bases.push(crate::bundle::read(&home.path(name)));
    }
    let (mut asked, mut apart, mut dice) = (0, Vec::new(), Dice(0x0dd));
    for base in &bases {
        let good = differ(base);
        assert_eq!(judged(base, &[]).0, Some(0), "it is a good one");
        asked += 1;
        apart.extend(good);
        for round in 0..100 {
            let mut files = base.clone();
            let said = flip(&mut files, &mut dice);
            if round % 2 == 0 {
                list_again(&mut files);
            }
            asked += 1;
            apart.extend(differ(&files).map(|how| format!("{said}: {how}")));
        }
    }
    (asked, apart)
}

/// Every bit of a statement and of the signature under it.
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn bits() {
    let (statement, armor) = (text(&SEALED.files, "statements/0008.txt"), signature_of(&SEALED.files));
    let held = |text: &[u8], armor: &str| gonogo::exec::sign::holds(armor, "gonogo-v1", text).is_ok();
    assert!(held(statement.as_bytes(), &armor));
    let (mut flips, mut accepted) = (0, 0);
    for at in 0..statement.len() * 8 {
        let mut bytes = statement.clone().into_bytes();
        bytes[at / 8] ^= 1 << (at % 8);
        flips += 1;
        accepted += u32::from(held(&bytes, &armor));
    }
    let inner: String = armor.lines().filter(|line| !line.starts_with('-')).collect();
    let blob = gonogo::run::base64::decode(&inner).unwrap();
    for at in 0..blob.len() * 8 {
        let mut bytes = blob.clone();
        bytes[at / 8] ^= 1 << (at % 8);
        let lines: Vec<char> = gonogo::run::base64::encode(&bytes).chars().collect();
        let lines: String = lines.chunks(70).map(|line| line.iter().collect::<String>() + "\n").collect();
        let other = format!("-----BEGIN SSH SIGNATURE-----\n{lines}-----END SSH SIGNATURE-----\n");
        flips += 1;
        accepted += u32::from(held(statement.as_bytes(), &other));
    }
    println!("A5 bits of a statement and its signature: {flips} flipped, {accepted} accepted");
    assert_eq!(accepted, 0);
}
