//! One's own keys: registered with a signature that binds them, backed up, approved from another device, revoked.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path, Payload};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::anchor;
use vaidya_clinic::id::{KeyId, PersonId, RecordId, VisitId};
use vaidya_clinic::keyring::{BackupKind, KeyStatus, MOST_KEYS};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::keys::{Bound, Identity, SealingKey};
use vaidya_clinic::wire::Body;

use super::principal::Caller;
use super::{House, large};
use crate::clock;
use crate::error::Problem;
use crate::store::StoreError;
use crate::store::keys::{Approval, Backup, NewKey, PersonKey};
use crate::store::wraps::Rewraps;

/// Longest name of a device, in characters.
const DEVICE: usize = 80;

/// Longest sealed bundle of private keys, in bytes: one with RSA of 4,096 bit has about 2,500.
const BUNDLE: usize = 4096;

/// Most backups in one request: of each kind for each key.
pub(super) const BACKUPS: usize = 2 * MOST_KEYS;

/// Longest approval, in bytes: some ten thousand wraps. What does not fit is sent in a second one.
const APPROVAL: usize = 4 * 1024 * 1024;

/// Bytes of a wrapped key: RSA of 2,048 to 4,096 bit.
const WRAP: std::ops::RangeInclusive<usize> = 256..=512;

/// Version of the form of a backup.
const VERSION: u32 = 1;

/// A key as it is sent; its device is named to its person alone.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyView {
    id: KeyId,
    person: PersonId,
    rsa: Body,
    ed: Body,
    sig: Body,
    device: String,
    made_at: Timestamp,
    status: KeyStatus,
}

/// A backup as it is sent.
#[derive(Deserialize, Serialize, ToSchema)]
pub(super) struct BackupView {
    v: u32,
    kind: BackupKind,
    iv: Body,
    ct: Body,
}

/// Everything of one's own.
#[derive(Serialize, ToSchema)]
pub(super) struct Ring {
    keys: Vec<KeyView>,
    backups: Vec<KeptBackup>,
}

#[derive(Serialize, ToSchema)]
struct KeptBackup {
    key: KeyId,
    #[serde(flatten)]
    backup: BackupView,
}

/// A key to be registered.
#[derive(Deserialize, ToSchema)]
pub(super) struct Registration {
    id: KeyId,
    rsa: Body,
    ed: Body,
    sig: Body,
    device: String,
    #[serde(default)]
    backups: Vec<BackupView>,
    #[serde(default)]
    start_over: bool,
    #[serde(default)]
    first: bool,
    /// The key's own word for the ledger that it is one's own.
    said: Option<Body>,
}

/// An approval by another key.
#[derive(Deserialize, ToSchema)]
struct ApprovalView {
    by: KeyId,
    sig: Body,
    wraps: RewrapsView,
}

/// What is wrapped for a key.
#[derive(Deserialize, Serialize, ToSchema)]
pub(super) struct RewrapsView {
    visits: Vec<OfVisit>,
    records: Vec<OfRecord>,
}

#[derive(Deserialize, Serialize, ToSchema)]
struct OfVisit {
    visit: VisitId,
    ek: Body,
}

#[derive(Deserialize, Serialize, ToSchema)]
struct OfRecord {
    record: RecordId,
    ver: u32,
    ek: Body,
}

/// `GET /me/keys`
#[utoipa::path(get, path = "/me/keys", responses((status = 200, body = Ring)))]
pub(super) async fn list(caller: Caller) -> Result<Json<Ring>, Problem> {
    let person = caller.person()?.id;
    let keys = caller.store.keys_of(person).await?.into_iter().map(KeyView::own).collect();
    let backups = caller.store.backups_of(person).await?.into_iter();
    let backups = backups.map(|(key, backup)| KeptBackup { key, backup: backup.into() }).collect();
    Ok(Json(Ring { keys, backups }))
}

/// `POST /me/keys`
#[utoipa::path(post, path = "/me/keys", request_body = Registration, responses((status = 201, body = KeyView)))]
pub(super) async fn register(
    house: Data<House>,
    caller: Caller,
    body: Json<Registration>,
) -> Result<HttpResponse, Problem> {
    let mut sent = body.into_inner();
    let said = sent.said.take();
    let mut new = checked(caller.person()?.id, sent, (house.clock)())?;
    if let Some(said) = said {
        new.key.possession = Some(possession(&caller, &new.key, said).await?);
    }
    let key = caller.store.add_key(new, (house.clock)()).await.map_err(|error| match error {
        StoreError::Taken => Problem::key_exists(),
        StoreError::TooMany => Problem::too_many_keys(),
        other => other.into(),
    })?;
    Ok(HttpResponse::Created().json(KeyView::own(key)))
}

