//! Texts that are secrets by their shape: tokens of well-known services, private keys, passwords in addresses.
//!
//! A shape has a literal beginning and a body of certain characters. It is decided when the body has ended.

/// Longest body that is held back; a longer one is redacted as it comes.
const LONGEST: usize = 4096;
/// Most that is taken for the body of a private key whose end does not come.
const LONGEST_KEY: usize = 16 << 10;

/// A kind of token.
#[derive(Debug)]
pub(super) struct Shape {
    pub name: &'static str,
    pub begins: &'static str,
    body: Body,
}

#[derive(Debug, Clone, Copy)]
enum Body {
    /// At least so many characters of a class, and the beginning is part of the secret.
    Token(Class, usize),
    /// The same, and the beginning stays.
    After(Class, usize),
    /// Exactly so many.
    Exactly(Class, usize),
    /// Three parts with dots between them.
    WebToken,
    /// A whole block up to its end line.
    Key,
    /// `user:password@` of an address.
    Address,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Class {
    Upper,
    Word,
    Dashed,
    Header,
    Address,
}

impl Class {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Dashed => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Header => byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte),
            Self::Address => byte.is_ascii_graphic() && !b"/\"'<>?#".contains(&byte),
        }
    }
}

const fn token(name: &'static str, begins: &'static str, class: Class, least: usize) -> Shape {
    Shape { name, begins, body: Body::Token(class, least) }
}

pub(super) const SHAPES: &[Shape] = &[
    Shape { name: "aws key id", begins: "AKIA", body: Body::Exactly(Class::Upper, 16) },
    Shape { name: "aws key id", begins: "ASIA", body: Body::Exactly(Class::Upper, 16) },
    token("github token", "ghp_", Class::Word, 30),
    token("github token", "gho_", Class::Word, 30),
    token("github token", "ghu_", Class::Word, 30),
    token("github token", "ghs_", Class::Word, 30),
    token("github token", "ghr_", Class::Word, 30),
    token("github token", "github_pat_", Class::Word, 22),
    token("gitlab token", "glpat-", Class::Dashed, 20),
    token("slack token", "xoxb-", Class::Dashed, 10),
    token("slack token", "xoxp-", Class::Dashed, 10),
    token("slack token", "xoxa-", Class::Dashed, 10),
    token("slack token", "xoxr-", Class::Dashed, 10),
    token("slack token", "xoxs-", Class::Dashed, 10),
    token("slack token", "xoxe.", Class::Dashed, 10),
    token("stripe key", "sk_live_", Class::Word, 16),
    token("stripe key", "rk_live_", Class::Word, 16),
    token("google key", "AIza", Class::Dashed, 35),
    token("npm token", "npm_", Class::Word, 36),
    token("pypi token", "pypi-AgE", Class::Dashed, 40),
    token("api key", "sk-ant-", Class::Dashed, 20),
    token("api key", "sk-proj-", Class::Dashed, 20),
    token("vault token", "hvs.", Class::Dashed, 20),
    token("age key", "AGE-SECRET-KEY-1", Class::Upper, 50),
    Shape { name: "web token", begins: "eyJ", body: Body::WebToken },
    Shape { name: "bearer token", begins: "Bearer ", body: Body::After(Class::Header, 16) },
    Shape { name: "bearer token", begins: "bearer ", body: Body::After(Class::Header, 16) },
    Shape { name: "authorization", begins: "Authorization: Basic ", body: Body::After(Class::Header, 8) },
    Shape { name: "authorization", begins: "authorization: Basic ", body: Body::After(Class::Header, 8) },
    Shape { name: "private key", begins: "-----BEGIN ", body: Body::Key },
    Shape { name: "password", begins: "://", body: Body::Address },
];

/// What a place in the text turned out to be.
#[derive(Debug)]
pub(super) enum Decision {
    /// Its end has not come yet.
    Wait,
    Plain,
    Secret {
        start: usize,
        end: usize,
        name: String,
        /// It goes on, and so does the redaction.
        swallow: Option<Swallow>,
    },
}

