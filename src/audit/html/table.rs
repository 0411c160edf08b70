//! Tables of a web page.

use maud::{Markup, html};

use super::values;
use crate::base::clock::Timestamp;
use crate::base::display;

/// The content of a cell, which cannot be markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Any text.
    Text(String),
    /// A host and a path; the host is shown defanged.
    Address(String, String),
    /// A number, right-aligned.
    Number(u64),
    /// A time, to the second.
    Time(Timestamp),
}

impl Cell {
    /// A cell with a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A cell with a host.
    pub fn host(host: &str) -> Self {
        Self::address(host, "")
    }

    /// A cell with a host and a path.
    pub fn address(host: &str, path: &str) -> Self {
        Self::Address(host.to_owned(), path.to_owned())
    }

    /// The class for the style sheet: only long words may break, so that they do not widen the page.
    fn class(&self) -> Option<&'static str> {
        const WORD: usize = 24;
        let is_long = |text: &str| text.split(' ').any(|word| word.len() > WORD);
        match self {
            Self::Number(_) => Some("number"),
            Self::Text(text) if is_long(text) => Some("long"),
            Self::Address(host, path) if host.len() + path.len() > WORD => Some("long"),
            _ => None,
        }
    }

    fn markup(&self) -> Markup {
        match self {
            Self::Text(text) => html! { (text) },
            Self::Address(host, path) => html! { (display::defanged(host)) (path) },
            Self::Number(number) => html! { (values::number(*number)) },
            Self::Time(at) => values::time(*at),
        }
    }
}

/// A table. On a phone, the style makes a block of each row, in which the name of its column is beside each cell (the
/// attribute `data-name`). Browsers repeat the names of the columns at the top of each printed sheet.
pub fn table<const N: usize>(names: [&str; N], rows: impl Iterator<Item = [Cell; N]>) -> Markup {
    let mut rows = rows.peekable();
    // The name of a column is aligned like its cells.
    let is_number = |cell: &Cell| matches!(cell, Cell::Number(_)).then_some("number");
    let classes: Vec<_> = rows.peek().into_iter().flatten().map(is_number).collect();
    let class = |column: usize| classes.get(column).copied().flatten();
    html! {
        table {
            thead {
                tr {
                    @for (column, name) in names.iter().enumerate() {
                        th scope="col" class=[class(column)] { (name) }
                    }
                }
            }
            tbody {
                @for row in rows {
                    tr {
                        @for (name, cell) in names.iter().zip(&row) {
                            td class=[cell.class()] data-name=(name) { (cell.markup()) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_long_words_are_broken() {
        let class = |text: &str| Cell::text(text).class();
        assert_eq!(class("many words and none of them is long"), None);
        assert_eq!(class(&"x".repeat(25)), Some("long"));
        assert_eq!(Cell::address("a.example", &"/x".repeat(10)).class(), Some("long"));
    }

    #[test]
    fn cells_are_text() {
        let rows =
            [[Cell::text("<b>&\""), Cell::address("a.example", "/<i>"), Cell::Number(1_000)]];
        let table = table(["What", "Where", "How many"], rows.into_iter()).into_string();
        assert_eq!(
            table,
            "<table><thead><tr><th scope=\"col\">What</th><th scope=\"col\">Where</th>\
             <th scope=\"col\" class=\"number\">How many</th></tr></thead>\
             <tbody><tr><td data-name=\"What\">&lt;b&gt;&amp;&quot;</td>\
             <td data-name=\"Where\">a[.]example/&lt;i&gt;</td>\
             <td class=\"number\" data-name=\"How many\">1,000</td></tr></tbody></table>"
        );
    }
}
