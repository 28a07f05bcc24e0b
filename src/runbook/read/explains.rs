//! Prose that only explains: what it says is so, and nobody is asked to do anything.
//!
//! It knows the languages whose orders and duties it can tell from statements; of all others it says nothing, and what is
//! in doubt is something to do.

use super::text::{Words, begins};
use super::verbs;
use std::borrow::Cow;

/// Whether prose only explains, or does nothing but forbid: then it is a rule, and no step.
#[must_use]
pub fn only_explains(text: &str) -> bool {
    let told = without_cases(text);
    let text = told.as_ref();
    let lower = text.to_lowercase();
    let words = Words::of(&lower);
    only_forbids(text)
        || states(&lower, &words)
            && words.has_any(DUTIES).is_none()
            && !is_formal_duty(text)
            && !sentences(text).any(verbs::is_order)
        || states_unspaced(text)
}

/// The text without what it says for a case that may never come, if it says anything else.
fn without_cases(text: &str) -> Cow<'_, str> {
    let is_case = |sentence: &str| CASES.iter().any(|start| begins(sentence.trim_start(), start));
    let ends = |c: char| matches!(c, '.' | '\n');
    if !text.split_inclusive(ends).any(is_case) {
        return Cow::Borrowed(text);
    }
    let rest: String = text.split_inclusive(ends).filter(|sentence| !is_case(sentence)).collect();
    if rest.trim().is_empty() { Cow::Borrowed(text) } else { Cow::Owned(rest) }
}

const CASES: [&str; 4] = ["If you ", "If it ", "If a ", "If the "];

/// Whether the text is written in a language that is known here, and holds a verb that states something.
fn states(lower: &str, words: &Words<'_>) -> bool {
    let is_english = || lower.contains(" a ") || words.has_any(&["the$"]).is_some();
    is_english() && words.has_any(ENGLISH).is_some()
        || TONGUES
            .iter()
            .any(|tongue| words.has_any(tongue.articles).is_some() && words.has_any(tongue.statements).is_some())
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', ':', ';']).map(str::trim)
}

/// "Never print these in a log. Do not ship alone."
fn only_forbids(text: &str) -> bool {
    let mut sentences = text.split(['.', '!', '\n']).map(str::trim).filter(|sentence| !sentence.is_empty()).peekable();
    sentences.peek().is_some()
        && sentences.all(|sentence| {
            let bare = sentence.trim_start_matches(['*', '_']);
            FORBIDS.iter().any(|start| begins(bare, start)) && !bare.contains("until") && !bare.contains("before")
        })
}

#[rustfmt::skip]
const FORBIDS: [&str; 11] = [
    "never ", "do not ", "don't ", "don’t ", "niemals ", "nie ", "ne jamais ", "nunca ", "jangan ", "não ", "no se ",
];

/// "starten Sie", "bloquez": an order in polite form, wherever it stands.
fn is_formal_duty(text: &str) -> bool {
    let is_polite = |word: &str| word.len() > 4 && word.ends_with("ez") && !["assez", "chez"].contains(&word);
    text.contains(" Sie ") || text.split(|c: char| !c.is_alphabetic()).any(is_polite)
}

/// Japanese prose whose every sentence ends as statements do, and Chinese prose that says what things are and asks for
/// nothing.
fn states_unspaced(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let mut sentences = text.split(['。', '\n']).map(str::trim).filter(|sentence| !sentence.is_empty()).peekable();
    let is_japanese = text.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}'));
    let is_chinese = || text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
    if sentences.peek().is_none() {
        return false;
    }
    if is_japanese {
        return sentences.all(|sentence| JAPANESE.iter().any(|end| sentence.ends_with(end)));
    }
    let states =
        || ["是", "为", "采用", "用于", "包含", "包括", "表示", "位于", "没有"].iter().any(|word| text.contains(word));
    is_chinese()
        && states()
        && !CHINESE_DUTIES.iter().any(|word| text.contains(word))
        && !text.split(['。', '\n', '，', '；', '：']).any(|clause| verbs::is_order(clause.trim()))
}

/// How Japanese sentences end that say what is.
const JAPANESE: [&str; 12] = [
    "です",
    "である",
    "である）",
    "います",
    "ている",
    "あります",
    "なります",
    "されます",
    "できます",
    "ありません",
    "ない",
    "されている",
];

const CHINESE_DUTIES: [&str; 10] = ["请", "需要", "必须", "应当", "应该", "务必", "建议", "确保", "不要", "记得"];

/// A language: words that show it, and finite verbs of sentences that state something.
struct Tongue {
    articles: &'static [&'static str],
    statements: &'static [&'static str],
}

