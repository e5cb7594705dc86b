//! Sessions: who holds a token, since when, and until when it works.

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
use super::{SecretHash, Store, StoreError, before, seats};

/// A session nobody used for so long is over. Lower sends people to the login more often, higher leaves a forgotten
/// browser open for longer.
pub const IDLE: Duration = Duration::from_secs(12 * 60 * 60);

/// No session lives longer, however much it is used. Lower asks for the password more often, higher lets a stolen
/// token work for longer.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How exactly `seen_at` is kept. Lower costs a write for more requests, higher ends idle sessions less sharply.
const SEEN_STEP: Duration = Duration::from_secs(60);

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
    Person(PersonId, OrgId),
    Seat(SeatId, LinkId),
}

impl Store {
    /// Opens a session of a person in one organisation. `label` says on what device it is (the browser's family), cut at 40 characters.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_session(
        &self,
        person: PersonId,
        org: OrgId,
        token: SecretHash,
        label: &str,
        now: Timestamp,
    ) -> Result<SessionId, StoreError> {
        let label = label.to_owned();
        self.write(move |tx| Box::pin(async move { open(tx, Holds::Person(person, org), token, &label, now).await }))
            .await
    }

    /// Whose token this is; none when nobody's, or the session is over or its person disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token: SecretHash, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let found = self.read(move |db| Box::pin(find(db, token, now))).await?;
        let Some((session, seen)) = found else { return Ok(None) };
        if now.since(seen) >= SEEN_STEP {
            let touch = touch(token, now);
            let touched = self.write(move |tx| Box::pin(async move { Ok(touch.exec(tx).await.map(|_| ())?) })).await;
            // On a full disk people still read what is there; their sessions merely grow old as if they did not.
            if let Err(err) = touched {
                tracing::warn!(error = %err, "a session was not touched");
            }
        }
        Ok(Some(session))
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
    let (person, org, seat) = match holds {
        Holds::Person(person, org) => (Some(person.0), Some(org.0), None),
        Holds::Seat(seat, _) => (None, None, Some(seat.0)),
    };
    let link = if let Holds::Seat(_, link) = holds { Some(link.0) } else { None };
    let row = session::ActiveModel {
        id: Set(Uuid::new_v4()),
        token_hash: Set(token.0.to_vec()),
        person_id: Set(person),
        seat_id: Set(seat),
        label: Set(label.chars().take(LABEL).collect()),
        made_at: Set(now.0),
        seen_at: Set(now.0),
        expires_at: Set(now.plus(LONGEST).0),
        revoked_at: Set(None),
        org_id: Set(org),
        link_id: Set(link),
        fresh_at: Set(person.map(|_| now.0)),
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

fn touch(token: SecretHash, now: Timestamp) -> UpdateMany<session::Entity> {
    session::Entity::update_many()
        .col_expr(session::Column::SeenAt, Expr::value(now.0))
        .filter(session::Column::TokenHash.eq(token.0.to_vec()))
        .filter(session::Column::SeenAt.lt(now.0))
}

async fn find<C: ConnectionTrait>(
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
    Ok(who.map(|who| (Session { id: SessionId(row.id), who, stage, locked, fresh_at, expires }, seen)))
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
