//! What the ledger has of a thing: its leaf, its place, and what opens it, for whoever may know of the thing.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use vaidya_clinic::id::{ConsentId, PersonId, RecordId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::Cid;
use vaidya_ledger::merkle::Plan;
use vaidya_ledger::{Hash, Kind, Leaf};

use super::super::accounts::Person;
use super::super::entity::ledger_entry::{self, Column};
use super::super::entity::{audit, consent, credential, record, record_version, sublog, sublog_root};
use super::super::{Store, StoreError, records};
use super::openings::{nothing, of_leaf, of_object, sized};
use super::{sublog as own, unsigned};

/// The form of an opening.
const VERSION: u8 = 1;

/// A step of a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was asked for.
    Requested,
    /// It was given; or somebody looked without asking.
    Granted,
    /// The code that gave it was used.
    Used,
    /// It was taken back, or refused.
    Revoked,
    /// An auditor looked at a look without asking.
    Reviewed,
}

impl Step {
    /// As it is written.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "requested" => Some(Self::Requested),
            "granted" => Some(Self::Granted),
            "used" => Some(Self::Used),
            "revoked" => Some(Self::Revoked),
            "reviewed" => Some(Self::Reviewed),
            _ => None,
        }
    }

    fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Requested => &[Kind::ConsentRequested],
            Self::Granted => &[Kind::ConsentGranted, Kind::BreakGlass],
            Self::Used => &[Kind::ConsentUsed],
            Self::Revoked => &[Kind::ConsentRevoked],
            Self::Reviewed => &[Kind::BreakGlassReview],
        }
    }
}

/// An entry that is on the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Its index in the log.
    pub leaf: u64,
    /// Which thing it is about, its bytes there, and what opens it: the `extra` of a proof.
    pub opening: Vec<u8>,
}

/// How something stands to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is there.
    There(Proven),
    /// It is on its way, since then.
    OnItsWay(Timestamp),
}

impl Store {
    /// What the ledger has of a record's version (the newest when none is named), for those who may read it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for everyone else.
    pub async fn record_on_ledger(
        &self,
        who: &Person,
        id: RecordId,
        ver: Option<u32>,
        now: Timestamp,
    ) -> Result<Place, StoreError> {
        let who = who.clone();
        self.read(move |db| Box::pin(async move { of_record(db, &who, id, ver, now).await })).await
    }

    /// What the ledger has of a consent: its newest step, or the one that is named.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]. Whose it is the caller has to know.
    pub async fn consent_on_ledger(&self, id: ConsentId, step: Option<Step>) -> Result<Place, StoreError> {
        self.read(move |db| Box::pin(async move { of_consent(db, id, step).await })).await
    }

    /// What the ledger has of a doctor's newest registration that ever was in force.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub async fn credential_on_ledger(&self, doctor: PersonId) -> Result<Place, StoreError> {
        self.read(move |db| Box::pin(async move { of_credential(db, doctor).await })).await
    }

    /// What the ledger has of an entry of the audit that is about this person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is about somebody else.
    pub async fn audit_on_ledger(&self, whose: PersonId, seq: u64) -> Result<Place, StoreError> {
        self.read(move |db| Box::pin(async move { of_audit(db, whose, seq).await })).await
    }
}

async fn of_record<C: ConnectionTrait>(
    db: &C,
    who: &Person,
    id: RecordId,
    ver: Option<u32>,
    now: Timestamp,
) -> Result<Place, StoreError> {
    let row = record::Entity::find_by_id(id.0).one(db).await?.ok_or(StoreError::NotFound)?;
    // Whose it was still may prove that there was something, when it is erased.
    if !records::is_of(db, who, id, now).await? && !records::may_read(db, who, &row, now).await? {
        return Err(StoreError::NotFound);
    }
    let versions = record_version::Entity::find().filter(record_version::Column::RecordId.eq(id.0));
    let versions =
        ver.into_iter().fold(versions, |some, ver| some.filter(record_version::Column::Ver.eq(i64::from(ver))));
    let version = versions.order_by_desc(record_version::Column::Ver).one(db).await?.ok_or(StoreError::NotFound)?;
    let which = Condition::all()
        .add(Column::ThingId.eq(id.0))
        .add(Column::Ver.eq(version.ver))
        .add(of_kinds(&[Kind::RecordPut, Kind::RecordAmended]));
    let entry = newest(db, which).await?;
    place(entry, version.made_at, |_| object(&row.kind, &version))
}

/// What opens a version's commitment, as long as its salt is there.
fn object(kind: &str, version: &record_version::Model) -> Result<Vec<u8>, StoreError> {
    let salt = version.salt.as_deref().and_then(|salt| salt.try_into().ok());
    let Some(salt) = salt else { return Ok(nothing()) };
    let cid = Cid::parse(&version.cid).map_err(|_| StoreError::strange("a block's name that is none"))?;
    Ok(of_object(kind, &salt, &cid.hash())?.opening)
}

async fn of_consent<C: ConnectionTrait>(db: &C, id: ConsentId, step: Option<Step>) -> Result<Place, StoreError> {
    let row = consent::Entity::find_by_id(id.0).one(db).await?.ok_or(StoreError::NotFound)?;
    let which = Condition::all().add(Column::ThingId.eq(id.0)).add_option(step.map(|step| of_kinds(step.kinds())));
    let since = row.ended_at.or(row.decided_at).unwrap_or(row.made_at);
    place(newest(db, which).await?, since, kept)
}

