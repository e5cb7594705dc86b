//! Keys as the ledger knows them: under labels that only their salt ties to a person or an organisation.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set};
use uuid::Uuid;
use vaidya_clinic::anchor;
use vaidya_clinic::id::PersonId;
use vaidya_clinic::keyring::{ClinicKeyStatus, KeyStatus};
use vaidya_clinic::time::Timestamp;
use vaidya_ledger::{Actor, Hash, KeyId, Kind, Statement};

use super::super::accounts::Person;
use super::super::entity::{clinic_key, consent, label_salt, ledger_entry, person_key, visit};
use super::super::{StoreError, guardians};
use super::Draw;
use super::drafts::{Draft, WAITED};

/// A key's public half that signs, and what it says of itself.
pub(super) struct Signing {
    /// Whose.
    pub(super) whose: Uuid,
    /// To seal to (SPKI).
    pub(super) rsa: Vec<u8>,
    /// To check signatures with.
    pub(super) ed: [u8; 32],
    /// Its own word that it is theirs.
    pub(super) possession: Option<Vec<u8>>,
}

/// The salt of someone's label, when there is one.
pub(super) async fn salt<C: ConnectionTrait>(db: &C, whose: Uuid) -> Result<Option<[u8; 32]>, StoreError> {
    let row = label_salt::Entity::find_by_id(whose).one(db).await?;
    let whole =
        |row: label_salt::Model| row.salt.try_into().map_err(|_| StoreError::strange("a salt of another length"));
    row.map(whole).transpose()
}

/// The same, made when there is none: of those who make one at a time the first does.
pub(super) async fn salt_of(tx: &DatabaseTransaction, whose: Uuid, draw: Draw) -> Result<[u8; 32], StoreError> {
    let row = label_salt::ActiveModel { whose: Set(whose), salt: Set(draw().to_vec()) };
    let once = OnConflict::column(label_salt::Column::Whose).do_nothing().to_owned();
    label_salt::Entity::insert(row).on_conflict(once).try_insert().exec_without_returning(tx).await?;
    salt(tx, whose).await?.ok_or_else(|| StoreError::strange("a salt that was not kept"))
}

/// What the ledger calls someone whose keys it knows.
pub(super) async fn label(tx: &DatabaseTransaction, whose: Uuid, draw: Draw) -> Result<Hash, StoreError> {
    Ok(Hash(anchor::label(&salt_of(tx, whose, draw).await?, whose)))
}

/// A key of a person or an organisation.
pub(super) async fn find<C: ConnectionTrait>(db: &C, key: Uuid) -> Result<Option<Signing>, StoreError> {
    let whole = |ed: Vec<u8>| ed.try_into().map_err(|_| StoreError::strange("a key of another length"));
    if let Some(row) = person_key::Entity::find_by_id(key).one(db).await? {
        let (whose, rsa, possession) = (row.person_id, row.rsa, row.possession);
        return Ok(Some(Signing { whose, rsa, ed: whole(row.ed)?, possession }));
    }
    let Some(row) = clinic_key::Entity::find_by_id(key).one(db).await? else { return Ok(None) };
    let (whose, rsa, possession) = (row.org_id, row.rsa, row.possession);
    Ok(Some(Signing { whose, rsa, ed: whole(row.ed)?, possession }))
}

/// Binds a key to whose it is, in its own words. A key that never said so stays off the ledger.
pub(super) async fn bound(tx: &DatabaseTransaction, key: Uuid, draw: Draw) -> Result<Option<Draft>, StoreError> {
    let Some(found) = find(tx, key).await? else { return Ok(None) };
    let Some(signature) = found.possession.and_then(|one| one.try_into().ok()) else { return Ok(None) };
    let statement = Statement {
        kind: Kind::KeyBind,
        reference: label(tx, found.whose, draw).await?,
        parent: Hash::default(),
        commitment: Hash(anchor::binding(&found.rsa, &found.ed)),
        not_after: 0,
    };
    let actor = Some(Actor { key: KeyId::of(&found.ed), signature });
    Ok(Some(Draft { actor, attachment: found.ed.to_vec(), ..Draft::new(statement, ("key", key, None)) }))
}

/// Says that a key is nobody's any more, if the ledger knows it as somebody's.
pub(super) async fn revoked(tx: &DatabaseTransaction, key: Uuid, draw: Draw) -> Result<Option<Draft>, StoreError> {
    let Some(found) = find(tx, key).await? else { return Ok(None) };
    if !is_bound(tx, key).await? {
        return Ok(None);
    }
    let statement = Statement {
        kind: Kind::KeyRevoke,
        reference: label(tx, found.whose, draw).await?,
        parent: padded(KeyId::of(&found.ed)),
        commitment: Hash::default(),
        not_after: 0,
    };
    Ok(Some(Draft::new(statement, ("key", key, None))))
}

