//! Two things at once. It knows nothing of what they are.

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::thread;

/// Does one thing on a thread of its own while it does the other here; where the system gives no thread, one after the
/// other.
pub fn both<A: Send, B>(beside: impl Fn() -> A + Sync, here: impl FnOnce() -> B) -> (A, B) {
    let (first, mut second, mut here) = (Mutex::new(None), None, Some(here));
    let keep = || {
        let done = beside();
        *first.lock().expect("nothing fails while it is locked") = Some(done);
    };
    run(&keep, &mut || second = here.take().map(|here| here()));
    let first = first.into_inner().expect("nothing fails while it is locked");
    first.zip(second).expect("both were done")
}

/// The same without results, so that it is compiled once: threads are large.
fn run(beside: &(dyn Fn() + Sync), here: &mut dyn FnMut()) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, beside);
        here();
        match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => beside(),
        }
    });
}
