//! Proofs to take along: that a record, a consent, a registration or a look is on the ledger as the house says.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Json, Path, Query};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vaidya_actors::port::{Prove, ProveKey};
use vaidya_clinic::anchor;
use vaidya_clinic::id::{ConsentId, KeyId, PersonId, RecordId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::{Holder, Standing};
use vaidya_clinic::wire::Body;
use vaidya_ledger::Hash;
use vaidya_ledger::proof::TlogProof;

use super::House;
use super::principal::Caller;
use crate::clock;
use crate::error::Problem;
use crate::store::consents::Whole;
use crate::store::ledger::{KnownKey, Place, Step};

/// Which version.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Version {
    /// The newest when none is named.
    ver: Option<u32>,
}

/// Which step.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Steps {
    /// `requested`, `granted`, `used`, `revoked` or `reviewed`; the newest when none is named.
    step: Option<String>,
}

/// `GET /records/{id}/proof`
#[utoipa::path(get, path = "/records/{id}/proof", params(Version), responses((status = 200, description = "A proof file (C2SP tlog-proof)", body = String, content_type = "text/plain"), (status = 409, description = "`not_anchored`: it is on its way, since `since`")))]
pub(super) async fn of_record(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    which: Query<Version>,
) -> Result<HttpResponse, Problem> {
    let who = caller.one_of(&[Role::Patient, Role::Doctor])?;
    let place = caller.store.record_on_ledger(who, RecordId(*id), which.ver, (house.clock)()).await?;
    file(&house, place, &format!("record-{id}")).await
}

/// `GET /consents/{id}/proof`
#[utoipa::path(get, path = "/consents/{id}/proof", params(Steps), responses((status = 200, description = "A proof file (C2SP tlog-proof)", body = String, content_type = "text/plain"), (status = 409, description = "`not_anchored`: it is on its way, since `since`")))]
pub(super) async fn of_consent(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    which: Query<Steps>,
) -> Result<HttpResponse, Problem> {
    let (who, id) = (caller.one_of(&[Role::Patient, Role::Doctor])?, ConsentId(*id));
    let step = which.step.as_deref().map(|word| Step::parse(word).ok_or_else(no_step)).transpose()?;
    let found = caller.store.consent(id, who, Whole::default(), (house.clock)()).await?;
    caller.about(|subject| subject.about = Some(found.view.patient_id));
    file(&house, caller.store.consent_on_ledger(id, step).await?, &format!("consent-{}", id.0)).await
}

fn no_step() -> Problem {
    Problem::bad_field("A step is requested, granted, used, revoked or reviewed.")
}

/// `GET /visits/{id}/credential-proof`: that the registration of the visit's doctor is in force.
#[utoipa::path(get, path = "/visits/{id}/credential-proof", responses((status = 200, description = "A proof file (C2SP tlog-proof)", body = String, content_type = "text/plain"), (status = 409, description = "`not_anchored`: it is on its way, since `since`")))]
pub(super) async fn of_doctor(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let visit = VisitId(*id);
    let holder = caller.holder(&house, visit).await?;
    let seat = caller.store.seat_of(visit, holder).await?.filter(|seat| seat.standing != Standing::Removed);
    seat.ok_or_else(Problem::not_found)?;
    let people = caller.store.visit_people(visit).await?.ok_or_else(Problem::not_found)?;
    file(&house, caller.store.credential_on_ledger(people.doctor).await?, "registration").await
}

/// `GET /audit/{seq}/proof`: that an entry about oneself is in the audit whose root is on the ledger.
#[utoipa::path(get, path = "/audit/{seq}/proof", responses((status = 200, description = "A proof file (C2SP tlog-proof)", body = String, content_type = "text/plain"), (status = 409, description = "`not_anchored`: it is on its way, since `since`")))]
pub(super) async fn of_audit(house: Data<House>, caller: Caller, seq: Path<u64>) -> Result<HttpResponse, Problem> {
    let place = caller.store.audit_on_ledger(caller.person()?.id, *seq).await?;
    file(&house, place, &format!("access-{seq}")).await
}

/// A proof file of a leaf under the newest head.
async fn file(house: &House, place: Place, name: &str) -> Result<HttpResponse, Problem> {
    let proven = match place {
        Place::There(proven) => proven,
        Place::OnItsWay(since) => return Err(Problem::not_anchored(since)),
    };
    let found = house.ledger()?.prove.send(Prove { leaf: proven.leaf }).await.map_err(|_| Problem::no_quorum())?;
    let found = found.ok_or_else(|| Problem::not_anchored((house.clock)()))?;
    let path = found.path.into_iter().map(Hash).collect();
    let proof = TlogProof { extra: Some(proven.opening), index: proven.leaf, path, checkpoint: found.checkpoint };
    let saved = format!("attachment; filename=\"{name}.tlog-proof\"");
    let answer = HttpResponse::Ok()
        .insert_header((header::CONTENT_DISPOSITION, saved))
        .content_type("text/plain; charset=utf-8")
        .body(proof.to_string());
    Ok(answer)
}

