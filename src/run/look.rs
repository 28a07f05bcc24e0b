//! Whether two names are one to whoever reads them.
//!
//! A gate asks for two persons, and a reader of the record tells persons by their names. `alice` with a Cyrillic `а`, in full
//! width, or with its accents written in another way is no second name. This errs on the side of one person: `José` and `Jose`
//! are not told apart, because a tired reader does not. The bundle's `verify.py` counts in the same way.
//!
//! Characters that nobody sees are refused in names altogether, see [`super::statement::check_name`]. Whose key a signature is
//! by is not asked here.

use std::collections::BTreeSet;

/// Groups of characters that are drawn alike, or nearly: the first stands for the others (a choice of Unicode TR 39).
pub const ALIKE: &str = "aаαɑ AАΑ bЬƅ BВΒ cсςᴄ CС dԁ eеҽ EЕΕ gɡ GԌ hһհ HНΗ iіιıɩ lIІΙӀӏ1|ǀ jјϳ JЈ kкκĸ KКΚ MМΜ nո NΝ oоοօᴏ0 OОΟՕ pрρ PРΡ qԛ QԚ rгᴦ sѕ SЅՏ TТΤ uυս UՍ vνѵ VѴ wԝѡ WԜ xхχ XХΧ yуγү YΥҮ zᴢ ZΖ ßβ '’‘ʼ -‐–—−";

/// Groups of letters with marks above or below them in one character, and of raised ones: the first is the letter alone
/// (UAX 15).
const MARKED: &str = "aªàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặₐ 2²₂ 3³₃ μµ 1¹₁ oºòóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợₒ AÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦḀẠẢẤẦẨẪẬẮẰẲẴẶÅ CÇĆĈĊČḈ EÈÉÊËĒĔĖĘĚȄȆȨḔḖḘḚḜẸẺẼẾỀỂỄỆ IÌÍÎÏĨĪĬĮİǏȈȊḬḮỈỊ NÑŃŅŇǸṄṆṈṊ OÒÓÔÕÖŌŎŐƠǑǪǬȌȎȪȬȮȰṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢ UÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖṲṴṶṸṺỤỦỨỪỬỮỰ YÝŶŸȲẎỲỴỶỸ cçćĉċčḉ eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệₑ iìíîïĩīĭįǐȉȋḭḯỉịⁱ nñńņňǹṅṇṉṋⁿₙ uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự yýÿŷȳʸẏẙỳỵỷỹ DĎḊḌḎḐḒ dďḋḍḏḑḓ GĜĞĠĢǦǴḠ gĝğġģǧǵḡ HĤȞḢḤḦḨḪ hĥȟʰḣḥḧḩḫẖₕ JĴ jĵǰʲ KĶǨḰḲḴK kķǩḱḳḵₖ LĹĻĽḶḸḺḼ lĺļľˡḷḹḻḽₗ RŔŖŘȐȒṘṚṜṞ rŕŗřȑȓʳṙṛṝṟ SŚŜŞŠȘṠṢṤṦṨ sśŝşšſșˢṡṣṥṧṩẛₛ TŢŤȚṪṬṮṰ tţťțṫṭṯṱẗₜ WŴẀẂẄẆẈ wŵʷẁẃẅẇẉẘ ZŹŻŽẐẒẔ zźżžẑẓẕ ÆǢǼ æǣǽ ƷǮ ʒǯ ØǾ øǿ ɦʱ ɹʴ ɻʵ ʁʶ ɣˠ xˣẋẍₓ ʕˤ ʹʹ ΑΆἈἉἊἋἌἍἎἏᾈᾉᾊᾋᾌᾍᾎᾏᾸᾹᾺΆᾼ ΕΈἘἙἚἛἜἝῈΈ ΗΉἨἩἪἫἬἭἮἯᾘᾙᾚᾛᾜᾝᾞᾟῊΉῌ ΙΊΪἸἹἺἻἼἽἾἿῘῙῚΊ ΟΌὈὉὊὋὌὍῸΌ ΥΎΫϒϓϔὙὛὝὟῨῩῪΎ ΩΏὨὩὪὫὬὭὮὯᾨᾩᾪᾫᾬᾭᾮᾯῺΏῼ ιΐίϊἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗ αάἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ εέϵἐἑἒἓἔἕὲέ ηήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇ υΰϋύὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ οόὀὁὂὃὄὅὸό ωώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ βϐ θϑ φϕ πϖ κϰ ρϱῤῥ ςϲ Θϴ ΣϹ ЕЀЁӖ ГЃ ІЇ КЌ ИЍЙӢӤ УЎӮӰӲ ийѝӣӥ еѐёӗ гѓ ії кќ уўӯӱӳ ѴѶ ѵѷ ЖӁӜ жӂӝ АӐӒ аӑӓ ӘӚ әӛ ЗӞ зӟ ОӦ оӧ ӨӪ өӫ ЭӬ эӭ ЧӴ чӵ ЫӸ ыӹ BḂḄḆ bḃḅḇ FḞ fḟ MḾṀṂ mḿṁṃₘ PṔṖ pṕṗₚ VṼṾ vṽṿ XẊẌ ΡῬ 0⁰₀ 4⁴₄ 5⁵₅ 6⁶₆ 7⁷₇ 8⁸₈ 9⁹₉ əₔ かが きぎ くぐ けげ こご さざ しじ すず せぜ そぞ ただ ちぢ つづ てで とど はばぱ ひびぴ ふぶぷ へべぺ ほぼぽ うゔ ゝゞ カガ キギ クグ ケゲ コゴ サザ シジ スズ セゼ ソゾ タダ チヂ ツヅ テデ トド ハバパ ヒビピ フブプ ヘベペ ホボポ ウヴ ワヷ ヰヸ ヱヹ ヲヺ ヽヾ";

