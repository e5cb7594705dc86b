//! People with an account. Their password's hash is computed and compared elsewhere; here it is only kept.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::entity::person;
use super::error::known;
use super::passwords::Kdf;
use super::{Store, StoreError};

/// Someone with an account. No `Debug`: names do not belong in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// What they type to log in, folded: see [`fold`].
    pub login: String,
    /// What they are in the clinic.
    pub role: Role,
    /// As others see it, with title.
    pub name: String,
    /// Department or specialty.
    pub department: Option<String>,
    /// Registration number with the medical council.
    pub registration: Option<String>,
}

/// An account to be made.
#[derive(Clone)]
pub struct NewPerson {
    /// What they will type to log in; folded when kept.
    pub login: String,
    /// What they are in the clinic.
    pub role: Role,
    /// As others see it, with title.
    pub name: String,
    /// Department or specialty.
    pub department: Option<String>,
    /// Registration number with the medical council.
    pub registration: Option<String>,
    /// PHC string of the login key's hash.
    pub password_hash: String,
    /// How the password is stretched into the login key.
    pub kdf: Option<Kdf>,
}

/// A person with what is needed to check their password.
#[derive(Clone)]
pub struct Account {
    /// Who.
    pub person: Person,
    /// PHC string of the login key's hash; of the password's itself when there is no `kdf`.
    pub password_hash: String,
    /// How the password is stretched into the login key; none in accounts that an early Vaidya made.
    pub kdf: Option<Kdf>,
}

/// A login as it is kept and compared: without spaces around it, in lower case.
#[must_use]
pub fn fold(login: &str) -> String {
    login.trim().to_lowercase()
}

impl Store {
    /// Makes an account.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the login is.
    pub async fn add_person(&self, new: NewPerson, now: Timestamp) -> Result<Person, StoreError> {
        self.write(move |tx| Box::pin(insert(tx, new, now))).await
    }

    /// The account of a login; none when nobody has it or it is disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let login = fold(login);
        let found = self.read(move |db| {
            Box::pin(async move { Ok(enabled().filter(person::Column::Login.eq(login)).one(db).await?) })
        });
        found.await?.map(Account::try_from).transpose()
    }

    /// A person; none when there is no such account or it is disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError> {
        self.read(move |db| Box::pin(find(db, id))).await
    }

    /// Everyone of a role, or everyone, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people(&self, role: Option<Role>) -> Result<Vec<Person>, StoreError> {
        let rows = self.read(move |db| {
            Box::pin(async move {
                let all = enabled().order_by_asc(person::Column::Name).order_by_asc(person::Column::Id);
                let some = match role {
                    Some(role) => all.filter(person::Column::Role.eq(role.as_str())),
                    None => all,
                };
                Ok(some.all(db).await?)
            })
        });
        rows.await?.into_iter().map(Person::try_from).collect()
    }

    /// Whether nobody has an account yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup_needed(&self) -> Result<bool, StoreError> {
        self.read(|db| Box::pin(nobody(db))).await
    }
}

/// Whether there is no person at all.
pub(super) async fn nobody<C: ConnectionTrait>(db: &C) -> Result<bool, StoreError> {
    Ok(person::Entity::find().count(db).await? == 0)
}

/// Writes an account.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, new: NewPerson, now: Timestamp) -> Result<Person, StoreError> {
    let row = person::ActiveModel {
        id: Set(Uuid::new_v4()),
        login: Set(fold(&new.login)),
        role: Set(new.role.as_str().to_owned()),
        name: Set(new.name),
        department: Set(new.department),
        registration: Set(new.registration),
        password_hash: Set(new.password_hash),
        made_at: Set(now.0),
        disabled_at: Set(None),
        kdf_salt: Set(new.kdf.map(|kdf| kdf.salt.to_vec())),
        kdf_iterations: Set(new.kdf.map(|kdf| i64::from(kdf.iterations))),
    };
    Person::try_from(row.insert(db).await?)
}

/// Reads a person who is not disabled.
pub(super) async fn find<C: ConnectionTrait>(db: &C, id: PersonId) -> Result<Option<Person>, StoreError> {
    let row = enabled().filter(person::Column::Id.eq(id.0)).one(db).await?;
    row.map(Person::try_from).transpose()
}

/// Holds people, in the order of their ids, until the transaction ends: whoever changes what is theirs does so one after
/// the other. Always before a visit is held.
pub(super) async fn hold(tx: &DatabaseTransaction, ids: &[PersonId]) -> Result<Vec<person::Model>, StoreError> {
    let rows = enabled()
        .filter(person::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(person::Column::Id)
        .lock_exclusive();
    Ok(rows.all(tx).await?)
}

fn enabled() -> sea_orm::Select<person::Entity> {
    person::Entity::find().filter(person::Column::DisabledAt.is_null())
}

impl TryFrom<person::Model> for Person {
    type Error = StoreError;

    fn try_from(row: person::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: PersonId(row.id),
            login: row.login,
            role: known(Role::parse(&row.role))?,
            name: row.name,
            department: row.department,
            registration: row.registration,
        })
    }
}

impl TryFrom<person::Model> for Account {
    type Error = StoreError;

    fn try_from(row: person::Model) -> Result<Self, StoreError> {
        let password_hash = row.password_hash.clone();
        let kdf = Kdf::read(row.kdf_salt.as_deref(), row.kdf_iterations)?;
        Ok(Self { person: row.try_into()?, password_hash, kdf })
    }
}
