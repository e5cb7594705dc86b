//! Consents that stand until they are taken back: to keep, to record, to research; given unasked, to the organisation.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, Set,
};
use vaidya_clinic::consent::{Approval, ConsentView, Grantee, How, Scope, State, Subject, Terms};
use vaidya_clinic::id::{ConsentId, KeyId, OrgId, PersonId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::time::Timestamp;

use super::super::StoreError;
use super::super::accounts::{self, Person};
use super::super::entity::consent::{self, Column};
use super::super::records::is_for;
use super::{answer, ask, rows, views};

/// A consent that is given unasked.
pub struct Given {
    /// Its id.
    pub id: ConsentId,
    /// For whom; for oneself when nobody is named.
    pub patient: Option<PersonId>,
    /// To what.
    pub subject: Subject,
    /// The version of the sentence that was shown.
    pub text: u32,
    /// In which language.
    pub language: Language,
    /// The key that signed it, with the signature.
    pub signed: Option<(KeyId, [u8; 64])>,
    /// Whether a guardian says it.
    pub guardian: bool,
}

/// Whether a patient's consent to this stands in an organisation.
pub(in crate::store) async fn holds<C: ConnectionTrait>(
    db: &C,
    patient: PersonId,
    org: OrgId,
    subject: Subject,
) -> Result<bool, StoreError> {
    Ok(standing(patient, org, subject).count(db).await? > 0)
}

fn standing(patient: PersonId, org: OrgId, subject: Subject) -> sea_orm::Select<consent::Entity> {
    consent::Entity::find()
        .filter(Column::PatientId.eq(patient.0))
        .filter(Column::OrgId.eq(org.0))
        .filter(Column::Subject.eq(subject.as_str()))
        .filter(Column::State.eq(State::Granted.as_str()))
}

/// One of each stands: the same once more is the one there is, and one to a newer sentence takes the place of the old.
pub(super) async fn give(
    tx: &DatabaseTransaction,
    who: Person,
    given: Given,
    now: Timestamp,
) -> Result<(ConsentView, bool), StoreError> {
    let (patient, org) = (given.patient.unwrap_or(who.id), who.org);
    if !is_for(tx, &who, patient, now).await? {
        return Err(StoreError::NotFound);
    }
    accounts::hold(tx, &[patient]).await?;
    if let Some(row) = standing(patient, org, given.subject).one(tx).await? {
        if row.text_version >= i64::from(given.text) {
            return Ok((views::view(tx, row, now).await?, false));
        }
        rows::end(tx, row.id, State::Expired, now).await?;
    }
    let terms = Terms {
        subject: given.subject,
        purpose: given.subject.purpose(),
        scope: Scope { kinds: Vec::new(), departments: None },
        minutes: None,
        text: given.text,
        language: given.language,
    };
    if let Some((key, signature)) = &given.signed {
        let grantee = Grantee::Organisation(org);
        let approval = Approval { consent: given.id, patient, key: *key, grantee, until: None, terms: &terms };
        answer::signed(tx, &who, *key, &approval, signature).await?;
    }
    let spoken = answer::spoken_for(tx, &who, (patient, org), given.guardian, now).await?;
    let blank = ask::blank(given.id, org, patient, &terms, State::Granted, now);
    let row = consent::ActiveModel {
        how: Set(Some(How::Tap.as_str().to_owned())),
        given_by: Set(Some(who.id.0)),
        guardian_name: Set(spoken.0),
        guardian_relation: Set(spoken.1),
        signed_by: Set(given.signed.map(|(key, _)| key.0)),
        signature: Set(given.signed.map(|(_, signature)| signature.to_vec())),
        decided_at: Set(Some(now.0)),
        ..blank
    };
    let row = row.insert(tx).await?;
    rows::tell(tx, row.id, State::Granted, None, now).await?;
    Ok((views::view(tx, row, now).await?, true))
}
