//! Consents as entries: asked for, given, taken back; looks without asking, and what an auditor found.

use sea_orm::{DatabaseTransaction, EntityTrait};
use vaidya_clinic::anchor::{Emergency, Thing};
use vaidya_clinic::consent::{Approval, Grantee, How, State};
use vaidya_clinic::id::{ConsentId, KeyId, PersonId};
use vaidya_clinic::time::Timestamp;
use vaidya_ledger::{Hash, Kind, Statement};

use super::super::super::entity::consent;
use super::super::super::{StoreError, consents as rows};
use super::super::openings::{Opened, of_message, of_words};
use super::super::{Draw, keys, unsigned};
use super::{Draft, Drafted, Job, credentials, has};

/// Tries to wait for the clinic's signature under a consent by code. Each is a second: lower leaves some unsigned whose
/// clinic was slow, higher keeps what a lost key will never sign.
const PATIENCE: u32 = 120;

/// A consent that changed.
pub(super) async fn changed(
    tx: &DatabaseTransaction,
    job: &Job,
    (id, state): (ConsentId, Option<State>),
    nullifier: Option<[u8; 32]>,
    draw: Draw,
) -> Result<Drafted, StoreError> {
    let row = consent::Entity::find_by_id(id.0).one(tx).await?.ok_or(StoreError::NotFound)?;
    let granted_before = has(tx, Kind::ConsentGranted, id.0).await? || has(tx, Kind::BreakGlass, id.0).await?;
    let known = granted_before || has(tx, Kind::ConsentRequested, id.0).await?;
    let glass = rows::how_of(&row)? == Some(How::BreakGlass);
    Ok(match state {
        // Told once more, because something else about it changed.
        Some(State::Granted) if granted_before => Drafted::Leaf,
        Some(State::Asked) if known => Drafted::Leaf,
        Some(State::Asked) => requested(&row, draw)?.into(),
        Some(State::Granted) if glass => glass_broken(tx, &row, draw).await?,
        Some(State::Granted) => {
            let asserted = rows::how_of(&row)?.is_some_and(How::is_asserted);
            let unsigned = asserted && row.signature.is_none();
            if unsigned && job.attempts < PATIENCE {
                return Ok(Drafted::Later("the clinic has not signed it yet"));
            }
            Drafted::Entries(granted(tx, &row, nullifier).await?)
        }
        Some(State::Refused | State::Revoked) if known => Some(taken_back(&row)).into(),
        // What ends by itself said so when it was given; an emergency that ends early is in the clinic's own log.
        _ => Drafted::Leaf,
    })
}

fn requested(row: &consent::Model, draw: Draw) -> Result<Option<Draft>, StoreError> {
    let Opened { commitment, opening } = said(row, State::Asked, draw)?;
    let statement = Statement { kind: Kind::ConsentRequested, commitment, ..about(row) };
    Ok(Some(Draft { opening: Some(opening), ..draft(statement, row) }))
}

async fn granted(
    tx: &DatabaseTransaction,
    row: &consent::Model,
    nullifier: Option<[u8; 32]>,
) -> Result<Vec<Draft>, StoreError> {
    let terms = rows::terms_of(row)?;
    let approval = Approval {
        consent: ConsentId(row.id),
        patient: PersonId(row.patient_id),
        key: KeyId(row.signed_by.unwrap_or_default()),
        grantee: rows::grantee_of(row),
        until: row.until.map(Timestamp),
        terms: &terms,
    };
    let Opened { commitment, opening } = of_message(&approval.message(), &terms.lines());
    let until = unsigned(row.until.unwrap_or_default());
    let statement = Statement { kind: Kind::ConsentGranted, commitment, not_after: until, ..about(row) };
    let actor = keys::actor(tx, row.signed_by, row.signature.clone()).await?;
    let granted = Draft { actor, opening: Some(opening), ..draft(statement, row) };
    let used = nullifier.map(|nullifier| {
        let statement = Statement {
            kind: Kind::ConsentUsed,
            reference: Hash(nullifier),
            parent: about(row).reference,
            commitment: Hash::default(),
            not_after: 0,
        };
        draft(statement, row)
    });
    Ok([granted].into_iter().chain(used).collect())
}

