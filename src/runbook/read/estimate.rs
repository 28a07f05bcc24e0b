//! How long the author thinks it takes, and when it is due: `(10-15 min)`, `Duration: 2 hours`, `T-48h`.

use super::text::{self, Counters};

/// Seconds of a unit's name, lower case.
fn unit(word: &str) -> Option<u32> {
    Some(match word {
        "s" | "sec" | "secs" | "second" | "seconds" | "sek" | "sekunden" | "seg" | "segundos" | "秒" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" | "minuten" | "minuto" | "minutos" | "分" | "分钟" | "分間" => {
            60
        }
        "h" | "hr" | "hrs" | "hour" | "hours" | "std" | "stunde" | "stunden" | "heure" | "heures" | "hora"
        | "horas" | "小时" | "時間" => 3600,
        "d" | "day" | "days" | "tag" | "tage" | "jour" | "jours" | "día" | "días" | "dia" | "dias" | "天" | "日" => {
            86400
        }
        _ => return None,
    })
}

/// The estimate in parentheses at the end of a title: the title without it, and seconds.
#[must_use]
pub fn at_end(title: &str) -> Option<(&str, u32)> {
    // Most titles end in a letter.
    if title.as_bytes().last()?.is_ascii_alphanumeric() {
        return None;
    }
    let title = title.trim_end_matches(['.', ':', '：', ' ', '\u{a0}']);
    let (open, close) = if title.ends_with(')') {
        ('(', ')')
    } else if title.ends_with('）') {
        ('（', '）')
    } else if title.ends_with(']') {
        ('[', ']')
    } else {
        return None;
    };
    let at = title.rfind(open)?;
    let inner = title[at..].trim_start_matches(open).trim_end_matches(close);
    let seconds = duration(inner)?;
    Some((title[..at].trim_end(), seconds))
}

/// Reads `10 min`, `~1h 30m`, `5-10 minutes` (the upper end counts), `1.5 hours`. Anything else around it, such as
/// *within*, *every* or *last*, makes it no estimate.
#[must_use]
pub fn duration(text: &str) -> Option<u32> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let lower = text.to_lowercase();
    let mut rest = lower.trim();
    for prefix in [
        "estimated time:",
        "estimated",
        "estimate:",
        "est.",
        "est:",
        "about",
        "approx.",
        "approximately",
        "ca.",
        "circa",
        "up to",
        "~",
        "≈",
        "⏱️",
        "⏱",
        "time:",
        "duration:",
    ] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest).trim_start();
    }
    let mut total = 0.0_f64;
    let mut any = false;
    while !rest.is_empty() {
        let (number, after) = take_number(rest)?;
        let (number, after) = match range_end(after) {
            Some((upper, after)) => (upper.max(number), after),
            None => (number, after),
        };
        let after = after.trim_start_matches([' ', '-', '\u{a0}', '+']);
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        total += number * f64::from(unit(&after[..end])?);
        any = true;
        rest = after[end..].trim_start_matches(['.', ' ', ',']);
        rest = rest.strip_prefix("and ").or_else(|| rest.strip_prefix("each")).unwrap_or(rest).trim_start();
        if ["total", "max", "maximum"].contains(&rest) {
            rest = "";
        }
    }
    // An estimate of more than 14 days is no estimate of a step.
    let sane = any && (1.0..=14.0 * 86400.0).contains(&total);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 1 209 600, checked above"
    )]
    sane.then_some(total as u32)
}

fn take_number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let number = text[..end].trim_end_matches('.').parse().ok()?;
    Some((number, &text[end..]))
}

/// `-15`, ` to 15`, `–15 min`: the upper end of a range, also when the lower end had a unit of its own.
fn range_end(after: &str) -> Option<(f64, &str)> {
    let trimmed = after.trim_start();
    let upper = trimmed
        .strip_prefix(['-', '–', '—', '~'])
        .or_else(|| trimmed.strip_prefix("to "))
        .or_else(|| trimmed.strip_prefix("bis "))?;
    take_number(upper.trim_start())
}

const DUE: Counters = Counters::new(&["week", "day", "woche", "semaine", "semana"]);

/// When a phase is due relative to something else: `T-48h`, `D-1`, `T+30 min`, `H-2`.
#[must_use]
pub fn schedule(title: &str) -> Option<String> {
    let title = title.trim_start_matches(['[', '(', '*', ' ']);
    if let Some((word, number, _)) = text::split_counted(title, &DUE) {
        return Some(format!("{word} {number}"));
    }
    let mut chars = title.chars();
    if !matches!(chars.next(), Some('T' | 'D' | 'H' | 'J')) {
        return clock(title);
    }
    let rest = chars.as_str().trim_start_matches("minus").trim_start_matches(' ');
    let signed = rest.strip_prefix(['-', '−', '–', '+'])?.trim_start();
    let digits = signed.find(|c: char| !c.is_ascii_digit()).unwrap_or(signed.len());
    if digits == 0 {
        return None;
    }
    let tail = signed[digits..].trim_start();
    let word = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
    let end = if unit(&tail[..word].to_lowercase()).is_some()
        || ["weeks", "week", "w"].contains(&tail[..word].to_lowercase().as_str())
    {
        title.len() - tail.len() + word
    } else {
        title.len() - signed.len() + digits
    };
    Some(title[..end].to_owned())
}

/// `09:30` or `00:00 -` in front of a title.
fn clock(title: &str) -> Option<String> {
    let head = title.get(..5)?;
    let bytes = head.as_bytes();
    let is_clock = bytes[2] == b':' && [0, 1, 3, 4].iter().all(|at| bytes[*at].is_ascii_digit());
    let ends = title[5..].chars().next().is_none_or(|c| !c.is_alphanumeric() && c != ':');
    (is_clock && ends).then(|| head.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_a_duration_alone_in_parentheses() {
        assert_eq!(at_end("Copy the base (10-15 min)"), Some(("Copy the base", 900)));
        assert_eq!(at_end("Copy (~1h 30m)"), Some(("Copy", 5400)));
        assert_eq!(at_end("Go Live (15 minutes)"), Some(("Go Live", 900)));
        assert_eq!(at_end("Watch the logs (first 5 minutes)"), None);
        assert_eq!(at_end("Keep logs (30-90 days)"), None);
        assert_eq!(at_end("Renew (every 5 min)"), None);
        assert_eq!(at_end("Compare (p95 > 1s)"), None);
        assert_eq!(duration("1.5 hours"), Some(5400));
    }

    #[test]
    fn offsets_and_clock_times_are_schedules() {
        assert_eq!(schedule("T-48h: Freeze"), Some("T-48h".into()));
        assert_eq!(schedule("T-2 hours – Announce"), Some("T-2 hours".into()));
        assert_eq!(schedule("D-1 Rehearsal"), Some("D-1".into()));
        assert_eq!(schedule("09:30 Stand-up"), Some("09:30".into()));
        assert_eq!(schedule("Test-driven"), None);
        assert_eq!(schedule("Tear down"), None);
    }
}
