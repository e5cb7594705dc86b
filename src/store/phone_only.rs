//! Patients without an account: made by the desk from a name and a telephone, found again by both, and taken over by
//! the account they make later.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;
use vaidya_clinic::consent::Subject;
use vaidya_clinic::event::RoomEvent;
use vaidya_clinic::id::{OrgId, PersonId, VisitId};
use vaidya_clinic::link::{Door, LinkFor};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{EndedWhy, Holder, VisitState};

use super::accounts::{self, NewPerson, Person};
use super::entity::{consent, guest_link, member, message, organisation, person, record, seat, visit};
use super::error::known;
use super::{SecretHash, Store, StoreError, arrivals, custody, facts, keys, members, seats, visits};

/// What the login of someone without an account begins with: nobody can type or choose one like it.
pub(super) const NO_LOGIN: &str = "~";

/// Someone who has a telephone and no account.
#[derive(Clone)]
pub struct NewPatient {
    /// Where they are to be known.
    pub org: OrgId,
    /// Their name, as the desk writes it.
    pub name: String,
    /// Their telephone (E.164); a family may share one.
    pub phone: String,
    /// The language to write to them in.
    pub language: String,
}

/// Someone without an account who may be the one that just proved to have their telephone.
#[derive(Clone)]
pub struct Waiting {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// How many visits they have.
    pub visits: u64,
}

/// Whether a login is one that nobody has.
pub(super) fn is_none(login: &str) -> bool {
    login.starts_with(NO_LOGIN)
}

/// A name as names are compared: capitals and spaces don't matter.
fn folded(name: &str) -> String {
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

impl Store {
    /// The patient of this organisation with this telephone and name; made when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn patient_by_phone(&self, new: NewPatient, now: Timestamp) -> Result<Person, StoreError> {
        self.write(move |tx| Box::pin(find_or_make(tx, new, now))).await
    }

    /// Those without an account who have this telephone, in one organisation, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting(&self, phone: &str, org: OrgId) -> Result<Vec<Waiting>, StoreError> {
        let phone = phone.to_owned();
        self.read(move |db| Box::pin(async move { waiting(db, &phone, org).await })).await
    }

    /// The patient without an account whose link this is; none when it is no patient's link, or has shut.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn patient_of_link(&self, code: SecretHash, now: Timestamp) -> Result<Option<PersonId>, StoreError> {
        let found = self.read(move |db| {
            Box::pin(async move {
                let Some((link, visit, door)) = arrivals::found(db, code, now).await? else { return Ok(None) };
                let theirs = link.for_role == LinkFor::Patient.as_str() && !matches!(door, Door::Shut);
                let patient = person::Entity::find_by_id(visit.patient_id).one(db).await?;
                Ok(patient.filter(|row| theirs && is_none(&row.login)).map(|row| PersonId(row.id)))
            })
        });
        found.await
    }

    /// Gives an account everything that someone without one had: visits, seats, what they said there, and records. Says how many
    /// visits that were.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when one of the two is not there (any more) or the first has an account.
    pub async fn adopt(&self, from: PersonId, to: PersonId, now: Timestamp) -> Result<u64, StoreError> {
        self.report(move |tx| Box::pin(adopt(tx, from, to, now))).await
    }
}

async fn find_or_make(tx: &DatabaseTransaction, new: NewPatient, now: Timestamp) -> Result<Person, StoreError> {
    // Held, so that two desks that ask at once make one person.
    organisation::Entity::find_by_id(new.org.0).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)?;
    let name = folded(&new.name);
    for row in with_phone(&new.phone).all(tx).await? {
        if folded(&row.name) != name {
            continue;
        }
        let found = accounts::find(tx, PersonId(row.id), new.org).await?;
        if let Some(person) = found.filter(|person| person.role == Role::Patient) {
            return Ok(person);
        }
    }
    let made = NewPerson {
        login: format!("{NO_LOGIN}{}", Uuid::new_v4()),
        org: new.org,
        role: Role::Patient,
        name: new.name,
        department: None,
        password_hash: String::new(),
        kdf: None,
    };
    let made = accounts::insert(tx, made, now).await?;
    let more = person::Entity::update_many()
        .col_expr(person::Column::Phone, Expr::value(new.phone))
        .col_expr(person::Column::Language, Expr::value(new.language))
        .filter(person::Column::Id.eq(made.id.0));
    more.exec(tx).await?;
    Ok(made)
}

fn with_phone(phone: &str) -> sea_orm::Select<person::Entity> {
    person::Entity::find()
        .filter(person::Column::Phone.eq(phone))
        .filter(person::Column::DisabledAt.is_null())
        .order_by_asc(person::Column::MadeAt)
        .order_by_asc(person::Column::Id)
}

/// See [`Store::waiting`]; for whoever does more in the same transaction.
pub(super) async fn waiting<C: ConnectionTrait>(db: &C, phone: &str, org: OrgId) -> Result<Vec<Waiting>, StoreError> {
    let mut found = Vec::new();
    for row in with_phone(phone).all(db).await? {
        let person = PersonId(row.id);
        if !is_none(&row.login) || members::of(db, person, org).await?.is_none() {
            continue;
        }
        let visits = visit::Entity::find().filter(visit::Column::PatientId.eq(row.id)).count(db).await?;
        found.push(Waiting { person, name: row.name, visits });
    }
    found.sort_by(|a, b| (&a.name, a.person).cmp(&(&b.name, b.person)));
    Ok(found)
}

