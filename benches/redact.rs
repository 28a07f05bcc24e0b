//! How fast output is redacted with 300 secrets, in MB/s and as a ratio to `sha256` over the same bytes in the same run:
//! `cargo bench --bench redact`.
//!
//! The output does not repeat: log lines with numbers, hex and base64 in them, and now and then a secret. Nothing is asserted:
//! a benchmark informs, a test fails.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::cast_precision_loss, reason = "megabytes a second need no more digits")]

#[expect(dead_code, reason = "each benchmark measures with some of it")]
mod measure;
mod table;

use gonogo::exec::redact::Redactor;
use gonogo::exec::{Printed, Secret};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

const SECRETS: usize = 300;
const CHUNK: usize = 64 << 10;

fn main() {
    // Under `cargo test` benchmarks are only compiled and started.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let secrets: Vec<Secret> = (0..SECRETS)
        .map(|n| Secret { name: format!("SECRET_{n}"), value: format!("{:016x}{n:04}", random.next()) })
        .collect();
    table::head();
    for mib in measure::sizes(&[1, 8, 64]).iter().copied() {
        redact(&format!("{mib} MiB without a secret"), &secrets, &output(&secrets, mib << 20, usize::MAX, &mut random));
    }
    let output = output(&secrets, 64 << 20, 1000, &mut random);
    redact("64 MiB, a secret every 1000 lines", &secrets, &output);
    redact("64 MiB, no secret known", &[], &output);
}

/// The best of five, against hashing the same bytes.
fn redact(what: &str, secrets: &[Secret], output: &[u8]) {
    let (mut ours, mut hash) = (f64::MAX, f64::MAX);
    for _ in 0..5 {
        let begun = Instant::now();
        black_box(Sha256::digest(output));
        hash = hash.min(begun.elapsed().as_secs_f64());
        let mut redactor = Redactor::new(secrets, Printed::Ordinary);
        let mut clean = Vec::with_capacity(2 * CHUNK);
        let begun = Instant::now();
        for chunk in output.chunks(CHUNK) {
            clean.clear();
            redactor.feed(chunk, &mut clean);
            black_box(&clean);
        }
        redactor.finish(&mut clean);
        ours = ours.min(begun.elapsed().as_secs_f64());
    }
    let rate = |seconds: f64| format!("{:.0} MB/s", output.len() as f64 / seconds / 1e6);
    let what = format!("redact {what}, {} secrets; SHA-256", secrets.len());
    table::row(&what, rate(ours), rate(hash), Some(ours / hash), "100 MB/s");
}

/// Log lines.
fn output(secrets: &[Secret], bytes: usize, every: usize, random: &mut Random) -> Vec<u8> {
    let mut text = String::with_capacity(bytes + 256);
    let mut line = 0_usize;
    while text.len() < bytes {
        line += 1;
        let (a, b) = (random.next(), random.next());
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "2026-02-01T10:{:02}:{:02}Z INFO request id={a:016x} took {} ms path=/v1/items/{}",
            line / 60 % 60,
            line % 60,
            b % 900,
            b % 100_000
        );
        if line.is_multiple_of(every) {
            let _ = writeln!(text, "token {}", secrets[line % secrets.len()].value);
        }
    }
    text.into_bytes()
}

/// xorshift64: the same numbers each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
