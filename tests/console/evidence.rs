//! The evidence pack that somebody without a shell keeps.

use std::io::Cursor;
use std::path::PathBuf;

use zip::ZipArchive;

use super::scene;
use crate::support::builder::path_text;
use crate::support::collector::cspwatch;
use crate::support::console::{Console, Visitor};

const DAYS: [&str; 2] = ["from=2026-01-01&to=2026-01-31", "from=2026-02-01&to=2026-02-28"];

/// Downloads a whole pack and unpacks it: its directory, and the sum in its name.
fn keep(console: &Console, visitor: &Visitor, query: &str, to: PathBuf) -> (PathBuf, String) {
    let path = format!("/evidence/shop/pack?form=zip&{query}");
    let (head, content) = console.download(visitor, &path);
    assert_eq!(head.header("content-type"), Some("application/zip"), "{head:?}");
    ZipArchive::new(Cursor::new(content)).unwrap().extract(&to).unwrap();
    let name = head.header("content-disposition").unwrap();
    let sum = name.split_once("evidence-").unwrap().1.split_once(".zip").unwrap().0;
    (to, sum.to_owned())
}

#[test]
fn a_row_of_whole_packs_proves_itself() {
    let (_collector, console) = scene();
    let place = tempfile::tempdir().unwrap();
    let vera = console.log_in("vera");
    let (first, sum) = keep(&console, &vera, DAYS[0], place.path().join("first"));
    let query = format!("{}&previous={sum}", DAYS[1]);
    let (second, _) = keep(&console, &vera, &query, place.path().join("second"));
    let (alone, _) = keep(&console, &vera, DAYS[1], place.path().join("alone"));
    let verify = |packs: [&PathBuf; 2]| {
        cspwatch(&["evidence", "--verify", path_text(packs[0]), path_text(packs[1])])
    };

    let (code, text) = verify([&first, &second]);
    assert!(code == Some(0) && text.matches(": sound, ").count() == 2, "{text}");
    let (code, text) = verify([&first, &alone]);
    assert!(code == Some(1) && text.contains("alone: it names no pack before it"), "{text}");

    for wrong in ["abc", "../../SHA256SUMS", &"g".repeat(64)] {
        let path = format!("/evidence/shop/pack?form=zip&{}&previous={wrong}", DAYS[0]);
        assert_eq!(console.get(&vera, &path).status, 422, "{wrong}");
    }
    // As the page says it is checked.
    let sums = std::fs::read(first.join("SHA256SUMS")).unwrap();
    assert_eq!(sum, cspwatch::audit::evidence::chain::sum(&sums));
}
