//! Two things at once. It knows nothing of what they are.

use std::panic::resume_unwind;
use std::thread;

/// Does one thing on a thread of its own while it does the other here; where the system gives no thread, one after the
/// other.
pub fn both<A: Send, B>(beside: impl Fn() -> A + Sync, here: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, &beside);
        let here = here();
        let beside = match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => beside(),
        };
        (beside, here)
    })
}
