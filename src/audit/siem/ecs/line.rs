//! An event as a line of JSON: bounded, and harmless to whatever shows it.

use serde_json::Value;

use super::Event;
use crate::base::display::is_unprintable;

/// Which characters stand in a line as they are; the others are escaped, as RFC 8259, section 7, has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// All that move no cursor and turn no text around.
    Printable,
    /// Those of ASCII.
    Ascii,
}

/// How many characters a text may keep, and an array how many values, when a line is too long; the last fits always.
const CUTS: [(usize, usize); 4] = [(2_000, 50), (500, 10), (100, 3), (30, 1)];

impl Event {
    /// One line, without its end. Where it has more than `bytes_max`, texts and lists are cut, which `cspwatch.is_cut` tells.
    pub fn line(&self, bytes_max: usize, charset: Charset) -> String {
        let whole = escaped(&self.fields.to_string(), charset);
        if whole.len() <= bytes_max {
            return whole;
        }
        let mut fields = self.fields.clone();
        let mut line = String::new();
        for (characters, values) in CUTS {
            cut(&mut fields, characters, values);
            fields["cspwatch"]["is_cut"] = true.into();
            // Cut it may be, but never beyond recognition.
            fields["event"]["id"] = self.id.clone().into();
            line = escaped(&fields.to_string(), charset);
            if line.len() <= bytes_max {
                break;
            }
        }
        line
    }

    /// What it says, for those who look into it.
    pub fn fields(&self) -> &Value {
        &self.fields
    }
}

fn cut(value: &mut Value, characters: usize, values: usize) {
    match value {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(characters) {
                text.truncate(end);
                text.push('…');
            }
        }
        Value::Array(all) => {
            all.truncate(values);
            all.iter_mut().for_each(|value| cut(value, characters, values));
        }
        Value::Object(fields) => {
            fields.values_mut().for_each(|value| cut(value, characters, values));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Only strings hold such characters, so whatever stands around them need not be known.
fn escaped(json: &str, charset: Charset) -> String {
    let is_plain = |c: char| match charset {
        Charset::Printable => !is_unprintable(c),
        Charset::Ascii => c.is_ascii() && !is_unprintable(c),
    };
    if json.chars().all(is_plain) {
        return json.to_owned();
    }
    let mut line = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if is_plain(c) {
            line.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    line
}
