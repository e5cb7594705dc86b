//! What people say of themselves, and where they are reached.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use vaidya_clinic::contact::Contact;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::message::Notice;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::profile::{Guardian, Sex};
use vaidya_clinic::time::Timestamp;

use super::contact_codes::{self, Proof, Redeemed};
use super::entity::person::{self, Column};
use super::registrations::proved;
use super::sent_messages::{self, Draft};
use super::{Store, StoreError, accounts};

/// What someone says of themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// Their name.
    pub name: String,
    /// The year they were born in.
    pub birth_year: Option<i32>,
    /// Their sex.
    pub sex: Option<Sex>,
    /// Their language.
    pub language: Option<Language>,
    /// Who speaks for them.
    pub guardian: Option<Guardian>,
    /// Their phone.
    pub phone: Option<Contact>,
    /// Their e-mail address.
    pub email: Option<Contact>,
}

impl Profile {
    /// Where they are written to.
    #[must_use]
    pub fn contact(&self) -> Option<&Contact> {
        self.phone.as_ref().or(self.email.as_ref())
    }
}

impl Store {
    /// A person's profile.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn profile(&self, person: PersonId) -> Result<Profile, StoreError> {
        let find = person::Entity::find_by_id(person.0);
        let row = self.read(move |db| Box::pin(async move { Ok(find.one(db).await?) })).await?;
        row.map(read).ok_or(StoreError::NotFound)
    }

    /// Keeps what a person says of themselves; where they are reached is not changed by it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn keep_profile(&self, person: PersonId, said: Profile) -> Result<(), StoreError> {
        self.write(move |tx| Box::pin(keep(tx, person, said))).await
    }

    /// Gives a person who can't be reached a phone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn propose_phone(&self, person: PersonId, phone: &str) -> Result<(), StoreError> {
        let change = person::Entity::update_many()
            .col_expr(Column::Phone, Expr::value(phone))
            .filter(Column::Id.eq(person.0))
            .filter(Column::Phone.is_null())
            .filter(Column::Email.is_null());
        self.write(move |tx| Box::pin(async move { Ok(change.exec(tx).await.map(|_| ())?) })).await
    }

    /// Reaches a person at the contact their code proves. The one before is told, or else the other one they have.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_contact(
        &self,
        person: PersonId,
        proof: Proof,
        now: Timestamp,
    ) -> Result<Redeemed<()>, StoreError> {
        self.report(move |tx| Box::pin(change_contact(tx, person, proof, now))).await
    }
}

async fn keep(tx: &DatabaseTransaction, person: PersonId, said: Profile) -> Result<(), StoreError> {
    let guardian = said.guardian.map(|guardian| (guardian.name, guardian.relation)).unzip();
    let change = person::Entity::update_many()
        .col_expr(Column::Name, Expr::value(said.name))
        .col_expr(Column::BirthYear, Expr::value(said.birth_year.map(i64::from)))
        .col_expr(Column::Sex, Expr::value(said.sex.map(Sex::as_str)))
        .col_expr(Column::Language, Expr::value(said.language.map(Language::as_str)))
        .col_expr(Column::GuardianName, Expr::value(guardian.0))
        .col_expr(Column::GuardianRelation, Expr::value(guardian.1))
        .filter(Column::Id.eq(person.0));
    match change.exec(tx).await?.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::NotFound),
    }
}

async fn change_contact(
    tx: &DatabaseTransaction,
    person: PersonId,
    proof: Proof,
    now: Timestamp,
) -> Result<Redeemed<()>, StoreError> {
    let row = match contact_codes::attempt(tx, &proof, now).await? {
        Redeemed::Right(row) if row.person_id == Some(person.0) => row,
        Redeemed::Right(_) | Redeemed::Wrong => return Ok(Redeemed::Wrong),
        Redeemed::Spent => return Ok(Redeemed::Spent),
    };
    contact_codes::use_up(tx, row.id, now).await?;
    let (new, org) = proved(&row)?;
    let held = accounts::hold(tx, &[person]).await?.into_iter().next().ok_or(StoreError::NotFound)?;
    let before = read(held);
    let (column, old) = match new {
        Contact::Phone(_) => (Column::Phone, before.phone.as_ref().or(before.email.as_ref())),
        Contact::Mail(_) => (Column::Email, before.email.as_ref().or(before.phone.as_ref())),
    };
    let change = person::Entity::update_many().col_expr(column, Expr::value(new.as_str()));
    change.filter(Column::Id.eq(person.0)).exec(tx).await?;
    if let Some(old) = old.filter(|old| **old != new) {
        let language = before.language.unwrap_or(Language::En);
        let draft = Draft { to: Some(old), notice: Notice::ContactChanged, language, org };
        sent_messages::tell(tx, draft, now).await?;
    }
    Ok(Redeemed::Right(()))
}

fn read(row: person::Model) -> Profile {
    let guardian = row.guardian_name.zip(row.guardian_relation);
    Profile {
        name: row.name,
        birth_year: row.birth_year.and_then(|year| i32::try_from(year).ok()),
        sex: row.sex.as_deref().and_then(Sex::parse),
        language: row.language.as_deref().and_then(Language::parse),
        guardian: guardian.map(|(name, relation)| Guardian { name, relation }),
        phone: row.phone.as_deref().and_then(Contact::read),
        email: row.email.as_deref().and_then(Contact::read),
    }
}
