//! The audit read back: its entries for those who may see them, and whether the chain holds.

use std::collections::HashMap;

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vaidya_clinic::id::{OrgId, PersonId, RecordId, VisitId};
use vaidya_clinic::time::Timestamp;

use super::accounts::Person;
use super::audit::ASKED;
use super::entity::audit::{self, Column, Model};
use super::entity::{audit_head, member, organisation, person, seat, service_token, visit};
use super::{Store, StoreError, records};

/// Entries in one page. Lower costs round trips, higher makes an answer slow to come.
pub const PAGE: u64 = 100;

/// Entries read at a time when the chain is checked or exported. Lower asks the database more often, higher holds more
/// in memory.
const STRETCH: u64 = 1_000;

/// What entries about records name their subject.
const RECORD: &str = "record";

/// Which entries are wanted: those that fit all of what is said.
#[derive(Clone, Default)]
pub struct Wanted {
    /// Only those older than this one.
    pub before: Option<u64>,
    /// Only what this one did: a person, a guest's seat or a token.
    pub actor: Option<Uuid>,
    /// Only what was done about this patient.
    pub about: Option<PersonId>,
    /// Only this action, or those that begin with this word and a dot.
    pub action: Option<String>,
    /// Not before this.
    pub from: Option<Timestamp>,
    /// Before this.
    pub to: Option<Timestamp>,
}

/// An entry. No `Debug`: it names people.
pub struct Entry {
    /// Its number.
    pub seq: u64,
    /// When it was done.
    pub at: Timestamp,
    /// What kind of being did it: `person`, `guest`, `token`, `nobody` or `system`.
    pub by: String,
    /// Who.
    pub actor: Option<Uuid>,
    /// Their name.
    pub actor_name: Option<String>,
    /// Their department or specialty.
    pub department: Option<String>,
    /// As what.
    pub role: Option<String>,
    /// What.
    pub action: String,
    /// How it ended: an HTTP status.
    pub outcome: u16,
    /// About which patient.
    pub about: Option<Uuid>,
    /// Their name.
    pub about_name: Option<String>,
    /// In whose place.
    pub on_behalf: Option<Uuid>,
    /// What kind of thing it was done to, and which.
    pub thing: Option<(String, Uuid)>,
    /// In which visit.
    pub visit: Option<VisitId>,
    /// When that visit was made.
    pub visit_at: Option<Timestamp>,
    /// From where.
    pub address: Option<String>,
    /// In which session.
    pub session: Option<Uuid>,
    /// In which organisation.
    pub org_name: Option<String>,
    /// More.
    pub detail: Option<String>,
    /// What seals it to the one before, 32 bytes.
    pub hash: Vec<u8>,
}

/// What a walk along the chain found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walked {
    /// Entries there should be.
    pub entries: u64,
    /// The first that is missing, too many, or not as it was written.
    pub first_bad: Option<u64>,
}

impl Store {
    /// Entries of an organisation, newest first: a page of [`PAGE`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, org: OrgId, wanted: Wanted) -> Result<Vec<Entry>, StoreError> {
        self.entries(within(org, &wanted), PAGE).await
    }

    /// The same, as many at a time as an export takes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_stretch(&self, org: OrgId, wanted: Wanted) -> Result<Vec<Entry>, StoreError> {
        self.entries(within(org, &wanted), STRETCH).await
    }

    /// What others did with what is this person's, and how their own sessions began and ended; newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_about(&self, whose: PersonId, before: Option<u64>) -> Result<Vec<Entry>, StoreError> {
        self.entries(about(whose, before), PAGE).await
    }

    /// The same, as many at a time as an export takes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_about_stretch(&self, whose: PersonId, before: Option<u64>) -> Result<Vec<Entry>, StoreError> {
        self.entries(about(whose, before), STRETCH).await
    }

    /// What others did with one record, newest first: for its patient and who speaks for them, also when it is erased.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for everyone else.
    pub async fn audit_of_record(
        &self,
        record: RecordId,
        who: &Person,
        before: Option<u64>,
        now: Timestamp,
    ) -> Result<Vec<Entry>, StoreError> {
        let who = who.clone();
        self.read(move |db| {
            Box::pin(async move {
                if !records::is_of(db, &who, record, now).await? {
                    return Err(StoreError::NotFound);
                }
                let others = Condition::any().add(Column::ActorId.is_null()).add(Column::ActorId.ne(who.id.0));
                let which = Condition::all()
                    .add(Column::SubjectKind.eq(RECORD))
                    .add(Column::SubjectId.eq(record.0))
                    .add(Column::Outcome.lt(400))
                    .add(others)
                    .add_option(before.map(|seq| Column::Seq.lt(number(seq))));
                entries(db, which, PAGE).await
            })
        })
        .await
    }

    async fn entries(&self, which: Condition, limit: u64) -> Result<Vec<Entry>, StoreError> {
        self.read(move |db| Box::pin(async move { entries(db, which, limit).await })).await
    }

    /// Walks along the whole chain, every organisation's, from its first entry to its end as it is now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn walk_audit(&self) -> Result<Walked, StoreError> {
        // What stands behind the end must be looked for before the end is read: the end only moves on.
        let last = self.read(|db| Box::pin(async move { last(db).await })).await?;
        let head = self.read(|db| Box::pin(async move { head(db).await })).await?;
        let entries = u64::try_from(head.seq).unwrap_or_default();
        let mut walk = Walk::default();
        while walk.seq < head.seq {
            let after = walk.seq;
            let some = self.read(move |db| Box::pin(async move { stretch(db, after, head.seq).await })).await?;
            if some.is_empty() || some.iter().any(|row| !walk.fits(row)) {
                return Ok(Walked { entries, first_bad: Some(unsigned(walk.seq.saturating_add(1))) });
            }
        }
        let first_bad = match walk.hash == head.hash {
            true if last <= head.seq => None,
            true => Some(entries.saturating_add(1)),
            false => Some(entries),
        };
        Ok(Walked { entries, first_bad })
    }
}

