//! Documents of registrations at rest: cut into blocks, each sealed under a key of the server and bound to its place.

use uuid::Uuid;
use vaidya_clinic::vault::object::{Cid, MAX_OBJECT};

use super::House;
use crate::error::Problem;
use crate::gateway::blobs::Held;

/// What the key is derived for.
const PURPOSE: &str = "vaidya/papers/v1";

/// Bytes of a document in one block: what a block holds, less the seal.
const PART: usize = MAX_OBJECT - 64;

/// Seals a document and puts it on disk; answers the names of its blocks, in order, and what holds them until their row
/// is written.
pub(super) async fn keep(house: &House, id: Uuid, bytes: &[u8]) -> Result<(String, Vec<Held>), Problem> {
    let parts: Vec<&[u8]> = bytes.chunks(PART).collect();
    let (mut names, mut held) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
    for (place, part) in parts.iter().enumerate() {
        let sealed = house.pepper.seal(PURPOSE, &bound(id, place, parts.len()), part).ok_or_else(Problem::failed)?;
        let name = Cid::of(&sealed);
        names.push(name.as_str().to_owned());
        held.push(house.blobs.put(name, sealed).await?);
    }
    Ok((names.join(" "), held))
}

/// Opens a document.
pub(super) async fn give(house: &House, id: Uuid, blocks: &str) -> Result<Vec<u8>, Problem> {
    let names: Vec<&str> = blocks.split(' ').collect();
    let mut whole = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let name = Cid::parse(name).map_err(|_| Problem::block_damaged())?;
        let block = house.blobs.get(name).await?;
        let block = block.ok_or_else(Problem::block_damaged)?;
        let part = house.pepper.open(PURPOSE, &bound(id, place, names.len()), &block);
        whole.extend_from_slice(&part.ok_or_else(Problem::block_damaged)?);
    }
    Ok(whole)
}

/// What a block is bound to: its document, its place, and how many there are.
fn bound(id: Uuid, place: usize, of: usize) -> Vec<u8> {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes();
    [id.as_bytes().as_slice(), &number(place), &number(of)].concat()
}
