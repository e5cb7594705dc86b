//! Which doctors may begin visits, and what patients see of their registrations.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;
use vaidya_clinic::credential::{CredentialState, Step};
use vaidya_clinic::id::{OrgId, PersonId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::VisitState;
use vaidya_clinic::wire::DoctorView;

use super::credential_rows::{of, read};
use super::entity::credential::{self, Column, Entity};
use super::entity::visit;
use super::{Store, StoreError};

/// A doctor, and whether the visits they are in may know them as active.
pub struct DoctorStanding {
    /// Whether the registration is in force.
    pub in_force: bool,
    /// Their open visits in the organisation.
    pub visits: Vec<VisitId>,
}

impl Store {
    /// Whether a doctor's registration is in force in an organisation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn doctor_in_force(&self, doctor: PersonId, org: OrgId, now: Timestamp) -> Result<bool, StoreError> {
        self.read(move |db| Box::pin(in_force(db, doctor, org, now))).await
    }

    /// How the doctor of a registration stands, and which visits of theirs are open.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn doctor_standing(&self, credential: Uuid, now: Timestamp) -> Result<DoctorStanding, StoreError> {
        self.read(move |db| Box::pin(standing(db, credential, now))).await
    }
}

/// Whether a doctor's registration is in force.
pub(super) async fn in_force<C: ConnectionTrait>(
    db: &C,
    doctor: PersonId,
    org: OrgId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(row) = of(db, doctor, org).await? else { return Ok(false) };
    Ok(read(&row)?.standing(now).is_in_force())
}

/// What patients see of the registrations in force of these doctors, by doctor and organisation; the rest of the views
/// is empty. One whose time is over
/// goes when the keeper finds it, within a minute.
pub(super) async fn registered<C: ConnectionTrait>(
    db: &C,
    doctors: Vec<Uuid>,
) -> Result<HashMap<(Uuid, Uuid), DoctorView>, StoreError> {
    let rows = Entity::find()
        .filter(Column::PersonId.is_in(doctors))
        .filter(Column::State.eq(CredentialState::Active.as_str()));
    let shown = |row: credential::Model| {
        let Step::Active(was) = read(&row)?.step else { return Err(StoreError::strange("a registration in no state")) };
        let registered = DoctorView {
            qualification: Some(row.qualification),
            registration: Some(row.number),
            council: Some(row.council),
            verified_on: Some(was.verified_at),
            ..DoctorView::default()
        };
        Ok(((row.person_id, row.org_id), registered))
    };
    rows.all(db).await?.into_iter().map(shown).collect()
}

/// [`StoreError::NotActive`] unless a doctor's registration is in force; it stays so until the transaction ends. Before
/// a visit is held.
pub(super) async fn must_be_in_force(
    tx: &DatabaseTransaction,
    doctor: PersonId,
    org: OrgId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = Entity::find().filter(Column::PersonId.eq(doctor.0)).filter(Column::OrgId.eq(org.0)).lock_shared();
    let row = row.one(tx).await?.ok_or(StoreError::NotActive)?;
    if read(&row)?.standing(now).is_in_force() { Ok(()) } else { Err(StoreError::NotActive) }
}

async fn standing<C: ConnectionTrait>(db: &C, id: Uuid, now: Timestamp) -> Result<DoctorStanding, StoreError> {
    let row = Entity::find_by_id(id).one(db).await?.ok_or(StoreError::NotFound)?;
    let open: Vec<Uuid> = visit::Entity::find()
        .select_only()
        .column(visit::Column::Id)
        .filter(visit::Column::DoctorId.eq(row.person_id))
        .filter(visit::Column::OrgId.eq(row.org_id))
        .filter(visit::Column::State.eq(VisitState::Open.as_str()))
        .into_tuple()
        .all(db)
        .await?;
    let in_force = read(&row)?.standing(now).is_in_force();
    Ok(DoctorStanding { in_force, visits: open.into_iter().map(VisitId).collect() })
}
