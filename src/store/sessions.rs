//! Sessions: who holds a token, since when, and until when it works.

use std::net::IpAddr;
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Set, UpdateMany};
use uuid::Uuid;
use vaidya_clinic::id::{LinkId, OrgId, PersonId, SeatId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::Seat;

use super::accounts::{self, Person};
use super::entity::{seat, session};
use super::error::known;
use super::{SecretHash, Store, StoreError, before, organisations, seats};

/// A session nobody used for so long is over. Lower sends people to the login more often, higher leaves a forgotten
/// browser open for longer.
pub const IDLE: Duration = Duration::from_secs(12 * 60 * 60);

/// No session lives longer, however much it is used. Lower asks for the password more often, higher lets a stolen
/// token work for longer.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long a session waits for the second factor. Lower hurries people, higher leaves a known password usable for longer.
pub const HALF: Duration = Duration::from_secs(10 * 60);

/// How long after its browser should have locked by itself a session is locked here. Lower locks people whose browser's
/// clock is slow, higher trusts a browser that was tampered with for longer.
pub const LOCK_GRACE: Duration = Duration::from_secs(5 * 60);

/// How exactly `seen_at` is kept. Lower costs a write for more requests, higher ends idle sessions less sharply.
pub const SEEN_STEP: Duration = Duration::from_secs(60);

/// How long rows of dead sessions stay, for whoever asks what happened.
const REMEMBER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Longest label kept, in characters.
const LABEL: usize = 40;

/// A session.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub Uuid);

/// How far a session of a person has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// In.
    Full,
    /// The password was right; the second factor is still to come.
    Factor,
    /// The password was right; a second factor must be enrolled first.
    Enrol,
}

impl Stage {
    /// The word in the database.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Factor => "factor",
            Self::Enrol => "enrol",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Full, Self::Factor, Self::Enrol].into_iter().find(|stage| stage.as_str() == word)
    }
}

/// Whose a token is.
#[derive(Clone)]
pub struct Session {
    /// Which session.
    pub id: SessionId,
    /// Whose.
    pub who: Who,
    /// How far it has come; a guest's is always full.
    pub stage: Stage,
    /// Whether it was locked, by hand or for want of use.
    pub locked: bool,
    /// When who holds it last proved to be themselves.
    pub fresh_at: Option<Timestamp>,
    /// When it ends if it is used until then.
    pub expires: Timestamp,
    /// On what device, and from where, it was last known to be used.
    pub place: Place,
}

/// From where a session is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// The device's kind: a browser's family and its system.
    pub label: String,
    /// The address, when it is known.
    pub address: Option<IpAddr>,
}

/// A session of a person that is to be opened.
pub struct NewSession {
    /// Whose.
    pub person: PersonId,
    /// In which organisation.
    pub org: OrgId,
    /// The hash of its token.
    pub token: SecretHash,
    /// From where.
    pub place: Place,
    /// How far the person has come.
    pub stage: Stage,
}

/// The two kinds of people a session knows.
#[derive(Clone)]
pub enum Who {
    /// Someone with an account.
    Person(Person),
    /// Someone who came by a link.
    Guest(Guest),
}

/// Someone who came by a link.
#[derive(Clone)]
pub struct Guest {
    /// The visit they came to.
    pub visit: VisitId,
    /// The link they came by.
    pub link: LinkId,
    /// Their seat: one of their own, or the patient's when the link was for them.
    pub seat: Seat,
}

/// Who a new session is for.
pub(super) enum Holds {
    Person(PersonId, OrgId, Stage, Option<IpAddr>),
    Seat(SeatId, LinkId),
}

