//! Sealing what a program posted in the clear: the server does here what a browser does otherwise.

use serde::Serialize;
use vaidya_clinic::anchor::{Statement, Thing};
use vaidya_clinic::id::{KeyId, RecordId};
use vaidya_clinic::vault::header::Draft;
use vaidya_clinic::vault::keys::SealingKey;
use vaidya_clinic::vault::object::{self, Cid};
use vaidya_clinic::vault::sealed::Sealed;
use vaidya_clinic::vault::secret::{ContentKey, Secret};
use zeroize::Zeroizing;

use super::House;
use super::plain::Plain;
use crate::clock;
use crate::custodian::Trouble;
use crate::error::Problem;
use crate::store::accounts::Person;
use crate::store::records::{NewRecord, Posting};
use crate::store::wraps::Wrap;

/// The form of a note.
const VERSION: u32 = 1;

/// Longest JSON of a note, so that it is written in one piece of memory: titles and texts escape to six times their bytes.
const ESCAPED: usize = 6;

/// A note in the clear.
pub(super) struct Note {
    /// Its title.
    pub(super) title: Plain,
    /// What it says.
    pub(super) content: Plain,
}

#[derive(Serialize)]
struct Form<'a> {
    v: u32,
    title: &'a str,
    text: &'a str,
}

/// A note sealed under a fresh key, which is wrapped for everyone it must be sealed to and then forgotten: its row and its
/// block. The header names the clinic's key, which sealed it; its author is the doctor.
pub(super) async fn sealed(
    house: &House,
    doctor: &Person,
    posting: &Posting,
    note: &Note,
) -> Result<(NewRecord, Vec<u8>), Problem> {
    let now = (house.clock)();
    let to = house.store.recipients_of_posting(doctor, posting.clone(), now).await?;
    let clinic = to.clinic.as_ref().ok_or_else(Problem::no_custody)?;
    let id = RecordId::from_random(clock::random());
    let draft = Draft {
        cty: posting.kind.media_type().to_owned(),
        record: id,
        version: 1,
        kind: posting.kind.as_str().to_owned(),
        patient: Some(posting.patient),
        visit: None,
        author: clinic.id,
        at: now,
    };
    let content: ContentKey = Secret::from_bytes(clock::random());
    let block = Sealed::make(draft, &written(note)?, &content, clock::random()).and_then(|one| object::encode(&one));
    let block = block.map_err(|_| Problem::failed())?;
    let salt = clock::random();
    let commitment = object::commitment(posting.kind.as_str(), &salt, &block).map_err(|_| Problem::failed())?;
    let said = Statement::of_record(id, 1, Some(Thing::Consent(posting.consent)), commitment);
    let new = NewRecord {
        id,
        kind: posting.kind,
        patient: Some(posting.patient),
        department: posting.department.clone(),
        visit: None,
        corrects: None,
        ver: 1,
        author: clinic.id,
        at: now,
        cid: Cid::of(&block).as_str().to_owned(),
        size: u64::try_from(block.len()).unwrap_or(u64::MAX),
        blocks: Vec::new(),
        salt,
        commitment,
        wraps: to.keys.iter().map(|key| wrapped(key.id, &key.rsa, &content)).collect::<Result<_, _>>()?,
        clinic: Some(wrapped(clinic.id, &clinic.rsa, &content)?),
        signature: Some(signed(house, clinic.id, &said).await?),
    };
    Ok((new, block))
}

/// What the clinic says to the ledger in its doctor's place.
async fn signed(house: &House, key: KeyId, said: &Statement) -> Result<[u8; 64], Problem> {
    let message = said.message();
    Ok(house.custody.apart(move |custody| custody.sign(key, &message)).await.map_err(Trouble::from)?)
}

/// The JSON of a note, in memory that is wiped.
fn written(note: &Note) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let (title, text) = (note.title.as_str(), note.content.as_str());
    let room = title.len().saturating_add(text.len()).saturating_mul(ESCAPED).saturating_add(64);
    let mut json = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer(&mut *json, &Form { v: VERSION, title, text }).map_err(|_| Problem::failed())?;
    Ok(json)
}

fn wrapped(key: KeyId, spki: &[u8], content: &ContentKey) -> Result<Wrap, Problem> {
    let ek = SealingKey::parse(spki).and_then(|to| to.wrap(content, &mut rand::rng()));
    Ok(Wrap { key, ek: ek.map_err(|_| Problem::failed())? })
}
