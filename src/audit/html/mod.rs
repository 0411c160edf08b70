//! Pages that stand on their own: one file without scripts, which fetches nothing, is kept, mailed and printed, and whose
//! own policy lets it do no more.
//!
//! What reports say is hostile. In `maud::html!` every value is escaped by its type; only what is [`maud::Markup`] already
//! is not, and nothing but the macro makes that: `PreEscaped` stands in [`page`] alone. Control and bidirectional
//! characters are taken out there as well, of the whole page.
//!
//! Knows pages and nothing of what they are about; does no I/O.

pub mod page;
pub mod table;
pub mod timeline;
pub mod values;
