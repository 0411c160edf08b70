//! How a drill got on, and the forms in which both commands print it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Obstacle;
use crate::audit::drill::Stage;

/// How it went.
#[derive(Debug, Default)]
pub(in crate::cli) struct Outcome {
    /// What was reached, and after how many seconds.
    pub(in crate::cli) stages: Vec<(Stage, f64)>,
    /// The first stage that was not, and why; `None`: the goal was reached, as far as it could be seen.
    pub(in crate::cli) failed: Option<(Stage, Obstacle)>,
    /// What could not be seen from here, and why.
    pub(in crate::cli) unseen: Vec<(Stage, Obstacle)>,
    /// The receivers that Alertmanager's routes lead to.
    pub(in crate::cli) receivers: Vec<String>,
    /// The integrations that something was delivered to.
    pub(in crate::cli) integrations: BTreeSet<String>,
}

impl Outcome {
    /// Whether the report got to an endpoint.
    pub(in crate::cli) fn is_accepted(&self) -> bool {
        self.stages.iter().any(|(stage, _)| *stage >= Stage::Accepted)
    }

    /// The stages that were reached, as JSON has them.
    pub(in crate::cli) fn stages_as_json(&self) -> Value {
        let stages = self.stages.iter().map(|(stage, seconds)| {
            json!({"stage": stage.name(), "seconds": (1000.0 * seconds).round() / 1000.0})
        });
        stages.collect()
    }
}

/// A stage that was not reached, or not seen, as JSON has it.
pub(in crate::cli) fn obstacle_as_json((stage, why): &(Stage, Obstacle)) -> Value {
    json!({"stage": stage.name(), "why": why})
}

/// A stage that was reached, for people.
pub(in crate::cli) fn line_of(stage: Stage, seconds: f64) -> String {
    format!("{:9} after {seconds:.1} s", stage.name())
}
