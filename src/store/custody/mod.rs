//! The keys of organisations as rows: one live key each, others that are followed, and what is wrapped for them.

use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Set,
};
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{KeyId, OrgId, PersonId};
use vaidya_clinic::keyring::ClinicKeyStatus::{self, Live, Retired, Retiring};
use vaidya_clinic::organisation::OrgState;
use vaidya_clinic::policy::Custody;
use vaidya_clinic::time::Timestamp;

use super::entity::{clinic_key, clinic_wrap, organisation, record};
use super::error::known;
use super::records::ClinicKey;
use super::{Store, StoreError, facts, organisations};

mod held;
mod moves;
mod restores;

pub use held::Place;
pub(super) use held::every as held;
pub(super) use restores::{due as restore_due, due_for_guardian};

/// A key of an organisation and how it stands.
#[derive(Clone)]
pub struct KeptKey {
    /// Its public half.
    pub key: ClinicKey,
    /// How it stands.
    pub status: ClinicKeyStatus,
    /// Since when nothing is wrapped for it.
    pub retired_at: Option<Timestamp>,
    /// How many versions of records are wrapped for it.
    pub versions: u64,
}

impl KeptKey {
    /// Whether its private half is needed.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        self.status != Retired || self.versions > 0
    }
}

impl Store {
    /// Every key of an organisation, the live one first, then the newest; with how many versions of one patient's, or
    /// of everybody's records are wrapped for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clinic_keys(&self, org: OrgId, whose: Option<PersonId>) -> Result<Vec<KeptKey>, StoreError> {
        let which = clinic_key::Entity::find().filter(clinic_key::Column::OrgId.eq(org.0));
        self.read(move |db| Box::pin(async move { kept(db, which, whose).await })).await
    }

    /// Every key of every organisation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn every_clinic_key(&self) -> Result<Vec<KeptKey>, StoreError> {
        self.read(|db| Box::pin(async move { kept(db, clinic_key::Entity::find(), None).await })).await
    }

    /// Organisations at work that keep keys of their patients' records, and have no live key for that.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn without_clinic_key(&self) -> Result<Vec<OrgId>, StoreError> {
        self.read(|db| Box::pin(without(db))).await
    }

    /// Keeps an organisation's first key, whose private half is on the disk.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when it has a live one.
    pub async fn add_clinic_key(&self, key: ClinicKey, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| {
            Box::pin(async move {
                organisations::hold(tx, key.org).await?;
                if one_live(tx, key.org).await?.is_some() {
                    return Err(StoreError::Taken);
                }
                insert(tx, key, now).await
            })
        })
        .await
    }

    /// Lets a new key, whose private half is on the disk, follow the live one: what is wrapped for that is wrapped anew
    /// by and by.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such organisation.
    pub async fn rotate_clinic_key(&self, key: ClinicKey, now: Timestamp) -> Result<(), StoreError> {
        self.report(move |tx| Box::pin(rotate(tx, key, now))).await
    }

    /// Retires a key for which nothing is wrapped any more, and says how many versions still are.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn retire_clinic_key(&self, key: KeyId, now: Timestamp) -> Result<u64, StoreError> {
        self.write(move |tx| Box::pin(retire(tx, key, now))).await
    }

    /// Retired keys that nothing has been wrapped for since `before`: their private halves can go.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn spent_clinic_keys(&self, before: Timestamp) -> Result<Vec<KeyId>, StoreError> {
        let which = clinic_key::Entity::find()
            .filter(clinic_key::Column::Status.eq(Retired.as_str()))
            .filter(clinic_key::Column::RetiredAt.lte(before.0));
        let rows = self.read(move |db| Box::pin(async move { kept(db, which, None).await })).await?;
        Ok(rows.into_iter().filter(|row| !row.is_needed()).map(|row| row.key.id).collect())
    }

    /// Takes retired keys for which something is wrapped after all (a record was being sealed just then) up again, and
    /// says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revive_clinic_keys(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.report(move |tx| Box::pin(revive(tx, now))).await
    }
}

async fn kept<C: ConnectionTrait>(
    db: &C,
    which: sea_orm::Select<clinic_key::Entity>,
    whose: Option<PersonId>,
) -> Result<Vec<KeptKey>, StoreError> {
    let rows = which.order_by_desc(clinic_key::Column::MadeAt).order_by_asc(clinic_key::Column::Id).all(db).await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        let theirs = whose.map(|patient| clinic_wrap::Column::RecordId.in_subquery(records_of(patient)));
        let versions = wraps_of(KeyId(row.id)).filter(Condition::all().add_option(theirs)).count(db).await?;
        let (status, retired_at) = (known(ClinicKeyStatus::parse(&row.status))?, row.retired_at.map(Timestamp));
        keys.push(KeptKey { key: ClinicKey::from(row), status, retired_at, versions });
    }
    keys.sort_by_key(|kept| kept.status != Live);
    Ok(keys)
}

