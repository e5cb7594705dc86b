//! The audit: who did what to what, one entry after the other, each sealed to the one before by its hash.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{OrgId, PersonId, SeatId, VisitId};
use vaidya_clinic::record::Held;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::wire::Body;

use super::entity::{audit, audit_head, visit};
use super::sessions::SessionId;
use super::{Store, StoreError, facts};

/// Entries in one statement: 20 values each, and SQLite takes 32,766 of them.
const AT_ONCE: usize = 1_000;

/// What every hash begins with.
const DOMAIN: &[u8] = b"vaidya/audit/v1";

/// Someone takes their seat in a visit's room, or a place at its door.
pub const JOIN: &str = "visit.join";

/// A host lets someone in.
pub const ADMIT: &str = "visit.admit";

/// A host puts someone out.
pub const REMOVE: &str = "visit.remove";

/// A host ends a visit.
pub const END: &str = "visit.end";

/// The server ends a visit nobody came back to.
pub const END_IDLE: &str = "visit.end_idle";

/// A session is used on another device, or from another address, than before.
pub const MOVE: &str = "session.move";

/// A new key follows a clinic's live one.
pub const ROTATE: &str = "clinic_key.rotate";

/// The clinic's key opens a version of a record, to wrap it for a new key of its patient.
pub const RESTORE: &str = "custody.restore";

/// The clinic's key opens a version of a record, to wrap it for the key that follows.
pub const RENEW: &str = "custody.renew";

/// The clinic's key opens a version of a record, to wrap it for whom a patient shares it with.
pub const GRANT: &str = "custody.grant";

/// The clinic's key signs a consent in place of a patient who read out a code.
pub const SIGN: &str = "custody.sign";

/// The time of a consent is over, or nobody answered.
pub const CONSENT_END: &str = "consent.end";

/// A record is erased: its patient asked for it, its time is over, or a backup had brought it back.
pub const ERASE: &str = "record.erase";

/// A record that its patient wants erased is kept for the law, and given to nobody.
pub const RESTRICT: &str = "record.restrict";

/// What was opened without asking was opened before the ledger had it: too few validators answered.
pub const UNANCHORED: &str = "glass.unanchored";

/// What is written down beside what is asked by HTTP.
pub const BESIDE_ROUTES: [&str; 14] =
    [JOIN, ADMIT, REMOVE, END, END_IDLE, MOVE, RESTORE, RENEW, GRANT, SIGN, CONSENT_END, ERASE, RESTRICT, UNANCHORED];

/// The outcome of what was asked on a socket: it is written down before a room decides (RFC 9110, 15.3.3).
pub const ASKED: u16 = 202;

/// The outcome of what was done, in words of HTTP (RFC 9110).
const DONE: u16 = 200;

/// Who does something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Someone with an account, in a role.
    Person(PersonId, Role),
    /// Someone who came by a link.
    Guest(SeatId),
    /// Another program.
    Token(Uuid),
    /// A stranger.
    Nobody,
    /// The server by itself.
    System,
}

/// What something is done to.
#[derive(Clone, Default)]
pub struct Subject {
    /// Who turned out to be acting, where that was not known when the request came: someone who signs in.
    pub actor: Option<Actor>,
    /// In which organisation, where that was not known when the request came; the visit's when it is not said.
    pub org: Option<OrgId>,
    /// What kind of thing, and which.
    pub thing: Option<(&'static str, Uuid)>,
    /// In which visit.
    pub visit: Option<VisitId>,
    /// About which patient; the visit's when it is not said.
    pub about: Option<PersonId>,
    /// For whom, when it is done in another's place.
    pub on_behalf: Option<PersonId>,
    /// More, in words for the auditor; names nobody and nothing clinical.
    pub detail: Option<String>,
}

/// One request, as the audit will know it: it is written down with the first change made in its name, in the same
/// transaction, or by itself when it changes nothing.
pub struct Trace {
    /// Who.
    pub actor: Actor,
    /// In which organisation.
    pub org: Option<OrgId>,
    /// What they do, as a word.
    pub action: &'static str,
    /// From where.
    pub address: Option<IpAddr>,
    /// In which session.
    pub session: Option<SessionId>,
    /// When.
    pub at: Timestamp,
    subject: Mutex<Subject>,
    noted: AtomicBool,
}

impl Trace {
    /// A request of which nothing is known yet but who and what.
    #[must_use]
    pub fn new(actor: Actor, org: Option<OrgId>, action: &'static str, at: Timestamp) -> Self {
        let (subject, noted) = (Mutex::default(), AtomicBool::new(false));
        Self { actor, org, action, address: None, session: None, at, subject, noted }
    }

