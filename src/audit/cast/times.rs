//! A part of an output, cut where time passed.

/// The pieces of a part that begins at offset `start` of its stream, each with its time in milliseconds.
///
/// A character of UTF-8 is never cut: it belongs to the piece it begins in. Moments that run backwards count as the one before.
pub(super) fn pieces<'b>(bytes: &'b [u8], start: u64, times: &[(u64, u64)]) -> Vec<(u64, &'b [u8])> {
    let (mut pieces, mut from, mut now) = (Vec::new(), 0, 0);
    for (ms, offset) in times {
        let at = usize::try_from(offset.saturating_sub(start)).unwrap_or(usize::MAX).min(bytes.len());
        let at = boundary(bytes, at);
        if at > from {
            pieces.push((now, &bytes[from..at]));
            from = at;
        }
        now = now.max(*ms);
    }
    if from < bytes.len() {
        pieces.push((now, &bytes[from..]));
    }
    pieces
}

/// The next place that is not within a character.
fn boundary(bytes: &[u8], at: usize) -> usize {
    let inside = bytes[at..].iter().take(3).take_while(|byte| (0x80..0xc0).contains(*byte)).count();
    at + inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_cut_where_time_passed_and_never_within_a_character() {
        let times = [(5, 0), (700, 4), (900, 9)];
        assert_eq!(pieces(b"one two three", 0, &times), [(5, &b"one "[..]), (700, b"two t"), (900, b"hree")]);
        assert_eq!(pieces(b"ree", 10, &times), [(900, &b"ree"[..])], "the end of a stream whose middle is gone");
        assert_eq!(pieces("é".as_bytes(), 0, &[(1, 0), (2, 1)]), [(1, "é".as_bytes())]);
        assert_eq!(pieces(b"x", 0, &[]), [(0, &b"x"[..])]);
        assert_eq!(pieces(b"", 0, &times), []);
        // Hostile or damaged: nothing is lost or doubled.
        let odd = [(9, 2), (3, 1), (u64::MAX, u64::MAX), (1, 3)];
        let found = pieces(b"abcd", 0, &odd);
        assert_eq!(found.iter().flat_map(|(_, piece)| piece.to_vec()).collect::<Vec<u8>>(), b"abcd");
        assert!(found.windows(2).all(|two| two[0].0 <= two[1].0), "{found:?}");
    }
}
