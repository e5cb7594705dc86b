//! What each fact is on the ledger: an entry of its own, a leaf of its clinic's own log, or both.

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;
use vaidya_clinic::anchor::{self, Thing};
use vaidya_clinic::consent::State;
use vaidya_clinic::erasure::Outcome;
use vaidya_clinic::event::{Fact, HouseEvent, RoomEvent};
use vaidya_clinic::id::{ConsentId, VisitId};
use vaidya_ledger::{Actor, Hash, Kind, Statement};

use super::super::StoreError;
use super::super::entity::{ledger_entry, visit};
use super::super::outbox::Job;
use super::{Draw, keys, sublog};

mod consents;
mod credentials;
mod records;

/// Entries that are there or will be, before whatever is put after them.
pub(super) const WAITED: [&str; 2] = ["waiting", "committed"];

/// An entry to be: everything but its number and its submitter's signature.
pub(super) struct Draft {
    /// What is said.
    pub(super) statement: Statement,
    /// By whom, when somebody signed it.
    pub(super) actor: Option<Actor>,
    /// More of it.
    pub(super) attachment: Vec<u8>,
    /// What opens its commitment; records keep theirs themselves.
    pub(super) opening: Option<Vec<u8>>,
    /// About what: a word, an id, and a record's version.
    pub(super) about: (&'static str, Uuid, Option<u32>),
}

impl Draft {
    /// What nobody but the house says.
    pub(super) fn new(statement: Statement, about: (&'static str, Uuid, Option<u32>)) -> Self {
        Self { statement, actor: None, attachment: Vec::new(), opening: None, about }
    }
}

/// What a fact is on the ledger.
pub(super) enum Drafted {
    /// Entries, in this order.
    Entries(Vec<Draft>),
    /// A leaf of the clinic's own log.
    Leaf,
    /// It can't be said yet.
    Later(&'static str),
}

impl From<Option<Draft>> for Drafted {
    /// What is nothing to the ledger is still in the clinic's own log.
    fn from(draft: Option<Draft>) -> Self {
        draft.map_or(Self::Leaf, |draft| Self::Entries(vec![draft]))
    }
}

/// The one table of facts and entries.
pub(super) async fn of(tx: &DatabaseTransaction, job: &Job, fact: &Fact, draw: Draw) -> Result<Drafted, StoreError> {
    let visit = job.visit;
    Ok(match fact {
        Fact::Room(RoomEvent::Created | RoomEvent::Accepted) => opened(tx, visit).await?.into(),
        Fact::Room(RoomEvent::Ended { .. }) => return closed(tx, visit).await,
        Fact::Room(RoomEvent::RecordSealed { record, ver, .. }) => {
            Drafted::Entries(records::kept(tx, *record, *ver).await?)
        }
        Fact::House(HouseEvent::RecordErased { record, outcome: Outcome::Erased }) => {
            records::erased(tx, *record).await?.into()
        }
        Fact::House(HouseEvent::KeyBound { key }) => keys::bound(tx, key.0, draw).await?.into(),
        Fact::House(HouseEvent::KeyRevoked { key }) => keys::revoked(tx, key.0, draw).await?.into(),
        Fact::House(HouseEvent::CredentialChanged { credential, state }) => {
            credentials::changed(tx, *credential, state, draw).await?.into()
        }
        Fact::House(HouseEvent::ConsentChanged { consent, state, nullifier }) => {
            let (id, state) = (ConsentId(*consent), State::parse(state));
            let nullifier = nullifier.as_ref().and_then(|one| one.0.as_slice().try_into().ok());
            return consents::changed(tx, job, (id, state), nullifier, draw).await;
        }
        Fact::House(HouseEvent::Reviewed { consent }) => {
            consents::reviewed(tx, ConsentId(*consent), draw).await?.into()
        }
        Fact::Room(_) | Fact::House(_) => Drafted::Leaf,
    })
}

/// A visit's room, from the moment it is open; none when it is not, or the ledger has it already.
pub(super) async fn opened(tx: &DatabaseTransaction, visit: Option<VisitId>) -> Result<Option<Draft>, StoreError> {
    let Some(visit) = visit else { return Ok(None) };
    let row = visit::Entity::find_by_id(visit.0).one(tx).await?;
    let Some(row) = row.filter(|row| row.opened_at.is_some()) else { return Ok(None) };
    if has(tx, Kind::RoomOpened, visit.0).await? {
        return Ok(None);
    }
    let parent = credentials::on_the_ledger(tx, row.doctor_id, row.org_id).await?;
    let statement = Statement {
        kind: Kind::RoomOpened,
        reference: Hash(Thing::Room(visit).reference()),
        parent: parent.map(|id| Hash(Thing::Credential(id).reference())).unwrap_or_default(),
        commitment: Hash::default(),
        not_after: 0,
    };
    Ok(Some(Draft::new(statement, ("room", visit.0, None))))
}

/// The end of a visit whose room the ledger knows, with the root over what happened in it.
async fn closed(tx: &DatabaseTransaction, visit: Option<VisitId>) -> Result<Drafted, StoreError> {
    let Some(visit) = visit else { return Ok(Drafted::Leaf) };
    if !has(tx, Kind::RoomOpened, visit.0).await? || has(tx, Kind::RoomClosed, visit.0).await? {
        return Ok(Drafted::Leaf);
    }
    let statement = Statement {
        kind: Kind::RoomClosed,
        reference: Hash(Thing::Room(visit).reference()),
        parent: Hash::default(),
        commitment: sublog::root_of_visit(tx, visit).await?,
        not_after: 0,
    };
    Ok(Drafted::Entries(vec![Draft::new(statement, ("room", visit.0, None))]))
}

/// Whether the ledger has such an entry of a thing, or will have it before whatever is put there now.
pub(super) async fn has<C: ConnectionTrait>(db: &C, kind: Kind, thing: Uuid) -> Result<bool, StoreError> {
    let there = ledger_entry::Entity::find()
        .filter(ledger_entry::Column::ThingId.eq(thing))
        .filter(ledger_entry::Column::Kind.eq(kind.word()))
        .filter(ledger_entry::Column::State.is_in(WAITED));
    Ok(there.one(db).await?.is_some())
}

/// A clinic's leaf for a fact.
pub(super) fn leaf(job: &Job, fact: &Fact) -> Vec<u8> {
    anchor::leaf(job.event, job.visit, job.made_at, fact)
}
