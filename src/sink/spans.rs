//! What spans say of a segment on its way to ClickHouse, and of each INSERT: numbers, and names of our own tables. The
//! attributes of an INSERT are those of <https://opentelemetry.io/docs/specs/semconv/database/>.

use crate::store::error::{Class, InsertError};
use crate::telemetry::{Span, SpanSide, Tracer};

/// An attempt to send a segment.
pub(super) fn of_segment(tracer: &Tracer, number: u64, rows: u64, attempt: u64) -> Span {
    let mut span = tracer.begin(SpanSide::Internal, "send", "segment");
    span.set("cspwatch.segment.number", number);
    span.set("cspwatch.segment.rows", rows);
    span.set("cspwatch.attempt", attempt);
    span
}

/// An INSERT of that, and the look whether an earlier attempt has stored the rows.
pub(super) fn of_insert(segment: &Span, table: &'static str, rows: u64, attempt: u64) -> Span {
    let mut span = segment.child(SpanSide::Client, "INSERT", table);
    span.set("db.system.name", "clickhouse");
    span.set("db.operation.name", "INSERT");
    span.set("db.collection.name", table);
    span.set("db.operation.batch.size", rows);
    span.set("cspwatch.attempt", attempt);
    span
}

/// How an INSERT ended. One that the collector's end cut off has no outcome.
pub(super) fn note_outcome<T>(span: &mut Span, inserted: &Result<T, InsertError>) {
    let Err(error) = inserted else { return span.set("cspwatch.outcome", "stored") };
    span.fail();
    span.set("cspwatch.outcome", "failed");
    span.set("error.type", class_name(error.class));
    if let Some(code) = error.code {
        span.set("cspwatch.clickhouse.code", u64::from(code));
    }
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Retry => "retry",
        Class::Hold => "hold",
        Class::Poison => "poison",
    }
}
