//! Records as pages list and open them.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;
use vaidya_clinic::id::{KeyId, PersonId, RecordId, VisitId};
use vaidya_clinic::record::{RecordKind, RecordView, VersionView};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::VisitState;

use super::super::accounts::Person;
use super::super::entity::{
    clinic_wrap, message, person, record, record_block, record_version, record_wrap, visit, visit_wrap,
};
use super::super::error::known;
use super::super::views;
use super::super::wraps::Wrap;
use super::super::{StoreError, consents, guardians, keys};
use super::{OpenedFor, access, seal};

/// Records on a page. Lower asks a timeline for more pages, higher makes each slow on a thin link.
pub(super) const PAGE: u64 = 100;

/// Which records are wanted; nothing said wants all.
#[derive(Clone, Default)]
pub struct Filter {
    /// Of this patient.
    pub patient: Option<PersonId>,
    /// Of this kind.
    pub kind: Option<RecordKind>,
    /// Of this department.
    pub department: Option<String>,
    /// Made at or after.
    pub from: Option<Timestamp>,
    /// Made before.
    pub to: Option<Timestamp>,
    /// Older than this one, in the order of the list.
    pub after: Option<RecordId>,
}

/// What a person's list of records needs.
pub struct RecordList {
    /// Newest first, at most `PAGE`.
    pub records: Vec<RecordView>,
    /// The id to go on after, when there is more.
    pub next: Option<RecordId>,
    /// Their ended visits that could be sealed now: messages, wraps for a live key of theirs, and no record.
    pub unsealed: Vec<VisitId>,
}

/// A page of the records a person may see.
pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    person: Person,
    filter: Filter,
    now: Timestamp,
) -> Result<RecordList, StoreError> {
    let whole = filter.patient.is_none() && filter.after.is_none();
    let seen = match consents::granted_to(db, &person, now).await? {
        Some(granted) => Condition::any().add(seen_by(db, &person, now).await?).add(granted),
        None => seen_by(db, &person, now).await?,
    };
    let mut which = narrowed(Condition::all().add(seen.clone()).add(record::Column::ErasedAt.is_null()), &filter);
    if let Some(after) = filter.after {
        let last = record::Entity::find_by_id(after.0).filter(seen).one(db).await?.ok_or(StoreError::NotFound)?;
        which = which.add(older(&last));
    }
    let rows = record::Entity::find()
        .filter(which)
        .order_by_desc(record::Column::MadeAt)
        .order_by_desc(record::Column::Id)
        .limit(PAGE + 1);
    let mut rows = rows.all(db).await?;
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > page;
    rows.truncate(page);
    let next = rows.last().filter(|_| more).map(|row| RecordId(row.id));
    let unsealed = if whole { unsealed(db, &person).await? } else { Vec::new() };
    Ok(RecordList { records: views_of(db, rows).await?, next, unsealed })
}

/// What comes after a record in the order of the list. The first condition follows from the second, and is what an index
/// can be entered with.
fn older(last: &record::Model) -> Condition {
    let same = Condition::all().add(record::Column::MadeAt.eq(last.made_at)).add(record::Column::Id.lt(last.id));
    let before = Condition::any().add(record::Column::MadeAt.lt(last.made_at)).add(same);
    Condition::all().add(record::Column::MadeAt.lte(last.made_at)).add(before)
}

/// What someone may see without a consent.
async fn seen_by<C: ConnectionTrait>(db: &C, person: &Person, now: Timestamp) -> Result<Condition, StoreError> {
    if person.role == Role::Patient {
        let own = guardians::wards(db, person.id, now).await?.into_iter().chain([person.id]).map(|id| id.0);
        return Ok(Condition::all().add(record::Column::PatientId.is_in(own)));
    }
    let visits = Query::select()
        .column(visit::Column::Id)
        .from(visit::Entity)
        .and_where(visit::Column::DoctorId.eq(person.id.0))
        .to_owned();
    let wrote = Query::select()
        .column(record_version::Column::RecordId)
        .from(record_version::Entity)
        .and_where(record_version::Column::AuthorId.eq(person.id.0))
        .to_owned();
    let theirs =
        Condition::any().add(record::Column::VisitId.in_subquery(visits)).add(record::Column::Id.in_subquery(wrote));
    let theirs = Condition::all().add(record::Column::OrgId.eq(person.org.0)).add(theirs);
    Ok(theirs.add(record::Column::RestrictedAt.is_null()))
}

fn narrowed(which: Condition, filter: &Filter) -> Condition {
    which
        .add_option(filter.patient.map(|patient| record::Column::PatientId.eq(patient.0)))
        .add_option(filter.kind.map(|kind| record::Column::Kind.eq(kind.as_str())))
        .add_option(filter.department.as_ref().map(|department| record::Column::Department.eq(department.as_str())))
        .add_option(filter.from.map(|from| record::Column::MadeAt.gte(from.0)))
        .add_option(filter.to.map(|to| record::Column::MadeAt.lt(to.0)))
}

