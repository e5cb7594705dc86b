//! For whom a record is sealed: everyone's live keys, and the clinic's where its custody says so.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use vaidya_clinic::id::{KeyId, OrgId, PersonId, VisitId};
use vaidya_clinic::policy::Custody;
use vaidya_clinic::time::Timestamp;

use super::super::accounts::Person;
use super::super::entity::{clinic_key, visit};
use super::super::keys::{self, PersonKey};
use super::super::{StoreError, guardians, organisations, scope, wraps};
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
    /// Its own word, for the ledger, that it is this organisation's.
    pub possession: Option<Vec<u8>>,
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

/// Whose a record is, who writes it, and where.
pub(in crate::store) struct Concerned<'r> {
    /// Where it is kept.
    pub(in crate::store) org: OrgId,
    /// Whose it is.
    pub(in crate::store) patient: PersonId,
    /// Who writes it.
    pub(in crate::store) author: PersonId,
    /// The visit it comes from.
    pub(in crate::store) visit: Option<&'r visit::Model>,
}

/// For whom a record must be sealed: patient and who speaks for them, author, and the doctor of its visit.
///
/// # Errors
/// [`StoreError::NoReader`] when neither the patient's side nor the clinic has a key.
pub(in crate::store) async fn required<C: ConnectionTrait>(
    db: &C,
    of: Concerned<'_>,
    now: Timestamp,
) -> Result<Recipients, StoreError> {
    let guardians = guardians::of(db, of.patient, now).await?;
    let doctor = of.visit.map(|visit| PersonId(visit.doctor_id));
    let people: BTreeSet<PersonId> = guardians.iter().copied().chain([of.patient, of.author]).chain(doctor).collect();
    let mut all = Vec::new();
    for id in people {
        all.extend(keys::live(db, id).await?);
    }
    let clinic = custody(db, of.org).await?;
    let theirs = all.iter().any(|key| key.person == of.patient || guardians.contains(&key.person));
    if theirs || clinic.is_some() { Ok(Recipients { keys: all, clinic }) } else { Err(StoreError::NoReader) }
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
        possession: row.possession,
    }))
}

/// The same for a person who is about to write.
pub(super) async fn shown<C: ConnectionTrait>(
    db: &C,
    author: &Person,
    patient: PersonId,
    visit: Option<VisitId>,
    now: Timestamp,
) -> Result<Recipients, StoreError> {
    access::may_write(db, author, patient, now).await?;
    let visit = match visit {
        Some(id) => Some(wraps::find(db, id).await?),
        None => None,
    };
    if visit.as_ref().is_some_and(|row| row.patient_id != patient.0 || !scope::within(row, author)) {
        return Err(StoreError::NotFound);
    }
    required(db, Concerned { org: author.org, patient, author: author.id, visit: visit.as_ref() }, now).await
}
