//! Wrapped keys: the transcript key of a visit for every live key of its two people, the first writer winning.

use std::collections::BTreeSet;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
};
use uuid::Uuid;
use vaidya_clinic::id::{KeyId, OrgId, PersonId, RecordId, VisitId};
use vaidya_clinic::keyring::KeyStatus;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::VisitState;

use super::entity::{record_wrap, visit, visit_wrap};
use super::error::known;
use super::keys::PersonKey;
use super::visits::VisitPeople;
use super::{Store, StoreError, accounts, erasures, keys, visits};

/// Rows in one statement: 5 values each, and SQLite takes 32,766 of them.
const AT_ONCE: usize = 1_000;

/// A key wrapped for one key of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrap {
    /// For which key.
    pub key: KeyId,
    /// RSA-OAEP-256 of the wrapped key.
    pub ek: Vec<u8>,
}

/// What was wrapped for a key: of visits and of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewraps {
    /// Transcript keys.
    pub visits: Vec<(VisitId, Vec<u8>)>,
    /// Content keys, of which version.
    pub records: Vec<(RecordId, u32, Vec<u8>)>,
}

/// The live keys of a visit's two people.
#[derive(Clone)]
pub struct VisitKeys {
    /// The doctor's.
    pub doctor: Vec<PersonKey>,
    /// The patient's.
    pub patient: Vec<PersonKey>,
}

impl VisitKeys {
    /// The ids of all of them.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<KeyId> {
        self.doctor.iter().chain(&self.patient).map(|key| key.id).collect()
    }
}

impl Store {
    /// The live keys of a visit's two people.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn visit_keys(&self, visit: VisitId) -> Result<VisitKeys, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let row = find(db, visit).await?;
                keys_of_both(db, people(&row)).await
            })
        })
        .await
    }

    /// The visit's transcript key, wrapped for the live keys of this person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visit_wraps(&self, visit: VisitId, person: PersonId) -> Result<Vec<Wrap>, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let own = keys::live(db, person).await?;
                let rows = of_visit(visit)
                    .filter(visit_wrap::Column::KeyId.is_in(own.iter().map(|key| key.id.0)))
                    .filter(visit_wrap::Column::VisitId.not_in_subquery(erasures::withheld(visit)));
                let rows = rows.order_by_asc(visit_wrap::Column::KeyId).all(db).await?;
                Ok(rows.into_iter().map(|row| Wrap { key: KeyId(row.key_id), ek: row.ek }).collect())
            })
        })
        .await
    }

    /// Keeps the visit's transcript key, which its doctor made: once, and wrapped for exactly the live keys of both.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not their visit, [`StoreError::BadState`] when it is not open,
    /// [`StoreError::Taken`] when there is a transcript key, [`StoreError::KeysChanged`].
    pub async fn first_wraps(
        &self,
        visit: VisitId,
        doctor: PersonId,
        wraps: Vec<Wrap>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(first(tx, visit, doctor, wraps, now))).await
    }

    /// Adds wraps of the transcript key for live keys of both that have none; those that have one keep it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not their visit, [`StoreError::BadState`] when this person has no live key
    /// for which the transcript key is wrapped, [`StoreError::KeysChanged`] when a key is not a live one of the two.
    pub async fn add_wraps(
        &self,
        visit: VisitId,
        person: PersonId,
        wraps: Vec<Wrap>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(more(tx, visit, person, wraps, now))).await
    }

    /// Everything that is wrapped for a key of this person.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not theirs or revoked.
    pub async fn wraps_of_key(&self, person: PersonId, key: KeyId) -> Result<Rewraps, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                match keys::one(db, person, key).await?.status {
                    KeyStatus::Revoked => Err(StoreError::NotFound),
                    KeyStatus::Live | KeyStatus::Pending => all_of(db, key).await,
                }
            })
        })
        .await
    }
}

/// A visit's row, not held.
pub(super) async fn find<C: ConnectionTrait>(db: &C, id: VisitId) -> Result<visit::Model, StoreError> {
    visit::Entity::find_by_id(id.0).one(db).await?.ok_or(StoreError::NotFound)
}

/// Who a visit is between.
pub(super) fn people(row: &visit::Model) -> VisitPeople {
    VisitPeople { org: row.org_id.map(OrgId), patient: PersonId(row.patient_id), doctor: PersonId(row.doctor_id) }
}

/// The live keys of both.
pub(super) async fn keys_of_both<C: ConnectionTrait>(db: &C, who: VisitPeople) -> Result<VisitKeys, StoreError> {
    Ok(VisitKeys { doctor: keys::live(db, who.doctor).await?, patient: keys::live(db, who.patient).await? })
}

/// Holds a visit's two people, whose keys then stay as they are, and the visit.
pub(super) async fn hold(tx: &DatabaseTransaction, id: VisitId) -> Result<visit::Model, StoreError> {
    let who = people(&find(tx, id).await?);
    accounts::hold(tx, &[who.patient, who.doctor]).await?;
    visits::hold(tx, id).await
}

async fn first(
    tx: &DatabaseTransaction,
    id: VisitId,
    doctor: PersonId,
    wraps: Vec<Wrap>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = hold(tx, id).await?;
    if row.doctor_id != doctor.0 {
        return Err(StoreError::NotFound);
    }
    if known(VisitState::parse(&row.state))? != VisitState::Open {
        return Err(StoreError::BadState);
    }
    if of_visit(id).count(tx).await? > 0 {
        return Err(StoreError::Taken);
    }
    let wanted: BTreeSet<KeyId> = wraps.iter().map(|wrap| wrap.key).collect();
    if wanted.len() != wraps.len() || wanted != keys_of_both(tx, people(&row)).await?.ids() {
        return Err(StoreError::KeysChanged);
    }
    insert(tx, wraps.into_iter().map(|wrap| (id, wrap.key, wrap.ek)), now).await
}

