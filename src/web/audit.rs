//! The audit as it is read: by the auditor and the admin, as a table for other programs, and by everyone of what is theirs.

use actix_web::web::{Bytes, Data, Json, Path, Query};
use actix_web::{HttpResponse, http::header};
use futures_util::stream::{self, Stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vaidya_clinic::id::{OrgId, PersonId, RecordId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::wire::Body;

use super::House;
use super::principal::Caller;
use crate::error::Problem;
use crate::store::trail::{Entry, PAGE, Wanted};
use crate::store::{Store, StoreError};

/// Longest word of an action, in characters.
const WORD: usize = 64;

/// The columns of the table.
const COLUMNS: [&str; 16] = [
    "seq",
    "at",
    "by",
    "actor",
    "actor_name",
    "role",
    "action",
    "outcome",
    "about",
    "about_name",
    "on_behalf",
    "kind",
    "subject",
    "visit",
    "address",
    "hash",
];

/// Which entries are wanted.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// The `next` of the page before: only older entries.
    after: Option<u64>,
    /// Only what this person, guest or token did.
    actor: Option<Uuid>,
    /// Only what was done about this patient.
    about: Option<Uuid>,
    /// Only this action, or those whose word begins with it and a dot.
    action: Option<String>,
    /// Not before this time.
    from: Option<i64>,
    /// Before this time.
    to: Option<i64>,
}

/// From where one's own page goes on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Older {
    /// The `seq` of the last entry known: only older ones.
    after: Option<u64>,
}

/// A page of the audit.
#[derive(Serialize, ToSchema)]
#[schema(as = Audit)]
pub(super) struct Page {
    entries: Vec<EntryView>,
    /// What to ask for the next page with; none on the last one.
    next: Option<u64>,
}

/// An entry of the audit.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct EntryView {
    seq: u64,
    at: Timestamp,
    /// `person`, `guest`, `token`, `nobody` or `system`.
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    action: String,
    /// How it ended, in HTTP's words.
    outcome: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    about_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit: Option<VisitId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    hash: Body,
}

/// Whether the chain holds.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditVerified)]
pub(super) struct Verified {
    /// Entries of the whole server.
    entries: u64,
    ok: bool,
    /// The first that is missing, too many, or not as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_bad: Option<u64>,
}

/// Something that was done with what is one's own.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnAuditEntry)]
pub(super) struct Seen {
    seq: u64,
    at: Timestamp,
    /// The name; none for strangers and for the server itself.
    who: Option<String>,
    /// `person`, `guest`, `token`, `nobody` or `system`.
    by: String,
    /// Whether it was oneself.
    own: bool,
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<String>,
    action: String,
    outcome: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit: Option<VisitId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    visit_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

/// `GET /audit`: who did what in one's organisation, newest first.
#[utoipa::path(get, path = "/audit", params(Asked), responses((status = 200, body = Page)))]
pub(super) async fn list(caller: Caller, asked: Query<Asked>) -> Result<Json<Page>, Problem> {
    let found = caller.store.audit(caller.org()?, asked.into_inner().read()?).await?;
    let full = u64::try_from(found.len()).unwrap_or(u64::MAX) >= PAGE;
    let next = found.last().filter(|_| full).map(|entry| entry.seq);
    Ok(Json(Page { entries: found.into_iter().map(EntryView::from).collect(), next }))
}

/// `GET /audit/verify`: whether every entry is still as it was written, and none is missing.
#[utoipa::path(get, path = "/audit/verify", responses((status = 200, body = Verified)))]
pub(super) async fn verify(house: Data<House>) -> Result<Json<Verified>, Problem> {
    let walked = house.store.walk_audit().await?;
    if walked.first_bad.is_some() {
        tracing::error!("the audit is not as it was written");
    }
    Ok(Json(Verified { entries: walked.entries, ok: walked.first_bad.is_none(), first_bad: walked.first_bad }))
}

/// `GET /audit.csv`: the same entries as a table, all of them, newest first.
#[utoipa::path(get, path = "/audit.csv", params(Asked),
    responses((status = 200, description = "A table (RFC 4180)", body = String, content_type = "text/csv")))]
pub(super) async fn table(caller: Caller, asked: Query<Asked>) -> Result<HttpResponse, Problem> {
    let (org, wanted) = (caller.org()?, asked.into_inner().read()?);
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CONTENT_TYPE, "text/csv; charset=utf-8"));
    answer.insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""));
    Ok(answer.streaming(rows(caller.store.clone(), org, wanted)))
}

/// `GET /me/audit`: who looked at or changed what is one's own, and one's own sign-ins; newest first.
#[utoipa::path(get, path = "/me/audit", params(Older), responses((status = 200, body = Vec<Seen>)))]
pub(super) async fn mine(caller: Caller, older: Query<Older>) -> Result<Json<Vec<Seen>>, Problem> {
    let me = caller.person()?.id;
    let found = caller.store.audit_about(me, older.after).await?;
    Ok(Json(found.into_iter().map(|entry| seen(entry, me)).collect()))
}