async fn of_credential<C: ConnectionTrait>(db: &C, doctor: PersonId) -> Result<Place, StoreError> {
    let rows = credential::Entity::find()
        .filter(credential::Column::PersonId.eq(doctor.0))
        .filter(credential::Column::VerifiedAt.is_not_null())
        .order_by_desc(credential::Column::VerifiedAt);
    let row = rows.one(db).await?.ok_or(StoreError::NotFound)?;
    let entry = newest(db, Condition::all().add(Column::ThingId.eq(row.id))).await?;
    place(entry, row.changed_at, kept)
}

async fn of_audit<C: ConnectionTrait>(db: &C, whose: PersonId, seq: u64) -> Result<Place, StoreError> {
    let seq = i64::try_from(seq).map_err(|_| StoreError::NotFound)?;
    let row = audit::Entity::find_by_id(seq).one(db).await?;
    let theirs = |row: &audit::Model| row.about_id == Some(whose.0) || row.actor_id == Some(whose.0);
    let row = row.filter(theirs).ok_or(StoreError::NotFound)?;
    let Some(leaf) = sublog::Entity::find().filter(sublog::Column::AuditSeq.eq(seq)).one(db).await? else {
        return Ok(Place::OnItsWay(Timestamp(row.at)));
    };
    let Some(root) = own::root_over(db, leaf.org_id, leaf.n).await? else {
        return Ok(Place::OnItsWay(Timestamp(row.at)));
    };
    let what = inner(db, &leaf, &root).await?;
    let entry = newest(db, Condition::all().add(Column::EventId.eq(root.event_id))).await?;
    place(entry, row.at, |_| Ok(what))
}

/// The way from a leaf of a clinic's own log to a root of it.
async fn inner<C: ConnectionTrait>(
    db: &C,
    leaf: &sublog::Model,
    root: &sublog_root::Model,
) -> Result<Vec<u8>, StoreError> {
    let odd = || StoreError::strange("a clinic's log that does not fit its root");
    let plan = Plan::inclusion(unsigned(leaf.n), unsigned(root.size)).map_err(|_| odd())?;
    let hashes = own::hashes(db, leaf.org_id, &plan.wanted()).await?;
    let path: Vec<Hash> = plan.fill(&hashes).ok_or_else(odd)?;
    Ok(of_leaf(unsigned(leaf.n), &path, &leaf.data))
}

async fn newest<C: ConnectionTrait>(db: &C, which: Condition) -> Result<Option<ledger_entry::Model>, StoreError> {
    Ok(ledger_entry::Entity::find().filter(which).order_by_desc(Column::Id).one(db).await?)
}

fn of_kinds(kinds: &[Kind]) -> Condition {
    Condition::any().add(Column::Kind.is_in(kinds.iter().map(|kind| kind.word())))
}

/// What was kept with the entry to open it.
fn kept(entry: &ledger_entry::Model) -> Result<Vec<u8>, StoreError> {
    Ok(entry.opening.clone().unwrap_or_else(nothing))
}

fn place(
    entry: Option<ledger_entry::Model>,
    since: i64,
    what: impl FnOnce(&ledger_entry::Model) -> Result<Vec<u8>, StoreError>,
) -> Result<Place, StoreError> {
    let Some(row) = entry else { return Ok(Place::OnItsWay(Timestamp(since))) };
    let Some((leaf, (block, at))) = row.leaf.zip(row.block.zip(row.committed_at)) else {
        return Ok(Place::OnItsWay(Timestamp(row.made_at)));
    };
    let outcome = u8::try_from(row.outcome.unwrap_or_default()).unwrap_or(u8::MAX);
    let bytes = Leaf::Entry { outcome, seq: unsigned(block), time: unsigned(at), entry: row.bytes.clone() }.encode();
    let what = what(&row)?;
    let (thing, id) = row.thing.zip(row.thing_id).unwrap_or_default();
    let version = u32::try_from(row.ver.unwrap_or_default()).unwrap_or_default();
    let opening = opening(&bytes, (&thing, id, version), &what);
    Ok(Place::There(Proven { leaf: unsigned(leaf), opening }))
}

/// `u8 1 ‖ sized(leaf) ‖ sized(word) ‖ id ‖ u32 version ‖ what`.
fn opening(leaf: &[u8], (word, id, version): (&str, Uuid, u32), what: &[u8]) -> Vec<u8> {
    let version = version.to_be_bytes();
    [&[VERSION], sized(leaf).as_slice(), &sized(word.as_bytes()), id.as_bytes(), &version, what].concat()
}

/// Whether an emergency's entry is on the ledger.
///
/// # Errors
/// When the database fails.
pub(in crate::store) async fn is_there<C: ConnectionTrait>(
    db: &C,
    kind: Kind,
    thing: Uuid,
) -> Result<bool, StoreError> {
    let there = ledger_entry::Entity::find()
        .filter(Column::ThingId.eq(thing))
        .filter(Column::Kind.eq(kind.word()))
        .filter(Column::State.eq("committed"));
    Ok(there.one(db).await?.is_some())
}
