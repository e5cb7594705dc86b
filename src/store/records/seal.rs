//! Taking a version in: everything it must be, checked and kept in one transaction.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use std::collections::BTreeSet;
use vaidya_clinic::anchor::{Statement, Thing};
use vaidya_clinic::consent::Subject;
use vaidya_clinic::event::{HouseEvent, RoomEvent};
use vaidya_clinic::id::{ConsentId, KeyId, OrgId, PersonId, RecordId, VisitId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::keys::Identity;
use vaidya_clinic::visit::VisitState;
use vaidya_clinic::wire::Body;

use super::super::accounts::{self, Person};
use super::super::entity::{clinic_wrap, record, record_block, record_version, visit};
use super::super::error::known;
use super::super::wraps::{self, Wrap};
use super::super::{StoreError, consents, facts, guardians, scope, uploads, visits};
use super::recipients::Concerned;
use super::{NewRecord, SealedRecord, access, required, views_of};

/// Rows in one statement: 4 values each, and SQLite takes 32,766 of them.
const AT_ONCE: usize = 1_000;

/// What a check found.
pub(super) enum Checked {
    /// The transcript of this visit is there, or this very version: its answer was lost on the way.
    There(record::Model),
    /// It may be kept.
    New(Place),
}

/// Where a version belongs.
pub(super) struct Place {
    /// In which organisation.
    pub(super) org: OrgId,
    /// Whose.
    pub(super) patient: PersonId,
    /// The record, when this is not its first version.
    pub(super) record: Option<record::Model>,
    /// The consent by which it was posted, if it was.
    pub(super) consent: Option<ConsentId>,
}

/// Everything a version must be before it is kept.
pub(super) async fn checked<C: ConnectionTrait>(
    db: &C,
    author: &Person,
    new: &NewRecord,
    now: Timestamp,
) -> Result<Checked, StoreError> {
    let visit = match new.visit {
        Some(id) => Some(wraps::find(db, id).await?),
        None => None,
    };
    if let Some(row) = same(db, author, new).await? {
        return Ok(Checked::There(row));
    }
    let place = match new.kind {
        RecordKind::Transcript => match transcript(db, author, new, visit.as_ref()).await? {
            Checked::New(place) => place,
            there @ Checked::There(_) => return Ok(there),
        },
        _ => other(db, author, new, visit.as_ref(), now).await?,
    };
    let of = Concerned { org: place.org, patient: place.patient, author: author.id, visit: visit.as_ref() };
    let wanted = required(db, of, now).await?;
    let own = wanted.keys.iter().any(|key| key.id == new.author && key.person == author.id);
    let wrapped: BTreeSet<KeyId> = new.wraps.iter().map(|wrap| wrap.key).collect();
    let clinic = wanted.clinic.as_ref().map(|key| key.id) == new.clinic.as_ref().map(|wrap| wrap.key);
    if !own || !clinic || wrapped.len() != new.wraps.len() || wrapped != wanted.ids() {
        return Err(StoreError::KeysChanged);
    }
    if let (Some(signature), Some(key)) = (&new.signature, wanted.keys.iter().find(|key| key.id == new.author)) {
        let identity = Identity::parse(&key.ed).map_err(|_| StoreError::strange("a key that is none"))?;
        let said = statement(new).message();
        identity.verify(&said, signature).map_err(|_| StoreError::BadSignature)?;
    }
    uploads::all_there(db, author.id, &new.blocks, now).await?;
    Ok(Checked::New(place))
}

/// What a version's author says of it for the ledger: the first stands on its visit's room, the others on the one before.
fn statement(new: &NewRecord) -> Statement {
    let before = new.ver.checked_sub(1).filter(|before| *before > 0).map(|before| Thing::Record(new.id, before));
    Statement::of_record(new.id, new.ver, before.or(new.visit.map(Thing::Room)), new.commitment)
}

/// The record of which this very version is kept already.
async fn same<C: ConnectionTrait>(
    db: &C,
    author: &Person,
    new: &NewRecord,
) -> Result<Option<record::Model>, StoreError> {
    let version = record_version::Entity::find_by_id((new.id.0, i64::from(new.ver)))
        .filter(record_version::Column::Cid.eq(new.cid.as_str()))
        .filter(record_version::Column::AuthorId.eq(author.id.0));
    match version.one(db).await? {
        Some(_) => Ok(record::Entity::find_by_id(new.id.0).filter(record::Column::ErasedAt.is_null()).one(db).await?),
        None => Ok(None),
    }
}

async fn transcript<C: ConnectionTrait>(
    db: &C,
    author: &Person,
    new: &NewRecord,
    visit: Option<&visit::Model>,
) -> Result<Checked, StoreError> {
    let of = visit.filter(|of| scope::within(of, author)).ok_or(StoreError::NotFound)?;
    let who = wraps::people(of);
    if who.doctor != author.id && who.patient != author.id {
        return Err(StoreError::NotFound);
    }
    if known(VisitState::parse(&of.state))? != VisitState::Ended {
        return Err(StoreError::BadState);
    }
    let same = record::Entity::find()
        .filter(record::Column::VisitId.eq(of.id))
        .filter(record::Column::Kind.eq(new.kind.as_str()));
    if let Some(found) = same.one(db).await? {
        // One that was erased is not sealed again.
        return if found.erased_at.is_none() { Ok(Checked::There(found)) } else { Err(StoreError::BadState) };
    }
    let org = of.org_id.map_or(OrgId::HOME, OrgId);
    Ok(Checked::New(Place { org, patient: who.patient, record: None, consent: None }))
}

async fn other<C: ConnectionTrait>(
    db: &C,
    author: &Person,
    new: &NewRecord,
    visit: Option<&visit::Model>,
    now: Timestamp,
) -> Result<Place, StoreError> {
    let patient = new.patient.ok_or(StoreError::NotFound)?;
    if !visit.is_none_or(|of| of.patient_id == patient.0 && scope::within(of, author)) {
        return Err(StoreError::NotFound);
    }
    access::may_write(db, author, patient, now).await?;
    if new.ver == 1 {
        // What doctors write the law wants kept; what the patient brings is kept because they want it.
        let own = access::is_for(db, author, patient, now).await?;
        if own && !consents::holds(db, patient, author.org, Subject::Store).await? {
            return Err(StoreError::ConsentNeeded);
        }
        corrected(db, author, new, patient, now).await?;
        return Ok(Place { org: author.org, patient, record: None, consent: None });
    }
    let row = record::Entity::find_by_id(new.id.0).one(db).await?.ok_or(StoreError::NotFound)?;
    let same = row.kind == new.kind.as_str() && row.patient_id == patient.0 && row.visit_id == new.visit.map(|id| id.0);
    if !same || !access::may_amend(db, author, &row, now).await? {
        return Err(StoreError::NotFound);
    }
    if newest(db, RecordId(row.id)).await?.ver.checked_add(1) != Some(i64::from(new.ver)) {
        return Err(StoreError::Taken);
    }
    Ok(Place { org: OrgId(row.org_id), patient, record: Some(row), consent: None })
}

/// [`StoreError::NotFound`] unless what a note asks to have corrected is a record of the same patient that its author may
/// read.
async fn corrected<C: ConnectionTrait>(
    db: &C,
    author: &Person,
    new: &NewRecord,
    patient: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(id) = new.corrects else { return Ok(()) };
    let row = record::Entity::find_by_id(id.0).one(db).await?.ok_or(StoreError::NotFound)?;
    let same = row.patient_id == patient.0 && access::may_read(db, author, &row, now).await?;
    if same { Ok(()) } else { Err(StoreError::NotFound) }
}

/// The newest version of a record.
pub(super) async fn newest<C: ConnectionTrait>(db: &C, id: RecordId) -> Result<record_version::Model, StoreError> {
    let rows = record_version::Entity::find()
        .filter(record_version::Column::RecordId.eq(id.0))
        .order_by_desc(record_version::Column::Ver);
    rows.limit(1).one(db).await?.ok_or(StoreError::NotFound)
}

/// Keeps it, one writer after the other: its people are held, and so their keys stay as they are.
pub(super) async fn seal(
    tx: &DatabaseTransaction,
    author: Person,
    new: NewRecord,
    now: Timestamp,
) -> Result<SealedRecord, StoreError> {
    hold(tx, &author, &new, now).await?;
    let (row, is_new) = match checked(tx, &author, &new, now).await? {
        Checked::There(row) => (row, false),
        Checked::New(place) => (insert(tx, author.id, Sealer::Author, new, place, now).await?, true),
    };
    let view = views_of(tx, vec![row]).await?.pop().ok_or(StoreError::NotFound)?;
    Ok(SealedRecord { view, new: is_new })
}

async fn hold(tx: &DatabaseTransaction, author: &Person, new: &NewRecord, now: Timestamp) -> Result<(), StoreError> {
    let visit = match new.visit {
        Some(id) => Some(wraps::people(&wraps::find(tx, id).await?)),
        None => None,
    };
    let of_visit = visit.map(|who| [who.patient, who.doctor]).into_iter().flatten();
    let mut people: Vec<PersonId> = of_visit.chain(new.patient).chain([author.id]).collect();
    if let Some(patient) = visit.map(|who| who.patient).or(new.patient) {
        people.extend(guardians::of(tx, patient, now).await?);
    }
    people.sort_unstable();
    people.dedup();
    accounts::hold(tx, &people).await?;
    if let Some(id) = new.visit {
        visits::hold(tx, id).await?;
    }
    Ok(())
}

/// Whose key sealed a version.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sealer {
    /// Its author's.
    Author,
    /// The clinic's, for its author.
    Clinic,
}

