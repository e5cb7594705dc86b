//! Guest links: made by the doctor, used by the first device that comes, revoked by the doctor.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
};
use uuid::Uuid;
use vaidya_clinic::id::{LinkId, PersonId, SeatId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Holder, Seat, SeatRole, VisitState};
use vaidya_clinic::wire::DoctorView;

use super::entity::{guest_link, seat, visit};
use super::error::known;
use super::sessions::{Guest, Holds};
use super::{SecretHash, Store, StoreError, rooms, seats, sessions, views, visits};

/// How long a link waits for its guest. Lower makes doctors send links again, higher leaves doors ajar.
pub const LINK_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// Links of one visit that are neither expired nor revoked. When full the doctor revokes one first; a room holds fewer
/// guests anyway.
pub const LIVE_LINKS: u64 = 16;

/// A link as its doctor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it stops working for someone who did not come by then.
    pub expires: Timestamp,
    /// Whether someone came by it.
    pub used: bool,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// What a link shows before one joins.
pub struct Invitation {
    /// The link.
    pub link: LinkId,
    /// To which visit.
    pub visit: VisitId,
    /// Whose visit it is.
    pub doctor: DoctorView,
    /// Where it stands.
    pub state: VisitState,
}

/// Someone who comes by a link.
#[derive(Clone)]
pub struct NewGuest {
    /// The name others will see.
    pub name: String,
    /// Hash of the token their device gets.
    pub token: SecretHash,
    /// On what device: the browser's family.
    pub label: String,
}

impl Store {
    /// Keeps a new link of an open visit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the visit is not this doctor's, [`StoreError::BadState`] when it is not open,
    /// [`StoreError::TooMany`] when [`LIVE_LINKS`] are live.
    pub async fn make_link(
        &self,
        visit: VisitId,
        doctor: PersonId,
        code: SecretHash,
        now: Timestamp,
    ) -> Result<Link, StoreError> {
        self.write(move |tx| Box::pin(make(tx, visit, doctor, code, now))).await
    }

    /// The links of a visit, oldest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the visit is not this doctor's.
    pub async fn links(&self, visit: VisitId, doctor: PersonId) -> Result<Vec<Link>, StoreError> {
        self.read(move |db| Box::pin(list(db, visit, doctor))).await
    }

    /// Revokes a link. Whoever came by it is removed on disk and their sessions end; a live room must be told of
    /// the seat that is answered. Revoking twice answers the same.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such link, or the visit is not this doctor's.
    pub async fn revoke_link(
        &self,
        visit: VisitId,
        link: LinkId,
        doctor: PersonId,
        now: Timestamp,
    ) -> Result<Option<SeatId>, StoreError> {
        self.write(move |tx| Box::pin(revoke(tx, visit, link, doctor, now))).await
    }

    /// What the link with this code leads to; none when the code is wrong, expired or revoked, or the visit is over.
    /// A used one still answers: its guest may look again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitation(&self, code: SecretHash, now: Timestamp) -> Result<Option<Invitation>, StoreError> {
        self.read(move |db| Box::pin(invitation(db, code, now))).await
    }

    /// Comes by a link: the first device gets a seat at the door and a session, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the link does not work (any more), [`StoreError::LinkUsed`] when another device
    /// came first.
    pub async fn join_link(&self, code: SecretHash, guest: NewGuest, now: Timestamp) -> Result<Guest, StoreError> {
        self.write(move |tx| Box::pin(join(tx, code, guest, now))).await
    }
}

async fn make(
    tx: &DatabaseTransaction,
    id: VisitId,
    doctor: PersonId,
    code: SecretHash,
    now: Timestamp,
) -> Result<Link, StoreError> {
    let held = visits::hold(tx, id).await?;
    if held.doctor_id != doctor.0 {
        return Err(StoreError::NotFound);
    }
    if known(VisitState::parse(&held.state))? != VisitState::Open {
        return Err(StoreError::BadState);
    }
    let live =
        of_visit(id).filter(guest_link::Column::RevokedAt.is_null()).filter(guest_link::Column::ExpiresAt.gt(now.0));
    if live.count(tx).await? >= LIVE_LINKS {
        return Err(StoreError::TooMany);
    }
    let row = guest_link::ActiveModel {
        id: Set(Uuid::new_v4()),
        visit_id: Set(id.0),
        code_hash: Set(code.0.to_vec()),
        made_by: Set(doctor.0),
        made_at: Set(now.0),
        expires_at: Set(now.plus(LINK_LIFE).0),
        used_at: Set(None),
        revoked_at: Set(None),
        ..Default::default()
    };
    Ok(read(&row.insert(tx).await?))
}

