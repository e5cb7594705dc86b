//! Records as rows: which block, of which visit, wrapped for whom; one transcript a visit, whoever seals it first.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::event::RoomEvent;
use vaidya_clinic::id::{KeyId, PersonId, RecordId, VisitId};
use vaidya_clinic::record::{RecordKind, RecordView};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::VisitState;
use vaidya_clinic::wire::Body;

use super::accounts::Person;
use super::entity::{message, record, record_wrap, visit, visit_wrap};
use super::error::known;
use super::views::{self, LISTED};
use super::wraps::{self, Wrap};
use super::{Store, StoreError, facts, keys};

/// A record to be kept; its block is on disk already.
#[derive(Clone)]
pub struct NewRecord {
    /// Its id, which its header names.
    pub id: RecordId,
    /// The visit it comes from.
    pub visit: VisitId,
    /// What it is.
    pub kind: RecordKind,
    /// The version, from 1.
    pub ver: u32,
    /// The key of the person who sealed it.
    pub author: KeyId,
    /// When it was sealed, as they say.
    pub at: Timestamp,
    /// The name of its block.
    pub cid: String,
    /// Bytes of its block.
    pub size: u64,
    /// What makes the commitment say nothing.
    pub salt: [u8; 32],
    /// What the log gets.
    pub commitment: [u8; 32],
    /// The content key, for every live key of the visit's two people.
    pub wraps: Vec<Wrap>,
}

/// A record that was to be kept, and is.
pub struct SealedRecord {
    /// As it is now.
    pub view: RecordView,
    /// Whether it is this one; otherwise the visit's transcript was sealed before.
    pub new: bool,
}

/// A record with what opens it for one person.
pub struct OpenedFor {
    /// The name of its block.
    pub cid: String,
    /// For their live keys.
    pub wraps: Vec<Wrap>,
}

/// What a person's list of records needs.
pub struct RecordList {
    /// Newest first, at most [`LISTED`].
    pub records: Vec<RecordView>,
    /// Their ended visits that could be sealed now: messages, wraps for a live key of theirs, and no record.
    pub unsealed: Vec<VisitId>,
}

impl Store {
    /// Whether this record would be kept now: none when yes, the visit's transcript when there is one already. Asked
    /// before its block is written, so that only what will be kept takes space.
    ///
    /// # Errors
    /// As [`Store::seal_record`].
    pub async fn may_seal(&self, person: PersonId, new: NewRecord) -> Result<Option<RecordView>, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let visit = wraps::find(db, new.visit).await?;
                match checked(db, &visit, person, &new).await? {
                    Some(found) => Ok(views_of(db, vec![found]).await?.pop()),
                    None => Ok(None),
                }
            })
        })
        .await
    }

    /// Keeps a record with its wraps and its salt, and reports it, in one; of many who seal the same visit one wins.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the visit is not theirs, [`StoreError::BadState`] when it has not ended,
    /// [`StoreError::KeysChanged`] when the wraps are not for exactly the live keys of both or the author's key is not
    /// a live one of this person, [`StoreError::Taken`] when the id is another record's.
    pub async fn seal_record(
        &self,
        person: PersonId,
        new: NewRecord,
        now: Timestamp,
    ) -> Result<SealedRecord, StoreError> {
        self.report(move |tx| Box::pin(seal(tx, person, new, now))).await
    }

    /// The records of a person's visits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn records_of(&self, person: &Person) -> Result<RecordList, StoreError> {
        let person = person.clone();
        self.read(move |db| {
            Box::pin(async move {
                Ok(RecordList { records: list(db, &person).await?, unsealed: unsealed(db, &person).await? })
            })
        })
        .await
    }

    /// A record, for the doctor or the patient of its visit and nobody else.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn record_for(&self, id: RecordId, person: PersonId) -> Result<OpenedFor, StoreError> {
        self.read(move |db| Box::pin(opened(db, id, person))).await
    }
}

/// Everything a record must be before it is kept. The transcript that is there already, if there is one.
async fn checked<C: ConnectionTrait>(
    db: &C,
    of: &visit::Model,
    person: PersonId,
    new: &NewRecord,
) -> Result<Option<record::Model>, StoreError> {
    let who = wraps::people(of);
    if who.doctor != person && who.patient != person {
        return Err(StoreError::NotFound);
    }
    if known(VisitState::parse(&of.state))? != VisitState::Ended {
        return Err(StoreError::BadState);
    }
    let same = record::Entity::find()
        .filter(record::Column::VisitId.eq(new.visit.0))
        .filter(record::Column::Kind.eq(new.kind.as_str()));
    if let Some(found) = same.one(db).await? {
        return Ok(Some(found));
    }
    let live = wraps::keys_of_both(db, who).await?;
    let theirs = live.doctor.iter().chain(&live.patient).any(|key| key.id == new.author && key.person == person);
    let wrapped: BTreeSet<KeyId> = new.wraps.iter().map(|wrap| wrap.key).collect();
    if !theirs || wrapped.len() != new.wraps.len() || wrapped != live.ids() {
        return Err(StoreError::KeysChanged);
    }
    Ok(None)
}

async fn seal(
    tx: &DatabaseTransaction,
    person: PersonId,
    new: NewRecord,
    now: Timestamp,
) -> Result<SealedRecord, StoreError> {
    let of = wraps::hold(tx, new.visit).await?;
    let found = checked(tx, &of, person, &new).await?;
    let is_new = found.is_none();
    let row = match found {
        Some(row) => row,
        None => insert(tx, new, now).await?,
    };
    let view = views_of(tx, vec![row]).await?.pop().ok_or(StoreError::NotFound)?;
    Ok(SealedRecord { view, new: is_new })
}