impl Shape {
    /// Decides about the text at `start`, where the shape's beginning stands. `before` is the byte before it.
    pub(super) fn decide(&self, text: &[u8], start: usize, before: u8, ends: bool) -> Decision {
        let body_at = start + self.begins.len();
        let body = &text[body_at..];
        let inside_a_word = before.is_ascii_alphanumeric() || before == b'_';
        match self.body {
            Body::Key => self.decide_key(text, start, ends),
            Body::Address => self.decide_address(body, body_at, ends),
            Body::Token(..) | Body::Exactly(..) | Body::WebToken if inside_a_word => Decision::Plain,
            Body::Token(class, least) => self.decide_run(class, body, start, body_at, ends, |run| run.len() >= least),
            Body::After(class, least) => self.decide_run(class, body, body_at, body_at, ends, |run| run.len() >= least),
            Body::Exactly(class, count) => self.decide_run(class, body, start, body_at, ends, |run| run.len() == count),
            Body::WebToken => self.decide_run(Class::Dashed, body, start, body_at, ends, |run| {
                let parts: Vec<&[u8]> = run.split(|byte| *byte == b'.').collect();
                parts.len() >= 3 && parts[..2].iter().all(|part| part.len() >= 4)
            }),
        }
    }

    fn decide_run(
        &self,
        class: Class,
        body: &[u8],
        start: usize,
        body_at: usize,
        ends: bool,
        fits: impl Fn(&[u8]) -> bool,
    ) -> Decision {
        let length = body.iter().take(LONGEST).take_while(|byte| class.has(**byte)).count();
        let is_whole = length < body.len() || ends;
        if length < LONGEST && !is_whole {
            return Decision::Wait;
        }
        if !fits(&body[..length]) {
            return Decision::Plain;
        }
        let swallow = (length == LONGEST).then_some(Swallow::Run(class));
        Decision::Secret { start, end: body_at + length, name: self.name.to_owned(), swallow }
    }

    fn decide_key(&self, text: &[u8], start: usize, ends: bool) -> Decision {
        let line = &text[start + self.begins.len()..];
        let label = line
            .iter()
            .take(60)
            .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b' ');
        let length = label.count();
        if length == line.len() && !ends {
            return Decision::Wait;
        }
        if !line[..length].ends_with(b"PRIVATE KEY") && !line[..length].ends_with(b"PRIVATE KEY BLOCK") {
            return Decision::Plain;
        }
        let end = start + self.begins.len() + length;
        Decision::Secret { start, end, name: self.name.to_owned(), swallow: Some(Swallow::Key { left: LONGEST_KEY }) }
    }

    /// Only the password is redacted: what was connected to as whom is worth knowing.
    fn decide_address(&self, body: &[u8], body_at: usize, ends: bool) -> Decision {
        let length = body.iter().take(512).take_while(|byte| Class::Address.has(**byte)).count();
        if length == body.len() && length < 512 && !ends {
            return Decision::Wait;
        }
        let at = memchr::memrchr(b'@', &body[..length]);
        let colon = memchr::memchr(b':', &body[..length]);
        match (colon, at) {
            (Some(colon), Some(at)) if colon + 1 < at && !body[colon + 1..at].starts_with(b"[redacted:") => {
                Decision::Secret {
                    start: body_at + colon + 1,
                    end: body_at + at,
                    name: self.name.to_owned(),
                    swallow: None,
                }
            }
            _ => Decision::Plain,
        }
    }
}

/// The rest of a secret that is too long to be held back.
#[derive(Debug)]
pub(super) enum Swallow {
    Run(Class),
    Key { left: usize },
}

impl Swallow {
    /// How much of the text still belongs to it, and whether it is over.
    pub(super) fn eat(&mut self, text: &[u8], ends: bool) -> (usize, bool) {
        match self {
            Self::Run(class) => {
                let length = text.iter().take_while(|byte| class.has(**byte)).count();
                (length, length < text.len())
            }
            Self::Key { left } => {
                const END: &[u8] = b"-----END ";
                let within = &text[..text.len().min(*left)];
                if let Some(end) = memchr::memmem::find(within, END) {
                    let line = &text[end + END.len()..];
                    let length = line.iter().take_while(|byte| !matches!(byte, b'\n' | b'-')).count();
                    let dashes = line[length..].iter().take(5).take_while(|byte| **byte == b'-').count();
                    let is_whole = dashes == 5 || length + dashes < line.len();
                    return if is_whole || ends { (end + END.len() + length + dashes, true) } else { (end, false) };
                }
                // The beginning of the end line stays until it is whole.
                let eaten = if ends { within.len() } else { within.len().saturating_sub(END.len() - 1) };
                *left -= eaten;
                (eaten, *left < END.len() || (ends && *left == 0))
            }
        }
    }
}