async fn unsealed<C: ConnectionTrait>(db: &C, person: &Person) -> Result<Vec<VisitId>, StoreError> {
    let own = keys::live(db, person.id).await?;
    let own = own.iter().map(|key| key.id.0);
    let this = (visit::Entity, visit::Column::Id);
    let there = |select: &mut SelectStatement| select.expr(Expr::value(1)).to_owned();
    let said = there(
        Query::select()
            .from(message::Entity)
            .and_where(Expr::col((message::Entity, message::Column::VisitId)).equals(this)),
    );
    let sealed = there(
        Query::select()
            .from(record::Entity)
            .and_where(Expr::col((record::Entity, record::Column::VisitId)).equals(this))
            .and_where(record::Column::Kind.eq(RecordKind::Transcript.as_str())),
    );
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
        .limit(PAGE);
    Ok(rows.all(db).await?.into_iter().map(|row| VisitId(row.id)).collect())
}

/// The visits whose doctor or patient this is: a patient's own are theirs everywhere, a doctor's are of their
/// organisation.
fn theirs(person: &Person) -> Condition {
    match person.role {
        Role::Patient => Condition::all().add(visit::Column::PatientId.eq(person.id.0)),
        _ => Condition::all().add(visit::Column::DoctorId.eq(person.id.0)).add(visit::Column::OrgId.eq(person.org.0)),
    }
}

/// A version with what opens it for someone who may read it.
pub(super) async fn opened<C: ConnectionTrait>(
    db: &C,
    id: RecordId,
    ver: Option<u32>,
    person: Person,
    now: Timestamp,
) -> Result<OpenedFor, StoreError> {
    let row = record::Entity::find_by_id(id.0).one(db).await?.ok_or(StoreError::NotFound)?;
    if !access::may_read(db, &person, &row, now).await? {
        return Err(StoreError::NotFound);
    }
    if row.restricted_at.is_some() {
        return Err(StoreError::Restricted);
    }
    let version = match ver {
        None => seal::newest(db, id).await?,
        Some(ver) => {
            let one = record_version::Entity::find_by_id((id.0, i64::from(ver)));
            one.one(db).await?.ok_or(StoreError::NotFound)?
        }
    };
    let own = keys::live(db, person.id).await?;
    let rows = record_wrap::Entity::find()
        .filter(record_wrap::Column::RecordId.eq(id.0))
        .filter(record_wrap::Column::Ver.eq(version.ver))
        .filter(record_wrap::Column::KeyId.is_in(own.iter().map(|key| key.id.0)))
        .order_by_asc(record_wrap::Column::KeyId);
    let mut wraps: Vec<_> =
        rows.all(db).await?.into_iter().map(|row| Wrap { key: KeyId(row.key_id), ek: row.ek }).collect();
    let left: Vec<KeyId> = own.iter().map(|key| key.id).filter(|id| wraps.iter().all(|wrap| wrap.key != *id)).collect();
    wraps.extend(consents::opening(db, &person, &row, (version.ver, &left), now).await?);
    let blocks = record_block::Entity::find()
        .filter(record_block::Column::RecordId.eq(id.0))
        .filter(record_block::Column::Ver.eq(version.ver))
        .order_by_asc(record_block::Column::Place);
    let blocks = blocks.all(db).await?.into_iter().map(|row| row.cid).collect();
    let versions = versions(db, &row).await?;
    let record = views_of(db, vec![row]).await?.pop().ok_or(StoreError::NotFound)?;
    Ok(OpenedFor { ver: small(version.ver)?, record, versions, cid: version.cid, blocks, wraps })
}

/// All versions of a record, from the first.
pub(in crate::store) async fn versions<C: ConnectionTrait>(
    db: &C,
    of: &record::Model,
) -> Result<Vec<VersionView>, StoreError> {
    let rows = record_version::Entity::find()
        .filter(record_version::Column::RecordId.eq(of.id))
        .order_by_asc(record_version::Column::Ver)
        .all(db)
        .await?;
    let people = person::Entity::find().filter(person::Column::Id.is_in(rows.iter().map(|row| row.author_id)));
    let names: HashMap<Uuid, String> = people.all(db).await?.into_iter().map(|row| (row.id, row.name)).collect();
    let side = guardians::ever(db, std::iter::once(of.patient_id)).await?;
    let strange = || StoreError::strange("a version without what belongs to it");
    let view = |row: record_version::Model| {
        Ok(VersionView {
            ver: small(row.ver)?,
            author: names.get(&row.author_id).cloned().ok_or_else(strange)?,
            own: row.author_id == of.patient_id || side.contains(&(of.patient_id, row.author_id)),
            at: Timestamp(row.at),
            cid: row.cid,
            size: u64::try_from(row.size).map_err(|_| strange())?,
            blocks: small(row.blocks)?,
        })
    };
    rows.into_iter().map(view).collect()
}