pub(super) async fn insert(
    tx: &DatabaseTransaction,
    author: PersonId,
    sealer: Sealer,
    new: NewRecord,
    place: Place,
    now: Timestamp,
) -> Result<record::Model, StoreError> {
    let row = match place.record.clone() {
        Some(row) => row,
        None => first(&new, &place, now).insert(tx).await?,
    };
    version(author, sealer, &new, now)?.insert(tx).await?;
    let (id, ver) = (new.id, new.ver);
    if ver == 1 && new.corrects.is_some() {
        facts::house(tx, &HouseEvent::CorrectionAsked { record: id }, now).await?;
    }
    uploads::used(tx, author, &new.blocks).await?;
    insert_blocks(tx, id, ver, new.blocks).await?;
    wraps::insert_of_records(tx, new.wraps.into_iter().map(|wrap| (id, ver, wrap.key, wrap.ek)), now).await?;
    if let Some(Wrap { key, ek }) = new.clinic {
        let (ver, made_at) = (Set(i64::from(ver)), Set(now.0));
        let row = clinic_wrap::ActiveModel { record_id: Set(id.0), ver, key_id: Set(key.0), ek: Set(ek), made_at };
        row.insert(tx).await?;
    }
    tell(tx, new.visit, (id, ver), new.commitment, now).await?;
    Ok(row)
}

