//! Links to visits: made, sent again and revoked by the visit's doctor or its clinic's desk.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select, Set,
};
use uuid::Uuid;
use vaidya_clinic::id::{LinkId, OrgId, PersonId, SeatId, VisitId};
use vaidya_clinic::link::{LinkFor, RESEND, Times};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{SeatRole, Standing, VisitState};

use super::accounts::Person;
use super::entity::{guest_link, seat, visit};
use super::error::known;
use super::sent_messages::{self, Outgoing};
use super::{SecretHash, Store, StoreError, seats, sessions, visits};

/// Links of one visit that wait or are in use. When full one is revoked first; a room holds fewer people anyway.
pub const LIVE_LINKS: u64 = 16;

/// Who makes or takes back links: the visit's doctor, or the desk of its organisation.
#[derive(Clone, Copy)]
pub struct Host {
    person: PersonId,
    org: OrgId,
    role: Role,
}

impl From<&Person> for Host {
    fn from(person: &Person) -> Self {
        Self { person: person.id, org: person.org, role: person.role }
    }
}

impl Host {
    fn has(self, visit: &visit::Model) -> bool {
        match self.role {
            Role::Doctor => visit.doctor_id == self.person.0,
            Role::Desk => visit.org_id == Some(self.org.0),
            _ => false,
        }
    }
}

/// A link that is wanted.
pub struct NewLink {
    /// To which visit.
    pub visit: VisitId,
    /// The hash of its code.
    pub code: SecretHash,
    /// Whom it is for.
    pub whom: LinkFor,
    /// The telephone it goes to, when it goes by message.
    pub phone: Option<String>,
    /// The language of that message.
    pub language: Option<String>,
    /// The message.
    pub message: Option<Outgoing>,
}

/// A link as those who make them see it.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Whom it is for.
    pub whom: LinkFor,
    /// The telephone it went to.
    pub phone: Option<String>,
    /// The language of its message.
    pub language: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it stops working for someone who did not come by then.
    pub expires: Timestamp,
    /// Whether someone came by it.
    pub used: bool,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Seats that were put out with a link: a live room and their sockets must be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutOut {
    /// Removed for good.
    pub removed: Vec<SeatId>,
    /// The patient's, which stays theirs, but not for who came by the link.
    pub left: Option<SeatId>,
}

impl Store {
    /// Keeps a new link of an open visit, and the message that carries it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the visit is not theirs, [`StoreError::BadState`] when it is not open,
    /// [`StoreError::TooMany`] when [`LIVE_LINKS`] are live.
    pub async fn make_link(&self, new: NewLink, by: Host, now: Timestamp) -> Result<Link, StoreError> {
        self.report(move |tx| Box::pin(make(tx, new, by, now))).await
    }

    /// Gives a link a new code, and sends it where the old one went; the old one stops working.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such link or it was revoked, [`StoreError::BadState`] when the visit
    /// is not open, [`StoreError::NotBefore`] when the last one has only just been sent.
    pub async fn resend_link(
        &self,
        (visit, link): (VisitId, LinkId),
        by: Host,
        (code, message): (SecretHash, Option<Outgoing>),
        now: Timestamp,
    ) -> Result<Link, StoreError> {
        self.report(move |tx| Box::pin(resend(tx, (visit, link), by, (code, message), now))).await
    }

    /// The links of a visit, oldest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the visit is not theirs.
    pub async fn links(&self, visit: VisitId, by: Host) -> Result<Vec<Link>, StoreError> {
        let found = self.read(move |db| {
            Box::pin(async move {
                let row = visit::Entity::find_by_id(visit.0).one(db).await?.filter(|row| by.has(row));
                row.ok_or(StoreError::NotFound)?;
                let rows = own(visit).order_by_asc(guest_link::Column::MadeAt).order_by_asc(guest_link::Column::Id);
                rows.all(db).await?.into_iter().map(read).collect()
            })
        });
        found.await
    }

