//! A new password by a code sent to the contact of an account: nobody learns whether there is one.

use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use vaidya_clinic::contact::Contact;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::time::Timestamp;

use super::accounts::fold;
use super::contact_codes::{self, Proof, Redeemed};
use super::entity::person;
use super::passwords::{self, Credentials};
use super::{SecretHash, Store, StoreError, members};

/// An account that may get a new password.
pub struct Recoverable {
    /// Whose.
    pub person: PersonId,
    /// In whose name they are written to.
    pub org: OrgId,
    /// Where they are reached.
    pub contact: Contact,
    /// Their language.
    pub language: Language,
}

impl Store {
    /// The account of a login, if a code can be sent to it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recoverable(&self, login: &str) -> Result<Option<Recoverable>, StoreError> {
        let row = person::Entity::find()
            .filter(person::Column::Login.eq(fold(login)))
            .filter(person::Column::DisabledAt.is_null());
        self.read(move |db| {
            Box::pin(async move {
                let Some(row) = row.one(db).await? else { return Ok(None) };
                let Some(member) = members::latest(db, &row).await? else { return Ok(None) };
                let contact = row.phone.as_deref().or(row.email.as_deref()).and_then(Contact::read);
                let language = row.language.as_deref().and_then(Language::parse).unwrap_or(Language::En);
                let (person, org) = (PersonId(row.id), member.org);
                Ok(contact.map(|contact| Recoverable { person, org, contact, language }))
            })
        })
        .await
    }

    /// Whose a code for a new password is; it goes on working.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn whose_code(&self, proof: Proof, now: Timestamp) -> Result<Redeemed<PersonId>, StoreError> {
        self.write(move |tx| Box::pin(whose(tx, proof, now))).await
    }

    /// Sets a new password; the code is used up with it. Every session of theirs ends and is named.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recover(
        &self,
        proof: Proof,
        new: Credentials,
        now: Timestamp,
    ) -> Result<Redeemed<Vec<SecretHash>>, StoreError> {
        self.write(move |tx| Box::pin(recover(tx, proof, new, now))).await
    }
}

async fn whose(tx: &DatabaseTransaction, proof: Proof, now: Timestamp) -> Result<Redeemed<PersonId>, StoreError> {
    Ok(match contact_codes::attempt(tx, &proof, now).await? {
        Redeemed::Right(row) => match row.person_id {
            Some(person) => {
                contact_codes::give_back(tx, row.id).await?;
                Redeemed::Right(PersonId(person))
            }
            // Whoever guessed the code that went to nobody is told what every other guesser is told.
            None => Redeemed::Wrong,
        },
        Redeemed::Wrong => Redeemed::Wrong,
        Redeemed::Spent => Redeemed::Spent,
    })
}

async fn recover(
    tx: &DatabaseTransaction,
    proof: Proof,
    new: Credentials,
    now: Timestamp,
) -> Result<Redeemed<Vec<SecretHash>>, StoreError> {
    let row = match contact_codes::attempt(tx, &proof, now).await? {
        Redeemed::Right(row) => row,
        Redeemed::Wrong => return Ok(Redeemed::Wrong),
        Redeemed::Spent => return Ok(Redeemed::Spent),
    };
    let Some(person) = row.person_id else { return Ok(Redeemed::Wrong) };
    contact_codes::use_up(tx, row.id, now).await?;
    passwords::reset(tx, PersonId(person), new, now).await.map(Redeemed::Right)
}