/// A key's own word for the ledger.
#[derive(Deserialize, ToSchema)]
#[schema(as = KeySays)]
pub(super) struct Says {
    /// Its signature over a `key_bind` with one's label.
    said: Body,
}

/// `POST /me/keys/{id}/said`
#[utoipa::path(post, path = "/me/keys/{id}/said", request_body = Says, responses((status = 204, description = "Kept"), (status = 409, description = "`already_said`")))]
pub(super) async fn say(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Json<Says>,
) -> Result<HttpResponse, Problem> {
    let person = caller.person()?.id;
    let key = caller.store.keys_of(person).await?.into_iter().find(|key| key.id == KeyId(*id));
    let key = key.ok_or_else(Problem::not_found)?;
    let said = possession(&caller, &key, body.into_inner().said).await?;
    caller.store.say_key(person, key.id, said, (house.clock)()).await.map_err(|error| match error {
        StoreError::Taken => Problem::already_said(),
        other => other.into(),
    })?;
    Ok(HttpResponse::NoContent().finish())
}

/// A key's own word that it is its person's, if it is one.
async fn possession(caller: &Caller, key: &PersonKey, said: Body) -> Result<[u8; 64], Problem> {
    let signature = fixed(said)?;
    let salt = caller.store.label_salt(key.person.0, clock::random).await?;
    let word = anchor::Statement::of_key(anchor::label(&salt, key.person.0), anchor::binding(&key.rsa, &key.ed));
    let identity = Identity::parse(&key.ed).map_err(|_| Problem::bad_key())?;
    identity.verify(&word.message(), &signature).map_err(|_| Problem::bad_key())?;
    Ok(signature)
}

