//! For whom a record is sealed: everyone's live keys, and the clinic's where its custody says so.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;
use vaidya_clinic::id::{KeyId, OrgId, PersonId, VisitId};
use vaidya_clinic::policy::Custody;
use vaidya_clinic::time::Timestamp;

use super::super::accounts::Person;
use super::super::entity::{clinic_key, visit};
use super::super::keys::{self, PersonKey};
use super::super::{StoreError, organisations};
use super::access;

/// The public half of an organisation's key.
#[derive(Clone)]
pub struct ClinicKey {
    /// Its id.
    pub id: KeyId,
    /// Whose.
    pub org: OrgId,
    /// To seal to (SPKI).
    pub rsa: Vec<u8>,
    /// To check signatures with (32 bytes).
    pub ed: Vec<u8>,
    /// Its binding, signed by itself.
    pub sig: Vec<u8>,
    /// Since when.
    pub made_at: Timestamp,
}

/// For whom something is sealed.
#[derive(Clone)]
pub struct Recipients {
    /// Live keys of people.
    pub keys: Vec<PersonKey>,
    /// The clinic's, where its custody says so.
    pub clinic: Option<ClinicKey>,
}

impl Recipients {
    /// The ids of people's keys.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<KeyId> {
        self.keys.iter().map(|key| key.id).collect()
    }
}

/// For whom a record must be sealed: patient, author, and the doctor of its visit.
pub(in crate::store) async fn required<C: ConnectionTrait>(
    db: &C,
    org: OrgId,
    patient: PersonId,
    author: PersonId,
    visit: Option<&visit::Model>,
) -> Result<Recipients, StoreError> {
    let doctor = visit.map(|visit| PersonId(visit.doctor_id));
    let people: BTreeSet<Uuid> = [Some(patient), Some(author), doctor].into_iter().flatten().map(|id| id.0).collect();
    let mut all = Vec::new();
    for id in people {
        all.extend(keys::live(db, PersonId(id)).await?);
    }
    Ok(Recipients { keys: all, clinic: custody(db, org).await? })
}

/// The key of an organisation, where its custody says that records are sealed to it.
pub(super) async fn custody<C: ConnectionTrait>(db: &C, org: OrgId) -> Result<Option<ClinicKey>, StoreError> {
    match organisations::policy(db, org).await?.custody {
        Custody::PatientAndClinic => clinic_key(db, org).await,
        Custody::PatientOnly => Ok(None),
    }
}

/// The live key of an organisation.
pub(in crate::store) async fn clinic_key<C: ConnectionTrait>(
    db: &C,
    org: OrgId,
) -> Result<Option<ClinicKey>, StoreError> {
    let live = clinic_key::Entity::find()
        .filter(clinic_key::Column::OrgId.eq(org.0))
        .filter(clinic_key::Column::Status.eq("live"));
    Ok(live.one(db).await?.map(|row| ClinicKey {
        id: KeyId(row.id),
        org: OrgId(row.org_id),
        rsa: row.rsa,
        ed: row.ed,
        sig: row.sig,
        made_at: Timestamp(row.made_at),
    }))
}

/// The same for a person who is about to write.
pub(super) async fn shown<C: ConnectionTrait>(
    db: &C,
    author: &Person,
    patient: PersonId,
    visit: Option<VisitId>,
) -> Result<Recipients, StoreError> {
    if !access::may_write(db, author, patient).await? {
        return Err(StoreError::NotFound);
    }
    let visit = match visit {
        Some(id) => Some(super::super::wraps::find(db, id).await?).filter(|row| row.patient_id == patient.0),
        None => None,
    };
    required(db, author.org, patient, author.id, visit.as_ref()).await
}
