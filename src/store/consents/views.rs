//! Consents with the names that belong to them.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use vaidya_clinic::consent::{ASKED, CODE_TRIES, CodeView, ConsentView, How, Party, RESEND, SpokenBy, State, Verdict};
use vaidya_clinic::id::{ConsentId, KeyId, OrgId, PersonId, RecordId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::super::accounts::Person;
use super::super::entity::consent::{self, Column};
use super::super::entity::{member, person, record_wrap};
use super::super::error::known;
use super::super::keys::{self, PersonKey};
use super::super::records::is_for;
use super::super::{StoreError, guardians, views::LISTED};
use super::{grants, rows};

/// With which of one's keys an ask is to be approved.
#[derive(Clone, Copy, Default)]
pub struct Whole {
    /// What is wrapped for this key is wanted too.
    pub key: Option<KeyId>,
}

/// A consent with what it takes to approve it.
pub struct ToApprove {
    /// The consent.
    pub view: ConsentView,
    /// The keys of the doctor who is to see what it covers.
    pub keys: Vec<PersonKey>,
    /// What it covers, as far as the reader's key opens it: record, version, wrapped content key.
    pub wraps: Vec<(RecordId, u32, Vec<u8>)>,
}

/// A consent as other programs are shown it.
pub struct AsKept {
    /// The consent.
    pub view: ConsentView,
    /// In which organisation.
    pub org: OrgId,
    /// Whether it is signed.
    pub signed: bool,
}

/// How a consent stands, and who has to know.
pub struct Stands {
    /// Where it stands now.
    pub state: State,
    /// The patient.
    pub patient: PersonId,
    /// In which organisation.
    pub org: OrgId,
    /// The patient and who speaks for them.
    pub side: Vec<PersonId>,
    /// The doctors, and the witness.
    pub staff: BTreeSet<PersonId>,
}

pub(super) async fn stands<C: ConnectionTrait>(db: &C, id: ConsentId, now: Timestamp) -> Result<Stands, StoreError> {
    let row = rows::find(db, id).await?;
    let patient = PersonId(row.patient_id);
    Ok(Stands {
        state: rows::state(&row, now)?,
        patient,
        org: OrgId(row.org_id),
        side: rows::side(db, patient, now).await?,
        staff: [row.asked_by, row.grantee_id, row.witness_id].into_iter().flatten().map(PersonId).collect(),
    })
}

/// Whether someone has to do with a consent.
async fn concerns<C: ConnectionTrait>(
    db: &C,
    who: &Person,
    row: &consent::Model,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if is_for(db, who, PersonId(row.patient_id), now).await? {
        return Ok(true);
    }
    let theirs = row.asked_by == Some(who.id.0) || row.grantee_id == Some(who.id.0);
    let reviews = who.role == Role::Auditor && row.review_by.is_some();
    Ok(row.org_id == who.org.0 && ((who.role == Role::Doctor && theirs) || reviews))
}

pub(super) async fn list<C: ConnectionTrait>(
    db: &C,
    who: Person,
    now: Timestamp,
) -> Result<Vec<ConsentView>, StoreError> {
    let which = match who.role {
        Role::Doctor => Condition::all()
            .add(Column::OrgId.eq(who.org.0))
            .add(Condition::any().add(Column::AskedBy.eq(who.id.0)).add(Column::GranteeId.eq(who.id.0))),
        _ => {
            let own = guardians::wards(db, who.id, now).await?.into_iter().chain([who.id]).map(|id| id.0);
            Condition::all().add(Column::PatientId.is_in(own))
        }
    };
    let rows =
        consent::Entity::find().filter(which).order_by_desc(Column::MadeAt).order_by_asc(Column::Id).limit(LISTED);
    of_rows(db, rows.all(db).await?, now).await
}

pub(super) async fn one<C: ConnectionTrait>(
    db: &C,
    id: ConsentId,
    who: Person,
    Whole { key }: Whole,
    now: Timestamp,
) -> Result<ToApprove, StoreError> {
    let row = rows::find(db, id).await?;
    if !concerns(db, &who, &row, now).await? {
        return Err(StoreError::NotFound);
    }
    let answers = is_for(db, &who, PersonId(row.patient_id), now).await?;
    let open = answers && rows::state(&row, now)? == State::Asked;
    let (mut theirs, mut wraps) = (Vec::new(), Vec::new());
    if let (true, Some(doctor)) = (open, row.grantee_id) {
        theirs = keys::live(db, PersonId(doctor)).await?;
        if let Some(key) = key {
            keys::one(db, who.id, key).await?;
            wraps = opened_by(db, &row, key).await?;
        }
    }
    Ok(ToApprove { view: view(db, row, now).await?, keys: theirs, wraps })
}

pub(super) async fn as_kept<C: ConnectionTrait>(
    db: &C,
    id: ConsentId,
    who: Person,
    now: Timestamp,
) -> Result<AsKept, StoreError> {
    let row = rows::find(db, id).await?;
    if !concerns(db, &who, &row, now).await? {
        return Err(StoreError::NotFound);
    }
    let (org, signed) = (OrgId(row.org_id), row.signature.is_some());
    Ok(AsKept { view: view(db, row, now).await?, org, signed })
}

/// What of a consent's records a key opens.
async fn opened_by<C: ConnectionTrait>(
    db: &C,
    row: &consent::Model,
    key: KeyId,
) -> Result<Vec<(RecordId, u32, Vec<u8>)>, StoreError> {
    let covered: BTreeSet<Uuid> = grants::covered(db, row).await?.into_iter().map(|row| row.id).collect();
    let wraps = record_wrap::Entity::find()
        .filter(record_wrap::Column::KeyId.eq(key.0))
        .order_by_asc(record_wrap::Column::RecordId)
        .order_by_asc(record_wrap::Column::Ver);
    let wraps = wraps.all(db).await?.into_iter().filter(|wrap| covered.contains(&wrap.record_id));
    let small = |ver| u32::try_from(ver).map_err(|_| StoreError::strange("a version below zero"));
    wraps.map(|wrap| Ok((RecordId(wrap.record_id), small(wrap.ver)?, wrap.ek))).collect()
}

/// One row as it is seen.
pub(super) async fn view<C: ConnectionTrait>(
    db: &C,
    row: consent::Model,
    now: Timestamp,
) -> Result<ConsentView, StoreError> {
    of_rows(db, vec![row], now).await?.pop().ok_or(StoreError::NotFound)
}

/// Rows as they are seen.
pub(super) async fn of_rows<C: ConnectionTrait>(
    db: &C,
    rows: Vec<consent::Model>,
    now: Timestamp,
) -> Result<Vec<ConsentView>, StoreError> {
    let people =
        rows.iter().flat_map(|row| [Some(row.patient_id), row.asked_by, row.grantee_id, row.witness_id]).flatten();
    let people: BTreeSet<Uuid> = people.collect();
    let named = person::Entity::find().filter(person::Column::Id.is_in(people.clone())).all(db).await?;
    let members = member::Entity::find().filter(member::Column::PersonId.is_in(people)).all(db).await?;
    let departments = members.into_iter().filter_map(|row| Some(((row.person_id, row.org_id), row.department?)));
    let names =
        Names { people: named.into_iter().map(|row| (row.id, row.name)).collect(), departments: departments.collect() };
    rows.into_iter().map(|row| names.view(row, now)).collect()
}

struct Names {
    people: HashMap<Uuid, String>,
    departments: HashMap<(Uuid, Uuid), String>,
}

impl Names {
    fn party(&self, id: Uuid, org: OrgId) -> Party {
        let name = self.people.get(&id).cloned().unwrap_or_default();
        Party { id: PersonId(id), name, department: self.departments.get(&(id, org.0)).cloned() }
    }

    fn view(&self, row: consent::Model, now: Timestamp) -> Result<ConsentView, StoreError> {
        let (terms, state, how, org) =
            (rows::terms(&row)?, rows::state(&row, now)?, rows::how(&row)?, OrgId(row.org_id));
        let verdict = row.verdict.as_deref().map(|word| known(Verdict::parse(word))).transpose()?;
        let overdue = row.reviewed_at.is_none() && row.review_by.is_some_and(|by| by <= now.0);
        let waits = state == State::Asked && row.witness_by.is_some_and(|by| by > now.0);
        let witnessed = waits || how == Some(How::Witness);
        let spoken = row.guardian_name.clone().zip(row.guardian_relation.clone());
        Ok(ConsentView {
            id: ConsentId(row.id),
            subject: terms.subject,
            purpose: terms.purpose,
            kinds: terms.scope.kinds,
            departments: terms.scope.departments,
            why: row.why.clone(),
            detail: row.detail.clone(),
            minutes: terms.minutes,
            text_version: terms.text,
            language: terms.language.as_str().to_owned(),
            state,
            how,
            asserted: how.is_some_and(How::is_asserted),
            patient_id: PersonId(row.patient_id),
            patient: self.people.get(&row.patient_id).cloned().unwrap_or_default(),
            asked_by: row.asked_by.map(|id| self.party(id, org)),
            grantee: row.grantee_id.map(|id| self.party(id, org)),
            made_at: Timestamp(row.made_at),
            answer_by: Some(Timestamp(row.made_at).plus(ASKED)).filter(|_| state == State::Asked),
            decided_at: row.decided_at.map(Timestamp),
            until: row.until.map(Timestamp),
            ended_at: row.ended_at.map(Timestamp).or_else(|| ended_by_time(&row, state)),
            delegated_from: row.delegated_from.map(ConsentId),
            guardian: spoken.map(|(name, relation)| SpokenBy { name, relation }),
            code: code(&row).filter(|_| state == State::Asked),
            witness: witnessed.then_some(row.witness_id).flatten().map(|id| self.party(id, org)),
            witness_by: row.witness_by.filter(|_| waits).map(Timestamp),
            break_glass: how == Some(How::BreakGlass),
            review_by: row.review_by.map(Timestamp),
            overdue,
            reviewed_at: row.reviewed_at.map(Timestamp),
            verdict,
            note: row.review_note,
        })
    }
}

/// When time ended what nobody has written down as ended yet.
fn ended_by_time(row: &consent::Model, state: State) -> Option<Timestamp> {
    match state {
        State::Expired => row.until.map(Timestamp),
        State::Lapsed => Some(Timestamp(row.made_at).plus(ASKED)),
        State::Asked | State::Granted | State::Refused | State::Revoked => None,
    }
}

fn code(row: &consent::Model) -> Option<CodeView> {
    row.code_hash.as_ref()?;
    let tries = u32::try_from(row.code_tries).unwrap_or(u32::MAX);
    Some(CodeView {
        expires: Timestamp(row.code_expires_at?),
        resend_after: Timestamp(row.code_sent_at?).plus(RESEND),
        tries_left: CODE_TRIES.saturating_sub(tries),
    })
}