async fn without<C: ConnectionTrait>(db: &C) -> Result<Vec<OrgId>, StoreError> {
    let rows = organisation::Entity::find().filter(organisation::Column::State.eq(OrgState::Active.as_str()));
    let mut found = Vec::new();
    for org in rows.order_by_asc(organisation::Column::Id).all(db).await?.into_iter().map(|row| OrgId(row.id)) {
        let keeps = organisations::policy(db, org).await?.custody == Custody::PatientAndClinic;
        if keeps && one_live(db, org).await?.is_none() {
            found.push(org);
        }
    }
    Ok(found)
}

/// The live key of an organisation.
pub(super) async fn one_live<C: ConnectionTrait>(db: &C, org: OrgId) -> Result<Option<clinic_key::Model>, StoreError> {
    let live = clinic_key::Entity::find()
        .filter(clinic_key::Column::OrgId.eq(org.0))
        .filter(clinic_key::Column::Status.eq(Live.as_str()));
    Ok(live.one(db).await?)
}

fn records_of(patient: PersonId) -> SelectStatement {
    Query::select()
        .column(record::Column::Id)
        .from(record::Entity)
        .and_where(record::Column::PatientId.eq(patient.0))
        .to_owned()
}

fn wraps_of(key: KeyId) -> sea_orm::Select<clinic_wrap::Entity> {
    clinic_wrap::Entity::find().filter(clinic_wrap::Column::KeyId.eq(key.0))
}

async fn insert(tx: &DatabaseTransaction, key: ClinicKey, now: Timestamp) -> Result<(), StoreError> {
    let row = clinic_key::ActiveModel {
        id: Set(key.id.0),
        org_id: Set(key.org.0),
        rsa: Set(key.rsa),
        ed: Set(key.ed),
        sig: Set(key.sig),
        status: Set(Live.as_str().to_owned()),
        made_at: Set(now.0),
        retired_at: Set(None),
        possession: Set(key.possession),
    };
    let id = KeyId(row.insert(tx).await?.id);
    facts::house(tx, &HouseEvent::KeyBound { key: id }, now).await
}

async fn rotate(tx: &DatabaseTransaction, key: ClinicKey, now: Timestamp) -> Result<(), StoreError> {
    organisations::hold(tx, key.org).await?;
    if let Some(old) = one_live(tx, key.org).await? {
        becomes(tx, KeyId(old.id), Retiring, None).await?;
        facts::house(tx, &HouseEvent::ClinicKeyRotated { key: KeyId(old.id) }, now).await?;
    }
    insert(tx, key, now).await
}

async fn retire(tx: &DatabaseTransaction, key: KeyId, now: Timestamp) -> Result<u64, StoreError> {
    let row = hold(tx, key).await?;
    let left = wraps_of(key).count(tx).await?;
    if left == 0 && row.status == Retiring.as_str() {
        becomes(tx, key, Retired, Some(now)).await?;
        facts::house(tx, &HouseEvent::KeyRevoked { key }, now).await?;
    }
    Ok(left)
}

async fn revive(tx: &DatabaseTransaction, now: Timestamp) -> Result<usize, StoreError> {
    let which = clinic_key::Entity::find().filter(clinic_key::Column::Status.eq(Retired.as_str()));
    let strays = kept(tx, which, None).await?.into_iter().filter(|row| row.versions > 0);
    let strays: Vec<_> = strays.map(|row| row.key.id).collect();
    for key in &strays {
        becomes(tx, *key, Retiring, None).await?;
        facts::house(tx, &HouseEvent::ClinicKeyRotated { key: *key }, now).await?;
    }
    Ok(strays.len())
}

/// Holds a key until the transaction ends: how it stands does not change meanwhile.
async fn hold(tx: &DatabaseTransaction, key: KeyId) -> Result<clinic_key::Model, StoreError> {
    clinic_key::Entity::find_by_id(key.0).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)
}

async fn becomes(
    tx: &DatabaseTransaction,
    key: KeyId,
    status: ClinicKeyStatus,
    retired_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let change = clinic_key::Entity::update_many()
        .col_expr(clinic_key::Column::Status, Expr::value(status.as_str()))
        .col_expr(clinic_key::Column::RetiredAt, Expr::value(retired_at.map(|at| at.0)))
        .filter(clinic_key::Column::Id.eq(key.0));
    change.exec(tx).await?;
    Ok(())
}

impl From<clinic_key::Model> for ClinicKey {
    fn from(row: clinic_key::Model) -> Self {
        Self {
            id: KeyId(row.id),
            org: OrgId(row.org_id),
            rsa: row.rsa,
            ed: row.ed,
            sig: row.sig,
            made_at: Timestamp(row.made_at),
            possession: row.possession,
        }
    }
}