/// `GET /records/{id}/audit`: who looked at one's record or changed it; newest first.
#[utoipa::path(get, path = "/records/{id}/audit", params(Older), responses((status = 200, body = Vec<Seen>)))]
pub(super) async fn of_record(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    older: Query<Older>,
) -> Result<Json<Vec<Seen>>, Problem> {
    let me = caller.one_of(&[Role::Patient])?;
    let found = caller.store.audit_of_record(RecordId(*id), me, older.after, (house.clock)()).await?;
    Ok(Json(found.into_iter().map(|entry| seen(entry, me.id)).collect()))
}

/// Everything that was done with what is one's own, newest first.
pub(super) async fn all_about(store: &Store, me: PersonId) -> Result<Vec<Seen>, StoreError> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let found = store.audit_about_stretch(me, before).await?;
        let Some(last) = found.last() else { return Ok(all) };
        before = Some(last.seq);
        all.extend(found.into_iter().map(|entry| seen(entry, me)));
    }
}

impl Asked {
    fn read(self) -> Result<Wanted, Problem> {
        let fits = |letter: char| letter.is_ascii_lowercase() || letter == '.' || letter == '_';
        if self.action.as_ref().is_some_and(|word| word.len() > WORD || !word.chars().all(fits)) {
            return Err(Problem::bad_field("An action is a word such as visit.read."));
        }
        Ok(Wanted {
            before: self.after,
            actor: self.actor,
            about: self.about.map(PersonId),
            action: self.action.filter(|word| !word.is_empty()),
            from: self.from.map(Timestamp),
            to: self.to.map(Timestamp),
        })
    }
}

/// Where an export has come to.
enum Place {
    /// Nothing is written yet.
    Top,
    /// Entries older than this one are still to come.
    Below(Option<u64>),
    /// Everything is written.
    End,
}

/// The table, a stretch at a time.
fn rows(store: Store, org: OrgId, wanted: Wanted) -> impl Stream<Item = Result<Bytes, StoreError>> {
    let start = wanted.before;
    stream::try_unfold(Place::Top, move |place| {
        let (store, mut wanted) = (store.clone(), wanted.clone());
        async move {
            let before = match place {
                Place::Top => return Ok(Some((written([COLUMNS.map(str::to_owned)]), Place::Below(start)))),
                Place::Below(before) => before,
                Place::End => return Ok(None),
            };
            wanted.before = before;
            let found = store.audit_stretch(org, wanted).await?;
            let next = found.last().map_or(Place::End, |entry| Place::Below(Some(entry.seq)));
            Ok(Some((written(found.into_iter().map(cells)), next)))
        }
    })
}

fn written(rows: impl IntoIterator<Item = [String; COLUMNS.len()]>) -> Bytes {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // It writes into memory, and every row has as many cells as the first.
        let _cannot_fail = table.write_record(row.iter().map(|cell| harmless(cell)));
    }
    table.into_inner().unwrap_or_default().into()
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

fn cells(entry: Entry) -> [String; COLUMNS.len()] {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let (kind, subject) = entry.thing.unzip();
    [
        entry.seq.to_string(),
        entry.at.0.to_string(),
        entry.by,
        id(entry.actor),
        entry.actor_name.unwrap_or_default(),
        entry.role.unwrap_or_default(),
        entry.action,
        entry.outcome.to_string(),
        id(entry.about),
        entry.about_name.unwrap_or_default(),
        id(entry.on_behalf),
        kind.unwrap_or_default(),
        id(subject),
        id(entry.visit.map(|visit| visit.0)),
        entry.address.unwrap_or_default(),
        entry.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    ]
}

fn seen(entry: Entry, me: PersonId) -> Seen {
    Seen {
        seq: entry.seq,
        at: entry.at,
        own: entry.actor == Some(me.0),
        who: entry.actor_name,
        by: entry.by,
        role: entry.role,
        department: entry.department,
        organisation: entry.org_name,
        action: entry.action,
        outcome: entry.outcome,
        visit: entry.visit,
        visit_at: entry.visit_at,
        address: entry.address.filter(|_| entry.actor == Some(me.0)),
    }
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        let (kind, subject) = entry.thing.unzip();
        Self {
            seq: entry.seq,
            at: entry.at,
            by: entry.by,
            actor: entry.actor,
            actor_name: entry.actor_name,
            role: entry.role,
            action: entry.action,
            outcome: entry.outcome,
            about: entry.about,
            about_name: entry.about_name,
            on_behalf: entry.on_behalf,
            kind,
            subject,
            visit: entry.visit,
            address: entry.address,
            session: entry.session,
            detail: entry.detail,
            hash: Body(entry.hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_formula_stays_a_name_in_a_spreadsheet() {
        let mut row = [const { String::new() }; COLUMNS.len()];
        if let Some(cell) = row.get_mut(4) {
            "=HYPERLINK(\"http://evil.example\",\"x\")".clone_into(cell);
        }
        let text = String::from_utf8_lossy(&written([row])).into_owned();
        assert_eq!(text, ",,,,\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\",,,,,,,,,,,\r\n");
    }
}
