//! Everything about oneself, as data: what the browser puts into a file for its person, beside what it can open.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;
use vaidya_clinic::consent::ConsentView;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::profile::Sex;
use vaidya_clinic::record::{RecordView, VersionView};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::wire::VisitView;

use super::audit::{self, Seen};
use super::devices::{self, SessionView};
use super::erasures::Stone;
use super::keys::KeyView;
use super::organisations::Own;
use super::principal::Caller;
use super::register::GuardianView;
use super::{House, organisations};
use crate::error::Problem;
use crate::store::exports::WholeRecord;
use crate::store::profiles::Profile;

/// The form of what is exported.
const VERSION: u32 = 1;

/// Everything about oneself. What is sealed is named here and fetched by itself.
#[derive(Serialize, ToSchema)]
#[schema(as = Export)]
pub(super) struct Export {
    v: u32,
    made_at: Timestamp,
    person: Who,
    organisations: Vec<Own>,
    /// The public halves of one's keys.
    keys: Vec<KeyView>,
    sessions: Vec<SessionView>,
    visits: Vec<VisitView>,
    records: Vec<Whole>,
    erasures: Vec<Stone>,
    consents: Vec<ConsentView>,
    /// Who did what with what is one's own.
    audit: Vec<Seen>,
}

/// Oneself, contacts unmasked.
#[derive(Serialize, ToSchema)]
#[schema(as = ExportedPerson)]
struct Who {
    id: PersonId,
    login: String,
    role: Role,
    name: String,
    birth_year: Option<i32>,
    sex: Option<Sex>,
    language: Option<Language>,
    guardian: Option<GuardianView>,
    phone: Option<String>,
    email: Option<String>,
}

/// A record with every version.
#[derive(Serialize, ToSchema)]
#[schema(as = ExportedRecord)]
struct Whole {
    #[serde(flatten)]
    record: RecordView,
    versions: Vec<Version>,
}

/// A version with the names of its further blocks.
#[derive(Serialize, ToSchema)]
#[schema(as = ExportedVersion)]
struct Version {
    #[serde(flatten)]
    version: VersionView,
    further: Vec<String>,
}

/// `GET /me/export`
#[utoipa::path(get, path = "/me/export", responses((status = 200, body = Export)))]
pub(super) async fn all(house: Data<House>, caller: Caller) -> Result<HttpResponse, Problem> {
    let export = gathered(&house, &caller).await?;
    let name = "attachment; filename=\"about-me.json\"";
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_DISPOSITION, name)).json(export))
}

async fn gathered(house: &House, caller: &Caller) -> Result<Export, Problem> {
    let (me, now, store) = (caller.person()?, (house.clock)(), &caller.store);
    caller.about(|subject| subject.about = Some(me.id));
    let is_patient = me.role == Role::Patient;
    let records = if is_patient { store.every_record_of(me.id).await? } else { Vec::new() };
    let visits = if is_patient { store.every_visit_of(me.id).await? } else { Vec::new() };
    let profile = store.profile(me.id).await?;
    Ok(Export {
        v: VERSION,
        made_at: now,
        person: who(me.id, me.login.clone(), me.role, profile),
        organisations: organisations::own(store, me.id).await?,
        keys: store.keys_of(me.id).await?.into_iter().map(KeyView::own).collect(),
        sessions: devices::sessions(caller, now).await?,
        visits,
        records: records.into_iter().map(Whole::from).collect(),
        erasures: store.erasures_of(me.id, now).await?.into_iter().map(Stone::from).collect(),
        consents: store.consents_of(me, now).await?,
        audit: audit::all_about(store, me.id).await?,
    })
}

fn who(id: PersonId, login: String, role: Role, profile: Profile) -> Who {
    let Profile { name, birth_year, sex, language, guardian, phone, email } = profile;
    let text = |contact: Option<vaidya_clinic::contact::Contact>| contact.map(|contact| contact.as_str().to_owned());
    Who {
        id,
        login,
        role,
        name,
        birth_year,
        sex,
        language,
        guardian: guardian.map(GuardianView::from),
        phone: text(phone),
        email: text(email),
    }
}

impl From<WholeRecord> for Whole {
    fn from(WholeRecord { view, versions }: WholeRecord) -> Self {
        let version = |(version, further)| Version { version, further };
        Self { record: view, versions: versions.into_iter().map(version).collect() }
    }
}
