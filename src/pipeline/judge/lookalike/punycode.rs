//! Punycode (RFC 3492, section 6.2), as the labels of internationalised names carry it.

/// Characters of a label at the most (RFC 1035: 63 bytes; each character takes at least one).
pub(super) const CHARS: usize = 63;

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;

/// Decodes what follows `xn--`, without allocating; `None` if it is wrong or too long.
pub(super) fn decode<'a>(text: &str, chars: &'a mut [char; CHARS]) -> Option<&'a [char]> {
    let (plain, coded) = text.rsplit_once('-').unwrap_or(("", text));
    let mut length = 0;
    for c in plain.chars() {
        *chars.get_mut(length)? = c;
        length += 1;
    }
    let (mut n, mut i, mut bias) = (128_u32, 0_u32, 72_u32);
    let mut digits = coded.bytes();
    while digits.len() > 0 {
        let old = i;
        let (mut weight, mut k) = (1_u32, BASE);
        loop {
            let digit = digit(digits.next()?)?;
            i = i.checked_add(digit.checked_mul(weight)?)?;
            let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            k += BASE;
        }
        let count = u32::try_from(length).ok()? + 1;
        bias = adapted(i - old, count, old == 0);
        n = n.checked_add(i / count)?;
        i %= count;
        let at = usize::try_from(i).ok()?;
        chars.get_mut(length)?;
        chars.copy_within(at..length, at + 1);
        chars[at] = char::from_u32(n)?;
        length += 1;
        i += 1;
    }
    chars.get(..length)
}

fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'a'..=b'z' => Some(u32::from(byte - b'a')),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 26),
        _ => None,
    }
}

/// The bias for the next character (section 6.1).
fn adapted(delta: u32, count: u32, is_first: bool) -> u32 {
    const SKEW: u32 = 38;
    const DAMP: u32 = 700;
    let mut delta = if is_first { delta / DAMP } else { delta / 2 };
    delta += delta / count;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_as_the_url_crate_does() {
        for name in ["bücher", "google-analytîcs", "gstatîc", "日本語", "пример", "ü", "a-ü-b"]
        {
            let url = url::Url::parse(&format!("https://{name}.example/")).expect("a URL");
            let label = url.host_str().and_then(|host| host.split('.').next()).expect("a label");
            let mut chars = ['\0'; CHARS];
            let decoded = label.strip_prefix("xn--").and_then(|text| decode(text, &mut chars));
            assert_eq!(decoded.map(|chars| chars.iter().collect()), Some(name.to_owned()));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let mut chars = ['\0'; CHARS];
        for text in ["-!", "99999999999", "a-", &"9".repeat(80), &"a".repeat(80), "zzzzzzzzzz"] {
            if let Some(decoded) = decode(text, &mut chars) {
                assert!(decoded.len() <= CHARS);
            }
        }
        assert_eq!(decode("ü", &mut chars), None);
    }
}
