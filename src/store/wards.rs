//! Children as their guardians see them: whom one speaks for, and what of theirs one can't open.

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use vaidya_clinic::guardian::Relation;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::time::Timestamp;

use super::entity::{clinic_wrap, guardian, person, record, record_version, record_wrap};
use super::{Store, StoreError, guardians, keys};

/// A child someone speaks for. No `Debug`: it names them.
#[derive(Clone, PartialEq, Eq)]
pub struct Child {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The year they were born in.
    pub birth_year: Option<i32>,
    /// What one is to them.
    pub relation: Option<Relation>,
    /// Since when one speaks for them.
    pub since: Timestamp,
    /// Some of their records are sealed to others alone.
    pub closed: bool,
}

impl Store {
    /// The children someone speaks for now, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wards(&self, guardian: PersonId, now: Timestamp) -> Result<Vec<Child>, StoreError> {
        self.read(move |db| Box::pin(async move { all(db, guardian, now).await })).await
    }
}

async fn all<C: ConnectionTrait>(db: &C, who: PersonId, now: Timestamp) -> Result<Vec<Child>, StoreError> {
    let children = guardians::wards(db, who, now).await?;
    let links = guardians::live()
        .filter(guardian::Column::GuardianId.eq(who.0))
        .filter(guardian::Column::PatientId.is_in(children.iter().map(|id| id.0)))
        .order_by_asc(guardian::Column::PatientId);
    let mut found = Vec::new();
    for link in links.all(db).await? {
        let Some(row) = person::Entity::find_by_id(link.patient_id).one(db).await? else { continue };
        let id = PersonId(row.id);
        let birth_year = row.birth_year.and_then(|year| i32::try_from(year).ok());
        let (relation, since) = (guardians::relation(&link)?, Timestamp(link.made_at));
        found.push(Child { id, name: row.name, birth_year, relation, since, closed: closed(db, id, who).await? });
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// Whether a version of a child's records is neither wrapped for a live key of a guardian's nor held by the clinic.
pub(super) async fn closed<C: ConnectionTrait>(db: &C, child: PersonId, who: PersonId) -> Result<bool, StoreError> {
    let own = keys::live(db, who).await?;
    let this = |column: record_version::Column| (record_version::Entity, column);
    let row = |column: record_wrap::Column| Expr::col((record_wrap::Entity, column));
    let theirs = Query::select()
        .expr(Expr::value(1))
        .from(record_wrap::Entity)
        .and_where(row(record_wrap::Column::RecordId).equals(this(record_version::Column::RecordId)))
        .and_where(row(record_wrap::Column::Ver).equals(this(record_version::Column::Ver)))
        .and_where(record_wrap::Column::KeyId.is_in(own.iter().map(|key| key.id.0)))
        .to_owned();
    let row = |column: clinic_wrap::Column| Expr::col((clinic_wrap::Entity, column));
    let held = Query::select()
        .expr(Expr::value(1))
        .from(clinic_wrap::Entity)
        .and_where(row(clinic_wrap::Column::RecordId).equals(this(record_version::Column::RecordId)))
        .and_where(row(clinic_wrap::Column::Ver).equals(this(record_version::Column::Ver)))
        .to_owned();
    let records = Query::select()
        .column(record::Column::Id)
        .from(record::Entity)
        .and_where(record::Column::PatientId.eq(child.0))
        .and_where(record::Column::ErasedAt.is_null())
        .to_owned();
    let none = record_version::Entity::find()
        .filter(record_version::Column::RecordId.in_subquery(records))
        .filter(Expr::exists(theirs).not())
        .filter(Expr::exists(held).not());
    Ok(none.count(db).await? > 0)
}