async fn list(db: &DatabaseConnection, id: VisitId, doctor: PersonId) -> Result<Vec<Link>, StoreError> {
    let found = visit::Entity::find_by_id(id.0).filter(visit::Column::DoctorId.eq(doctor.0)).one(db).await?;
    found.ok_or(StoreError::NotFound)?;
    let rows = of_visit(id).order_by_asc(guest_link::Column::MadeAt).order_by_asc(guest_link::Column::Id);
    Ok(rows.all(db).await?.iter().map(read).collect())
}

async fn revoke(
    tx: &DatabaseTransaction,
    id: VisitId,
    link: LinkId,
    doctor: PersonId,
    now: Timestamp,
) -> Result<Option<SeatId>, StoreError> {
    if visits::hold(tx, id).await?.doctor_id != doctor.0 {
        return Err(StoreError::NotFound);
    }
    // Held against a guest who is just coming by it: either they are in and put out, or they find it revoked.
    let found = of_visit(id).filter(guest_link::Column::Id.eq(link.0)).lock_exclusive().one(tx).await?;
    found.ok_or(StoreError::NotFound)?;
    mark_revoked(tx, link, now).await?;
    let Some(seat) = seats::held_by(tx, id, Holder::Guest(link)).await? else { return Ok(None) };
    rooms::put_out(tx, id, seat.id, now).await?;
    Ok(Some(seat.id))
}

/// Revokes the link a guest's seat came by; seats of people have none.
pub(super) async fn revoke_of_seat<C: ConnectionTrait>(db: &C, who: SeatId, now: Timestamp) -> Result<(), StoreError> {
    let row = seat::Entity::find_by_id(who.0).one(db).await?;
    match row.and_then(|row| row.link_id) {
        Some(link) => mark_revoked(db, LinkId(link), now).await,
        None => Ok(()),
    }
}

async fn mark_revoked<C: ConnectionTrait>(db: &C, link: LinkId, now: Timestamp) -> Result<(), StoreError> {
    let change = guest_link::Entity::update_many()
        .col_expr(guest_link::Column::RevokedAt, Expr::value(now.0))
        .filter(guest_link::Column::Id.eq(link.0))
        .filter(guest_link::Column::RevokedAt.is_null());
    change.exec(db).await?;
    Ok(())
}

async fn invitation(
    db: &DatabaseConnection,
    code: SecretHash,
    now: Timestamp,
) -> Result<Option<Invitation>, StoreError> {
    let Some(link) = working(code, now).one(db).await? else { return Ok(None) };
    let view = views::one(db, VisitId(link.visit_id)).await?;
    let open = view.filter(|view| view.state == VisitState::Open);
    Ok(open.map(|view| Invitation { link: LinkId(link.id), visit: view.id, doctor: view.doctor, state: view.state }))
}

async fn join(
    tx: &DatabaseTransaction,
    code: SecretHash,
    guest: NewGuest,
    now: Timestamp,
) -> Result<Guest, StoreError> {
    let found = working(code, now).one(tx).await?.ok_or(StoreError::NotFound)?;
    // The visit first, as everyone does who changes it, then the link, looked at again now that it is ours.
    let visit = visits::hold(tx, VisitId(found.visit_id)).await?;
    let link = working(code, now).lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)?;
    if known(VisitState::parse(&visit.state))? != VisitState::Open {
        return Err(StoreError::NotFound);
    }
    if link.used_at.is_some() {
        return Err(StoreError::LinkUsed);
    }
    let used = guest_link::Entity::update_many()
        .col_expr(guest_link::Column::UsedAt, Expr::value(now.0))
        .filter(guest_link::Column::Id.eq(link.id));
    used.exec(tx).await?;
    let made = Guest { visit: VisitId(visit.id), link: LinkId(link.id), seat: at_the_door(link.id, guest.name) };
    seats::insert(tx, made.visit, &made.seat, now).await?;
    sessions::open(tx, Holds::Seat(made.seat.id), guest.token, &guest.label, now).await?;
    Ok(made)
}

fn at_the_door(link: Uuid, name: String) -> Seat {
    let holder = Holder::Guest(LinkId(link));
    Seat { id: SeatId(Uuid::new_v4()), holder, role: SeatRole::Guest, name, standing: SeatRole::Guest.first_standing() }
}

fn of_visit(id: VisitId) -> Select<guest_link::Entity> {
    guest_link::Entity::find().filter(guest_link::Column::VisitId.eq(id.0))
}

fn working(code: SecretHash, now: Timestamp) -> Select<guest_link::Entity> {
    guest_link::Entity::find()
        .filter(guest_link::Column::CodeHash.eq(code.0.to_vec()))
        .filter(guest_link::Column::RevokedAt.is_null())
        .filter(guest_link::Column::ExpiresAt.gt(now.0))
}

fn read(row: &guest_link::Model) -> Link {
    Link {
        id: LinkId(row.id),
        made_at: Timestamp(row.made_at),
        expires: Timestamp(row.expires_at),
        used: row.used_at.is_some(),
        revoked: row.revoked_at.is_some(),
    }
}
