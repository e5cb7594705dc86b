//! Accounts that people make for themselves, by a code sent to them.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;
use vaidya_clinic::contact::Contact;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::profile::{Guardian, Sex};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::accounts::{self, NewPerson, Person, fold};
use super::contact_codes::{self, Proof, Redeemed};
use super::entity::{contact_code, organisation, person};
use super::passwords::Credentials;
use super::phone_only::{self, Waiting};
use super::{Store, StoreError, members};

/// What a registration will find, as who proved the contact may know.
#[derive(Clone)]
pub struct Found {
    /// The contact that was proved.
    pub contact: Contact,
    /// Accounts with this contact: a family may share a phone.
    pub accounts: u64,
    /// People without an account whom the desk reaches there.
    pub waiting: Vec<Waiting>,
}

/// An account that someone makes for themselves.
pub struct Registration {
    /// The code they typed.
    pub proof: Proof,
    /// What they will type to log in.
    pub login: String,
    /// Their name.
    pub name: String,
    /// The year they were born in.
    pub birth_year: i32,
    /// Their sex.
    pub sex: Sex,
    /// Their language.
    pub language: Language,
    /// Who speaks for them.
    pub guardian: Option<Guardian>,
    /// Their password.
    pub password: Credentials,
    /// Someone without an account who they are.
    pub claim: Option<PersonId>,
}

impl Store {
    /// What is known at the contact that this code proves. The code goes on working.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_by_code(&self, proof: Proof, now: Timestamp) -> Result<Redeemed<Found>, StoreError> {
        self.write(move |tx| Box::pin(look(tx, proof, now))).await
    }

    /// Makes an account; the code is used up with it, or with nothing.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the login is, [`StoreError::NotFound`] when who is claimed does not wait there.
    pub async fn register(&self, wish: Registration, now: Timestamp) -> Result<Redeemed<Person>, StoreError> {
        self.write(move |tx| Box::pin(register(tx, wish, now))).await
    }

    /// The time zone of an organisation that is at work.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn zone(&self, org: OrgId) -> Result<String, StoreError> {
        let find = organisation::Entity::find_by_id(org.0).filter(organisation::Column::State.eq("active"));
        let row = self.read(move |db| Box::pin(async move { Ok(find.one(db).await?) })).await?;
        row.map(|row| row.zone).ok_or(StoreError::NotFound)
    }

    /// Whether someone has this login.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login_is_taken(&self, login: &str) -> Result<bool, StoreError> {
        let find = person::Entity::find().filter(person::Column::Login.eq(fold(login)));
        self.read(move |db| Box::pin(async move { Ok(find.count(db).await? > 0) })).await
    }
}

async fn look(tx: &DatabaseTransaction, proof: Proof, now: Timestamp) -> Result<Redeemed<Found>, StoreError> {
    Ok(match contact_codes::attempt(tx, &proof, now).await? {
        Redeemed::Right(row) => {
            contact_codes::give_back(tx, row.id).await?;
            let (contact, org) = proved(&row)?;
            let accounts = accounts_at(tx, &contact).await?;
            Redeemed::Right(Found { waiting: waiting(tx, &contact, org).await?, contact, accounts })
        }
        Redeemed::Wrong => Redeemed::Wrong,
        Redeemed::Spent => Redeemed::Spent,
    })
}

async fn register(
    tx: &DatabaseTransaction,
    wish: Registration,
    now: Timestamp,
) -> Result<Redeemed<Person>, StoreError> {
    let row = match contact_codes::attempt(tx, &wish.proof, now).await? {
        Redeemed::Right(row) => row,
        Redeemed::Wrong => return Ok(Redeemed::Wrong),
        Redeemed::Spent => return Ok(Redeemed::Spent),
    };
    contact_codes::use_up(tx, row.id, now).await?;
    let (contact, org) = proved(&row)?;
    let id = match wish.claim {
        Some(claim) => hold_waiting(tx, claim, &contact, org).await?.id,
        None => newcomer(tx, &wish, org, now).await?,
    };
    describe(tx, id, &wish, &contact).await?;
    let person = accounts::find(tx, PersonId(id), org).await?;
    person.map(Redeemed::Right).ok_or(StoreError::NotFound)
}

