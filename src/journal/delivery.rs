//! Which reports of a batch are deliveries of what was taken before.

use super::{Batch, Entry};
use crate::journal::{Deliveries, Folded};

/// What becomes of each report of a batch: [`Folded::Redelivered`] where it was delivered before, alone or with the
/// whole request, else what `add` makes of it.
pub fn fold(
    deliveries: &Deliveries,
    batch: &Batch,
    mut add: impl FnMut(&Entry) -> Folded,
) -> Vec<Folded> {
    let is_again =
        batch.identity.is_some_and(|identity| deliveries.is_same_request(identity, batch.received));
    let fold = |entry: &Entry| {
        let is_repeated = entry.identity.is_some_and(|identity| {
            is_again || deliveries.is_repeated(identity, entry.at, batch.received)
        });
        if is_repeated { Folded::Redelivered } else { add(entry) }
    };
    batch.entries.iter().map(fold).collect()
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
