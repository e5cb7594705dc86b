//! Seats as rows: who holds a place in a visit, and how they stand.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use vaidya_clinic::id::{LinkId, PersonId, SeatId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Holder, Seat, SeatFlag, SeatRole, Standing};

use super::entity::seat;
use super::error::known;
use super::{Store, StoreError};

/// What someone who came by a link said of themselves: for the doctor alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// The year they were born in.
    pub birth_year: i32,
    /// When they confirmed that this is so.
    pub confirmed_at: Timestamp,
}

impl Store {
    /// The seat someone holds in a visit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seat_of(&self, visit: VisitId, holder: Holder) -> Result<Option<Seat>, StoreError> {
        self.read(move |db| Box::pin(held_by(db, visit, holder))).await
    }

    /// Every seat of a visit, in the order they were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seats_of(&self, visit: VisitId) -> Result<Vec<Seat>, StoreError> {
        self.read(move |db| Box::pin(of_visit(db, visit))).await
    }
}

impl Store {
    /// What those who came by links said of themselves, by seat.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn told_of(&self, visit: VisitId) -> Result<HashMap<SeatId, Told>, StoreError> {
        let rows = seat::Entity::find()
            .filter(seat::Column::VisitId.eq(visit.0))
            .filter(seat::Column::ConfirmedAt.is_not_null());
        let rows = self.read(move |db| Box::pin(async move { Ok(rows.all(db).await?) })).await?;
        let told = |row: seat::Model| {
            let birth_year = i32::try_from(row.birth_year?).ok()?;
            Some((SeatId(row.id), Told { birth_year, confirmed_at: Timestamp(row.confirmed_at?) }))
        };
        Ok(rows.into_iter().filter_map(told).collect())
    }
}

/// Keeps what the one who took a seat says of themselves.
pub(super) async fn tell<C: ConnectionTrait>(db: &C, id: SeatId, name: &str, told: Told) -> Result<(), StoreError> {
    let change = seat::Entity::update_many()
        .col_expr(seat::Column::Name, Expr::value(name))
        .col_expr(seat::Column::BirthYear, Expr::value(i64::from(told.birth_year)))
        .col_expr(seat::Column::ConfirmedAt, Expr::value(told.confirmed_at.0))
        .filter(seat::Column::Id.eq(id.0));
    change.exec(db).await?;
    Ok(())
}

/// The seat someone holds in a visit.
pub(super) async fn held_by<C: ConnectionTrait>(
    db: &C,
    visit: VisitId,
    holder: Holder,
) -> Result<Option<Seat>, StoreError> {
    let held = match holder {
        Holder::Person(person) => seat::Column::PersonId.eq(person.0),
        Holder::Guest(link) => seat::Column::LinkId.eq(link.0),
    };
    let row = seat::Entity::find().filter(seat::Column::VisitId.eq(visit.0)).filter(held).one(db).await?;
    row.map(read).transpose()
}

/// Every seat of a visit, in the order they were made.
pub(super) async fn of_visit<C: ConnectionTrait>(db: &C, visit: VisitId) -> Result<Vec<Seat>, StoreError> {
    let rows = seat::Entity::find()
        .filter(seat::Column::VisitId.eq(visit.0))
        .order_by_asc(seat::Column::MadeAt)
        .order_by_asc(seat::Column::Role)
        .order_by_asc(seat::Column::Id);
    rows.all(db).await?.into_iter().map(read).collect()
}

/// Writes a new seat.
pub(super) async fn insert<C: ConnectionTrait>(
    db: &C,
    visit: VisitId,
    made: &Seat,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (person, link) = match made.holder {
        Holder::Person(person) => (Some(person.0), None),
        Holder::Guest(link) => (None, Some(link.0)),
    };
    let row = seat::ActiveModel {
        id: Set(made.id.0),
        visit_id: Set(visit.0),
        person_id: Set(person),
        link_id: Set(link),
        role: Set(made.role.as_str().to_owned()),
        name: Set(made.name.clone()),
        standing: Set(made.standing.as_str().to_owned()),
        made_at: Set(now.0),
        flag: Set(made.flag.map(|flag| flag.as_str().to_owned())),
        ..Default::default()
    };
    row.insert(db).await?;
    Ok(())
}

/// Lets a seat stand otherwise. One that was removed stays so: [`StoreError::BadState`].
pub(super) async fn stand<C: ConnectionTrait>(
    db: &C,
    visit: VisitId,
    id: SeatId,
    standing: Standing,
) -> Result<(), StoreError> {
    let mut change = seat::Entity::update_many()
        .col_expr(seat::Column::Standing, Expr::value(standing.as_str()))
        .filter(seat::Column::Id.eq(id.0))
        .filter(seat::Column::VisitId.eq(visit.0));
    if standing != Standing::Removed {
        change = change.filter(seat::Column::Standing.ne(Standing::Removed.as_str()));
    }
    match change.exec(db).await?.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::BadState),
    }
}

/// A seat out of its row.
pub(super) fn read(row: seat::Model) -> Result<Seat, StoreError> {
    let holder = match (row.person_id, row.link_id) {
        (Some(person), None) => Holder::Person(PersonId(person)),
        (None, Some(link)) => Holder::Guest(LinkId(link)),
        _ => return Err(StoreError::strange("a seat without one holder")),
    };
    Ok(Seat {
        id: SeatId(row.id),
        holder,
        role: known(SeatRole::parse(&row.role))?,
        name: row.name,
        standing: known(Standing::parse(&row.standing))?,
        flag: row.flag.as_deref().map(|word| known(SeatFlag::parse(word))).transpose()?,
    })
}