async fn newcomer(
    tx: &DatabaseTransaction,
    wish: &Registration,
    org: OrgId,
    now: Timestamp,
) -> Result<Uuid, StoreError> {
    let new = NewPerson {
        login: wish.login.clone(),
        org,
        role: Role::Patient,
        name: wish.name.clone(),
        department: None,
        password_hash: wish.password.hash.clone(),
        kdf: Some(wish.password.kdf),
    };
    Ok(accounts::insert(tx, new, now).await?.id.0)
}

/// Writes what they say of themselves; who waited without an account has one from here on.
async fn describe(
    tx: &DatabaseTransaction,
    id: Uuid,
    wish: &Registration,
    contact: &Contact,
) -> Result<(), StoreError> {
    let (phone, email) = columns(contact);
    let guardian = wish.guardian.clone().map(|guardian| (guardian.name, guardian.relation)).unzip();
    let change = person::Entity::update_many()
        .col_expr(person::Column::Login, Expr::value(fold(&wish.login)))
        .col_expr(person::Column::Name, Expr::value(wish.name.clone()))
        .col_expr(person::Column::PasswordHash, Expr::value(wish.password.hash.clone()))
        .col_expr(person::Column::KdfSalt, Expr::value(wish.password.kdf.salt.to_vec()))
        .col_expr(person::Column::KdfIterations, Expr::value(i64::from(wish.password.kdf.iterations)))
        .col_expr(person::Column::Phone, Expr::value(phone))
        .col_expr(person::Column::Email, Expr::value(email))
        .col_expr(person::Column::BirthYear, Expr::value(i64::from(wish.birth_year)))
        .col_expr(person::Column::Sex, Expr::value(wish.sex.as_str()))
        .col_expr(person::Column::Language, Expr::value(wish.language.as_str()))
        .col_expr(person::Column::GuardianName, Expr::value(guardian.0))
        .col_expr(person::Column::GuardianRelation, Expr::value(guardian.1))
        .filter(person::Column::Id.eq(id));
    change.exec(tx).await?;
    Ok(())
}

/// The columns `phone` and `email` for a contact.
pub(super) fn columns(contact: &Contact) -> (Option<String>, Option<String>) {
    match contact {
        Contact::Phone(number) => (Some(number.clone()), None),
        Contact::Mail(address) => (None, Some(address.clone())),
    }
}

/// What a code that was right proves, and where.
pub(super) fn proved(row: &contact_code::Model) -> Result<(Contact, OrgId), StoreError> {
    let contact = Contact::read(&row.contact).ok_or(StoreError::NotFound)?;
    Ok((contact, row.org_id.map_or(OrgId::HOME, OrgId)))
}

async fn accounts_at<C: ConnectionTrait>(db: &C, contact: &Contact) -> Result<u64, StoreError> {
    let column = match contact {
        Contact::Phone(_) => person::Column::Phone,
        Contact::Mail(_) => person::Column::Email,
    };
    let found = person::Entity::find()
        .filter(column.eq(contact.as_str()))
        .filter(person::Column::Login.not_like(format!("{}%", phone_only::NO_LOGIN)))
        .filter(person::Column::DisabledAt.is_null());
    Ok(found.count(db).await?)
}

/// Everyone without an account who is reached at a contact, in one organisation.
pub(super) async fn waiting<C: ConnectionTrait>(
    db: &C,
    contact: &Contact,
    org: OrgId,
) -> Result<Vec<Waiting>, StoreError> {
    match contact {
        Contact::Phone(number) => phone_only::waiting(db, number, org).await,
        Contact::Mail(_) => Ok(Vec::new()),
    }
}

/// One of them, held until the transaction ends.
pub(super) async fn hold_waiting(
    tx: &DatabaseTransaction,
    who: PersonId,
    contact: &Contact,
    org: OrgId,
) -> Result<person::Model, StoreError> {
    let row = accounts::hold(tx, &[who]).await?.into_iter().next().ok_or(StoreError::NotFound)?;
    let theirs = phone_only::is_none(&row.login) && row.phone.as_deref() == Some(contact.as_str());
    let member = members::of(tx, who, org).await?;
    if theirs && member.is_some() { Ok(row) } else { Err(StoreError::NotFound) }
}