/// `PUT /me/keys/{id}/backups/{kind}`
#[utoipa::path(put, path = "/me/keys/{id}/backups/{kind}", request_body = BackupView, responses((status = 204, description = "Kept")))]
pub(super) async fn back_up(
    house: Data<House>,
    caller: Caller,
    place: Path<(Uuid, String)>,
    body: Json<BackupView>,
) -> Result<HttpResponse, Problem> {
    let (person, (key, kind)) = (caller.person()?.id, place.into_inner());
    let backup = body.into_inner().read()?;
    if backup.kind.as_str() != kind {
        return Err(Problem::bad_field("The backup is of another kind than its address says."));
    }
    caller.store.put_backup(person, KeyId(key), backup, (house.clock)()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /me/keys/{id}/approve`
#[utoipa::path(post, path = "/me/keys/{id}/approve", request_body = ApprovalView, responses((status = 200, body = KeyView)))]
pub(super) async fn approve(
    house: Data<House>,
    caller: Caller,
    id: Path<Uuid>,
    body: Payload,
) -> Result<Json<KeyView>, Problem> {
    let person = caller.person()?.id;
    let ApprovalView { by, sig, wraps } = large::json(body, APPROVAL).await?;
    let keys = caller.store.keys_of(person).await?;
    let find = |id: KeyId| keys.iter().find(|key| key.id == id).ok_or_else(Problem::not_found);
    let (key, approver) = (find(KeyId(*id))?, find(by)?);
    let sig = fixed(sig)?;
    let identity = Identity::parse(&approver.ed).map_err(|_| Problem::failed())?;
    bound(key)?.check_approval(&identity, &sig).map_err(|_| Problem::bad_key())?;
    let approval = Approval { key: key.id, by, sig, wraps: wraps.read()? };
    Ok(Json(KeyView::own(caller.store.approve_key(person, approval, (house.clock)()).await?)))
}

/// `GET /me/keys/{id}/wraps`
#[utoipa::path(get, path = "/me/keys/{id}/wraps", responses((status = 200, body = RewrapsView)))]
pub(super) async fn wraps(caller: Caller, id: Path<Uuid>) -> Result<Json<RewrapsView>, Problem> {
    Ok(Json(caller.store.wraps_of_key(caller.person()?.id, KeyId(*id)).await?.into()))
}

/// `POST /me/keys/{id}/revoke`
#[utoipa::path(post, path = "/me/keys/{id}/revoke", responses((status = 204, description = "Revoked")))]
pub(super) async fn revoke(house: Data<House>, caller: Caller, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    caller.store.revoke_key(caller.person()?.id, KeyId(*id), (house.clock)()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A registration whose keys are sound and whose signature binds them to this person.
fn checked(person: PersonId, sent: Registration, now: Timestamp) -> Result<NewKey, Problem> {
    let device = sent.device.trim().to_owned();
    if device.is_empty() || device.chars().count() > DEVICE || device.chars().any(char::is_control) {
        return Err(Problem::bad_field("Name the device in 1 to 80 characters."));
    }
    let backups = sent.backups.into_iter().map(BackupView::read).collect::<Result<Vec<_>, _>>()?;
    let kinds = |kind| backups.iter().filter(|backup| backup.kind == kind).count();
    if BackupKind::ALL.iter().any(|kind| kinds(*kind) > 1) {
        return Err(Problem::bad_field("There is one backup of each kind."));
    }
    let (ed, sig) = (fixed(sent.ed)?, fixed(sent.sig)?);
    let status = KeyStatus::Pending;
    let key =
        PersonKey { id: sent.id, person, rsa: sent.rsa.0, ed, sig, device, made_at: now, status, possession: None };
    bound(&key)?.check(&sig).map_err(|_| Problem::bad_key())?;
    Ok(NewKey { key, backups, start_over: sent.start_over, first: sent.first })
}

fn bound(key: &PersonKey) -> Result<Bound, Problem> {
    let rsa = SealingKey::parse(&key.rsa).map_err(|_| Problem::bad_key())?;
    let ed = Identity::parse(&key.ed).map_err(|_| Problem::bad_key())?;
    Ok(Bound { person: key.person, id: key.id, rsa, ed })
}

fn fixed<const N: usize>(bytes: Body) -> Result<[u8; N], Problem> {
    bytes.0.try_into().map_err(|_| Problem::bad_key())
}

/// A wrapped key of a length that RSA gives.
pub(super) fn an_ek(sent: Body) -> Result<Vec<u8>, Problem> {
    if WRAP.contains(&sent.0.len()) {
        Ok(sent.0)
    } else {
        Err(Problem::bad_field("A wrapped key has 256 to 512 bytes."))
    }
}

impl KeyView {
    /// For the person whose key it is.
    pub(super) fn own(key: PersonKey) -> Self {
        let PersonKey { id, person, rsa, ed, sig, device, made_at, status, .. } = key;
        let (ed, sig) = (Body(ed.to_vec()), Body(sig.to_vec()));
        Self { id, person, rsa: Body(rsa), ed, sig, device, made_at, status }
    }

    /// For everybody else.
    pub(super) fn others(key: PersonKey) -> Self {
        Self { device: String::new(), ..Self::own(key) }
    }
}

impl BackupView {
    /// The backup, in its form at least: nobody here can open it.
    pub(super) fn read(self) -> Result<Backup, Problem> {
        let iv = <[u8; 12]>::try_from(self.iv.0).ok().filter(|_| self.v == VERSION && self.ct.0.len() <= BUNDLE);
        let backup = iv.map(|iv| Backup { kind: self.kind, iv, ct: self.ct.0 });
        backup.ok_or_else(|| {
            Problem::bad_field("A backup is version 1, with a nonce of 12 bytes and at most 4,096 more.")
        })
    }
}

impl From<Backup> for BackupView {
    fn from(backup: Backup) -> Self {
        Self { v: VERSION, kind: backup.kind, iv: Body(backup.iv.to_vec()), ct: Body(backup.ct) }
    }
}

impl RewrapsView {
    fn read(self) -> Result<Rewraps, Problem> {
        let visits = self.visits.into_iter().map(|of| Ok((of.visit, an_ek(of.ek)?)));
        let records = self.records.into_iter().map(|of| Ok((of.record, of.ver, an_ek(of.ek)?)));
        Ok(Rewraps {
            visits: visits.collect::<Result<_, Problem>>()?,
            records: records.collect::<Result<_, Problem>>()?,
        })
    }
}

impl From<Rewraps> for RewrapsView {
    fn from(kept: Rewraps) -> Self {
        let visits = kept.visits.into_iter().map(|(visit, ek)| OfVisit { visit, ek: Body(ek) });
        let records = kept.records.into_iter().map(|(record, ver, ek)| OfRecord { record, ver, ek: Body(ek) });
        Self { visits: visits.collect(), records: records.collect() }
    }
}