#[rustfmt::skip]
const TONGUES: [Tongue; 5] = [
    Tongue {
        articles: &["der$", "die$", "das$", "ein$", "eine$", "dem$", "den$"],
        statements: &[
            "ist$", "sind$", "wird$", "werden$", "hat$", "haben$", "kann$", "können$", "dient$", "läuft$", "enthält$", "liegt$",
            "besteht$", "beschreibt$", "bedeutet$", "wurde$", "gibt$", "steht$", "bleibt$", "kommt$", "regelt$", "gilt$", "spielt$",
        ],
    },
    Tongue {
        articles: &["le$", "la$", "les$", "une$", "des$"],
        statements: &[
            "est$", "sont$", "sera$", "ont$", "était$", "permet$", "contient$", "dépend$", "décrit$", "fonctionne$", "reste$",
            "utilise$", "peut$", "peuvent$", "tourne$", "arrête$", "repose$", "définit$", "concerne$", "existe$",
        ],
    },
    Tongue {
        articles: &["el$", "la$", "los$", "las$", "una$"],
        statements: &[
            "es$", "son$", "está$", "están$", "tiene$", "tienen$", "hay$", "puede$", "pueden$", "contiene$", "describe$",
            "depende$", "permite$", "funciona$", "queda$", "sirve$", "fue$", "usa$", "cubre$", "existe$",
        ],
    },
    Tongue {
        articles: &["o$", "os$", "um$", "uma$", "da$", "do$", "na$", "no$"],
        statements: &[
            "é$", "são$", "está$", "estão$", "tem$", "têm$", "há$", "pode$", "podem$", "vem$", "fica$", "dura$", "guarda$",
            "contém$", "descreve$", "permite$", "funciona$", "roda$", "serve$", "cobre$", "existe$", "foi$", "continuam$", "gira$",
        ],
    },
    Tongue {
        articles: &["il$", "lo$", "gli$", "una$", "della$"],
        statements: &[
            "è$", "sono$", "ha$", "hanno$", "viene$", "vengono$", "può$", "possono$", "contiene$", "descrive$", "permette$",
            "funziona$", "dipende$", "serve$",
        ],
    },
];

/// Verbs of English sentences that state something.
const ENGLISH: &[&str] = &[
    "is$", "are$", "was$", "were$", "has$", "have$", "will$", "can$", "does$", "which$", "comes$", "uses$", "gives$",
    "shows$", "lists$",
];

/// What sentences say that ask something of somebody.
#[rustfmt::skip]
const DUTIES: &[&str] = &[
    "must$", "should$", "shall$", "need to", "needs to", "you need", "has to", "have to", "ensure", "make sure",
    "please", "remember", "be sure", "do not", "don't", "never$", "you can", "you may", "you will", "we ", "recommend",
    "to be ", "let ", "wait",
    "muss$", "müssen$", "soll", "darf$", "dürfen$", "bitte", "ist zu$", "sind zu$", "sicherstell", "empfohlen", "notwendig",
    "doit$", "doivent$", "devra", "il faut", "veuillez", "penser à", "ne pas oublier", "vous$", "nécessaire", "recommandé",
    "debe$", "deben$", "debes$", "hay que", "tiene que", "necesari", "asegúr", "recuerd", "por favor", "recomend", "puedes$",
    "deve$", "devem$", "é preciso", "precisa", "tem que", "garant", "lembr", "certifique", "você", "não esqueça",
    "devono$", "bisogna", "occorre", "assicura", "ricorda", "per favore",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_that_asks_for_nothing_only_explains() {
        for text in [
            "Branches are frozen after a year. The current one is more flexible.",
            "Never print these in a log.",
            "Do not ship on a Friday. Never ship alone.",
            "Die Tabellen sind alt.",
            "Der Motor wird vom Wind bewegt und hat keine Bremse.",
            "Les ailes sont reliées à la meule par un arbre.",
            "La piedra es de granito.",
            "A hora vem da antena no telhado.",
            "この装置は古いです。鐘は塔にあります。",
            "本系统采用双机结构。",
        ] {
            assert!(only_explains(text), "{text}");
        }
        for text in [
            "The base is large. Copy it to the new host.",
            "The tables have to be read once.",
            "In the console, select the machine that is new.",
            "Open the page of the shop",
            "Do not open the gate before the tide is low.",
            "Der Strom ist aus, danach starten Sie den Motor.",
            "Die Bremse ist alt. Riemen am Motor abnehmen.",
            "Le frein est serré, puis bloquez les ailes.",
            "La grúa es vieja. Levante la piedra.",
            "O motor é velho. Limpe o filtro.",
            "鐘は塔にあります。鍵を開けてください。",
            "系统是双机结构，请先停机。",
            "Silnik jest stary.",
        ] {
            assert!(!only_explains(text), "{text}");
        }
    }
}