fn taken_back(row: &consent::Model) -> Draft {
    draft(Statement { kind: Kind::ConsentRevoked, ..about(row) }, row)
}

/// A look without asking stands on the doctor's registration. One without (any more) is in the clinic's own log alone.
async fn glass_broken(tx: &DatabaseTransaction, row: &consent::Model, draw: Draw) -> Result<Drafted, StoreError> {
    let (Some(doctor), Some(until)) = (row.grantee_id, row.until) else { return Ok(Drafted::Leaf) };
    let Some(credential) = credentials::in_force(tx, doctor, Some(row.org_id)).await? else { return Ok(Drafted::Leaf) };
    let said = Emergency {
        consent: ConsentId(row.id),
        patient: PersonId(row.patient_id),
        key: row.signed_by.map(KeyId),
        doctor: PersonId(doctor),
        until: Timestamp(until),
        why: row.why.as_deref().unwrap_or_default(),
        words: row.detail.as_deref().unwrap_or_default(),
    };
    let Opened { commitment, opening } = of_message(&said.message(), &said.text());
    let parent = Hash(Thing::Credential(credential.id).reference());
    let statement = Statement { kind: Kind::BreakGlass, parent, commitment, not_after: unsigned(until), ..about(row) };
    let actor = keys::actor(tx, row.signed_by, row.signature.clone()).await?;
    let broken = Draft { actor, opening: Some(opening), ..draft(statement, row) };
    let issued = credentials::to_issue(tx, &credential, draw).await?;
    Ok(Drafted::Entries(issued.into_iter().chain([broken]).collect()))
}

/// What an auditor found of a look that the ledger knows.
pub(super) async fn reviewed(tx: &DatabaseTransaction, id: ConsentId, draw: Draw) -> Result<Option<Draft>, StoreError> {
    let row = consent::Entity::find_by_id(id.0).one(tx).await?.ok_or(StoreError::NotFound)?;
    if !has(tx, Kind::BreakGlass, id.0).await? {
        return Ok(None);
    }
    let verdict = row.verdict.clone().unwrap_or_default();
    let facts =
        [("consent", id.0.to_string()), ("verdict", verdict), ("note", row.review_note.clone().unwrap_or_default())];
    let Opened { commitment, opening } = of_words("review", draw(), &facts)?;
    let statement = Statement {
        kind: Kind::BreakGlassReview,
        reference: Hash::of(&[b"vaidya/ledger/ref/v1", b"review", id.0.as_bytes()]),
        parent: about(&row).reference,
        commitment,
        not_after: 0,
    };
    Ok(Some(Draft { opening: Some(opening), ..draft(statement, &row) }))
}

/// A statement about a consent that says nothing yet.
fn about(row: &consent::Model) -> Statement {
    Statement {
        kind: Kind::ConsentRevoked,
        reference: Hash(Thing::Consent(ConsentId(row.id)).reference()),
        parent: Hash::default(),
        commitment: Hash::default(),
        not_after: 0,
    }
}

fn draft(statement: Statement, row: &consent::Model) -> Draft {
    Draft::new(statement, ("consent", row.id, None))
}

/// What an ask says, in words.
fn said(row: &consent::Model, state: State, draw: Draw) -> Result<Opened, StoreError> {
    let terms = rows::terms_of(row)?;
    let kinds: Vec<_> = terms.scope.kinds.iter().map(|kind| kind.as_str()).collect();
    let to = match rows::grantee_of(row) {
        Grantee::Person(id) => id.0,
        Grantee::Organisation(id) => id.0,
    };
    let facts = [
        ("patient", row.patient_id.to_string()),
        ("for", to.to_string()),
        ("data", kinds.join(",")),
        ("purpose", terms.purpose.as_str().to_owned()),
        ("minutes", terms.minutes.map_or_else(|| "none".to_owned(), |minutes| minutes.to_string())),
        ("state", state.as_str().to_owned()),
    ];
    of_words("consent", draw(), &facts)
}
