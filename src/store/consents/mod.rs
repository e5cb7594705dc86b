//! Consents as rows: asked for, answered, ended; and what each of them opens.

use vaidya_clinic::consent::{ConsentView, Purpose, Scope, Why};
use vaidya_clinic::id::{ConsentId, OrgId, PersonId};
use vaidya_clinic::time::Timestamp;
use zeroize::Zeroizing;

use super::accounts::Person;
use super::contact_codes::Redeemed;
use super::{Store, StoreError};

mod answer;
mod ask;
mod codes;
mod ends;
mod glass;
mod grants;
mod rows;
mod stands;
mod views;
mod wanting;
mod witness;

pub use answer::{Approved, GrantWrap};
pub use codes::CodeSent;
pub use ends::Over;
pub use glass::{Breaking, Review};
pub(super) use grants::{granted, granted_to, opening, reads};
pub(super) use rows::{grantee as grantee_of, how as how_of, terms as terms_of};
pub use stands::Given;
pub(super) use stands::holds;
pub use views::{AsKept, Stands, ToApprove, Whole};
pub use wanting::{Missing, Wanting};
pub use witness::WITNESSES;

/// The key of one-time codes, which the database does not have.
#[derive(Clone)]
pub struct OtpKey(pub Zeroizing<[u8; 32]>);

/// A code as it is drawn.
pub struct Otp {
    /// What it is hashed with.
    pub key: OtpKey,
    /// The six digits.
    pub code: String,
}

/// What a doctor asks for.
pub struct Asking {
    /// Its id.
    pub id: ConsentId,
    /// Whose records.
    pub patient: PersonId,
    /// Who is to see them.
    pub grantee: PersonId,
    /// What for.
    pub purpose: Purpose,
    /// Which.
    pub scope: Scope,
    /// For how long from the answer on.
    pub minutes: u64,
    /// Why.
    pub why: Why,
    /// Whether it is answered by a code also where the patient has a key to answer with.
    pub by_code: bool,
    /// The code, which is sent to those who have no key to answer with.
    pub otp: Otp,
}

impl Store {
    /// Whether a patient has a key to answer with; those who don't are sent codes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when they are no patient of the organisation.
    pub async fn answers_by_key(&self, patient: PersonId, org: OrgId, now: Timestamp) -> Result<bool, StoreError> {
        self.read(move |db| Box::pin(ask::by_key(db, patient, org, now))).await
    }

    /// Keeps an ask, and tells the patient.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for no patient or doctor of the organisation, [`StoreError::NotActive`] unless both
    /// doctors' registrations are in force, [`StoreError::NoCustody`] when only a code could answer and the clinic can't
    /// open records, [`StoreError::Unreachable`] when the patient has neither key nor contact, [`StoreError::TooMany`].
    pub async fn ask_consent(
        &self,
        doctor: &Person,
        asking: Asking,
        now: Timestamp,
    ) -> Result<ConsentView, StoreError> {
        let doctor = doctor.clone();
        self.report(move |tx| Box::pin(ask::ask(tx, doctor, asking, now))).await
    }

    /// Asks for a second doctor what a doctor was granted, for as long as that holds.
    ///
    /// # Errors
    /// As [`ask_consent`](Self::ask_consent); [`StoreError::BadState`] when it does not hold (any more).
    pub async fn delegate_consent(
        &self,
        doctor: &Person,
        from: ConsentId,
        new: (ConsentId, PersonId),
        otp: Otp,
        now: Timestamp,
    ) -> Result<ConsentView, StoreError> {
        let doctor = doctor.clone();
        self.report(move |tx| Box::pin(ask::delegate(tx, doctor, from, new, otp, now))).await
    }

    /// The patient whose consent this is, for someone who may have a code sent: the patient, or the doctor of one who
    /// has no key.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for everyone else, [`StoreError::BadState`] when it is answered.
    pub async fn may_send_code(&self, id: ConsentId, who: &Person, now: Timestamp) -> Result<PersonId, StoreError> {
        let who = who.clone();
        self.read(move |db| Box::pin(async move { Ok(PersonId(codes::may_send(db, id, &who, now).await?.patient_id)) }))
            .await
    }

    /// Sends a new code in place of the one before.
    ///
    /// # Errors
    /// As [`may_send_code`](Self::may_send_code), [`StoreError::NotBefore`] too soon after the last,
    /// [`StoreError::NoCustody`], [`StoreError::Unreachable`].
    pub async fn send_consent_code(
        &self,
        id: ConsentId,
        who: &Person,
        otp: Otp,
        now: Timestamp,
    ) -> Result<CodeSent, StoreError> {
        let who = who.clone();
        self.report(move |tx| Box::pin(codes::send_again(tx, id, who, otp, now))).await
    }

    /// Takes a code that the patient read out to the doctor who asked: of all who try, one wins.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when nobody asked for this doctor, [`StoreError::NotActive`], [`StoreError::NoCustody`].
    pub async fn redeem_consent(
        &self,
        id: ConsentId,
        doctor: &Person,
        typed: Otp,
        now: Timestamp,
    ) -> Result<Redeemed<ConsentView>, StoreError> {
        let doctor = doctor.clone();
        let theirs = doctor.clone();
        // Looked at first: who comes when it is over keeps no writer waiting.
        if !self.read(move |db| Box::pin(async move { codes::may_try(db, id, &theirs, now).await })).await? {
            return Ok(Redeemed::Spent);
        }
        self.report(move |tx| Box::pin(codes::redeem(tx, id, doctor, typed, now))).await
    }