/// What begins and ends one's own sessions, as actions begin.
const OWN: [&str; 3] = ["login", "logout", "session"];

/// How far a walk has come.
struct Walk {
    seq: i64,
    hash: Vec<u8>,
}

impl Default for Walk {
    fn default() -> Self {
        Self { seq: 0, hash: vec![0; 32] }
    }
}

impl Walk {
    /// One step, if this is the entry that follows, as it was written.
    fn fits(&mut self, row: &Model) -> bool {
        let next = self.seq.saturating_add(1);
        let good = row.seq == next && row.prev == self.hash && super::audit::hash(row) == row.hash;
        if good {
            (self.seq, self.hash) = (next, row.hash.clone());
        }
        good
    }
}

async fn last<C: ConnectionTrait>(db: &C) -> Result<i64, StoreError> {
    let last = audit::Entity::find().select_only().column(Column::Seq).order_by_desc(Column::Seq).into_tuple();
    Ok(last.one(db).await?.unwrap_or_default())
}

async fn head<C: ConnectionTrait>(db: &C) -> Result<audit_head::Model, StoreError> {
    let head = audit_head::Entity::find_by_id(1).one(db).await?;
    head.ok_or_else(|| StoreError::strange("an audit without an end"))
}

async fn stretch<C: ConnectionTrait>(db: &C, after: i64, until: i64) -> Result<Vec<Model>, StoreError> {
    let rows = audit::Entity::find().filter(Column::Seq.gt(after)).filter(Column::Seq.lte(until));
    Ok(rows.order_by_asc(Column::Seq).limit(STRETCH).all(db).await?)
}

/// What was asked on a socket and refused afterwards is two entries of the same moment: the first is not what was done.
fn came_to_pass() -> Condition {
    let later = Alias::new("later");
    let same = |column: Column| Expr::col((later.clone(), column)).equals((audit::Entity, column));
    let mut refused = Query::select();
    refused.expr(Expr::val(1)).from_as(audit::Entity, later.clone());
    for column in [Column::ActorId, Column::Action, Column::At] {
        refused.and_where(same(column));
    }
    refused.and_where(Expr::col((later.clone(), Column::Seq)).gt(Expr::col((audit::Entity, Column::Seq))));
    refused.and_where(Expr::col((later.clone(), Column::Outcome)).gte(400));
    Condition::any().add(Column::Outcome.ne(ASKED)).add(Expr::exists(refused).not())
}

/// What others did with what is a person's, and how their own sessions began and ended.
fn about(whose: PersonId, before: Option<u64>) -> Condition {
    let others = Condition::any().add(Column::ActorId.is_null()).add(Column::ActorId.ne(whose.0));
    let tried = Condition::any().add(Column::Outcome.lt(400)).add(Column::Action.like("login%"));
    let theirs = Condition::all().add(Column::AboutId.eq(whose.0)).add(others).add(tried).add(came_to_pass());
    let own = OWN.iter().fold(Condition::any(), |any, word| any.add(Column::Action.like(format!("{word}%"))));
    let own = Condition::all().add(Column::ActorId.eq(whose.0)).add(own);
    let which = Condition::all().add(Condition::any().add(theirs).add(own));
    which.add_option(before.map(|seq| Column::Seq.lt(number(seq))))
}