impl Store {
    /// Opens a session of a person; its label is cut at 40 characters.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_session(&self, new: NewSession, now: Timestamp) -> Result<SessionId, StoreError> {
        let NewSession { person, org, token, place: Place { label, address }, stage } = new;
        let holds = Holds::Person(person, org, stage, address);
        self.write(move |tx| Box::pin(async move { open(tx, holds, token, &label, now).await })).await
    }

    /// Whose token this is; none when nobody's, or the session is over or its person disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token: SecretHash, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let found = self.read(move |db| Box::pin(find(db, token, now))).await?;
        let Some((mut session, seen)) = found else { return Ok(None) };
        if now.since(seen) < SEEN_STEP {
            return Ok(Some(session));
        }
        let due = self.lock_due(&session, seen, now).await?;
        let mut used = touch(token, now);
        if due {
            used = used.col_expr(session::Column::LockedAt, Expr::value(now.0));
            session.locked = true;
        }
        let touched = self.write(move |tx| Box::pin(async move { Ok(used.exec(tx).await.map(|_| ())?) })).await;
        // On a full disk people still read what is there; their sessions merely grow old as if they did not.
        if let Err(err) = touched {
            tracing::warn!(error = %err, "a session was not touched");
        }
        Ok(Some(session))
    }

    /// Whether nobody used a session for so long that it locks.
    async fn lock_due(&self, session: &Session, seen: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
        let Who::Person(person) = &session.who else { return Ok(false) };
        if session.locked || session.stage != Stage::Full {
            return Ok(false);
        }
        let (org, role) = (person.org, person.role);
        let policy = self.read(move |db| Box::pin(async move { organisations::policy(db, org).await })).await?;
        Ok(now.since(seen) >= policy.lock_after(role).saturating_add(LOCK_GRACE))
    }

    /// Ends one session; one that is over already stays so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, token: SecretHash, now: Timestamp) -> Result<(), StoreError> {
        let ended = revoke(session::Column::TokenHash.eq(token.0.to_vec()), now);
        self.write(move |tx| Box::pin(async move { Ok(ended.exec(tx).await.map(|_| ())?) })).await
    }

    /// Ends every session of a person and says how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions_of(&self, person: PersonId, now: Timestamp) -> Result<u64, StoreError> {
        let ended = revoke(session::Column::PersonId.eq(person.0), now);
        self.write(move |tx| Box::pin(async move { Ok(ended.exec(tx).await?.rows_affected) })).await
    }

    /// Removes rows of sessions that have been over for a week, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        let before = before(now, REMEMBER).0;
        let dead =
            Condition::any().add(session::Column::ExpiresAt.lt(before)).add(session::Column::RevokedAt.lt(before));
        let forget = session::Entity::delete_many().filter(dead);
        self.write(move |tx| Box::pin(async move { Ok(forget.exec(tx).await?.rows_affected) })).await
    }
}

/// Writes a session.
pub(super) async fn open<C: ConnectionTrait>(
    db: &C,
    holds: Holds,
    token: SecretHash,
    label: &str,
    now: Timestamp,
) -> Result<SessionId, StoreError> {
    let (person, org, seat, stage, address) = match holds {
        Holds::Person(person, org, stage, address) => (Some(person.0), Some(org.0), None, stage, address),
        Holds::Seat(seat, _) => (None, None, Some(seat.0), Stage::Full, None),
    };
    let is_in = stage == Stage::Full;
    let link = if let Holds::Seat(_, link) = holds { Some(link.0) } else { None };
    let row = session::ActiveModel {
        id: Set(Uuid::new_v4()),
        token_hash: Set(token.0.to_vec()),
        person_id: Set(person),
        seat_id: Set(seat),
        label: Set(label.chars().take(LABEL).collect()),
        made_at: Set(now.0),
        seen_at: Set(now.0),
        expires_at: Set(now.plus(if is_in { LONGEST } else { HALF }).0),
        revoked_at: Set(None),
        org_id: Set(org),
        link_id: Set(link),
        stage: Set(stage.as_str().to_owned()),
        fresh_at: Set(person.filter(|_| is_in).map(|_| now.0)),
        address: Set(address.map(|address| address.to_string())),
        ..Default::default()
    };
    Ok(SessionId(row.insert(db).await?.id))
}

/// Ends the sessions of a person, but for one, and says which they were.
pub(super) async fn end_of_person<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    but: Option<SecretHash>,
    now: Timestamp,
) -> Result<Vec<SecretHash>, StoreError> {
    let mut theirs = Condition::all().add(session::Column::PersonId.eq(person.0));
    if let Some(kept) = but {
        theirs = theirs.add(session::Column::TokenHash.ne(kept.0.to_vec()));
    }
    let live = session::Entity::find().filter(theirs.clone()).filter(session::Column::RevokedAt.is_null());
    let tokens = live.all(db).await?.into_iter().filter_map(|row| row.token_hash.try_into().ok().map(SecretHash));
    let tokens = tokens.collect();
    revoke(theirs.into(), now).exec(db).await?;
    Ok(tokens)
}

