//! Doctors' registrations as rows: each step is kept with its history and its fact, in one transaction.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::credential::{CredentialState, Registration, Unfit};
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::papers::Credential;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::accounts::Person;
use super::credential_rows::{hold, note, of, read, write};
use super::entity::credential::{self, Column, Entity};
use super::error::known;
use super::registry::NoMatch;
use super::{Store, StoreError, members, papers, registry};

/// Registrations whose time is over that are ended in one go.
const AT_ONCE: u64 = 50;

/// What a doctor says of their registration.
#[derive(Clone)]
pub struct Fields {
    /// Degrees.
    pub qualification: String,
    /// The council.
    pub council: String,
    /// The number there.
    pub number: String,
    /// What they practise.
    pub specialty: String,
    /// When the council's word ends.
    pub valid_until: Timestamp,
}

/// What an admin does with a registration.
#[derive(Clone)]
pub enum Deed {
    /// The documents are what they should be.
    Check,
    /// The register says the same; or somebody looked it up, in these words.
    Match(Option<String>),
    /// It comes into force.
    Activate,
    /// It is not taken, for this reason.
    Refuse(String),
    /// It is out of force, for this reason.
    Suspend(String),
    /// It is in force again, for this reason.
    Reinstate(String),
}

/// Why a deed is not done.
#[derive(Debug)]
pub enum Undone {
    /// Its rules don't allow it.
    Unfit(Unfit),
    /// The register says otherwise.
    NoMatch(NoMatch),
    /// The store could not.
    Store(StoreError),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sea_orm::DbErr> for Undone {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// A doctor sends in a registration, or corrects theirs: it begins anew, and is not in force meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for who is no doctor there.
    pub async fn submit_credential(
        &self,
        doctor: &Person,
        fields: Fields,
        now: Timestamp,
    ) -> Result<Credential, StoreError> {
        let doctor = doctor.clone();
        self.report(move |tx| Box::pin(submit(tx, doctor, fields, now))).await
    }

    /// Takes a step with a registration.
    ///
    /// # Errors
    /// [`Undone`].
    pub async fn step_credential(
        &self,
        id: Uuid,
        deed: Deed,
        by: PersonId,
        now: Timestamp,
    ) -> Result<Credential, Undone> {
        let done = self.report(move |tx| {
            Box::pin(async move {
                match step(tx, id, deed, by, now).await {
                    Err(Undone::Store(error)) => Err(error),
                    // Nothing was written: the transaction ends without a change.
                    decided => Ok(decided),
                }
            })
        });
        done.await?
    }

    /// The registration of a doctor.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn credential_of(
        &self,
        person: PersonId,
        org: OrgId,
        now: Timestamp,
    ) -> Result<Option<Credential>, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                match of(db, person, org).await? {
                    Some(row) => papers::shown(db, row, now).await.map(Some),
                    None => Ok(None),
                }
            })
        })
        .await
    }

    /// A registration.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn credential(&self, id: Uuid, now: Timestamp) -> Result<Credential, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let row = Entity::find_by_id(id).one(db).await?.ok_or(StoreError::NotFound)?;
                papers::shown(db, row, now).await
            })
        })
        .await
    }

    /// Every registration of an organisation, the newest change first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn credentials(&self, org: OrgId, now: Timestamp) -> Result<Vec<Credential>, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let rows = Entity::find().filter(Column::OrgId.eq(org.0)).order_by_desc(Column::ChangedAt);
                let rows = rows.order_by_asc(Column::Id).limit(papers::LISTED).all(db).await?;
                let mut all = Vec::with_capacity(rows.len());
                for row in rows {
                    all.push(papers::shown(db, row, now).await?);
                }
                Ok(all)
            })
        })
        .await
    }

    /// Ends registrations whose time is over, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_credentials(&self, now: Timestamp) -> Result<usize, StoreError> {
        let over = Entity::find()
            .filter(Column::State.eq(CredentialState::Active.as_str()))
            .filter(Column::ValidUntil.lte(now.0))
            .limit(AT_ONCE);
        let over = self.read(move |db| Box::pin(async move { Ok(over.all(db).await?) })).await?;
        for row in &over {
            let id = row.id;
            self.report(move |tx| Box::pin(expire(tx, id, now))).await?;
        }
        Ok(over.len())
    }
}

