//! People with an account. Their password's hash is computed and compared elsewhere; here it is only kept.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::entity::person;
use super::passwords::Kdf;
use super::{Store, StoreError, members, phone_only};

/// Ids in one statement: databases take only so many values.
const AT_ONCE: usize = 1_000;

/// Someone with an account, as a member of one organisation. No `Debug`: names do not belong in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// What they type to log in, folded: see [`fold`].
    pub login: String,
    /// The organisation they are seen in.
    pub org: OrgId,
    /// What they are there.
    pub role: Role,
    /// As others see it, with title.
    pub name: String,
    /// Department or specialty there.
    pub department: Option<String>,
}

/// An account to be made.
#[derive(Clone)]
pub struct NewPerson {
    /// What they will type to log in; folded when kept.
    pub login: String,
    /// The organisation they belong to first.
    pub org: OrgId,
    /// What they are there.
    pub role: Role,
    /// As others see it, with title.
    pub name: String,
    /// Department or specialty.
    pub department: Option<String>,
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

    /// The account of a login, in the organisation its person used last; none when nobody has it, it is disabled, or its
    /// person belongs nowhere any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let login = fold(login);
        self.read(move |db| Box::pin(async move { account(db, &login).await })).await
    }

    /// A person as a member of an organisation; none when they are not, or disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn person(&self, id: PersonId, org: OrgId) -> Result<Option<Person>, StoreError> {
        self.read(move |db| Box::pin(find(db, id, org))).await
    }

    /// Everyone of a role in an organisation, or everyone there, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people(&self, org: OrgId, role: Option<Role>) -> Result<Vec<Person>, StoreError> {
        self.read(move |db| Box::pin(list(db, org, role))).await
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

/// Writes an account and its first membership.
pub(super) async fn insert<C: ConnectionTrait>(db: &C, new: NewPerson, now: Timestamp) -> Result<Person, StoreError> {
    let row = person::ActiveModel {
        id: Set(Uuid::new_v4()),
        login: Set(fold(&new.login)),
        name: Set(new.name),
        password_hash: Set(new.password_hash),
        made_at: Set(now.0),
        disabled_at: Set(None),
        kdf_salt: Set(new.kdf.map(|kdf| kdf.salt.to_vec())),
        kdf_iterations: Set(new.kdf.map(|kdf| i64::from(kdf.iterations))),
        last_org_id: Set(Some(new.org.0)),
        ..Default::default()
    };
    let row = row.insert(db).await?;
    let member = members::Member { org: new.org, role: new.role, department: new.department };
    members::join(db, PersonId(row.id), &member, now).await?;
    Ok(as_member(row, member))
}

/// Reads a person who is not disabled, as a member of an organisation.
pub(super) async fn find<C: ConnectionTrait>(db: &C, id: PersonId, org: OrgId) -> Result<Option<Person>, StoreError> {
    let Some(row) = enabled().filter(person::Column::Id.eq(id.0)).one(db).await? else { return Ok(None) };
    Ok(members::of(db, id, org).await?.map(|member| as_member(row, member)))
}

async fn account<C: ConnectionTrait>(db: &C, login: &str) -> Result<Option<Account>, StoreError> {
    if phone_only::is_none(login) {
        return Ok(None);
    }
    let Some(row) = enabled().filter(person::Column::Login.eq(login)).one(db).await? else { return Ok(None) };
    let Some(member) = members::latest(db, &row).await? else { return Ok(None) };
    let password_hash = row.password_hash.clone();
    let kdf = Kdf::read(row.kdf_salt.as_deref(), row.kdf_iterations)?;
    Ok(Some(Account { person: as_member(row, member), password_hash, kdf }))
}

async fn list<C: ConnectionTrait>(db: &C, org: OrgId, role: Option<Role>) -> Result<Vec<Person>, StoreError> {
    let mut members = members::all(db, org, role).await?;
    let ids: Vec<Uuid> = members.keys().map(|id| id.0).collect();
    let mut people = Vec::with_capacity(ids.len());
    for some in ids.chunks(AT_ONCE) {
        let rows = enabled().filter(person::Column::Id.is_in(some.to_vec())).all(db).await?;
        people.extend(
            rows.into_iter().filter_map(|row| members.remove(&PersonId(row.id)).map(|member| as_member(row, member))),
        );
    }
    people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(people)
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

/// Their account and what they are in one organisation.
fn as_member(row: person::Model, member: members::Member) -> Person {
    let members::Member { org, role, department } = member;
    Person { id: PersonId(row.id), login: row.login, org, role, name: row.name, department }
}