/// Whether two names belong to one person, or pretend to.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    !readings(one).is_disjoint(&readings(other))
}

/// Whether a name is written like no other of these, but could be taken for one of them. That one, and itself, written out.
#[must_use]
pub fn pretends<'a>(name: &str, others: impl IntoIterator<Item = &'a str>) -> Option<(String, String)> {
    let (mine, mut found) = (plain(name), None);
    for other in others {
        if plain(other) == mine {
            return None;
        }
        if found.is_none() && is_same(name, other) {
            found = Some((written_out(name), written_out(other)));
        }
    }
    found
}

/// How many persons some names are.
#[must_use]
pub fn persons<'a>(names: impl IntoIterator<Item = &'a str>) -> usize {
    let mut known: Vec<BTreeSet<String>> = Vec::new();
    for name in names.into_iter().collect::<BTreeSet<&str>>() {
        let readings = readings(name);
        if known.iter().all(|other| other.is_disjoint(&readings)) {
            known.push(readings);
        }
    }
    known.len()
}

/// A name with every letter outside of ASCII told by its number: `аlice (U+0430)`.
fn written_out(name: &str) -> String {
    let odd: Vec<String> = name.chars().filter(|c| !c.is_ascii()).map(|c| format!("U+{:04X}", u32::from(c))).collect();
    if odd.is_empty() { format!("“{name}”") } else { format!("“{name}” ({})", odd.join(" ")) }
}

/// A name without what makes no difference: `Dana  Doe ` and `dana doe` are one.
fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// What a name can be read as.
fn readings(name: &str) -> BTreeSet<String> {
    let plain = plain(name);
    if name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return BTreeSet::from([plain]);
    }
    let spaced = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let drawn: String = spaced.chars().flat_map(parts).map(alike).collect();
    let drawn = drawn.to_lowercase().chars().map(alike).collect();
    BTreeSet::from([plain, drawn])
}

/// A character without its marks: of a Korean syllable its letters, of all else at most one character.
fn parts(c: char) -> impl Iterator<Item = char> {
    let code = u32::from(c);
    let at = |code: u32| char::from_u32(code);
    let one = |c: Option<char>| [c, None, None];
    let parts = match code {
        0x300..=0x36f
        | 0x483..=0x487
        | 0x1ab0..=0x1aff
        | 0x1dc0..=0x1dff
        | 0x20d0..=0x20ff
        | 0x3099
        | 0x309a
        | 0xfe20..=0xfe2f => one(None),
        0xff01..=0xff5e => one(at(code - 0xfee0)),
        0x1d400..=0x1d6a3 => {
            let letter = (code - 0x1d400) % 52;
            one(at(if letter < 26 { 0x41 + letter } else { 0x61 + letter - 26 }))
        }
        0x1d7ce..=0x1d7ff => one(at(0x30 + (code - 0x1d7ce) % 10)),
        0xac00..=0xd7a3 => {
            let place = code - 0xac00;
            let last = place % 28;
            [at(0x1100 + place / 588), at(0x1161 + place % 588 / 28), at(0x11a7 + last).filter(|_| last > 0)]
        }
        0..=0xa9 => one(Some(c)),
        _ => one(Some(first_of_group(MARKED, c))),
    };
    parts.into_iter().flatten()
}

fn alike(c: char) -> char {
    first_of_group(ALIKE, c)
}

fn first_of_group(groups: &str, c: char) -> char {
    let Some(at) = groups.find(c).filter(|_| c != ' ') else { return c };
    let start = groups[..at].rfind(' ').map_or(0, |space| space + 1);
    groups[start..].chars().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_one_name_is_one() {
        for (one, other) in [
            ("alice", "Alice "),
            ("alice", "аlice"),
            ("alice", "аlіϲе"),
            ("alice", "ａｌｉｃｅ"),
            ("alice", "𝐚𝗅𝒾𝖼𝚎"),
            ("Alice Example", "alice\u{a0}example"),
            ("José", "Jose\u{301}"),
            ("José", "jose"),
            ("Сергей", "Серге\u{438}\u{306}"),
            ("Ian", "lan"),
            ("bob0", "bobO"),
            ("김민준", "\u{1100}\u{1175}\u{11b7}\u{1106}\u{1175}\u{11ab}\u{110c}\u{116e}\u{11ab}"),
            ("がく", "か\u{3099}く"),
            ("O'Brien", "O’Brien"),
            ("НИНА", "Нина"),
        ] {
            assert!(is_same(one, other), "{one} {other}: {:?} {:?}", readings(one), readings(other));
            assert_eq!(persons([one, other]), 1, "{one} {other}");
        }
        let shown = pretends("аlice", ["bob", "Alice"]);
        assert_eq!(shown, Some(("“аlice” (U+0430)".into(), "“Alice”".into())));
        assert_eq!(pretends("аlice", ["alice", "АLICE"]), None, "it is written like one of them");
    }

    #[test]
    fn other_names_are_others() {
        for (one, other) in [
            ("alice", "bob"),
            ("Ella", "Eila"),
            ("王小明", "王小红"),
            ("محمد", "محمود"),
            ("Иван", "Ирина"),
            ("Ann", "Anna"),
            ("김민준", "김민중"),
        ] {
            assert!(!is_same(one, other), "{one} {other}");
        }
        assert_eq!(persons(["alice", "bob", "Bob", "carol", "ｂob"]), 3);
        assert_eq!(persons([]), 0);
    }

    #[test]
    fn the_program_of_a_bundle_reads_names_in_the_same_way() {
        let program = include_str!("../audit/bundle/verify.py");
        assert!(program.contains(&format!("\"{ALIKE}\"")), "its table is another");
    }
}
