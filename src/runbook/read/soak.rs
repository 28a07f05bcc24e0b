//! How long a step is to be watched or waited for: `Monitor the error rate for 15 minutes`, `Wait 30s`.

use super::estimate;

/// Verbs of steps in which time itself is the work.
const VERBS: &[&str] = &[
    "monitor",
    "watch",
    "observe",
    "soak",
    "wait",
    "bake",
    "let",
    "allow",
    "leave",
    "hold",
    "keep",
    "pause",
    "warte",
    "beobachte",
    "überwache",
];

/// Words after which a time is a limit or a rhythm, and not a length.
const LIMITS: &[&str] = &["up", "most", "max", "maximum", "until", "every", "within", "last", "least", "alle", "bis"];

/// Seconds that a title gives a step whose verb is to watch or to wait.
#[must_use]
pub fn in_title(title: &str) -> Option<u32> {
    if !title.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let words: Vec<&str> = title.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let first = bare(words.first()?);
    if !VERBS.contains(&first.as_str()) || words.iter().any(|word| LIMITS.contains(&bare(word).as_str())) {
        return None;
    }
    (1..words.len()).find_map(|at| {
        let before = bare(words[at - 1]);
        // `for 5 minutes`; directly behind the verb only where nothing is watched: `wait 5 minutes`.
        let leads = matches!(before.as_str(), "for" | "für")
            || at == 1 && matches!(first.as_str(), "wait" | "pause" | "soak" | "warte");
        let length = |count: usize| {
            estimate::duration(words.get(at..at + count)?.join(" ").trim_end_matches(['.', ',', ';', ':', ')']))
        };
        leads.then(|| length(2).or_else(|| length(1)))?
    })
}

#[cfg(test)]
mod tests {
    use super::in_title;

    #[test]
    fn a_time_is_read_where_watching_or_waiting_is_the_work() {
        for (title, seconds) in [
            ("Monitor for 5 minutes", Some(300)),
            ("Monitor the error rate for 15 minutes, then go on", Some(900)),
            ("Watch the dashboards for 1h", Some(3600)),
            ("Wait 30s", Some(30)),
            ("Wait 5-10 minutes before the next node", Some(600)),
            ("Let it soak for ~10 min.", Some(600)),
            ("Warte 2 Minuten", Some(120)),
            ("Wait up to 5 minutes for the pods", None),
            ("Watch every 5 minutes", None),
            ("Wait for the pods to be ready", None),
            ("Monitor the 5 minute load average", None),
            ("Check logs for 5 minutes of errors", None),
            ("Wait until 14:00", None),
            ("Keep 3 replicas", None),
        ] {
            assert_eq!(in_title(title), seconds, "{title}");
        }
    }
}
