//! An event as a line of JSON: bounded, and harmless to any terminal or viewer that shows it.

use serde_json::Value;

use super::Event;
use crate::base::display::is_unprintable;

/// The characters that a line holds unescaped; all others are escaped, as RFC 8259, section 7, has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// All characters that neither move a cursor nor change the direction of text.
    Printable,
    /// Printable ASCII.
    Ascii,
}

/// How many characters of a text, and how many values of an array, remain when a line is too long. The last pair always
/// fits.
const CUTS: [(usize, usize); 4] = [(2_000, 50), (500, 10), (100, 3), (30, 1)];

impl Event {
    /// One line, without a line break. If it has more than `bytes_max` bytes, texts and arrays are cut and
    /// `cspwatch.truncated` is true.
    pub fn line(&self, bytes_max: usize, charset: Charset) -> String {
        let whole = escaped(&self.fields.to_string(), charset);
        if whole.len() <= bytes_max {
            return whole;
        }
        let mut fields = self.fields.clone();
        let mut line = String::new();
        for (characters, values) in CUTS {
            truncate(&mut fields, characters, values);
            fields["cspwatch"]["truncated"] = true.into();
            // The id must stay whole.
            fields["event"]["id"] = self.id.clone().into();
            line = escaped(&fields.to_string(), charset);
            if line.len() <= bytes_max {
                break;
            }
        }
        line
    }

    /// The fields of the event.
    pub fn fields(&self) -> &Value {
        &self.fields
    }
}

fn truncate(value: &mut Value, characters: usize, values: usize) {
    match value {
        Value::String(text) => {
            if let Some((end, _)) = text.char_indices().nth(characters) {
                text.truncate(end);
                text.push('…');
            }
        }
        Value::Array(all) => {
            all.truncate(values);
            all.iter_mut().for_each(|value| truncate(value, characters, values));
        }
        Value::Object(fields) => {
            fields.values_mut().for_each(|value| truncate(value, characters, values));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Escapes characters without parsing the JSON: only strings can hold characters that need it.
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