/// Tells the ledger, with the visit or without one.
async fn tell(
    tx: &DatabaseTransaction,
    visit: Option<VisitId>,
    (record, ver): (RecordId, u32),
    commitment: [u8; 32],
    now: Timestamp,
) -> Result<(), StoreError> {
    let fact = RoomEvent::RecordSealed { record, ver, commitment: Body(commitment.to_vec()) };
    facts::of_visit_or_not(tx, visit, &fact, now).await
}

fn first(new: &NewRecord, place: &Place, now: Timestamp) -> record::ActiveModel {
    record::ActiveModel {
        id: Set(new.id.0),
        org_id: Set(place.org.0),
        patient_id: Set(place.patient.0),
        kind: Set(new.kind.as_str().to_owned()),
        department: Set(new.department.clone()),
        visit_id: Set(new.visit.map(|visit| visit.0)),
        made_at: Set(now.0),
        restricted_at: Set(None),
        erased_at: Set(None),
        why: Set(None),
        corrects: Set(new.corrects.map(|record| record.0)),
        consent_id: Set(place.consent.map(|consent| consent.0)),
    }
}

fn version(
    author: PersonId,
    sealer: Sealer,
    new: &NewRecord,
    now: Timestamp,
) -> Result<record_version::ActiveModel, StoreError> {
    let number = |_| StoreError::strange("a block beyond every size");
    Ok(record_version::ActiveModel {
        record_id: Set(new.id.0),
        ver: Set(i64::from(new.ver)),
        author_id: Set(author.0),
        author_key: Set((sealer == Sealer::Author).then_some(new.author.0)),
        at: Set(new.at.0),
        cid: Set(new.cid.clone()),
        size: Set(i64::try_from(new.size).map_err(number)?),
        blocks: Set(i64::try_from(new.blocks.len()).map_err(number)?),
        salt: Set(Some(new.salt.to_vec())),
        commitment: Set(Some(new.commitment.to_vec())),
        made_at: Set(now.0),
        signed_by: Set(new.signature.map(|_| new.author.0)),
        signature: Set(new.signature.map(|one| one.to_vec())),
    })
}

async fn insert_blocks(tx: &DatabaseTransaction, id: RecordId, ver: u32, cids: Vec<String>) -> Result<(), StoreError> {
    let row = |(place, cid): (i64, String)| record_block::ActiveModel {
        record_id: Set(id.0),
        ver: Set(i64::from(ver)),
        place: Set(place),
        cid: Set(cid),
    };
    let rows: Vec<_> = (0..).zip(cids).map(row).collect();
    for some in rows.chunks(AT_ONCE) {
        record_block::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}
