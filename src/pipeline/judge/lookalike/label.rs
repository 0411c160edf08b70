//! A name as it is compared: without hyphens, letters for what looks like them.

use super::punycode;

/// A label of a domain, folded. At most 63 letters (RFC 1035, section 2.3.4).
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    plain: Text,
    skeleton: Text,
    /// Bit i: there is a hyphen before letter i of the plain text.
    hyphens: u64,
    /// Whether it contains letters beyond ASCII.
    pub(super) is_international: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Text {
    bytes: Bytes,
    length: usize,
}

#[derive(Clone, Copy, Debug)]
struct Bytes([u8; punycode::CHARS]);

impl Default for Bytes {
    fn default() -> Self {
        Self([0; punycode::CHARS])
    }
}

impl Text {
    fn as_bytes(&self) -> &[u8] {
        &self.bytes.0[..self.length]
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.0.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    fn ends_with(&self, byte: u8) -> bool {
        self.as_bytes().last() == Some(&byte)
    }
}

impl Label {
    /// Folds a label of a lower-case ASCII domain.
    pub(super) fn new(label: &str) -> Self {
        let mut folded = Self {
            plain: Text::default(),
            skeleton: Text::default(),
            hyphens: 0,
            is_international: false,
        };
        let mut chars = ['\0'; punycode::CHARS];
        match label.strip_prefix("xn--").and_then(|text| punycode::decode(text, &mut chars)) {
            Some(chars) => {
                folded.is_international = true;
                chars.iter().for_each(|c| folded.push(*c));
            }
            None => label.chars().for_each(|c| folded.push(c)),
        }
        folded
    }

    fn push(&mut self, c: char) {
        if c == '-' {
            self.hyphens |= 1 << self.plain.length;
            return;
        }
        let letter = latin(c);
        self.plain.push(letter);
        // Letters that look alike in most typefaces.
        match letter {
            b'0' => self.skeleton.push(b'o'),
            b'1' | b'l' => self.skeleton.push(b'i'),
            b'5' => self.skeleton.push(b's'),
            b'n' if self.skeleton.ends_with(b'r') => self.replace_last(b'm'),
            b'v' if self.skeleton.ends_with(b'v') => self.replace_last(b'w'),
            letter => self.skeleton.push(letter),
        }
    }

    fn replace_last(&mut self, byte: u8) {
        self.skeleton.length -= 1;
        self.skeleton.push(byte);
    }

    /// Its letters and digits.
    pub(super) fn plain(&self) -> &[u8] {
        self.plain.as_bytes()
    }

    /// Its letters and digits, with one letter for all that look alike.
    pub(super) fn skeleton(&self) -> &[u8] {
        self.skeleton.as_bytes()
    }

    /// The part between hyphens that contains letters `start..end`, or the parts if there are hyphens between these.
    pub(super) fn segment(&self, start: usize, end: usize) -> (usize, usize) {
        let is_edge = |at: &usize| self.hyphens >> *at & 1 == 1;
        let length = self.plain.length;
        let left = (1..=start).rev().find(is_edge).unwrap_or(0);
        let right = (end..length).find(is_edge).unwrap_or(length);
        (left, right)
    }

    /// A bit for each letter and digit that it has.
    pub(super) fn letters(&self) -> u64 {
        self.plain().iter().fold(0, |set, byte| match byte {
            b'a'..=b'z' => set | 1 << (byte - b'a'),
            b'0'..=b'9' => set | 1 << (byte - b'0' + 26),
            _ => set | 1 << 36,
        })
    }
}

/// The Latin letter that a character looks like (Unicode Technical Standard 39, section 4; a selection:
/// diacritics, Cyrillic, Greek, small capitals). A character that looks like none becomes `?`.
fn latin(c: char) -> u8 {
    if let Ok(byte) = u8::try_from(c)
        && byte.is_ascii()
    {
        return byte;
    }
    let found = ALIKE.iter().find(|(_, alike)| alike.contains(c));
    found.map_or(b'?', |(letter, _)| *letter)
}

const ALIKE: &[(u8, &str)] = &[
    (b'a', "àáâãäåāăąǎǟǡǻȁȃȧạảấầẩẫậắằẳẵặḁаӑӓɑαάⱥ"),
    (b'b', "ƀɓḃḅḇьвƅᏏ"),
    (b'c', "çćĉċčƈȼḉсϲⅽᴄ"),
    (b'd', "ďđḋḍḏḑḓɖɗԁⅾ"),
    (b'e', "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệеёҽɛєε"),
    (b'f', "ƒḟẝ"),
    (b'g', "ĝğġģǥǧǵɠɡḡց"),
    (b'h', "ĥħȟḣḥḧḩḫẖһհн"),
    (b'i', "ìíîïĩīĭįıǐȉȋḭḯỉịіїɩιίϊӏ"),
    (b'j', "ĵǰɉјϳ"),
    (b'k', "ķǩḱḳḵƙкκ"),
    (b'l', "ĺļľŀłḷḹḻḽƚɫⅼ"),
    (b'm', "ḿṁṃмɱⅿ"),
    (b'n', "ñńņňŉŋǹṅṇṉṋɲпηήո"),
    (b'o', "òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợоοόσөօ"),
    (b'p', "ṕṗƥрρ"),
    (b'q', "ԛɋգ"),
    (b'r', "ŕŗřȑȓṙṛṝṟгɍ"),
    (b's', "śŝşšșṡṣṥṧṩѕȿ"),
    (b't', "ţťŧțṫṭṯṱẗтτƭ"),
    (b'u', "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữựυύʋս"),
    (b'v', "ṽṿνѵⅴ"),
    (b'w', "ŵẁẃẅẇẉẘѡԝшω"),
    (b'x', "ẋẍхχⅹ"),
    (b'y', "ýÿŷȳẏẙỳỵỷỹуүγў"),
    (b'z', "źżžẑẓẕƶȥᴢ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(label: &str, plain: &str, skeleton: &str) {
        let label = Label::new(label);
        let found = [label.plain(), label.skeleton()].map(String::from_utf8_lossy);
        assert_eq!(found, [plain, skeleton]);
    }

    #[test]
    fn folds() {
        check("google-analytics", "googleanalytics", "googieanaiytics");
        check("xn--google-analytcs-xpb", "googleanalytics", "googieanaiytics");
        check("m0dern-vvorld1", "m0dernvvorld1", "modemworidi");
        check("xn--wgv71a119e", "???", "???");
        check("xn--!", "xn!", "xn!");
        check("", "", "");
        check(&"a".repeat(80), &"a".repeat(63), &"a".repeat(63));
        check(&"-".repeat(80), "", "");
    }

    #[test]
    fn segments() {
        let label = Label::new("my-pay-u-biz2");
        assert_eq!(label.plain(), b"mypayubiz2");
        assert_eq!(label.segment(2, 9), (2, 10));
        assert_eq!(label.segment(0, 2), (0, 2));
        assert_eq!(label.segment(3, 4), (2, 5));
    }
}
