//! The file of a key: `keys/<id>.key`, sealed with AES-256-GCM under the master key, on the disk before anyone is told.
//!
//! `"vaidya/clinic-key/v1" ‖ id (16) ‖ mark of the master key (8) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`; what stands
//! before the nonce is authenticated. The mark tells a wrong master key from a damaged file.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use vaidya_clinic::id::KeyId;
use vaidya_clinic::vault::secret::Secret;
use zeroize::Zeroizing;

use super::master::{MARK, Master};
use super::pair::Halves;
use super::{NoKey, io};

const MAGIC: &[u8; 20] = b"vaidya/clinic-key/v1";
const IV: usize = 12;

/// Longest file: one of a pair has about 1,330 bytes.
const LONGEST: u64 = 8 * 1024;

/// Seals and keeps the private halves. Written whole under another name first: a crash leaves no half key.
pub(in crate::gateway) fn write(folder: &Path, id: KeyId, halves: &Halves, master: &Master) -> Result<(), NoKey> {
    let bytes = sealed(id, halves, master)?;
    keep(folder, id, &bytes).map_err(|error| NoKey::Failed(error.to_string()))
}

/// The private halves. A file that is sealed under the key of a server without a master key is sealed anew once there
/// is one.
pub(in crate::gateway) fn read(folder: &Path, id: KeyId, master: &Master) -> Result<Halves, NoKey> {
    let place = place(folder, id);
    if std::fs::metadata(&place)?.len() > LONGEST {
        return Err(NoKey::Damaged);
    }
    let bytes = std::fs::read(&place)?;
    let (of, mark, iv, ciphertext) = parts(&bytes).ok_or(NoKey::Damaged)?;
    if of != id.0.as_bytes() {
        return Err(NoKey::Damaged);
    }
    let (key, is_former) = master.marked(mark).ok_or(NoKey::OtherMaster)?;
    let payload = Payload { msg: ciphertext, aad: &before(id, mark) };
    let opened = cipher(key).decrypt(&Nonce::from(*iv), payload).map_err(|_| NoKey::Damaged)?;
    let halves = Zeroizing::new(opened);
    if is_former {
        write(folder, id, &halves, master)?;
        tracing::info!(key = %id.loggable(), "a clinic's key is sealed under the master key now");
    }
    Ok(halves)
}

/// Removes the file for good; there may be none.
pub(in crate::gateway) fn remove(folder: &Path, id: KeyId) -> Result<(), NoKey> {
    match std::fs::remove_file(place(folder, id)) {
        Ok(()) => Ok(File::open(folder)?.sync_all()?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn place(folder: &Path, id: KeyId) -> PathBuf {
    folder.join(format!("{}.key", id.0))
}

fn keep(folder: &Path, id: KeyId, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let place = place(folder, id);
    let unfinished = place.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, &place)?;
    File::open(folder)?.sync_all()?;
    // The folder itself may be as new.
    folder.parent().map_or(Ok(()), |above| File::open(above)?.sync_all())
}

fn sealed(id: KeyId, halves: &Halves, master: &Master) -> Result<Vec<u8>, NoKey> {
    let (key, mark) = master.current();
    let before = before(id, &mark);
    let iv: [u8; IV] = crate::clock::random();
    let payload = Payload { msg: halves, aad: &before };
    let ciphertext = cipher(key).encrypt(&Nonce::from(iv), payload);
    let ciphertext = ciphertext.map_err(|_| NoKey::Failed("the key could not be sealed".to_owned()))?;
    Ok([before.as_slice(), &iv, &ciphertext].concat())
}

fn before(id: KeyId, mark: &[u8; MARK]) -> Vec<u8> {
    [MAGIC.as_slice(), id.0.as_bytes(), mark].concat()
}

/// Id, mark, nonce and the rest.
#[expect(clippy::type_complexity, reason = "four parts of a file, named where they are taken")]
fn parts(bytes: &[u8]) -> Option<(&[u8; 16], &[u8; MARK], &[u8; IV], &[u8])> {
    let (magic, rest) = bytes.split_first_chunk::<20>()?;
    let (id, rest) = rest.split_first_chunk()?;
    let (mark, rest) = rest.split_first_chunk()?;
    let (iv, rest) = rest.split_first_chunk()?;
    (magic == MAGIC).then_some((id, mark, iv, rest))
}

fn cipher(key: &Secret<32>) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}