    /// Revokes a link. Whoever came by it, on whatever device, is removed on disk and their sessions end; a live room
    /// must be told of the seats that are answered. Revoking twice answers the same.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such link, or the visit is not theirs.
    pub async fn revoke_link(
        &self,
        visit: VisitId,
        link: LinkId,
        by: Host,
        now: Timestamp,
    ) -> Result<PutOut, StoreError> {
        self.write(move |tx| Box::pin(revoke(tx, visit, link, by, now))).await
    }

    /// Who went with a seat that was removed: the further devices of its link.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn gone_with(&self, visit: VisitId, who: SeatId) -> Result<PutOut, StoreError> {
        let found = self.read(move |db| {
            Box::pin(async move {
                let family: Vec<Uuid> = leading_to(db, visit, who).await?;
                let removed = seats_of(db, &family).await?;
                Ok(PutOut { removed, left: None })
            })
        });
        found.await
    }
}

async fn make(tx: &DatabaseTransaction, new: NewLink, by: Host, now: Timestamp) -> Result<Link, StoreError> {
    let held = open(tx, new.visit, by).await?;
    let live = own(new.visit).filter(guest_link::Column::RevokedAt.is_null()).filter(
        Condition::any().add(guest_link::Column::UsedAt.is_not_null()).add(guest_link::Column::ExpiresAt.gt(now.0)),
    );
    if live.count(tx).await? >= LIVE_LINKS {
        return Err(StoreError::TooMany);
    }
    let times = Times { made: now, planned: held.planned_at.map(Timestamp), ended: None, used: false };
    let row = guest_link::ActiveModel {
        id: Set(Uuid::new_v4()),
        visit_id: Set(new.visit.0),
        code_hash: Set(new.code.0.to_vec()),
        made_by: Set(by.person.0),
        made_at: Set(now.0),
        expires_at: Set(times.waits_until().0),
        for_role: Set(new.whom.as_str().to_owned()),
        phone: Set(new.phone),
        language: Set(new.language),
        sent_at: Set(new.message.is_some().then_some(now.0)),
        ..Default::default()
    };
    let made = read(row.insert(tx).await?)?;
    if let Some(message) = new.message {
        sent_messages::queue(tx, &message, now).await?;
    }
    Ok(made)
}

async fn resend(
    tx: &DatabaseTransaction,
    (visit, link): (VisitId, LinkId),
    by: Host,
    (code, message): (SecretHash, Option<Outgoing>),
    now: Timestamp,
) -> Result<Link, StoreError> {
    open(tx, visit, by).await?;
    let live = own(visit).filter(guest_link::Column::Id.eq(link.0)).filter(guest_link::Column::RevokedAt.is_null());
    let row = live.lock_exclusive().one(tx).await?.ok_or(StoreError::NotFound)?;
    if let Some(again) = row.sent_at.map(|sent| Timestamp(sent).plus(RESEND)).filter(|again| now < *again) {
        return Err(StoreError::NotBefore(again));
    }
    let change = guest_link::Entity::update_many()
        .col_expr(guest_link::Column::CodeHash, Expr::value(code.0.to_vec()))
        .col_expr(guest_link::Column::SentAt, Expr::value(now.0))
        .filter(guest_link::Column::Id.eq(link.0));
    change.exec(tx).await?;
    if let Some(message) = message {
        sent_messages::queue(tx, &message, now).await?;
    }
    read(row)
}

/// An open visit of theirs, held.
async fn open(tx: &DatabaseTransaction, id: VisitId, by: Host) -> Result<visit::Model, StoreError> {
    let held = visits::hold(tx, id).await?;
    if !by.has(&held) {
        return Err(StoreError::NotFound);
    }
    if known(VisitState::parse(&held.state))? != VisitState::Open {
        return Err(StoreError::BadState);
    }
    Ok(held)
}