async fn submit(
    tx: &DatabaseTransaction,
    doctor: Person,
    fields: Fields,
    now: Timestamp,
) -> Result<Credential, StoreError> {
    let member = members::of(tx, doctor.id, doctor.org).await?.filter(|member| member.role == Role::Doctor);
    member.ok_or(StoreError::NotFound)?;
    let there = of(tx, doctor.id, doctor.org).await?;
    let id = there.as_ref().map_or_else(Uuid::new_v4, |row| row.id);
    let made_at = there.as_ref().map_or(now.0, |row| row.made_at);
    let row = credential::ActiveModel {
        id: Set(id),
        person_id: Set(doctor.id.0),
        org_id: Set(doctor.org.0),
        qualification: Set(fields.qualification),
        council: Set(fields.council),
        number: Set(fields.number),
        specialty: Set(fields.specialty),
        valid_until: Set(fields.valid_until.0),
        state: Set(CredentialState::Submitted.as_str().to_owned()),
        checked_by: Set(None),
        matched_by: Set(None),
        match_note: Set(None),
        activated_by: Set(None),
        verified_at: Set(None),
        why: Set(None),
        made_at: Set(made_at),
        changed_at: Set(now.0),
    };
    let row = match there {
        Some(_) => {
            hold(tx, id).await?;
            row.update(tx).await?
        }
        None => row.insert(tx).await?,
    };
    note(tx, id, Some(doctor.id), CredentialState::Submitted, None, now).await?;
    papers::shown(tx, row, now).await
}

async fn step(
    tx: &DatabaseTransaction,
    id: Uuid,
    deed: Deed,
    by: PersonId,
    now: Timestamp,
) -> Result<Credential, Undone> {
    let mut row = hold(tx, id).await?;
    let (before, why) = (read(&row)?, reason(&deed));
    let after = decide(before, &deed, by, now).map_err(Undone::Unfit)?;
    match &deed {
        Deed::Match(None) => registry::confirm(tx, &mut row, now).await?.map_err(Undone::NoMatch)?,
        Deed::Match(Some(_)) => registry::only_one(tx, &row).await?.map_err(Undone::NoMatch)?,
        // The register may have changed since.
        Deed::Activate | Deed::Reinstate(_) => registry::stands(tx, &row, now).await?.map_err(Undone::NoMatch)?,
        Deed::Check | Deed::Refuse(_) | Deed::Suspend(_) => {}
    }
    if let Deed::Match(note) = deed {
        row.match_note = note;
    }
    let row = write(tx, row, after, now).await?;
    let state = known(CredentialState::parse(&row.state))?;
    note(tx, id, Some(by), state, why, now).await?;
    Ok(papers::shown(tx, row, now).await?)
}

fn decide(before: Registration, deed: &Deed, by: PersonId, now: Timestamp) -> Result<Registration, Unfit> {
    match deed {
        Deed::Check => before.check(by),
        Deed::Match(_) => before.match_with_register(by),
        Deed::Activate => before.activate(by, now),
        Deed::Refuse(why) => before.refuse(by, why.clone()),
        Deed::Suspend(why) => before.suspend(why.clone()),
        Deed::Reinstate(_) => before.reinstate(by, now),
    }
}

fn reason(deed: &Deed) -> Option<String> {
    match deed {
        Deed::Match(note) => note.clone(),
        Deed::Refuse(why) | Deed::Suspend(why) | Deed::Reinstate(why) => Some(why.clone()),
        Deed::Check | Deed::Activate => None,
    }
}

async fn expire(tx: &DatabaseTransaction, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let row = hold(tx, id).await?;
    // Corrected or suspended since it was found: that counts.
    let Ok(over) = read(&row)?.expire(now) else { return Ok(()) };
    write(tx, row, over, now).await?;
    note(tx, id, None, CredentialState::Expired, None, now).await
}

/// Takes a registration out of force because the register says so.
pub(super) async fn suspend_by_register(
    tx: &DatabaseTransaction,
    id: Uuid,
    why: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = hold(tx, id).await?;
    let Ok(out) = read(&row)?.suspend(why.to_owned()) else { return Ok(()) };
    write(tx, row, out, now).await?;
    note(tx, id, None, CredentialState::Suspended, Some(why.to_owned()), now).await
}
