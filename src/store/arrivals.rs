//! Coming by a link: what it leads to, which device it is bound to, and what seat one gets.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, Set,
};
use uuid::Uuid;
use vaidya_clinic::id::{LinkId, OrgId, PersonId, SeatId, VisitId};
use vaidya_clinic::link::{Door, LinkFor, SECOND_DEVICES, Times};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Holder, Seat, SeatFlag, SeatRole, Standing, VisitState};
use vaidya_clinic::wire::DoctorView;

use super::entity::{guest_link, organisation, seat, session, visit};
use super::error::known;
use super::seats::Told;
use super::sessions::{Guest, Holds};
use super::{SecretHash, Store, StoreError, keys, seats, sessions, views, visits};

/// What a link shows before one joins.
pub struct Invitation {
    /// The link.
    pub link: LinkId,
    /// Whom it is for.
    pub whom: LinkFor,
    /// To which visit.
    pub visit: VisitId,
    /// Whose visit it is.
    pub doctor: DoctorView,
    /// The clinic it is in.
    pub clinic: Clinic,
    /// Its times.
    pub times: Times,
    /// Whether one may come now.
    pub door: Door,
}

/// The clinic of a link.
pub struct Clinic {
    /// Its name, when it was given one.
    pub name: Option<String>,
    /// Its IANA time zone.
    pub zone: String,
    /// Its languages.
    pub languages: Vec<String>,
}

/// Someone who comes by a link.
#[derive(Clone)]
pub struct Newcomer {
    /// The name others will see.
    pub name: String,
    /// The year they were born in.
    pub birth_year: i32,
    /// Hash of the token their device gets.
    pub token: SecretHash,
    /// The one it had before, if any, however long ago.
    pub before: Option<SecretHash>,
    /// On what device: the browser's family.
    pub label: String,
}

impl Store {
    /// What the link with this code leads to; none when the code is wrong, too old or revoked. A used one still answers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitation(&self, code: SecretHash, now: Timestamp) -> Result<Option<Invitation>, StoreError> {
        let found = self.read(move |db| {
            Box::pin(async move {
                match found(db, code, now).await? {
                    Some((link, visit, door)) => invited(db, link, visit, door).await.map(Some),
                    None => Ok(None),
                }
            })
        });
        found.await
    }

    /// Whether a link, or that of a further device of it, is the one a device came by.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn came_by(&self, link: LinkId, came: LinkId) -> Result<bool, StoreError> {
        if link == came {
            return Ok(true);
        }
        let row = guest_link::Entity::find_by_id(came.0);
        let row = self.read(move |db| Box::pin(async move { Ok(row.one(db).await?) })).await?;
        Ok(row.is_some_and(|row| row.parent_id == Some(link.0)))
    }

    /// Comes by a link. The first device gets the link's seat; a further one a seat at the door with a flag, and again
    /// the same one when it comes back; a device that was here goes on where it was.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the link does not work (any more), [`StoreError::NotBefore`] when it is too early,
    /// [`StoreError::LinkUsed`] when as many devices came by it as may.
    pub async fn join_link(&self, code: SecretHash, who: Newcomer, now: Timestamp) -> Result<Guest, StoreError> {
        // Looked at first without holding anything: a crowd that is turned away writes nothing.
        let before = who.before;
        self.read(move |db| {
            Box::pin(async move {
                let (link, _, _) = entered(db, code, now).await?;
                if before.is_none() && link.used_at.is_some() && further(db, link.id).await? >= SECOND_DEVICES {
                    return Err(StoreError::LinkUsed);
                }
                Ok(())
            })
        })
        .await?;
        self.write(move |tx| Box::pin(join(tx, code, who, now))).await
    }
}

/// A link that leads somewhere, its visit, and whether one may come.
pub(super) async fn found<C: ConnectionTrait>(
    db: &C,
    code: SecretHash,
    now: Timestamp,
) -> Result<Option<(guest_link::Model, visit::Model, Door)>, StoreError> {
    let row = guest_link::Entity::find()
        .filter(guest_link::Column::CodeHash.eq(code.0.to_vec()))
        .filter(guest_link::Column::RevokedAt.is_null());
    let Some(link) = row.one(db).await? else { return Ok(None) };
    let Some(visit) = visit::Entity::find_by_id(link.visit_id).one(db).await? else { return Ok(None) };
    let state = known(VisitState::parse(&visit.state))?;
    let door = match state {
        VisitState::Open | VisitState::Ended => times(&link, &visit).door(now),
        VisitState::Requested | VisitState::Declined => Door::Shut,
    };
    Ok(Some((link, visit, door)).filter(|_| door != Door::Shut))
}