async fn revoke(
    tx: &DatabaseTransaction,
    id: VisitId,
    link: LinkId,
    by: Host,
    now: Timestamp,
) -> Result<PutOut, StoreError> {
    // Held against whoever is just coming by it: either they are in and put out, or they find it revoked.
    let held = visits::hold(tx, id).await?;
    if !by.has(&held) {
        return Err(StoreError::NotFound);
    }
    let row = own(id).filter(guest_link::Column::Id.eq(link.0)).one(tx).await?.ok_or(StoreError::NotFound)?;
    let removed = close(tx, id, &family(tx, &[link.0]).await?, now).await?;
    let left = match known(LinkFor::parse(&row.for_role))? {
        LinkFor::Patient => {
            seats::of_visit(tx, id).await?.iter().find(|seat| seat.role == SeatRole::Patient).map(|seat| seat.id)
        }
        LinkFor::Guest => None,
    };
    Ok(PutOut { removed, left })
}

/// Ends what led to a seat that is removed.
pub(super) async fn close_of_seat(
    tx: &DatabaseTransaction,
    visit: VisitId,
    who: SeatId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let links = leading_to(tx, visit, who).await?;
    close(tx, visit, &links, now).await.map(|_| ())
}

/// Revokes links, removes the seats of those who came by them, and ends their sessions.
async fn close(
    tx: &DatabaseTransaction,
    visit: VisitId,
    links: &[Uuid],
    now: Timestamp,
) -> Result<Vec<SeatId>, StoreError> {
    let change = guest_link::Entity::update_many()
        .col_expr(guest_link::Column::RevokedAt, Expr::value(now.0))
        .filter(guest_link::Column::Id.is_in(links.iter().copied()))
        .filter(guest_link::Column::RevokedAt.is_null());
    change.exec(tx).await?;
    let removed = seats_of(tx, links).await?;
    for seat in &removed {
        seats::stand(tx, visit, *seat, Standing::Removed).await?;
    }
    sessions::end_of_links(tx, links, now).await?;
    Ok(removed)
}

/// The links by which one may come to a seat, with those of their further devices: its own, or, for the patient's, every
/// one that is for the patient.
async fn leading_to<C: ConnectionTrait>(db: &C, visit: VisitId, who: SeatId) -> Result<Vec<Uuid>, StoreError> {
    let Some(row) = seat::Entity::find_by_id(who.0).one(db).await? else { return Ok(Vec::new()) };
    let first = match row.link_id {
        Some(link) => vec![link],
        None if row.role == SeatRole::Patient.as_str() => {
            let patients = own(visit).filter(guest_link::Column::ForRole.eq(LinkFor::Patient.as_str()));
            patients.all(db).await?.into_iter().map(|row| row.id).collect()
        }
        None => Vec::new(),
    };
    family(db, &first).await
}

/// Links with those of their further devices.
async fn family<C: ConnectionTrait>(db: &C, links: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let further = guest_link::Entity::find().filter(guest_link::Column::ParentId.is_in(links.iter().copied()));
    let further = further.all(db).await?.into_iter().map(|row| row.id);
    Ok(links.iter().copied().chain(further).collect())
}

async fn seats_of<C: ConnectionTrait>(db: &C, links: &[Uuid]) -> Result<Vec<SeatId>, StoreError> {
    let rows = seat::Entity::find().filter(seat::Column::LinkId.is_in(links.iter().copied()));
    Ok(rows.order_by_asc(seat::Column::Id).all(db).await?.into_iter().map(|row| SeatId(row.id)).collect())
}

/// The links of a visit, without those of further devices.
fn own(id: VisitId) -> Select<guest_link::Entity> {
    guest_link::Entity::find()
        .filter(guest_link::Column::VisitId.eq(id.0))
        .filter(guest_link::Column::ParentId.is_null())
}

fn read(row: guest_link::Model) -> Result<Link, StoreError> {
    Ok(Link {
        id: LinkId(row.id),
        whom: known(LinkFor::parse(&row.for_role))?,
        phone: row.phone,
        language: row.language,
        made_at: Timestamp(row.made_at),
        expires: Timestamp(row.expires_at),
        used: row.used_at.is_some(),
        revoked: row.revoked_at.is_some(),
    })
}
