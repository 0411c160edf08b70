//! Child processes that cannot outlive the tests, however those end.

use std::io;
use std::process::{Child, Command};
use std::sync::LazyLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use cspwatch::base::lock::Mutex;

type Order = (Command, Sender<io::Result<Child>>);

/// A child asks the kernel for a signal when its parent *thread* ends. A test's thread ends with the
/// test, so all children come from this thread, which ends with the process.
static NURSERY: LazyLock<Mutex<Sender<Order>>> = LazyLock::new(|| {
    let (orders, inbox) = channel::<Order>();
    thread::spawn(move || {
        for (mut command, answer) in inbox {
            let _ = answer.send(command.spawn());
        }
    });
    Mutex::new(orders)
});

/// Spawns the command from the thread that lives as long as the tests.
pub fn spawn(command: Command) -> io::Result<Child> {
    let (answer, spawned) = channel();
    NURSERY.lock().send((command, answer)).expect("the nursery lives");
    spawned.recv().expect("the nursery answers")
}
