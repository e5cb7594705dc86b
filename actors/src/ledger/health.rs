//! How the ledger does: its figures, and how each validator is.
use std::time::Duration;

use actix::{Context, Handler, MessageResult};
use vaidya_clinic::time::Timestamp;
use vaidya_ledger::Validators;

use super::{Ledger, span};
use crate::port::{Health, Measure, Series, ValidatorHealth};
use crate::validator::Standing;

/// After how long a validator that says nothing is silent. It speaks each second.
const SILENT: Duration = Duration::from_secs(5);
/// How many blocks a validator may lag before it is behind.
const LAG: u64 = 8;

impl Handler<Measure> for Ledger {
    type Result = MessageResult<Measure>;

    fn handle(&mut self, _: Measure, _: &mut Context<Self>) -> Self::Result {
        let (now, used) = (self.now(), (self.energy)());
        let stable = self.known.published().map(|it| (it.seq, it.head.size, time(it.time)));
        let refused = self.figures.refused.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect();
        MessageResult(Health {
            stable,
            view: self.view,
            primary: self.known.validators().and_then(|set| primary(set, self.view)).unwrap_or_default(),
            waiting: u64::try_from(self.pool.len()).unwrap_or(u64::MAX),
            tps: self.figures.tps(now),
            consensus: self.figures.consensus(),
            total: self.figures.total(),
            committed: self.figures.committed,
            refused,
            view_changes: self.figures.view_changes,
            equivocations: self.figures.equivocations,
            joules: used.joules,
            method: used.method,
            watts: used.watts,
            validators: self.validators(now),
        })
    }
}

impl Handler<Series> for Ledger {
    type Result = MessageResult<Series>;

    fn handle(&mut self, Series { minutes }: Series, _: &mut Context<Self>) -> Self::Result {
        MessageResult(self.figures.series(self.now(), minutes))
    }
}

impl Ledger {
    fn validators(&self, now: u64) -> Vec<ValidatorHealth> {
        let known = self.known.seq();
        let health = |validator: &vaidya_ledger::Validator| {
            let heard = self.standing.get(&validator.id);
            let state = heard.map_or("silent", |(standing, at)| state(standing, *at, known, now));
            let (seq, seen_at) = (heard.map_or(0, |(standing, _)| standing.executed), heard.map(|(_, at)| time(*at)));
            ValidatorHealth { name: validator.name.clone(), state, seq, seen_at }
        };
        self.known.validators().map(|set| set.iter().map(health).collect()).unwrap_or_default()
    }
}

fn state(standing: &Standing, heard: u64, known: u64, now: u64) -> &'static str {
    match () {
        () if now >= heard.saturating_add(span(SILENT)) => "silent",
        () if standing.executed.saturating_add(LAG) < known => "behind",
        () if standing.voting && !standing.changing => "voting",
        () => "waiting",
    }
}

fn primary(set: &Validators, view: u64) -> Option<u32> {
    let place = view.checked_rem(u64::try_from(set.len()).ok()?)?;
    set.at(usize::try_from(place).ok()?).map(u32::from)
}

fn time(millis: u64) -> Timestamp {
    Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
}
