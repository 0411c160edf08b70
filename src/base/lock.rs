//! Locks that go on after a panic. The standard library's locks return an error for ever once a thread has panicked while
//! it held them; then one bad report takes the whole collector with it. What these locks guard (counters, bounded tables,
//! queues) may miss the change that the panic cut short; the next thread uses it as it is. `clippy.toml` forbids the
//! standard ones everywhere else.

use std::sync::{self, MutexGuard, PoisonError, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// [`std::sync::Mutex`] without poisoning.
#[derive(Debug, Default)]
pub struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    /// A lock around `value`.
    pub const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    /// Waits for the lock, whatever happened to the thread that had it before.
    #[inline]
    #[allow(clippy::disallowed_methods, reason = "the one place that goes on after a panic")]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// [`std::sync::RwLock`] without poisoning.
#[derive(Debug, Default)]
pub struct RwLock<T>(sync::RwLock<T>);

impl<T> RwLock<T> {
    /// A lock around `value`.
    pub const fn new(value: T) -> Self {
        Self(sync::RwLock::new(value))
    }

    /// Waits until nobody writes.
    #[inline]
    #[allow(clippy::disallowed_methods, reason = "the one place that goes on after a panic")]
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody reads or writes.
    #[inline]
    #[allow(clippy::disallowed_methods, reason = "the one place that goes on after a panic")]
    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// [`std::sync::Condvar`] for the guards of [`Mutex`].
#[derive(Debug, Default)]
pub struct Condvar(sync::Condvar);

impl Condvar {
    /// Wakes one thread that waits.
    pub fn notify_one(&self) {
        self.0.notify_one();
    }

    /// Wakes all threads that wait.
    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Lets go of the lock and waits for a wake-up after which `is_idle` is false.
    #[allow(clippy::disallowed_methods, reason = "the one place that goes on after a panic")]
    pub fn wait_while<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        is_idle: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        self.0.wait_while(guard, is_idle).unwrap_or_else(PoisonError::into_inner)
    }

    /// As [`Condvar::wait_while`], but for at most `patience`: `is_idle` may be true of what this returns.
    #[allow(clippy::disallowed_methods, reason = "the one place that goes on after a panic")]
    pub fn wait_timeout_while<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        patience: Duration,
        is_idle: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        let waited = self.0.wait_timeout_while(guard, patience, is_idle);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn panic_with<G>(guard: impl FnOnce() -> G) {
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _guard = guard();
            panic!("one bad report");
        }));
        assert!(panicked.is_err());
    }

    #[test]
    fn a_panic_keeps_nobody_else_out() {
        let (mutex, rwlock) = (Mutex::new(1), RwLock::new(1));
        panic_with(|| mutex.lock());
        panic_with(|| rwlock.write());
        assert!(
            mutex.0.is_poisoned() && rwlock.0.is_poisoned(),
            "the test reaches what it is about"
        );
        *mutex.lock() += 1;
        *rwlock.write() += 1;
        assert_eq!((*mutex.lock(), *rwlock.read()), (2, 2));

        let condvar = Condvar::default();
        assert_eq!(*condvar.wait_while(mutex.lock(), |_| false), 2);
        assert_eq!(*condvar.wait_timeout_while(mutex.lock(), Duration::ZERO, |_| true), 2);
    }
}