/// Ends the sessions of a person in one organisation, and says which they were.
pub(super) async fn end_in<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    org: OrgId,
    now: Timestamp,
) -> Result<Vec<SecretHash>, StoreError> {
    let there = Condition::all().add(session::Column::PersonId.eq(person.0)).add(session::Column::OrgId.eq(org.0));
    let live = session::Entity::find().filter(there.clone()).filter(session::Column::RevokedAt.is_null());
    let tokens = live.all(db).await?.into_iter().filter_map(|row| row.token_hash.try_into().ok().map(SecretHash));
    let tokens = tokens.collect();
    revoke(there.into(), now).exec(db).await?;
    Ok(tokens)
}

/// Ends the sessions that were opened by these links.
pub(super) async fn end_of_links<C: ConnectionTrait>(db: &C, links: &[Uuid], now: Timestamp) -> Result<(), StoreError> {
    revoke(session::Column::LinkId.is_in(links.iter().copied()), now).exec(db).await?;
    Ok(())
}

/// Ends one session of a person, if it is theirs and not over, and says whose token it was.
pub(super) async fn end_one<C: ConnectionTrait>(
    db: &C,
    person: PersonId,
    id: SessionId,
    now: Timestamp,
) -> Result<Option<SecretHash>, StoreError> {
    let theirs = Condition::all().add(session::Column::PersonId.eq(person.0)).add(session::Column::Id.eq(id.0));
    let live = session::Entity::find().filter(theirs.clone()).filter(session::Column::RevokedAt.is_null());
    let Some(row) = live.one(db).await? else { return Ok(None) };
    revoke(theirs.into(), now).exec(db).await?;
    Ok(row.token_hash.try_into().ok().map(SecretHash))
}

/// Ends the sessions of a guest's seat.
pub(super) async fn end_of_seat<C: ConnectionTrait>(db: &C, seat: SeatId, now: Timestamp) -> Result<(), StoreError> {
    revoke(session::Column::SeatId.eq(seat.0), now).exec(db).await?;
    Ok(())
}

fn revoke(whose: sea_orm::sea_query::SimpleExpr, now: Timestamp) -> UpdateMany<session::Entity> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(now.0))
        .filter(whose)
        .filter(session::Column::RevokedAt.is_null())
}

/// Notes that a session was used.
pub(super) fn touch(token: SecretHash, now: Timestamp) -> UpdateMany<session::Entity> {
    session::Entity::update_many()
        .col_expr(session::Column::SeenAt, Expr::value(now.0))
        .filter(session::Column::TokenHash.eq(token.0.to_vec()))
        .filter(session::Column::SeenAt.lt(now.0))
}

pub(super) async fn find<C: ConnectionTrait>(
    db: &C,
    token: SecretHash,
    now: Timestamp,
) -> Result<Option<(Session, Timestamp)>, StoreError> {
    let row = session::Entity::find()
        .filter(session::Column::TokenHash.eq(token.0.to_vec()))
        .filter(session::Column::RevokedAt.is_null());
    let Some(row) = row.one(db).await? else { return Ok(None) };
    let (seen, expires) = (Timestamp(row.seen_at), Timestamp(row.expires_at));
    if expires <= now || now.since(seen) >= IDLE {
        return Ok(None);
    }
    let who = who(db, &row).await?;
    let stage = known(Stage::parse(&row.stage))?;
    let (locked, fresh_at) = (row.locked_at.is_some(), row.fresh_at.map(Timestamp));
    let (id, place) = (SessionId(row.id), last_place(&row));
    Ok(who.map(|who| (Session { id, who, stage, locked, fresh_at, expires, place }, seen)))
}

/// From where a session was used last, as far as it was noted.
pub(super) fn last_place(row: &session::Model) -> Place {
    let address = row.moved_address.as_ref().or(row.address.as_ref());
    Place {
        label: row.moved_label.as_ref().unwrap_or(&row.label).clone(),
        address: address.and_then(|address| address.parse().ok()),
    }
}

async fn who<C: ConnectionTrait>(db: &C, row: &session::Model) -> Result<Option<Who>, StoreError> {
    if let (Some(person), Some(org)) = (row.person_id, row.org_id) {
        return Ok(accounts::find(db, PersonId(person), OrgId(org)).await?.map(Who::Person));
    }
    let Some(id) = row.seat_id else { return Ok(None) };
    let Some(held) = seat::Entity::find_by_id(id).one(db).await? else { return Ok(None) };
    let visit = VisitId(held.visit_id);
    let seat = seats::read(held)?;
    Ok(row.link_id.map(|link| Who::Guest(Guest { visit, link: LinkId(link), seat })))
}