/// The same, for who wants to come in.
async fn entered<C: ConnectionTrait>(
    db: &C,
    code: SecretHash,
    now: Timestamp,
) -> Result<(guest_link::Model, visit::Model, Door), StoreError> {
    match found(db, code, now).await? {
        Some((_, _, Door::TooEarly(opens))) => Err(StoreError::NotBefore(opens)),
        Some(found) => Ok(found),
        None => Err(StoreError::NotFound),
    }
}

fn times(link: &guest_link::Model, visit: &visit::Model) -> Times {
    Times {
        made: Timestamp(link.made_at),
        planned: visit.planned_at.map(Timestamp),
        ended: visit.ended_at.map(Timestamp),
        used: link.used_at.is_some(),
    }
}

async fn invited<C: ConnectionTrait>(
    db: &C,
    link: guest_link::Model,
    visit: visit::Model,
    door: Door,
) -> Result<Invitation, StoreError> {
    let clinic = clinic(db, visit.org_id.map_or(OrgId::HOME, OrgId)).await?;
    let times = times(&link, &visit);
    let view = views::with_names(db, vec![visit]).await?.pop().ok_or(StoreError::NotFound)?;
    let whom = known(LinkFor::parse(&link.for_role))?;
    Ok(Invitation { link: LinkId(link.id), whom, visit: view.id, doctor: view.doctor, clinic, times, door })
}

async fn clinic<C: ConnectionTrait>(db: &C, org: OrgId) -> Result<Clinic, StoreError> {
    let row = organisation::Entity::find_by_id(org.0).one(db).await?.ok_or(StoreError::NotFound)?;
    Ok(Clinic {
        // The first organisation has the name of the settings until somebody gives it one.
        name: (org != OrgId::HOME || row.named_at.is_some()).then_some(row.name),
        zone: row.zone,
        languages: row.languages.split(',').map(str::to_owned).collect(),
    })
}

async fn join(tx: &DatabaseTransaction, code: SecretHash, who: Newcomer, now: Timestamp) -> Result<Guest, StoreError> {
    let (_, visit, _) = entered(tx, code, now).await?;
    // The visit first, as everyone does who changes it, then the link, looked at again now that it is ours.
    visits::hold(tx, VisitId(visit.id)).await?;
    let (link, visit, door) = entered(tx, code, now).await?;
    if let Some(guest) = returned(tx, &link, &who, now).await? {
        return Ok(guest);
    }
    if door != Door::Open {
        return Err(StoreError::NotFound);
    }
    match link.used_at {
        None => first(tx, &link, &visit, who, now).await,
        Some(_) if further(tx, link.id).await? < SECOND_DEVICES => second(tx, &link, who, now).await,
        Some(_) => Err(StoreError::LinkUsed),
    }
}

/// A device that came by this link before: its token, even one of a session that has run out, says which seat is its.
async fn returned(
    tx: &DatabaseTransaction,
    link: &guest_link::Model,
    who: &Newcomer,
    now: Timestamp,
) -> Result<Option<Guest>, StoreError> {
    let Some(before) = who.before else { return Ok(None) };
    let old = session::Entity::find()
        .filter(session::Column::TokenHash.eq(before.0.to_vec()))
        .filter(session::Column::RevokedAt.is_null());
    let Some(old) = old.one(tx).await? else { return Ok(None) };
    let (Some(came), Some(held)) = (old.link_id, old.seat_id) else { return Ok(None) };
    let same = guest_link::Entity::find_by_id(came).filter(guest_link::Column::RevokedAt.is_null()).one(tx).await?;
    if !same.is_some_and(|row| row.id == link.id || row.parent_id == Some(link.id)) {
        return Ok(None);
    }
    let row = seat::Entity::find_by_id(held).one(tx).await?.ok_or(StoreError::NotFound)?;
    let seat = seats::read(row)?;
    if seat.standing == Standing::Removed {
        return Err(StoreError::NotFound);
    }
    sessions::open(tx, Holds::Seat(seat.id, LinkId(came)), who.token, &who.label, now).await?;
    Ok(Some(Guest { visit: VisitId(link.visit_id), link: LinkId(came), seat }))
}

