//! Of how many page views the client script counts one, on a page group. Its own reports say so, and anybody can send them: a
//! forger who claims to be one of a hundred would make a hundred visitors out of one report, and a theft look rare. So the
//! word of most counts, each network has one, and until enough networks have spoken a report is one visit.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::base::client_id::NetworkId;
use crate::base::limits::CENSUS_VOICES;
use crate::report::OneOf;

/// What the latest networks said, the oldest first, at most [`CENSUS_VOICES`].
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Sample(VecDeque<(NetworkId, u32)>);

impl Sample {
    /// Notes what a network said.
    pub(super) fn note(&mut self, network: NetworkId, said: OneOf) {
        self.0.retain(|(other, _)| *other != network);
        if self.0.len() >= CENSUS_VOICES {
            self.0.pop_front();
        }
        self.0.push_back((network, said.number()));
    }

    /// How many page views one that is counted stands for: the median. Those who did not speak yet say one.
    pub(super) fn one_of(&self) -> u32 {
        let mut said: Vec<u32> = self.0.iter().map(|(_, number)| *number).collect();
        said.resize(CENSUS_VOICES, 1);
        *said.select_nth_unstable(CENSUS_VOICES / 2).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_networks_decide_and_one_network_has_one_voice() {
        let mut sample = Sample::default();
        let (tenth, forged) = (OneOf::new(10).unwrap(), OneOf::new(100).unwrap());
        for _ in 0..1_000 {
            sample.note(NetworkId(0), forged);
        }
        assert_eq!(sample.one_of(), 1);
        let most = u32::try_from(CENSUS_VOICES / 2).unwrap();
        for network in 1..=most {
            assert_eq!(sample.one_of(), 1, "{network}");
            sample.note(NetworkId(network), tenth);
        }
        assert_eq!(sample.one_of(), 10);
        // With the first one.
        for network in 1..most {
            sample.note(NetworkId(1_000 + network), forged);
        }
        assert_eq!(sample.one_of(), 10, "nearly half");
        for network in 0..=most {
            sample.note(NetworkId(2_000 + network), OneOf::ALL);
        }
        assert_eq!(sample.one_of(), 1, "the page was changed");
    }
}
