//! Compares the machine's clock with ClickHouse's, by which rows are deleted and questions about the past are answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clickhouse::Client;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::base::clock::{Timestamp, days, set_behind};
use crate::metrics::About;
use crate::store::clock::ask;

/// How often the clocks are compared.
const COMPARE_EVERY: Duration = Duration::from_secs(60);
/// How often while ClickHouse does not answer, and how long it may take.
const RETRY_EVERY: Duration = Duration::from_secs(2);
/// How often it is asked whether somebody set the clock, and how far: then they are compared at once.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const JUMP: Duration = Duration::from_secs(30);

/// A clock that is farther away is corrected: by so much, ClickHouse may delete at once what it gets, and whoever looks for an
/// incident does not find it. Less is reported alone, because either clock may be the wrong one.
const CORRECTED_FROM: Duration = days(90);

/// Compares the clocks until `stop` becomes true.
pub async fn compare_clocks(client: Client, about: Arc<About>, mut stop: watch::Receiver<bool>) {
    let mut comparison = Comparison::default();
    let comparing = async {
        loop {
            let pause = match compare(&client).await {
                Some(behind) => {
                    comparison.note(behind, &about);
                    COMPARE_EVERY
                }
                None => RETRY_EVERY,
            };
            wait(pause).await;
        }
    };
    tokio::select! {
        () = comparing => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// Milliseconds that the machine's clock is behind ClickHouse's; `None` where that does not answer, or cannot be right.
async fn compare(client: &Client) -> Option<i64> {
    let before = Timestamp::of_machine();
    let theirs = timeout(RETRY_EVERY, ask(client)).await.ok()?.ok()?;
    let after = Timestamp::of_machine();
    // Somebody set it meanwhile.
    if after < before || after.since(before) > RETRY_EVERY {
        return None;
    }
    let ours = before + after.since(before) / 2;
    theirs.is_credible().then(|| theirs.millis() - ours.millis())
}

/// Waits, or until somebody sets the clock.
async fn wait(pause: Duration) {
    let (began, clock) = (Instant::now(), Timestamp::of_machine());
    while began.elapsed() < pause {
        sleep(LOOK_EVERY.min(pause)).await;
        let expected = clock + began.elapsed();
        if Timestamp::of_machine().distance(expected) > JUMP {
            return;
        }
    }
}

/// What the last comparison showed.
#[derive(Default)]
struct Comparison {
    is_corrected: bool,
}

impl Comparison {
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of some years are exact")]
    fn note(&mut self, behind: i64, about: &About) {
        about.note_clock(behind as f64 / 1000.0);
        let is_far = u128::from(behind.unsigned_abs()) >= CORRECTED_FROM.as_millis();
        set_behind(if is_far { behind } else { 0 });
        match (self.is_corrected, is_far) {
            (false, true) => tracing::error!(
                id = "clock-wrong",
                seconds = behind / 1000,
                "the machine's clock is behind ClickHouse's by so much; ClickHouse's is used until they agree"
            ),
            (true, false) => tracing::info!("the machine's clock agrees with ClickHouse's again"),
            _ => {}
        }
        self.is_corrected = is_far;
    }
}
