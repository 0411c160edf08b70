//! Tables of text.

use std::io::{self, IsTerminal, Write};
use std::iter;

pub(super) use crate::base::display::{defanged, safe, seconds};
use crate::base::stdout;

/// Prints rows under the names of their columns. On a terminal that is too narrow for the table, each row becomes a block
/// with a line for each cell, because wrapped lines are hard to read.
pub(super) fn print<const N: usize>(
    out: &mut impl Write,
    names: [&str; N],
    rows: &[[String; N]],
) -> io::Result<()> {
    print_within(out, names, rows, terminal_width())
}

/// The largest number of rows of a section; `--json` has all.
const SECTION_ROWS: usize = 50;

/// Prints a heading, and under it the first rows.
pub(super) fn section<const N: usize>(
    out: &mut impl Write,
    heading: &str,
    names: [&str; N],
    rows: &[[String; N]],
) -> io::Result<()> {
    writeln!(out, "\n{heading}")?;
    print(out, names, &rows[..rows.len().min(SECTION_ROWS)])?;
    if rows.len() > SECTION_ROWS {
        writeln!(out, "and {} more: --json has them", rows.len() - SECTION_ROWS)?;
    }
    Ok(())
}

/// The width of the terminal on standard output, in columns; `None` where that is no terminal.
pub(super) fn terminal_width() -> Option<usize> {
    let stdout = stdout::handle();
    let size = stdout.is_terminal().then(|| rustix::termios::tcgetwinsize(stdout).ok())??;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

fn print_within<const N: usize>(
    out: &mut impl Write,
    names: [&str; N],
    rows: &[[String; N]],
    available: Option<usize>,
) -> io::Result<()> {
    let mut widths = names.map(width);
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(cell));
        }
    }
    if available.is_some_and(|available| widths.iter().sum::<usize>() + 2 * (N - 1) > available) {
        return print_blocks(out, names, rows);
    }
    for row in iter::once(&names.map(str::to_owned)).chain(rows) {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

fn print_blocks<const N: usize>(
    out: &mut impl Write,
    names: [&str; N],
    rows: &[[String; N]],
) -> io::Result<()> {
    let widest = names.map(width).into_iter().max().unwrap_or_default();
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        for (name, cell) in names.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            writeln!(out, "{name:widest$}  {cell}")?;
        }
    }
    Ok(())
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::print_within;

    fn printed(available: Option<usize>) -> String {
        let rows = [["shop", "evil[.]example", ""], ["news", "x[.]example", "approve by anna"]];
        let rows = rows.map(|row| row.map(str::to_owned));
        let mut out = Vec::new();
        print_within(&mut out, ["SITE", "DESTINATION", "DECISION"], &rows, available).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_where_they_fit() {
        let table = "SITE  DESTINATION     DECISION\n\
                     shop  evil[.]example\n\
                     news  x[.]example     approve by anna\n";
        assert_eq!([printed(None), printed(Some(37))], [table; 2]);
    }

    #[test]
    fn blocks_where_they_do_not() {
        let blocks = "SITE         shop\n\
                      DESTINATION  evil[.]example\n\
                      \n\
                      SITE         news\n\
                      DESTINATION  x[.]example\n\
                      DECISION     approve by anna\n";
        assert_eq!(printed(Some(36)), blocks);
    }
}
