//! Which reports of a batch are deliveries of what was taken before.

use super::{Batch, Entry};
use crate::fold::{Deliveries, Folded};

/// Whether a report of a batch was delivered before, alone or with the whole request.
pub fn is_repeated(deliveries: &Deliveries, batch: &Batch, entry: &Entry) -> bool {
    entry.identity.is_some_and(|identity| {
        deliveries.is_repeated(identity, entry.at, batch.received)
            || batch
                .identity
                .is_some_and(|request| deliveries.is_same_request(request, batch.received))
    })
}

/// Remembers the deliveries of a batch that is durable now.
pub fn remember(deliveries: &mut Deliveries, batch: &Batch, folded: &[Folded]) {
    if let Some(identity) = batch.identity {
        deliveries.remember(identity, batch.received, batch.received);
    }
    for (entry, folded) in batch.entries.iter().zip(folded) {
        if let (Some(identity), Folded::New | Folded::Repeats) = (entry.identity, folded) {
            deliveries.remember(identity, entry.at, batch.received);
        }
    }
}
