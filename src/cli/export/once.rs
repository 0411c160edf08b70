//! `cspwatch export --from … --to …`: a time, once.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::super::ending::Ending;
use super::super::{Failure, Progress, unreadable};
use crate::audit::siem::ecs::Event;
use crate::audit::siem::follow::days;
use crate::audit::siem::state::{beside, sync_folder};
use crate::audit::siem::target::{TargetError, lines};
use crate::audit::siem::walk::Walker;
use crate::audit::siem::{ExportError, Outlet, Stream, Unit};
use crate::base::clock::Timestamp;
use crate::base::stdout::{self, stdout_while_read};
use crate::store::export::{Format, Range, Reader, Table};

/// Only its owner reads it: there are tags in it.
const FILE_MODE: u32 = 0o600;

/// Writes events as lines.
pub(super) async fn events(
    reader: Reader,
    [from, to]: [Timestamp; 2],
    streams: &[Stream],
    output: &Path,
) -> Result<(), Failure> {
    let out = Output::open(output)?;
    let mut writing = Writing { out, progress: Progress::new("events", None) };
    let mut walker = Walker::once(reader);
    let walking = async {
        for stream in streams {
            for range in days(from.0, to.0) {
                walker.walk(*stream, range, &mut writing).await.map_err(told)?;
            }
        }
        Ok(())
    };
    unless_interrupted(walking).await?;
    writing.out.finish()
}

/// Writes a table as ClickHouse does.
pub(super) async fn table(
    reader: Reader,
    [from, to]: [Timestamp; 2],
    (table, format): (Table, Format),
    output: &Path,
) -> Result<(), Failure> {
    if format == Format::Parquet && output.as_os_str() == "-" && stdout::is_terminal() {
        return Err(Failure::Usage(
            "parquet is no text for a terminal; name a file (-o FILE), or connect a pipe".into(),
        ));
    }
    let mut out = Output::open(output)?;
    let range = Range { from: from.0, to: to.0 };
    let writing = async {
        let failed = |error| told(ExportError::ClickHouse(error));
        let mut pieces = reader.file(table, format, range).map_err(failed)?;
        while let Some(bytes) = pieces.next().await.map_err(failed)? {
            out.write(&bytes)?;
        }
        Ok(())
    };
    unless_interrupted(writing).await?;
    out.finish()
}

fn told(error: ExportError) -> Failure {
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

/// Events as they come.
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

/// Standard output, or a file that gets its name when it is whole.
enum Output {
    Stdout,
    File { out: BufWriter<File>, part: Part },
}

/// The file under its other name. Goes when it is dropped before it was renamed.
struct Part {
    path: PathBuf,
    file: PathBuf,
    is_whole: bool,
}

impl Output {
    fn open(path: &Path) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return Ok(Self::Stdout);
        }
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(TargetError::NoFile { file: path.to_owned() }.into());
        }
        let part = beside(path, ".part");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(FILE_MODE);
        let file = options
            .open(&part)
            .map_err(|error| format!("{} cannot be written: {error}", part.display()))?;
        let part = Part { path: part, file: path.to_owned(), is_whole: false };
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

impl Drop for Part {
    fn drop(&mut self) {
        if !self.is_whole {
            let _ = fs::remove_file(&self.path);
        }
    }
}