fn within(org: OrgId, wanted: &Wanted) -> Condition {
    let exact = wanted.action.as_deref();
    let below = exact.map(|word| Column::Action.starts_with(format!("{word}.")));
    let action = exact.map(|word| Condition::any().add(Column::Action.eq(word)).add_option(below));
    Condition::all()
        .add(Column::OrgId.eq(org.0))
        .add_option(wanted.before.map(|seq| Column::Seq.lt(number(seq))))
        .add_option(wanted.actor.map(|id| Column::ActorId.eq(id)))
        .add_option(wanted.about.map(|id| Column::AboutId.eq(id.0)))
        .add_option(wanted.from.map(|at| Column::At.gte(at.0)))
        .add_option(wanted.to.map(|at| Column::At.lt(at.0)))
        .add_option(action)
}

async fn entries<C: ConnectionTrait>(db: &C, which: Condition, limit: u64) -> Result<Vec<Entry>, StoreError> {
    let rows = audit::Entity::find().filter(which).order_by_desc(Column::Seq).limit(limit).all(db).await?;
    let names = Names::of(db, &rows).await?;
    Ok(rows.into_iter().map(|row| names.read(row)).collect())
}

/// What ids in entries stand for.
#[derive(Default)]
struct Names {
    actors: HashMap<Uuid, String>,
    departments: HashMap<(Uuid, Uuid), String>,
    visits: HashMap<Uuid, i64>,
    orgs: HashMap<Uuid, String>,
}

impl Names {
    async fn of<C: ConnectionTrait>(db: &C, rows: &[Model]) -> Result<Self, StoreError> {
        let ids = |pick: fn(&Model) -> Option<Uuid>| {
            let mut ids: Vec<Uuid> = rows.iter().filter_map(pick).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let (who, about) = (ids(|row| row.actor_id), ids(|row| row.about_id));
        let mut names = Self::default();
        let people = person::Entity::find().filter(person::Column::Id.is_in(who.iter().chain(&about).copied()));
        names.actors.extend(people.all(db).await?.into_iter().map(|row| (row.id, row.name)));
        let guests = seat::Entity::find().filter(seat::Column::Id.is_in(who.clone())).all(db).await?;
        names.actors.extend(guests.into_iter().map(|row| (row.id, row.name)));
        let tokens = service_token::Entity::find().filter(service_token::Column::Id.is_in(who.clone()));
        names.actors.extend(tokens.all(db).await?.into_iter().map(|row| (row.id, row.name)));
        let members = member::Entity::find().filter(member::Column::PersonId.is_in(who)).all(db).await?;
        let named = members.into_iter().filter_map(|row| Some(((row.person_id, row.org_id), row.department?)));
        names.departments.extend(named);
        let visits = visit::Entity::find().filter(visit::Column::Id.is_in(ids(|row| row.visit_id)));
        names.visits.extend(visits.all(db).await?.into_iter().map(|row| (row.id, row.made_at)));
        let orgs = organisation::Entity::find().filter(organisation::Column::Id.is_in(ids(|row| row.org_id)));
        names.orgs.extend(orgs.all(db).await?.into_iter().map(|row| (row.id, row.name)));
        Ok(names)
    }

    fn read(&self, row: Model) -> Entry {
        let name = |id: Option<Uuid>| id.and_then(|id| self.actors.get(&id)).cloned();
        let member = row.actor_id.zip(row.org_id);
        Entry {
            seq: unsigned(row.seq),
            at: Timestamp(row.at),
            actor_name: name(row.actor_id),
            department: member.and_then(|member| self.departments.get(&member)).cloned(),
            about_name: name(row.about_id),
            visit_at: row.visit_id.and_then(|id| self.visits.get(&id)).copied().map(Timestamp),
            org_name: row.org_id.and_then(|id| self.orgs.get(&id)).cloned(),
            by: row.actor_kind,
            actor: row.actor_id,
            role: row.actor_role,
            action: row.action,
            outcome: u16::try_from(row.outcome).unwrap_or_default(),
            about: row.about_id,
            on_behalf: row.on_behalf_id,
            thing: row.subject_kind.zip(row.subject_id),
            visit: row.visit_id.map(VisitId),
            address: row.address,
            session: row.session_id,
            detail: row.detail,
            hash: row.hash,
        }
    }
}

fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn unsigned(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or_default()
}
