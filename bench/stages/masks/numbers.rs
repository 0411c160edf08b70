//! Numbers that shops have in their URLs, made up. An alarm about one of them is false.

/// How many URLs are tried of each.
pub const TRIES: u64 = 20_000;

/// A URL's path and query of two random numbers.
pub type Form = fn(u64, u64) -> String;

pub const FORMS: [(&str, Form); 20] = [
    ("order of 10 digits", |a, _| format!("/order/{:010}", a % 10_000_000_000)),
    ("order of 16 digits", |a, _| format!("/order/{:016}", a % 10_000_000_000_000_000)),
    ("order of 17 digits", |a, _| format!("/order/{:017}", a % 100_000_000_000_000_000)),
    ("order of groups 3-7-7", |a, b| {
        format!("/order/{:03}-{:07}-{:07}", a % 1_000, b % 10_000_000, b >> 32 & 0x7F_FFFF)
    }),
    ("two ids of 8 digits, hyphen", |a, b| format!("/o/{}-{}", eight(a), eight(b))),
    ("two ids of 8 digits, slash", |a, b| format!("/o/{}/{}", eight(a), eight(b))),
    ("timestamp, milliseconds", |a, _| {
        format!("/p.gif?t={}", 1_700_000_000_000 + a % 100_000_000_000)
    }),
    ("timestamp, microseconds", |a, _| {
        format!("/p.gif?t={}", 1_700_000_000_000_000 + a % 100_000_000_000_000)
    }),
    ("four SKUs of 5 digits", |a, b| {
        let sku = |n: u64| 10_000 + n % 90_000;
        format!("/c?s={},{},{},{}", sku(a), sku(a >> 20), sku(b), sku(b >> 20))
    }),
    ("six SKUs of 4 digits", |a, b| {
        let sku = |n: u64| 1_000 + n % 9_000;
        let all = [a, a >> 16, a >> 32, b, b >> 16, b >> 32].map(|n| sku(n & 0xFFFF).to_string());
        format!("/c?s={}", all.join(","))
    }),
    ("GUID", |a, b| {
        let (first, second) = (a >> 32, a & 0xFFFF);
        format!("/o/{first:08x}-{second:04x}-4abc-8def-{:012x}", b & 0xFFFF_FFFF_FFFF)
    }),
    ("hash in a file's name", |a, b| format!("/static/main.{a:016x}{b:016x}.js")),
    ("coordinates", |a, b| {
        format!("/m?c={}.{:06},{}.{:06}", a % 90, a >> 8 & 0xF_FFFF, b % 180, b >> 8 & 0xF_FFFF)
    }),
    ("click id of Google", |a, b| format!("/?gclid=Cj0KCQ{}", letters(a, b, 80))),
    ("click id of Meta", |a, b| format!("/?fbclid=IwAR{}", letters(a, b, 57))),
    ("date, order and postcode", |a, b| {
        format!("/o/2026/{:02}/{:06}?z={:05}", a % 12 + 1, a >> 8 & 0xF_FFFF, b % 100_000)
    }),
    ("two telephone numbers", |a, b| {
        let number = |n: u64| format!("+49-{}-{:07}", 30 + n % 900, n >> 16 & 0x7F_FFFF);
        format!("/t?a={}&b={}", number(a), number(b))
    }),
    ("IBAN", |a, b| {
        format!("/i/DE{:02}{:08}{:010}", a % 90 + 10, a >> 8 & 0x5F5_E0FF, b % 10_000_000_000)
    }),
    ("IBAN in groups", |a, b| {
        let four = |n: u64| n % 10_000;
        let parts = [four(a), four(a >> 16), four(b), four(b >> 16)];
        let [first, second, third, fourth] = parts;
        format!(
            "/i?n=DE{:02}+{first:04}+{second:04}+{third:04}+{fourth:04}+{:02}",
            a % 90 + 10,
            b % 97
        )
    }),
    ("parcel of 20 digits", |a, b| {
        format!("/track/{:010}{:010}", a % 10_000_000_000, b % 10_000_000_000)
    }),
];

fn eight(n: u64) -> u64 {
    10_000_000 + n % 90_000_000
}

/// The URLs of a form.
pub fn urls(form: Form) -> impl Iterator<Item = String> {
    let mut state = 1_u64;
    (0..TRIES)
        .map(move |_| format!("https://shop.example{}", form(next(&mut state), next(&mut state))))
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ *state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

fn letters(first: u64, second: u64, count: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut state = first ^ second;
    let letter = |_| char::from(ALPHABET[(next(&mut state) & 63) as usize]);
    (0..count).map(letter).collect()
}
