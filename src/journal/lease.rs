//! Who may start and stop the commands of a run: at most one living process at a time.
//!
//! A lease gates nothing else. Whoever holds it is named by pid, start time and boot, so that a process that died without
//! giving it back does not stand in the way.

use crate::journal::chain::count;
use crate::journal::{Cause, Fault, Journal, alive};
use crate::run::event::RunId;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};
use std::fmt;

/// A process that drives a run, or would like to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub pid: u32,
    /// [`alive::started`] of the pid.
    pub started: u64,
    /// [`alive::boot_id`].
    pub boot: String,
    pub host: String,
    pub tty: Option<String>,
    /// The operator's name.
    pub operator: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operator)?;
        if let Some(tty) = &self.tty {
            write!(f, " at {tty}")?;
        }
        write!(f, " on {} (process {})", self.host, self.pid)
    }
}

/// The right to start and stop commands of one run. Survives a re-opened journal; give it back with [`Journal::release`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    run: RunId,
    token: i64,
}

impl Lease {
    #[must_use]
    pub fn run(&self) -> &RunId {
        &self.run
    }
}

/// Whether the lease was to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    Lease(Lease),
    /// A process that lives, or may live on another host, has it.
    Held(Holder),
}

impl Journal {
    /// Takes the lease of a run, also from a holder that is dead.
    ///
    /// # Errors
    /// When there is no such run, or it cannot be committed.
    pub fn take_lease(&mut self, run: &RunId, me: &Holder) -> Result<Taken, Fault> {
        let taken = self.check_writable().and_then(|()| self.with_room(|conn| take(conn, run, me)));
        self.named(taken)
    }

    /// Who has the lease, dead or alive.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn holder(&self, run: &RunId) -> Result<Option<Holder>, Fault> {
        self.named(holder_in(&self.conn, run))
    }

    /// Every lease that somebody took, dead or alive, with its run.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn holders(&self) -> Result<Vec<(RunId, Holder)>, Fault> {
        let runs = self.conn.prepare_cached("SELECT run FROM lease ORDER BY run").and_then(|mut statement| {
            statement.query_map([], |row| Ok(RunId(row.get(0)?)))?.collect::<Result<Vec<RunId>, _>>()
        });
        let mut holders = Vec::new();
        for run in self.named(runs.map_err(Cause::from))? {
            if let Some(holder) = self.holder(&run)? {
                holders.push((run, holder));
            }
        }
        Ok(holders)
    }

    /// Gives the lease back. Nothing happens when it was lost already.
    ///
    /// # Errors
    /// When it cannot be committed; the next process finds this one dead and takes it over.
    pub fn release(&mut self, lease: &Lease) -> Result<(), Fault> {
        let given = self.check_writable().and_then(|()| {
            self.with_room(|conn| {
                let sql = "DELETE FROM lease WHERE run = ? AND token = ?";
                conn.prepare_cached(sql)?.execute((&lease.run.0, lease.token))?;
                Ok(())
            })
        });
        self.named(given)
    }

    /// Takes the lease away from `holder`, whom the operator knows to be gone although it cannot be seen from here (another
    /// host, another container). Nothing happens when somebody else has it by now.
    ///
    /// # Errors
    /// When it cannot be committed.
    pub fn break_lease(&mut self, run: &RunId, holder: &Holder) -> Result<(), Fault> {
        let broken = self.check_writable().and_then(|()| {
            self.with_room(|conn| {
                let sql = "DELETE FROM lease WHERE run = ? AND pid = ? AND started = ? AND boot = ? AND host = ?";
                let started = holder.started.cast_signed();
                conn.prepare_cached(sql)?.execute((&run.0, holder.pid, started, &holder.boot, &holder.host))?;
                Ok(())
            })
        });
        self.named(broken)
    }
}

fn take(conn: &mut Connection, run: &RunId, me: &Holder) -> Result<Taken, Cause> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !tx.prepare_cached("SELECT 1 FROM run WHERE run = ?")?.exists([&run.0])? {
        return Err(Cause::NoRun(run.clone()));
    }
    if let Some(holder) = holder_in(&tx, run)? {
        if alive::may_live(&holder, me) {
            return Ok(Taken::Held(holder));
        }
        tx.prepare_cached("DELETE FROM lease WHERE run = ?")?.execute([&run.0])?;
    }
    let lease = put(&tx, run, me)?;
    tx.commit()?;
    Ok(Taken::Lease(lease))
}

/// Writes the lease of a run that has none.
pub(super) fn put(conn: &Connection, run: &RunId, me: &Holder) -> Result<Lease, Cause> {
    let token = getrandom::u64()?.cast_signed();
    conn.prepare_cached(
        "INSERT INTO lease(run, token, pid, started, boot, host, tty, operator) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute((&run.0, token, me.pid, me.started.cast_signed(), &me.boot, &me.host, &me.tty, &me.operator))?;
    Ok(Lease { run: run.clone(), token })
}

/// Demands that the lease is still the one in the file, and of this run.
pub(super) fn check(conn: &Connection, run: &RunId, lease: &Lease) -> Result<(), Cause> {
    let mut held = conn.prepare_cached("SELECT 1 FROM lease WHERE run = ? AND token = ?")?;
    if lease.run == *run && held.exists((&run.0, lease.token))? { Ok(()) } else { Err(Cause::LeaseLost(run.clone())) }
}

fn holder_in(conn: &Connection, run: &RunId) -> Result<Option<Holder>, Cause> {
    let mut statement =
        conn.prepare_cached("SELECT pid, started, boot, host, tty, operator FROM lease WHERE run = ?")?;
    let holder = statement.query_row([&run.0], |row| {
        Ok(Holder {
            pid: count(row, 0).and_then(|pid| u32::try_from(pid).ok()).unwrap_or(0),
            started: row.get::<_, i64>(1)?.cast_unsigned(),
            boot: row.get(2)?,
            host: row.get(3)?,
            tty: row.get(4)?,
            operator: row.get(5)?,
        })
    });
    Ok(holder.optional()?)
}