    /// The patient says yes, with their key.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not theirs to answer or a wrap is of what it does not cover,
    /// [`StoreError::BadState`] when it is answered or over, [`StoreError::BadSignature`], [`StoreError::GuardianNeeded`],
    /// [`StoreError::KeysChanged`] when a key is not live (any more), [`StoreError::NotActive`], [`StoreError::NoKey`].
    pub async fn approve_consent(
        &self,
        id: ConsentId,
        who: &Person,
        approved: Approved,
        now: Timestamp,
    ) -> Result<ConsentView, StoreError> {
        let who = who.clone();
        self.report(move |tx| Box::pin(answer::approve(tx, id, who, approved, now))).await
    }

    /// The patient says no.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not theirs, [`StoreError::BadState`] when it is answered.
    pub async fn refuse_consent(&self, id: ConsentId, who: &Person, now: Timestamp) -> Result<ConsentView, StoreError> {
        let who = who.clone();
        self.report(move |tx| Box::pin(answer::refuse(tx, id, who, now))).await
    }

    /// The patient takes it back: what it opened is shut when this returns, and so is what was passed on from it.
    ///
    /// # Errors
    /// As [`refuse_consent`](Self::refuse_consent).
    pub async fn revoke_consent(&self, id: ConsentId, who: &Person, now: Timestamp) -> Result<ConsentView, StoreError> {
        let who = who.clone();
        self.report(move |tx| Box::pin(answer::revoke(tx, id, who, now))).await
    }

    /// The patient consents to something that stands until it is taken back; the same once more is the one there is.
    /// Says whether it is new.
    ///
    /// # Errors
    /// [`StoreError::BadSignature`], [`StoreError::GuardianNeeded`], [`StoreError::Taken`] when the id is another's.
    pub async fn give_consent(
        &self,
        who: &Person,
        given: Given,
        now: Timestamp,
    ) -> Result<(ConsentView, bool), StoreError> {
        let who = who.clone();
        self.report(move |tx| Box::pin(stands::give(tx, who, given, now))).await
    }

    /// Opens a patient's records in an emergency, and tells the patient; one that is open already is returned. Says
    /// whether it is new.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::NotActive`], [`StoreError::NoCustody`].
    pub async fn break_glass(
        &self,
        doctor: &Person,
        broken: Breaking,
        now: Timestamp,
    ) -> Result<(ConsentView, bool), StoreError> {
        let doctor = doctor.clone();
        self.report(move |tx| Box::pin(glass::shatter(tx, doctor, broken, now))).await
    }

    /// What a person has to do with: a patient what they were asked and gave, a doctor what they asked and may see.
    /// Newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consents_of(&self, who: &Person, now: Timestamp) -> Result<Vec<ConsentView>, StoreError> {
        let who = who.clone();
        self.read(move |db| Box::pin(views::list(db, who, now))).await
    }

    /// One of them, with what it takes to approve it with one of one's keys.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn consent(
        &self,
        id: ConsentId,
        who: &Person,
        wanted: Whole,
        now: Timestamp,
    ) -> Result<ToApprove, StoreError> {
        let who = who.clone();
        self.read(move |db| Box::pin(views::one(db, id, who, wanted, now))).await
    }

    /// One of them, with what only other programs want to know.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn consent_as_kept(&self, id: ConsentId, who: &Person, now: Timestamp) -> Result<AsKept, StoreError> {
        let who = who.clone();
        self.read(move |db| Box::pin(views::as_kept(db, id, who, now))).await
    }

    /// What a doctor's grant covers while it holds; none when it doesn't (any more), or is another's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn granted_scope(
        &self,
        doctor: &Person,
        id: ConsentId,
        patient: PersonId,
        now: Timestamp,
    ) -> Result<Option<Scope>, StoreError> {
        let doctor = doctor.clone();
        self.read(move |db| Box::pin(async move { grants::granted(db, &doctor, id, patient, now).await })).await
    }

    /// How a consent stands, and who has to know.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn consent_stands(&self, id: ConsentId, now: Timestamp) -> Result<Stands, StoreError> {
        self.read(move |db| Box::pin(views::stands(db, id, now))).await
    }

    /// The looks without asking of an organisation: those to be reviewed first, the most urgent before the others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reviews(&self, org: OrgId, now: Timestamp) -> Result<Vec<ConsentView>, StoreError> {
        self.read(move |db| Box::pin(glass::to_review(db, org, now))).await
    }

    /// Keeps what an auditor found.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::BadState`] when it was reviewed, [`StoreError::TwoPeople`] when it was them.
    pub async fn review(
        &self,
        id: ConsentId,
        auditor: &Person,
        review: Review,
        now: Timestamp,
    ) -> Result<ConsentView, StoreError> {
        let auditor = auditor.clone();
        self.report(move |tx| Box::pin(glass::review(tx, id, auditor, review, now))).await
    }
}
