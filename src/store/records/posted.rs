//! Records that a program posted for a doctor: sealed by the server with the clinic's key, by a patient's consent.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction};
use vaidya_clinic::id::{ConsentId, KeyId, PersonId};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::time::Timestamp;

use super::super::accounts::{self, Person};
use super::super::{Store, StoreError, consents, doctors, guardians};
use super::recipients::{Concerned, Recipients, required};
use super::seal::{self, Place, Sealer};
use super::{NewRecord, SealedRecord, views_of};

/// By which consent something is posted about whom.
#[derive(Clone)]
pub struct Posting {
    /// The consent.
    pub consent: ConsentId,
    /// Whose record it goes into.
    pub patient: PersonId,
    /// What it is.
    pub kind: RecordKind,
    /// Under which department.
    pub department: Option<String>,
}

impl Store {
    /// For whom something that a doctor posts by a consent is sealed now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] unless the consent holds for this doctor and covers it, [`StoreError::NotActive`],
    /// [`StoreError::NoReader`].
    pub async fn recipients_of_posting(
        &self,
        doctor: &Person,
        posting: Posting,
        now: Timestamp,
    ) -> Result<Recipients, StoreError> {
        let doctor = doctor.clone();
        self.read(move |db| Box::pin(async move { shown(db, &doctor, &posting, now).await })).await
    }

    /// Keeps what a doctor posted by a consent: the doctor is its author, the clinic's key sealed it.
    ///
    /// # Errors
    /// As [`recipients_of_posting`](Self::recipients_of_posting); [`StoreError::KeysChanged`] when it is not sealed to
    /// exactly those, or not by the clinic's live key.
    pub async fn seal_posted(
        &self,
        doctor: &Person,
        posting: Posting,
        new: NewRecord,
        now: Timestamp,
    ) -> Result<SealedRecord, StoreError> {
        let doctor = doctor.clone();
        self.report(move |tx| Box::pin(keep(tx, doctor, posting, new, now))).await
    }
}

async fn shown<C: ConnectionTrait>(
    db: &C,
    doctor: &Person,
    posting: &Posting,
    now: Timestamp,
) -> Result<Recipients, StoreError> {
    if !doctors::in_force(db, doctor.id, doctor.org, now).await? {
        return Err(StoreError::NotActive);
    }
    let scope = consents::granted(db, doctor, posting.consent, posting.patient, now).await?;
    if !scope.is_some_and(|scope| scope.covers(posting.kind, posting.department.as_deref())) {
        return Err(StoreError::NotFound);
    }
    required(db, Concerned { org: doctor.org, patient: posting.patient, author: doctor.id, visit: None }, now).await
}

async fn keep(
    tx: &DatabaseTransaction,
    doctor: Person,
    posting: Posting,
    new: NewRecord,
    now: Timestamp,
) -> Result<SealedRecord, StoreError> {
    let mut people = guardians::of(tx, posting.patient, now).await?;
    people.extend([posting.patient, doctor.id]);
    people.sort_unstable();
    people.dedup();
    accounts::hold(tx, &people).await?;
    let wanted = shown(tx, &doctor, &posting, now).await?;
    let wrapped: BTreeSet<KeyId> = new.wraps.iter().map(|wrap| wrap.key).collect();
    let live = wanted.clinic.as_ref().map(|key| key.id);
    let by_clinic = live.is_some() && live == new.clinic.as_ref().map(|wrap| wrap.key) && live == Some(new.author);
    if !by_clinic || wrapped.len() != new.wraps.len() || wrapped != wanted.ids() {
        return Err(StoreError::KeysChanged);
    }
    let place = Place { org: doctor.org, patient: posting.patient, record: None, consent: Some(posting.consent) };
    let row = seal::insert(tx, doctor.id, Sealer::Clinic, new, place, now).await?;
    let view = views_of(tx, vec![row]).await?.pop().ok_or(StoreError::NotFound)?;
    Ok(SealedRecord { view, new: true })
}
