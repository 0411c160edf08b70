//! `cspwatch export --from … --to …`: exports a period, once.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::super::ending::Ending;
use super::super::{Failure, Progress, unreadable};
use crate::audit::siem::ecs::Event;
use crate::audit::siem::follow::by_day;
use crate::audit::siem::state::{beside, sync_folder};
use crate::audit::siem::target::{TargetError, lines};
use crate::audit::siem::walk::Walker;
use crate::audit::siem::{ExportError, Outlet, Stream, Unit};
use crate::base::clock::MILLISECOND;
use crate::base::out_file;
use crate::base::stdout::{self, stdout_while_read};
use crate::store::export::{ExportReader, ExportSpan, ExportTable, TableFormat, TimeRange};

/// Only its owner may read it, because it holds tags.
const FILE_MODE: u32 = 0o600;

/// Writes events as lines of JSON.
pub(super) async fn events(
    reader: ExportReader,
    range: TimeRange,
    streams: &[Stream],
    out: Output,
) -> Result<(), Failure> {
    let mut writing = Writing { out, progress: Progress::new("events", None) };
    let mut walker = Walker::once(reader.clone());
    let walking = async {
        let spans = reader.spans().await;
        let spans = spans.map_err(|error| failure(ExportError::ClickHouse(error)))?;
        for stream in streams {
            let range = stored_part(range, *stream, &spans);
            for day in by_day(range.from, range.to) {
                walker.walk(*stream, day, &mut writing).await.map_err(failure)?;
            }
        }
        Ok(())
    };
    unless_interrupted(walking).await?;
    writing.out.finish()
}

/// The part of a range in which a stream has anything. Each day takes a query, and a range may have years before the first.
fn stored_part(range: TimeRange, stream: Stream, spans: &[ExportSpan]) -> TimeRange {
    let TimeRange { from, to } = range;
    match spans.iter().find(|span| span.about == stream.as_str()) {
        None => TimeRange { from, to: from },
        Some(span) => TimeRange { from: from.max(span.first), to: to.min(span.last + MILLISECOND) },
    }
}

/// Refuses bytes that a terminal cannot show.
pub(super) fn check_format(format: TableFormat, output: &Path) -> Result<(), Failure> {
    if format == TableFormat::Parquet && output.as_os_str() == "-" && stdout::is_terminal() {
        return Err(Failure::Usage(
            "parquet cannot be shown on a terminal; name a file (-o FILE), or connect a pipe"
                .into(),
        ));
    }
    Ok(())
}

/// Writes a table in a format of ClickHouse.
pub(super) async fn table(
    reader: ExportReader,
    range: TimeRange,
    (table, format): (ExportTable, TableFormat),
    mut out: Output,
) -> Result<(), Failure> {
    let writing = async {
        let failed = |error| failure(ExportError::ClickHouse(error));
        let mut pieces = reader.file(table, format, range).map_err(failed)?;
        while let Some(bytes) = pieces.next().await.map_err(failed)? {
            out.write(&bytes)?;
        }
        Ok(())
    };
    unless_interrupted(writing).await?;
    out.finish()
}

/// Nothing is left of an export that fails, so the error says that.
fn failure(error: ExportError) -> Failure {
    match error {
        ExportError::ClickHouse(error) => format!(
            "ClickHouse: {error}; nothing was exported. It must be up (clickhouse.url), and migrated (cspwatch migrate)"
        )
        .into(),
        error => error.into(),
    }
}

async fn unless_interrupted(
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let mut ending = Ending::listen()?;
    tokio::select! {
        done = work => done,
        () = ending.wait() => Err("interrupted; nothing was exported".into()),
    }
}

/// Writes events as they are read.
struct Writing {
    out: Output,
    progress: Progress,
}

impl Outlet for Writing {
    fn wants(&self, _: Stream, _: Unit) -> bool {
        true
    }

    async fn put(&mut self, events: &[Event]) -> Result<(), ExportError> {
        self.out.write(lines(events).as_bytes())?;
        events.iter().for_each(|_| self.progress.step());
        Ok(())
    }

    fn done(&mut self, _: Stream, _: Unit) {}
}

/// Standard output, or a file that gets its name when it is complete.
pub(super) enum Output {
    Stdout,
    File { out: BufWriter<File>, part: PartFile },
}

/// The file under its temporary name. It is deleted when this is dropped before the file was renamed.
pub(super) struct PartFile {
    path: PathBuf,
    file: PathBuf,
    is_whole: bool,
}

impl Output {
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return Ok(Self::Stdout);
        }
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(TargetError::NoFile { file: path.to_owned() }.into());
        }
        if path.is_symlink() {
            return Err(
                format!("{} is a symbolic link; name the file itself", path.display()).into()
            );
        }
        let part = beside(path, ".part");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(FILE_MODE);
        let file = out_file::open(&part, &mut options)
            .map_err(|error| format!("{} cannot be written: {error}", part.display()))?;
        let part = PartFile { path: part, file: path.to_owned(), is_whole: false };
        Ok(Self::File { out: BufWriter::new(file), part })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), TargetError> {
        match self {
            Self::Stdout => stdout_while_read().write_all(bytes).map_err(TargetError::Stdout),
            Self::File { out, part } => {
                let failed = |error| TargetError::File { file: part.path.clone(), error };
                out.write_all(bytes).map_err(failed)
            }
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stdout => Ok(stdout_while_read().flush().map_err(TargetError::Stdout)?),
            Self::File { mut out, mut part } => {
                let written = out.flush().and_then(|()| out.get_ref().sync_all());
                let renamed = written.and_then(|()| fs::rename(&part.path, &part.file));
                renamed.map_err(|error| TargetError::File { file: part.file.clone(), error })?;
                part.is_whole = true;
                sync_folder(&part.file).map_err(|error| unreadable(&part.file, &error).into())
            }
        }
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.is_whole {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Timestamp;

    #[test]
    fn days_before_and_after_what_is_stored_are_left_out() {
        let at = Timestamp::from_hour;
        let spans = [ExportSpan { about: "alerts".to_owned(), first: at(1_000), last: at(1_030) }];
        let days = |from, to, stream| {
            let part = stored_part(TimeRange { from: at(from), to: at(to) }, stream, &spans);
            by_day(part.from, part.to).count()
        };
        assert_eq!(days(0, 100_000, Stream::Alerts), 2);
        assert_eq!(days(1_010, 1_020, Stream::Alerts), 1);
        assert_eq!(days(0, 999, Stream::Alerts), 0);
        assert_eq!(days(0, 100_000, Stream::Sightings), 0, "there are none");
    }
}
