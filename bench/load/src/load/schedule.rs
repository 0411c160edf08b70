//! When requests are to be sent. With a rate they are due at even distances, whether or not a connection is
//! free then, and their latency counts from that moment: a server that stalls cannot hide it by keeping the
//! load waiting (coordinated omission).

use std::cell::Cell;
use std::time::{Duration, Instant};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::unix::AsyncFd;
use tokio::sync::Semaphore;

pub struct Schedule {
    start: Instant,
    end: Instant,
    /// Requests a second; 0: as fast as answers come.
    rate: f64,
    /// Requests that are due and not taken. First come, first served, so that all connections have their turn.
    due: Semaphore,
    taken: Cell<u64>,
    most: u64,
}

impl Schedule {
    /// `most`: requests after which it ends, 0 for none.
    pub fn new(rate: f64, time: Duration, most: u64) -> Self {
        let (start, due) = (Instant::now(), Semaphore::new(0));
        let most = if most == 0 { u64::MAX } else { most };
        Self { start, end: start + time, rate, due, taken: Cell::new(0), most }
    }

    pub fn start(&self) -> Instant {
        self.start
    }

    /// Waits until a request is due. From when its latency counts; `None`: there are no more.
    pub async fn next(&self) -> Option<Instant> {
        if self.taken.get() >= self.most {
            return None;
        }
        if self.rate == 0.0 {
            let now = Instant::now();
            self.taken.set(self.taken.get() + 1);
            return (now < self.end).then_some(now);
        }
        self.due.acquire().await.ok()?.forget();
        let number = self.taken.replace(self.taken.get() + 1);
        (number < self.most).then(|| self.due_at(number))
    }

    /// Lets requests become due until the end.
    pub async fn pace(&self) -> std::io::Result<()> {
        if self.rate == 0.0 {
            tokio::time::sleep_until(self.end.into()).await;
            return Ok(());
        }
        let timer = Timer::new()?;
        let mut due = 0;
        while Instant::now() < self.end && self.taken.get() < self.most {
            let until = (self.start.elapsed().as_secs_f64() * self.rate) as u64 + 1;
            self.due.add_permits((until - due) as usize);
            due = until;
            timer.wait(self.due_at(due)).await?;
        }
        self.due.close();
        Ok(())
    }

    pub fn is_over(&self) -> bool {
        Instant::now() >= self.end || self.taken.get() >= self.most
    }

    /// How many were due and were not taken.
    pub fn left(&self) -> usize {
        self.due.available_permits()
    }

    fn due_at(&self, number: u64) -> Instant {
        self.start + Duration::from_secs_f64(number as f64 / self.rate)
    }
}

/// tokio's own timers know milliseconds only.
struct Timer(AsyncFd<rustix::fd::OwnedFd>);

impl Timer {
    #[expect(deprecated, reason = "unsound for what closes its descriptor; this owns it for good")]
    fn new() -> std::io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        Ok(Self(AsyncFd::new(timerfd_create(TimerfdClockId::Monotonic, flags)?)?))
    }

    async fn wait(&self, until: Instant) -> std::io::Result<()> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            // The connections must have their turn.
            tokio::task::yield_now().await;
            return Ok(());
        }
        let left = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        let never_again = Timespec { tv_sec: 0, tv_nsec: 0 };
        let once = Itimerspec { it_interval: never_again, it_value: left };
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once)?;
        let mut expired = self.0.readable().await?;
        let mut count = [0; 8];
        let _ = rustix::io::read(&self.0, &mut count);
        expired.clear_ready();
        Ok(())
    }
}
