//! Visits that someone had without an account, taken over by the account they made later.

use sea_orm::DatabaseTransaction;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::time::Timestamp;

use super::contact_codes::{self, Proof, Redeemed};
use super::phone_only::Waiting;
use super::registrations::{hold_waiting, proved, waiting};
use super::{Store, StoreError, phone_only};

impl Store {
    /// Who waits without an account at the contact that this person's code proves; the code goes on working.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_by_code(
        &self,
        person: PersonId,
        proof: Proof,
        now: Timestamp,
    ) -> Result<Redeemed<Vec<Waiting>>, StoreError> {
        self.write(move |tx| Box::pin(waiting_by_code(tx, person, proof, now))).await
    }

    /// Takes over the visits of someone without an account, by the code for their contact.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when nobody such waits there.
    pub async fn claim_by_code(
        &self,
        person: PersonId,
        from: PersonId,
        proof: Proof,
        now: Timestamp,
    ) -> Result<Redeemed<()>, StoreError> {
        self.report(move |tx| Box::pin(claim_by_code(tx, person, from, proof, now))).await
    }
}

async fn waiting_by_code(
    tx: &DatabaseTransaction,
    person: PersonId,
    proof: Proof,
    now: Timestamp,
) -> Result<Redeemed<Vec<Waiting>>, StoreError> {
    Ok(match contact_codes::attempt(tx, &proof, now).await? {
        Redeemed::Right(row) if row.person_id == Some(person.0) => {
            contact_codes::give_back(tx, row.id).await?;
            let (contact, org) = proved(&row)?;
            Redeemed::Right(waiting(tx, &contact, org).await?)
        }
        Redeemed::Right(_) | Redeemed::Wrong => Redeemed::Wrong,
        Redeemed::Spent => Redeemed::Spent,
    })
}

async fn claim_by_code(
    tx: &DatabaseTransaction,
    person: PersonId,
    from: PersonId,
    proof: Proof,
    now: Timestamp,
) -> Result<Redeemed<()>, StoreError> {
    let row = match contact_codes::attempt(tx, &proof, now).await? {
        Redeemed::Right(row) if row.person_id == Some(person.0) => row,
        Redeemed::Right(_) | Redeemed::Wrong => return Ok(Redeemed::Wrong),
        Redeemed::Spent => return Ok(Redeemed::Spent),
    };
    // The code goes on working: a family may wait at one phone.
    contact_codes::give_back(tx, row.id).await?;
    let (contact, org) = proved(&row)?;
    hold_waiting(tx, from, &contact, org).await?;
    phone_only::adopt(tx, from, person, now).await?;
    Ok(Redeemed::Right(()))
}