/// What the ledger calls someone: who has this can look them up there.
#[derive(Serialize, ToSchema)]
#[schema(as = LedgerLabel)]
pub(super) struct Label {
    /// 32 bytes, base64url.
    salt: Body,
    /// Those of one's keys that said for the ledger that they are one's own.
    said: Vec<KeyId>,
}

/// `GET /me/ledger`: what hides from the ledger whose keys one's own are.
#[utoipa::path(get, path = "/me/ledger", responses((status = 200, body = Label)))]
pub(super) async fn own_label(caller: Caller) -> Result<Json<Label>, Problem> {
    let person = caller.person()?.id;
    let salt = caller.store.label_salt(person.0, clock::random).await?;
    let keys = caller.store.keys_of(person).await?.into_iter();
    let said = keys.filter(|key| key.possession.is_some()).map(|key| key.id).collect();
    Ok(Json(Label { salt: Body(salt.to_vec()), said }))
}

/// The keys that the ledger holds for someone, with the way to them.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyProof {
    person: Uuid,
    salt: Body,
    keys: Vec<OnLedger>,
    pending: Vec<Pending>,
    /// The signed head.
    checkpoint: String,
    map: Map,
    /// The way to the label in the key map, base64url.
    path: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = KeyOnLedger)]
struct OnLedger {
    /// SHA-256 of the SPKI.
    rsa_hash: Body,
    ed: Body,
}

#[derive(Serialize, ToSchema)]
#[schema(as = KeyOnItsWay)]
struct Pending {
    ed: Body,
    since: Timestamp,
}

/// The leaf that ends the newest block.
#[derive(Serialize, ToSchema)]
#[schema(as = KeyMapLeaf)]
struct Map {
    index: u64,
    /// In base64.
    hashes: Vec<String>,
    /// base64url.
    leaf: String,
}

/// `GET /people/{id}/key-proof`
#[utoipa::path(get, path = "/people/{id}/key-proof", responses((status = 200, body = KeyProof), (status = 409, description = "`not_anchored`: nothing is on the ledger yet")))]
pub(super) async fn of_keys(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<Json<KeyProof>, Problem> {
    let person = PersonId(*id);
    if !may_look(&caller, person, (house.clock)()).await? {
        return Err(Problem::not_found());
    }
    let salt = house.store.label_salt(person.0, clock::random).await?;
    let label = anchor::label(&salt, person.0);
    let bound = house.ledger()?.prove_key.send(ProveKey { label }).await.map_err(|_| Problem::no_quorum())?;
    let bound = bound.ok_or_else(|| Problem::not_anchored((house.clock)()))?;
    let (there, coming): (Vec<KnownKey>, _) =
        house.store.keys_on_ledger(person.0).await?.into_iter().partition(|key| key.committed);
    let keys =
        there.into_iter().map(|key| OnLedger { rsa_hash: Body(key.rsa_hash.to_vec()), ed: Body(key.ed.to_vec()) });
    let pending = coming.into_iter().map(|key| Pending { ed: Body(key.ed.to_vec()), since: key.since });
    Ok(Json(KeyProof {
        person: person.0,
        salt: Body(salt.to_vec()),
        keys: keys.collect(),
        pending: pending.collect(),
        checkpoint: bound.checkpoint,
        map: Map {
            index: bound.index,
            hashes: bound.path.iter().map(|hash| STANDARD.encode(hash)).collect(),
            leaf: URL_SAFE_NO_PAD.encode(bound.leaf),
        },
        path: URL_SAFE_NO_PAD.encode(bound.way),
    }))
}

/// One's own, and those of whom one has or had a visit with, or shares consents with; guests those of their visit.
async fn may_look(caller: &Caller, whose: PersonId, now: Timestamp) -> Result<bool, Problem> {
    if let Some(person) = caller.maybe_person() {
        return Ok(person.id == whose || caller.store.have_to_do(person, whose, now).await?);
    }
    let Some(guest) = &caller.guest else { return Err(caller.missing()) };
    let people = caller.store.visit_people(guest.visit).await?;
    let there = matches!(guest.seat.holder, Holder::Guest(_)) && guest.seat.standing != Standing::Removed;
    Ok(there && people.is_some_and(|people| [people.doctor, people.patient].contains(&whose)))
}
