//! Requests, made by patching those that were written before the first is sent: a nonce, a client and an age of
//! its own in each, and where no repetition is wanted a new name for the page and what it loaded.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::browsers::{AGE, Wire};
use super::policies::{NONCE, policies};
use super::random::{self, NAME_BYTES, Random};
use super::violations::{NAME, violation};

/// Violations that come again and again.
const VIOLATIONS: usize = 2_000;
/// The shop, its policies and these violations are the same in every run.
const WORLD: u64 = 1;
/// Where the client's address goes; all of them are of this length.
const CLIENT: &str = "111.111.111.111";

/// A request with places to write into.
struct Template {
    /// The whole request as HTTP/1.1 has it.
    bytes: Vec<u8>,
    body_at: usize,
    /// The head as HTTP/2 has it.
    fields: HeaderMap,
    client_at: usize,
    nonces: Vec<usize>,
    names: Vec<usize>,
    age: Option<usize>,
}

/// Makes requests, one after the other.
pub struct Bodies {
    templates: Vec<Template>,
    random: Random,
    repetitions: f64,
    clients: usize,
    /// The number of the next new name.
    next: u64,
    count: u64,
    bytes: u64,
}

/// What is not in the request's bytes as HTTP/1.1 has them.
pub struct Rendered<'a> {
    pub body_at: usize,
    pub fields: &'a HeaderMap,
    /// Where the client's address stands among the bytes.
    pub client: std::ops::Range<usize>,
}

impl Bodies {
    /// `authority` and `path`: of the URL. `repetitions`: a share. `clients`: how many addresses there are.
    pub fn new(authority: &str, path: &str, repetitions: f64, clients: usize, seed: u64) -> Self {
        let mut world = Random::new(WORLD);
        let policies = policies(&mut world);
        let templates = (0..VIOLATIONS)
            .map(|number| template(number, authority, path, &policies, &mut world))
            .collect();
        let mut random = Random::new(seed);
        // Above the fixed ones; runs with other seeds begin elsewhere among 10^12.
        let next = VIOLATIONS as u64 + random.next() % 900_000_000_000;
        Self { templates, random, repetitions, clients, next, count: 0, bytes: 0 }
    }

    /// Writes the next request over `into`.
    pub fn render(&mut self, into: &mut Vec<u8>) -> Rendered<'_> {
        let random = &mut self.random;
        let template = &self.templates[random.below(VIOLATIONS)];
        into.clear();
        into.extend_from_slice(&template.bytes);
        for at in &template.nonces {
            random.fill_base64(&mut into[*at..*at + NONCE.len()]);
        }
        if let Some(at) = template.age {
            // At least the 60 s tick of Chromium are over for hardly any.
            into[at..at + AGE.len()].copy_from_slice(&digits(10_000 + random.below(50_000)));
        }
        let client = template.client_at..template.client_at + CLIENT.len();
        write_address(random.below(self.clients), &mut into[client.clone()]);
        if !random.happens(self.repetitions) {
            for at in &template.names {
                random::name(self.next, &mut into[*at..*at + NAME_BYTES]);
            }
            self.next += 1;
        }
        self.count += 1;
        self.bytes += (into.len() - template.body_at) as u64;
        Rendered { body_at: template.body_at, fields: &template.fields, client }
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// Of a body, so far.
    pub fn mean_bytes(&self) -> u64 {
        self.bytes / self.count.max(1)
    }
}

fn template(
    number: usize,
    authority: &str,
    path: &str,
    policies: &[String],
    random: &mut Random,
) -> Template {
    let violation = violation(number, random);
    let wire = Wire::choose(violation.browser, random);
    let user_agent = wire.user_agent(random);
    let policy = &policies[random.below(policies.len())];
    let body = wire.body(&violation, policy, user_agent);
    let mut own_name = [0; NAME_BYTES];
    random::name(number as u64, &mut own_name);

    let fields = wire.head(user_agent);
    let mut head = format!("POST {path} HTTP/1.1\r\nhost: {authority}\r\n");
    for (name, value) in &fields {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("x-forwarded-for: {CLIENT}\r\ncontent-length: {}\r\n\r\n", body.len());
    let body_at = head.len();
    let text = head + &body;
    let (client_at, names) = (places(&text, CLIENT)[0], places(&text, NAME));
    let nonces = places(&text, NONCE);
    let age = ["\"age\":", "\"age\": "]
        .iter()
        .find_map(|key| Some(places(&text, &format!("{key}{AGE}")).first()? + key.len()));
    let mut bytes = text.into_bytes();
    for at in &names {
        bytes[*at..*at + NAME_BYTES].copy_from_slice(&own_name);
    }
    let fields = fields.iter().map(|(name, value)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a plain text"))
    });
    Template { body_at, fields: fields.collect(), client_at, nonces, age, names, bytes }
}

fn places(text: &str, part: &str) -> Vec<usize> {
    text.match_indices(part).map(|(at, _)| at).collect()
}

fn digits(number: usize) -> [u8; AGE.len()] {
    let mut text = [b'0'; AGE.len()];
    let mut left = number;
    for digit in text.iter_mut().rev() {
        *digit += (left % 10) as u8;
        left /= 10;
    }
    text
}

/// The address of a client: three digits in each part, and a /24 of its own for the first two million.
fn write_address(client: usize, place: &mut [u8]) {
    let parts = [
        128 + client / (156 * 156) % 96,
        100 + client % 156,
        100 + client / 156 % 156,
        100 + client / (156 * 156 * 96) % 156,
    ];
    for (at, part) in parts.into_iter().enumerate() {
        place[at * 4..at * 4 + 3].copy_from_slice(&digits(part)[2..]);
    }
}

#[cfg(test)]
mod tests;