/// See [`Store::adopt`]; for whoever does more in the same transaction.
pub(super) async fn adopt(
    tx: &DatabaseTransaction,
    from: PersonId,
    to: PersonId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let both = accounts::hold(tx, &[from, to]).await?;
    let is = |id: PersonId, without: bool| both.iter().any(|row| row.id == id.0 && is_none(&row.login) == without);
    if from == to || !is(from, true) || !is(to, false) {
        return Err(StoreError::NotFound);
    }
    let rows = visit::Entity::find()
        .filter(visit::Column::PatientId.eq(from.0))
        .order_by_asc(visit::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    for row in &rows {
        take_over(tx, row, to, now).await?;
    }
    let records = record::Entity::update_many()
        .col_expr(record::Column::PatientId, Expr::value(to.0))
        .filter(record::Column::PatientId.eq(from.0));
    records.exec(tx).await?;
    let consents = consent::Entity::update_many()
        .col_expr(consent::Column::PatientId, Expr::value(to.0))
        .filter(consent::Column::PatientId.eq(from.0))
        .filter(consent::Column::Subject.eq(Subject::Share.as_str()));
    consents.exec(tx).await?;
    let consents = consent::Entity::update_many()
        .col_expr(consent::Column::PatientId, Expr::value(to.0))
        .filter(consent::Column::PatientId.eq(from.0));
    consents.exec(tx).await?;
    // What was sealed when they had no key, only the clinic opens.
    for key in keys::live(tx, to).await? {
        custody::restore_due(tx, to, key.id, now).await?;
    }
    let gone = person::Entity::update_many()
        .col_expr(person::Column::DisabledAt, Expr::value(now.0))
        .filter(person::Column::Id.eq(from.0));
    gone.exec(tx).await?;
    follow(tx, from, to, now).await?;
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// The account belongs where its person belonged, and they do not any more.
async fn follow(tx: &DatabaseTransaction, from: PersonId, to: PersonId, now: Timestamp) -> Result<(), StoreError> {
    for member in members::every(tx, from).await? {
        if members::of(tx, to, member.org).await?.is_none() {
            members::join(tx, to, &member, now).await?;
        }
    }
    let ended = member::Entity::update_many()
        .col_expr(member::Column::EndedAt, Expr::value(now.0))
        .filter(member::Column::PersonId.eq(from.0));
    ended.exec(tx).await?;
    Ok(())
}

async fn take_over(
    tx: &DatabaseTransaction,
    row: &visit::Model,
    to: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    if known(VisitState::parse(&row.state))?.is_live() {
        make_way(tx, row, to, now).await?;
    }
    let moved = visit::Entity::update_many()
        .col_expr(visit::Column::PatientId, Expr::value(to.0))
        .filter(visit::Column::Id.eq(row.id));
    moved.exec(tx).await?;
    if seats::held_by(tx, VisitId(row.id), Holder::Person(to)).await?.is_some() {
        return Ok(());
    }
    let seat = seat::Entity::update_many()
        .col_expr(seat::Column::PersonId, Expr::value(to.0))
        .filter(seat::Column::VisitId.eq(row.id))
        .filter(seat::Column::PersonId.eq(row.patient_id));
    seat.exec(tx).await?;
    Ok(())
}

/// Two people have one live visit at a time: when the account has one as well, the one in which less has happened ends,
/// with all that was said in it.
async fn make_way(
    tx: &DatabaseTransaction,
    row: &visit::Model,
    to: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let other = visit::Entity::find()
        .filter(visit::Column::PatientId.eq(to.0))
        .filter(visit::Column::DoctorId.eq(row.doctor_id))
        .filter(visit::Column::OrgId.eq(row.org_id))
        .filter(match row.planned_at {
            Some(at) => visit::Column::PlannedAt.eq(at),
            None => visit::Column::PlannedAt.is_null(),
        })
        .filter(visits::is_live())
        .lock_exclusive();
    let Some(other) = other.one(tx).await? else { return Ok(()) };
    let weight = async |one: &visit::Model| {
        let said = message::Entity::find().filter(message::Column::VisitId.eq(one.id)).count(tx).await?;
        let came = guest_link::Entity::find()
            .filter(guest_link::Column::VisitId.eq(one.id))
            .filter(guest_link::Column::UsedAt.is_not_null());
        let open = one.state == VisitState::Open.as_str();
        Ok::<_, StoreError>((open, said, came.count(tx).await?, one.last_at))
    };
    let (mine, theirs) = (weight(row).await?, weight(&other).await?);
    let over = if mine < theirs { row } else { &other };
    let ended = visit::Entity::update_many()
        .col_expr(visit::Column::State, Expr::value(VisitState::Ended.as_str()))
        .col_expr(visit::Column::EndedAt, Expr::value(now.0))
        .col_expr(visit::Column::EndedWhy, Expr::value(EndedWhy::Idle.as_str()))
        .filter(visit::Column::Id.eq(over.id));
    ended.exec(tx).await?;
    facts::write(tx, VisitId(over.id), &[RoomEvent::Ended { why: EndedWhy::Idle }], now).await
}