/// The name of a block, when it is one of a record that this person may read.
pub(super) async fn block<C: ConnectionTrait>(
    db: &C,
    id: RecordId,
    cid: String,
    person: Person,
    now: Timestamp,
) -> Result<String, StoreError> {
    let row = record::Entity::find_by_id(id.0).one(db).await?.ok_or(StoreError::NotFound)?;
    if !access::may_read(db, &person, &row, now).await? {
        return Err(StoreError::NotFound);
    }
    if row.restricted_at.is_some() {
        return Err(StoreError::Restricted);
    }
    let further = record_block::Entity::find()
        .filter(record_block::Column::RecordId.eq(id.0))
        .filter(record_block::Column::Cid.eq(cid.as_str()));
    let own = record_version::Entity::find()
        .filter(record_version::Column::RecordId.eq(id.0))
        .filter(record_version::Column::Cid.eq(cid.as_str()));
    if further.count(db).await? > 0 || own.count(db).await? > 0 { Ok(cid) } else { Err(StoreError::NotFound) }
}

/// Records with the names that belong to them.
pub(in crate::store) async fn views_of<C: ConnectionTrait>(
    db: &C,
    rows: Vec<record::Model>,
) -> Result<Vec<RecordView>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let versions = record_version::Entity::find()
        .filter(record_version::Column::RecordId.is_in(ids.clone()))
        .order_by_asc(record_version::Column::Ver);
    // Of each record the last stays: the newest version.
    let newest: HashMap<Uuid, _> = versions.all(db).await?.into_iter().map(|row| (row.record_id, row)).collect();
    let visits = visit::Entity::find().filter(visit::Column::Id.is_in(rows.iter().filter_map(|row| row.visit_id)));
    let visits = views::with_names(db, visits.all(db).await?).await?;
    let people = rows.iter().map(|row| row.patient_id).chain(newest.values().map(|row| row.author_id));
    let people = person::Entity::find().filter(person::Column::Id.is_in(people)).all(db).await?;
    let held = clinic_wrap::Entity::find().filter(clinic_wrap::Column::RecordId.is_in(ids.clone())).all(db).await?;
    let asking = record::Entity::find()
        .filter(record::Column::Corrects.is_in(ids))
        .filter(record::Column::ErasedAt.is_null())
        .all(db)
        .await?;
    let since = |id: Uuid| newest.get(&id).map_or(i64::MAX, |row: &record_version::Model| row.made_at);
    let asked = asking.iter().filter_map(|row| row.corrects.filter(|of| row.made_at >= since(*of))).collect();
    let names = Names {
        asked,
        side: guardians::ever(db, rows.iter().map(|row| row.patient_id)).await?,
        newest,
        visits: visits.into_iter().map(|view| (view.id.0, view)).collect(),
        people: people.into_iter().map(|row| (row.id, row.name)).collect(),
        held: held.into_iter().map(|row| (row.record_id, row.ver)).collect(),
    };
    rows.into_iter().map(|row| names.view(row)).collect()
}

/// What records are shown with.
struct Names {
    /// Records of which a correction is asked.
    asked: HashSet<Uuid>,
    /// Patients with those who speak or spoke for them.
    side: HashSet<(Uuid, Uuid)>,
    newest: HashMap<Uuid, record_version::Model>,
    visits: HashMap<Uuid, vaidya_clinic::wire::VisitView>,
    people: HashMap<Uuid, String>,
    held: HashSet<(Uuid, i64)>,
}

impl Names {
    fn view(&self, row: record::Model) -> Result<RecordView, StoreError> {
        let strange = || StoreError::strange("a record without what belongs to it");
        let newest = self.newest.get(&row.id).ok_or_else(strange)?;
        let of = row.visit_id.and_then(|visit| self.visits.get(&visit));
        let named = |id: Uuid| self.people.get(&id).cloned().ok_or_else(strange);
        Ok(RecordView {
            id: RecordId(row.id),
            kind: known(RecordKind::parse(&row.kind))?,
            patient_id: PersonId(row.patient_id),
            patient: named(row.patient_id)?,
            department: row.department,
            visit: row.visit_id.map(VisitId),
            doctor: of.map(|of| of.doctor.clone()),
            author: named(newest.author_id)?,
            own: newest.author_id == row.patient_id || self.side.contains(&(row.patient_id, newest.author_id)),
            corrects: row.corrects.map(RecordId),
            asked: self.asked.contains(&row.id),
            ver: small(newest.ver)?,
            at: Timestamp(newest.at),
            cid: newest.cid.clone(),
            size: u64::try_from(newest.size).map_err(|_| strange())?,
            blocks: small(newest.blocks)?,
            custody: self.held.contains(&(row.id, newest.ver)),
            restricted: row.restricted_at.is_some(),
        })
    }
}

fn small(number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::strange("a number below zero"))
}