/// Who signed something: none when nobody did, or with a key that the ledger does not know as anybody's.
pub(super) async fn actor<C: ConnectionTrait>(
    db: &C,
    key: Option<Uuid>,
    signature: Option<Vec<u8>>,
) -> Result<Option<Actor>, StoreError> {
    let Some((key, signature)) = key.zip(signature.and_then(|one| one.try_into().ok())) else { return Ok(None) };
    let found = if is_bound(db, key).await? { find(db, key).await? } else { None };
    Ok(found.map(|found| Actor { key: KeyId::of(&found.ed), signature }))
}

/// Whether the ledger has a binding of the key, or will have it before anything that is put there now.
async fn is_bound<C: ConnectionTrait>(db: &C, key: Uuid) -> Result<bool, StoreError> {
    let bound = ledger_entry::Entity::find()
        .filter(ledger_entry::Column::ThingId.eq(key))
        .filter(ledger_entry::Column::Kind.eq(Kind::KeyBind.word()))
        .filter(ledger_entry::Column::State.is_in(WAITED));
    Ok(bound.one(db).await?.is_some())
}

/// A key of someone's that is not revoked, and whether the ledger holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownKey {
    /// SHA-256 of the key to seal to (SPKI).
    pub rsa_hash: [u8; 32],
    /// The key to check signatures with.
    pub ed: [u8; 32],
    /// Since when it is there; else when it was made.
    pub since: Timestamp,
    /// Whether it is there.
    pub committed: bool,
}

pub(super) async fn known<C: ConnectionTrait>(db: &C, whose: Uuid) -> Result<Vec<KnownKey>, StoreError> {
    let people = person_key::Entity::find()
        .filter(person_key::Column::PersonId.eq(whose))
        .filter(person_key::Column::Status.ne(KeyStatus::Revoked.as_str()));
    let clinics = clinic_key::Entity::find().filter(clinic_key::Column::OrgId.eq(whose));
    let clinics = clinics.filter(clinic_key::Column::Status.ne(ClinicKeyStatus::Retired.as_str()));
    let people = people.all(db).await?.into_iter().map(|row| (row.id, row.made_at));
    let keys = people.chain(clinics.all(db).await?.into_iter().map(|row| (row.id, row.made_at)));
    let mut known = Vec::new();
    for (key, made_at) in keys.collect::<Vec<_>>() {
        let Some(found) = find(db, key).await? else { continue };
        let bound = ledger_entry::Entity::find()
            .filter(ledger_entry::Column::ThingId.eq(key))
            .filter(ledger_entry::Column::Kind.eq(Kind::KeyBind.word()))
            .filter(ledger_entry::Column::State.eq("committed"));
        let at = bound.one(db).await?.and_then(|row| row.committed_at);
        let (since, committed) = (Timestamp(at.unwrap_or(made_at)), at.is_some());
        known.push(KnownKey { rsa_hash: Hash::of(&[&found.rsa]).0, ed: found.ed, since, committed });
    }
    Ok(known)
}

pub(super) async fn have_to_do<C: ConnectionTrait>(
    db: &C,
    who: &Person,
    whose: PersonId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if who.org.0 == whose.0 {
        return Ok(true);
    }
    let mut theirs = guardians::wards(db, whose, now).await?;
    theirs.push(whose);
    let mut mine = guardians::wards(db, who.id, now).await?;
    mine.push(who.id);
    if mine.contains(&whose) || theirs.contains(&who.id) {
        return Ok(true);
    }
    let [mine, theirs] = [mine, theirs].map(|ids| ids.into_iter().map(|id| id.0).collect::<Vec<_>>());
    let pairs = || [(mine.clone(), theirs.clone()), (theirs.clone(), mine.clone())];
    let visits = pairs().into_iter().fold(Condition::any(), |any, (doctors, patients)| {
        let doctor = visit::Column::DoctorId.is_in(doctors);
        any.add(Condition::all().add(doctor).add(visit::Column::PatientId.is_in(patients)))
    });
    let consents = pairs().into_iter().fold(Condition::any(), |any, (doctors, patients)| {
        let asked = consent::Column::AskedBy.is_in(doctors.clone());
        let doctor = Condition::any().add(asked).add(consent::Column::GranteeId.is_in(doctors));
        any.add(Condition::all().add(doctor).add(consent::Column::PatientId.is_in(patients)))
    });
    Ok(visit::Entity::find().filter(visits).one(db).await?.is_some()
        || consent::Entity::find().filter(consents).one(db).await?.is_some())
}

/// A key's id where 32 bytes are wanted.
fn padded(key: KeyId) -> Hash {
    let mut padded = [0; 32];
    padded.iter_mut().zip(key.0).for_each(|(to, from)| *to = from);
    Hash(padded)
}