async fn insert(tx: &DatabaseTransaction, new: NewRecord, now: Timestamp) -> Result<record::Model, StoreError> {
    let size = i64::try_from(new.size).map_err(|_| StoreError::strange("a block beyond every size"))?;
    let row = record::ActiveModel {
        id: Set(new.id.0),
        visit_id: Set(new.visit.0),
        kind: Set(new.kind.as_str().to_owned()),
        ver: Set(i64::from(new.ver)),
        author_key: Set(new.author.0),
        at: Set(new.at.0),
        cid: Set(new.cid),
        size: Set(size),
        salt: Set(new.salt.to_vec()),
        made_at: Set(now.0),
    };
    let row = row.insert(tx).await?;
    wraps::insert_of_records(tx, new.wraps.into_iter().map(|wrap| (new.id, wrap.key, wrap.ek)), now).await?;
    let fact = RoomEvent::RecordSealed { record: new.id, commitment: Body(new.commitment.to_vec()) };
    facts::write(tx, new.visit, &[fact], now).await?;
    Ok(row)
}

async fn list(db: &DatabaseConnection, person: &Person) -> Result<Vec<RecordView>, StoreError> {
    let mine = Query::select().column(visit::Column::Id).from(visit::Entity).cond_where(theirs(person)).to_owned();
    let rows = record::Entity::find()
        .filter(record::Column::VisitId.in_subquery(mine))
        .order_by_desc(record::Column::MadeAt)
        .order_by_asc(record::Column::Id)
        .limit(LISTED);
    let rows = rows.all(db).await?;
    views_of(db, rows).await
}

async fn unsealed(db: &DatabaseConnection, person: &Person) -> Result<Vec<VisitId>, StoreError> {
    let own = keys::live(db, person.id).await?;
    let own = own.iter().map(|key| key.id.0);
    let this = (visit::Entity, visit::Column::Id);
    let said = Query::select()
        .expr(Expr::value(1))
        .from(message::Entity)
        .and_where(Expr::col((message::Entity, message::Column::VisitId)).equals(this))
        .to_owned();
    let sealed = Query::select()
        .expr(Expr::value(1))
        .from(record::Entity)
        .and_where(Expr::col((record::Entity, record::Column::VisitId)).equals(this))
        .to_owned();
    let wrapped = Query::select()
        .column(visit_wrap::Column::VisitId)
        .from(visit_wrap::Entity)
        .and_where(visit_wrap::Column::KeyId.is_in(own))
        .to_owned();
    let rows = visit::Entity::find()
        .filter(theirs(person))
        .filter(visit::Column::State.eq(VisitState::Ended.as_str()))
        .filter(visit::Column::Id.in_subquery(wrapped))
        .filter(Expr::exists(said))
        .filter(Expr::exists(sealed).not())
        .order_by_asc(visit::Column::EndedAt)
        .limit(LISTED);
    Ok(rows.all(db).await?.into_iter().map(|row| VisitId(row.id)).collect())
}

async fn opened(db: &DatabaseConnection, id: RecordId, person: PersonId) -> Result<OpenedFor, StoreError> {
    let row = record::Entity::find_by_id(id.0).one(db).await?.ok_or(StoreError::NotFound)?;
    let who = wraps::people(&wraps::find(db, VisitId(row.visit_id)).await?);
    if who.doctor != person && who.patient != person {
        return Err(StoreError::NotFound);
    }
    let own = keys::live(db, person).await?;
    let rows = record_wrap::Entity::find()
        .filter(record_wrap::Column::RecordId.eq(id.0))
        .filter(record_wrap::Column::KeyId.is_in(own.iter().map(|key| key.id.0)))
        .order_by_asc(record_wrap::Column::KeyId);
    let wraps = rows.all(db).await?.into_iter().map(|row| Wrap { key: KeyId(row.key_id), ek: row.ek }).collect();
    Ok(OpenedFor { cid: row.cid, wraps })
}

/// The visits whose doctor or patient this is: a patient's own are theirs everywhere, a doctor's are of their
/// organisation.
fn theirs(person: &Person) -> Condition {
    match person.role {
        Role::Patient => Condition::all().add(visit::Column::PatientId.eq(person.id.0)),
        _ => Condition::all().add(visit::Column::DoctorId.eq(person.id.0)).add(visit::Column::OrgId.eq(person.org.0)),
    }
}

/// Records with the names that belong to them.
async fn views_of<C: ConnectionTrait>(db: &C, rows: Vec<record::Model>) -> Result<Vec<RecordView>, StoreError> {
    let visits = visit::Entity::find().filter(visit::Column::Id.is_in(rows.iter().map(|row| row.visit_id)));
    let visits = views::with_names(db, visits.all(db).await?).await?;
    let visits: HashMap<Uuid, _> = visits.into_iter().map(|view| (view.id.0, view)).collect();
    let view = |row: record::Model| {
        let of = visits.get(&row.visit_id).ok_or_else(|| StoreError::strange("a record without its visit"))?;
        let number = |_| StoreError::strange("a number below zero");
        Ok(RecordView {
            id: RecordId(row.id),
            visit: of.id,
            kind: known(RecordKind::parse(&row.kind))?,
            ver: u32::try_from(row.ver).map_err(number)?,
            at: Timestamp(row.at),
            doctor: of.doctor.clone(),
            patient: of.patient.clone(),
            cid: row.cid,
            size: u64::try_from(row.size).map_err(number)?,
        })
    };
    rows.into_iter().map(view).collect()
}