    /// Adds to what it is done to.
    pub fn about(&self, add: impl FnOnce(&mut Subject)) {
        add(&mut self.subject.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether it is a stranger's, as far as is known.
    #[must_use]
    pub fn is_by_nobody(&self) -> bool {
        self.actor == Actor::Nobody && self.subject().actor.is_none()
    }

    /// Whether it was written down.
    #[must_use]
    pub fn noted(&self) -> bool {
        self.noted.load(Ordering::Acquire)
    }

    /// Nothing was done that is worth an entry.
    pub fn leave_out(&self) {
        self.take();
    }

    /// Takes it upon oneself to write it down; `false` when someone else did or does.
    pub(super) fn take(&self) -> bool {
        !self.noted.swap(true, Ordering::AcqRel)
    }

    /// It was not written down after all.
    pub(super) fn let_go(&self) {
        self.noted.store(false, Ordering::Release);
    }

    fn subject(&self) -> Subject {
        self.subject.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Store {
    /// Writes a request down by itself, with how it ended (an HTTP status): one that changed nothing, or that failed
    /// after its first change, which was written down as done.
    ///
    /// # Errors
    /// When the database fails: what was to be shown must not be shown then.
    pub async fn note(&self, trace: std::sync::Arc<Trace>, outcome: u16) -> Result<(), StoreError> {
        let written = std::sync::Arc::clone(&trace);
        // Its entry is the work itself: it goes in without another one of the same name.
        let plain = Self { inner: std::sync::Arc::clone(&self.inner), trace: None };
        plain.report(move |tx| Box::pin(async move { append(tx, &written, outcome).await })).await?;
        trace.take();
        Ok(())
    }
}

/// A use of the private half of an organisation's key: the server does it, for someone or to keep house.
pub(super) struct Use<'a> {
    /// What for, as a word.
    pub(super) action: &'static str,
    /// What was opened.
    pub(super) held: &'a Held,
    /// For whom, when it is for someone.
    pub(super) on_behalf: Option<PersonId>,
}

/// Writes uses of private keys down, in the transaction that keeps what came of them.
pub(super) async fn used(tx: &DatabaseTransaction, uses: &[Use<'_>], at: Timestamp) -> Result<(), StoreError> {
    let traces = uses.iter().map(|one| {
        let Held { record, ver, patient, org, key, .. } = one.held;
        let trace = Trace::new(Actor::System, Some(*org), one.action, at);
        trace.about(|subject| {
            (subject.thing, subject.about) = (Some(("record", record.0)), Some(*patient));
            subject.on_behalf = one.on_behalf;
            subject.detail = Some(format!("version {ver}, with the clinic's key {}", key.loggable()));
        });
        trace
    });
    append_all(tx, &traces.collect::<Vec<_>>(), DONE).await
}

/// Writes down that all of this was done.
pub(super) async fn all_done(tx: &DatabaseTransaction, traces: &[Trace]) -> Result<(), StoreError> {
    append_all(tx, traces, DONE).await
}

/// Writes the request down as done.
pub(super) async fn done(tx: &DatabaseTransaction, trace: &Trace) -> Result<(), StoreError> {
    append(tx, trace, DONE).await
}

async fn append(tx: &DatabaseTransaction, trace: &Trace, outcome: u16) -> Result<(), StoreError> {
    append_all(tx, std::slice::from_ref(trace), outcome).await
}

/// Takes the end of the chain, so that entries are written one after the other, and puts more there. Nothing may be
/// held after it: it is the last thing a transaction does.
async fn append_all(tx: &DatabaseTransaction, traces: &[Trace], outcome: u16) -> Result<(), StoreError> {
    let Some(last) = traces.last() else { return Ok(()) };
    let head = audit_head::Entity::find_by_id(1).lock_exclusive().one(tx).await?;
    let mut head = head.ok_or_else(|| StoreError::strange("an audit without an end"))?;
    let (mut rows, mut facts) = (Vec::new(), Vec::new());
    for trace in traces {
        let mut row = entry(trace, outcome, &head);
        if let Some((patient, org)) = whose(tx, row.visit_id).await? {
            row.about_id = row.about_id.or(Some(patient));
            row.org_id = row.org_id.or(org);
        }
        row.hash = hash(&row);
        (head.seq, head.hash) = (row.seq, row.hash.clone());
        move_on(tx, &head).await?;
        let seq = u64::try_from(row.seq).unwrap_or_default();
        facts.push(HouseEvent::Audited { seq, hash: Body(row.hash.clone()) });
        rows.push(audit::ActiveModel::from(row).reset_all());
    }
    for some in rows.chunks(AT_ONCE) {
        audit::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    facts::of_the_house(tx, &facts, last.at).await
}

/// The end of the chain moves on by one: the database takes no longer steps.
async fn move_on(tx: &DatabaseTransaction, head: &audit_head::Model) -> Result<(), StoreError> {
    let moved = audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Seq, Expr::value(head.seq))
        .col_expr(audit_head::Column::Hash, Expr::value(head.hash.clone()))
        .filter(audit_head::Column::Id.eq(1));
    moved.exec(tx).await?;
    Ok(())
}

fn entry(trace: &Trace, outcome: u16, head: &audit_head::Model) -> audit::Model {
    let Subject { actor, org, thing, visit, about, on_behalf, detail } = trace.subject();
    let (actor_kind, actor_id, actor_role) = match actor.unwrap_or(trace.actor) {
        Actor::Person(id, role) => ("person", Some(id.0), Some(role.as_str().to_owned())),
        Actor::Guest(seat) => ("guest", Some(seat.0), None),
        Actor::Token(token) => ("token", Some(token), None),
        Actor::Nobody => ("nobody", None, None),
        Actor::System => ("system", None, None),
    };
    audit::Model {
        seq: head.seq.saturating_add(1),
        at: trace.at.0,
        org_id: org.or(trace.org).map(|org| org.0),
        actor_kind: actor_kind.to_owned(),
        actor_id,
        actor_role,
        on_behalf_id: on_behalf.map(|person| person.0),
        action: trace.action.to_owned(),
        outcome: i64::from(outcome),
        about_id: about.map(|person| person.0),
        subject_kind: thing.map(|(kind, _)| kind.to_owned()),
        subject_id: thing.map(|(_, id)| id),
        visit_id: visit.map(|visit| visit.0),
        address: trace.address.map(|address| address.to_string()),
        session_id: trace.session.map(|session| session.0),
        detail,
        prev: head.hash.clone(),
        hash: Vec::new(),
    }
}

/// The patient of a visit, and its organisation.
async fn whose<C: ConnectionTrait>(db: &C, visit: Option<Uuid>) -> Result<Option<(Uuid, Option<Uuid>)>, StoreError> {
    let Some(id) = visit else { return Ok(None) };
    let found = visit::Entity::find_by_id(id).select_only();
    let found = found.column(visit::Column::PatientId).column(visit::Column::OrgId);
    Ok(found.into_tuple().one(db).await?)
}

/// SHA-256 of every field in its order, each with its length before it (four bytes, big-endian); what is not there has
/// the length 0xffffffff.
pub(super) fn hash(row: &audit::Model) -> Vec<u8> {
    let mut digest = Sha256::new();
    digest.update(DOMAIN);
    let mut field = |bytes: Option<&[u8]>| {
        let length = bytes.map_or(u32::MAX, |bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX - 1));
        digest.update(length.to_be_bytes());
        digest.update(bytes.unwrap_or_default());
    };
    let id = |id: &Option<Uuid>| id.map(Uuid::into_bytes);
    field(Some(&row.prev));
    field(Some(&row.seq.to_be_bytes()));
    field(Some(&row.at.to_be_bytes()));
    field(Some(&row.outcome.to_be_bytes()));
    field(Some(row.actor_kind.as_bytes()));
    field(Some(row.action.as_bytes()));
    for one in
        [&row.org_id, &row.actor_id, &row.on_behalf_id, &row.about_id, &row.subject_id, &row.visit_id, &row.session_id]
    {
        field(id(one).as_ref().map(|bytes| bytes.as_slice()));
    }
    for one in [&row.actor_role, &row.subject_kind, &row.address, &row.detail] {
        field(one.as_deref().map(str::as_bytes));
    }
    digest.finalize().to_vec()
}
