//! What ends by itself: asks that nobody answered, grants whose time is over. What these opened goes with them.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vaidya_clinic::consent::{ASKED, State};
use vaidya_clinic::id::{ConsentId, OrgId, PersonId};
use vaidya_clinic::time::Timestamp;

use super::super::entity::consent::{self, Column};
use super::super::{Store, StoreError, before};
use super::rows;

/// A consent whose time is over. No `Debug`: it names a patient.
pub struct Over {
    /// Which.
    pub id: ConsentId,
    /// Whose.
    pub patient: PersonId,
    /// In which organisation.
    pub org: OrgId,
}

impl Store {
    /// Consents whose time is over and which nobody has ended yet, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consents_over(&self, most: u64, now: Timestamp) -> Result<Vec<Over>, StoreError> {
        let asked =
            Condition::all().add(Column::State.eq(State::Asked.as_str())).add(Column::MadeAt.lte(before(now, ASKED).0));
        let granted = Condition::all().add(Column::State.eq(State::Granted.as_str())).add(Column::Until.lte(now.0));
        let over = consent::Entity::find()
            .filter(Condition::any().add(asked).add(granted))
            .order_by_asc(Column::MadeAt)
            .limit(most);
        let rows = self.read(move |db| Box::pin(async move { Ok(over.all(db).await?) })).await?;
        let over = |row: consent::Model| Over {
            id: ConsentId(row.id),
            patient: PersonId(row.patient_id),
            org: OrgId(row.org_id),
        };
        Ok(rows.into_iter().map(over).collect())
    }

    /// Ends a consent whose time is over; says whether it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_consent(&self, id: ConsentId, now: Timestamp) -> Result<bool, StoreError> {
        self.report(move |tx| Box::pin(end(tx, id, now))).await
    }
}

async fn end(tx: &DatabaseTransaction, id: ConsentId, now: Timestamp) -> Result<bool, StoreError> {
    let row = rows::held(tx, id).await?;
    match (row.state.as_str(), rows::state(&row, now)?) {
        ("granted", State::Expired) => rows::end(tx, row.id, State::Expired, now).await?,
        ("asked", State::Lapsed) => lapse(tx, row.id, now).await?,
        _ => return Ok(false),
    }
    Ok(true)
}

async fn lapse(tx: &DatabaseTransaction, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let lapsed = rows::change(id, State::Asked)
        .col_expr(Column::State, Expr::value(State::Lapsed.as_str()))
        .col_expr(Column::CodeHash, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::EndedAt, Expr::value(now.0));
    rows::once(tx, lapsed).await?;
    rows::tell(tx, id, State::Lapsed, None, now).await
}