/// The first device: it gets what the link is for. Who has keys must show them, so theirs is a guest's seat.
async fn first(
    tx: &DatabaseTransaction,
    link: &guest_link::Model,
    visit: &visit::Model,
    who: Newcomer,
    now: Timestamp,
) -> Result<Guest, StoreError> {
    let used = guest_link::Entity::update_many()
        .col_expr(guest_link::Column::UsedAt, Expr::value(now.0))
        .filter(guest_link::Column::Id.eq(link.id));
    used.exec(tx).await?;
    let patient = PersonId(visit.patient_id);
    let own = known(LinkFor::parse(&link.for_role))? == LinkFor::Patient && keys::live(tx, patient).await?.is_empty();
    let seat = match own {
        true => patients(tx, VisitId(visit.id), patient, &who.name).await?,
        false => at_the_door(tx, link, LinkId(link.id), &who.name, None, now).await?,
    };
    sit(tx, LinkId(link.id), VisitId(visit.id), seat, who, now).await
}

async fn patients(tx: &DatabaseTransaction, visit: VisitId, patient: PersonId, name: &str) -> Result<Seat, StoreError> {
    let seat = seats::held_by(tx, visit, Holder::Person(patient)).await?.ok_or(StoreError::NotFound)?;
    if seat.standing == Standing::Removed {
        Err(StoreError::NotFound)
    } else {
        Ok(Seat { name: name.to_owned(), ..seat })
    }
}

/// A further device: a link and a seat of its own, so that it finds them again.
async fn second(
    tx: &DatabaseTransaction,
    link: &guest_link::Model,
    who: Newcomer,
    now: Timestamp,
) -> Result<Guest, StoreError> {
    let derived = LinkId(Uuid::new_v4());
    let [left, right] = [Uuid::new_v4(), Uuid::new_v4()].map(Uuid::into_bytes);
    let row = guest_link::ActiveModel {
        id: Set(derived.0),
        visit_id: Set(link.visit_id),
        // Nobody has its code: the device has its token.
        code_hash: Set([left, right].concat()),
        made_by: Set(link.made_by),
        made_at: Set(now.0),
        expires_at: Set(link.expires_at),
        used_at: Set(Some(now.0)),
        for_role: Set(LinkFor::Guest.as_str().to_owned()),
        parent_id: Set(Some(link.id)),
        ..Default::default()
    };
    row.insert(tx).await?;
    let seat = at_the_door(tx, link, derived, &who.name, Some(SeatFlag::SecondDevice), now).await?;
    sit(tx, derived, VisitId(link.visit_id), seat, who, now).await
}

async fn at_the_door(
    tx: &DatabaseTransaction,
    link: &guest_link::Model,
    by: LinkId,
    name: &str,
    flag: Option<SeatFlag>,
    now: Timestamp,
) -> Result<Seat, StoreError> {
    let (holder, role) = (Holder::Guest(by), SeatRole::Guest);
    let (id, name, standing) = (SeatId(Uuid::new_v4()), name.to_owned(), role.first_standing());
    let seat = Seat { id, holder, role, name, standing, flag };
    seats::insert(tx, VisitId(link.visit_id), &seat, now).await?;
    Ok(seat)
}

/// Takes a seat, with what they say of themselves, and a session.
async fn sit(
    tx: &DatabaseTransaction,
    link: LinkId,
    visit: VisitId,
    seat: Seat,
    who: Newcomer,
    now: Timestamp,
) -> Result<Guest, StoreError> {
    seats::tell(tx, seat.id, &who.name, Told { birth_year: who.birth_year, confirmed_at: now }).await?;
    sessions::open(tx, Holds::Seat(seat.id, link), who.token, &who.label, now).await?;
    Ok(Guest { visit, link, seat })
}

/// Devices that came by a link after its first, removed ones too.
async fn further<C: ConnectionTrait>(db: &C, link: Uuid) -> Result<u64, StoreError> {
    Ok(guest_link::Entity::find().filter(guest_link::Column::ParentId.eq(link)).count(db).await?)
}