async fn more(
    tx: &DatabaseTransaction,
    id: VisitId,
    person: PersonId,
    wraps: Vec<Wrap>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = hold(tx, id).await?;
    let who = people(&row);
    if who.doctor != person && who.patient != person {
        return Err(StoreError::NotFound);
    }
    let live = keys_of_both(tx, who).await?;
    let own = live.doctor.iter().chain(&live.patient).filter(|key| key.person == person).map(|key| key.id.0);
    if of_visit(id).filter(visit_wrap::Column::KeyId.is_in(own)).count(tx).await? == 0 {
        return Err(StoreError::BadState);
    }
    let live = live.ids();
    if !wraps.iter().all(|wrap| live.contains(&wrap.key)) {
        return Err(StoreError::KeysChanged);
    }
    insert(tx, wraps.into_iter().map(|wrap| (id, wrap.key, wrap.ek)), now).await
}

/// Keeps for a new key what was wrapped for another one of the same person. [`StoreError::NotFound`] when something
/// was not.
pub(super) async fn pass_on(
    tx: &DatabaseTransaction,
    from: KeyId,
    to: KeyId,
    wraps: Rewraps,
    now: Timestamp,
) -> Result<(), StoreError> {
    let known = all_of(tx, from).await?;
    let visits: BTreeSet<VisitId> = known.visits.iter().map(|(visit, _)| *visit).collect();
    let records: BTreeSet<(RecordId, u32)> = known.records.iter().map(|(record, ver, _)| (*record, *ver)).collect();
    let ours = wraps.visits.iter().all(|(visit, _)| visits.contains(visit))
        && wraps.records.iter().all(|(record, ver, _)| records.contains(&(*record, *ver)));
    if !ours {
        return Err(StoreError::NotFound);
    }
    insert(tx, wraps.visits.into_iter().map(|(visit, ek)| (visit, to, ek)), now).await?;
    insert_of_records(tx, wraps.records.into_iter().map(|(record, ver, ek)| (record, ver, to, ek)), now).await
}

/// Writes wraps of records; those that are there stay.
pub(super) async fn insert_of_records(
    tx: &DatabaseTransaction,
    wraps: impl Iterator<Item = (RecordId, u32, KeyId, Vec<u8>)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = |(record, ver, key, ek): (RecordId, u32, KeyId, Vec<u8>)| record_wrap::ActiveModel {
        record_id: Set(record.0),
        ver: Set(i64::from(ver)),
        key_id: Set(key.0),
        ek: Set(ek),
        made_at: Set(now.0),
    };
    let rows: Vec<_> = wraps.map(row).collect();
    let once =
        OnConflict::columns([record_wrap::Column::RecordId, record_wrap::Column::Ver, record_wrap::Column::KeyId])
            .do_nothing()
            .to_owned();
    for some in rows.chunks(AT_ONCE) {
        let insert = record_wrap::Entity::insert_many(some.to_vec()).on_conflict(once.clone());
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Writes wraps of visits; those that are there stay.
async fn insert(
    tx: &DatabaseTransaction,
    wraps: impl Iterator<Item = (VisitId, KeyId, Vec<u8>)>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = |(visit, key, ek): (VisitId, KeyId, Vec<u8>)| visit_wrap::ActiveModel {
        visit_id: Set(visit.0),
        key_id: Set(key.0),
        ek: Set(ek),
        made_at: Set(now.0),
    };
    let rows: Vec<_> = wraps.map(row).collect();
    let once = OnConflict::columns([visit_wrap::Column::VisitId, visit_wrap::Column::KeyId]).do_nothing().to_owned();
    for some in rows.chunks(AT_ONCE) {
        let insert = visit_wrap::Entity::insert_many(some.to_vec()).on_conflict(once.clone());
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

async fn all_of<C: ConnectionTrait>(db: &C, key: KeyId) -> Result<Rewraps, StoreError> {
    let visits = visit_wrap::Entity::find()
        .filter(visit_wrap::Column::KeyId.eq(key.0))
        .order_by_asc(visit_wrap::Column::VisitId)
        .all(db)
        .await?;
    let records = record_wrap::Entity::find()
        .filter(record_wrap::Column::KeyId.eq(key.0))
        .order_by_asc(record_wrap::Column::RecordId)
        .order_by_asc(record_wrap::Column::Ver)
        .all(db)
        .await?;
    let visit = |row: visit_wrap::Model| (VisitId(row.visit_id), row.ek);
    let record = |row: record_wrap::Model| {
        let ver = u32::try_from(row.ver).map_err(|_| StoreError::strange("a version below zero"))?;
        Ok((RecordId(row.record_id), ver, row.ek))
    };
    let records = records.into_iter().map(record).collect::<Result<_, StoreError>>()?;
    Ok(Rewraps { visits: visits.into_iter().map(visit).collect(), records })
}

fn of_visit(id: VisitId) -> sea_orm::Select<visit_wrap::Entity> {
    visit_wrap::Entity::find().filter(visit_wrap::Column::VisitId.eq::<Uuid>(id.0))
}
