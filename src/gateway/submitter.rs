//! The node's own key, with which it hands entries in to the ledger: made once, sealed under the master key.

use std::path::Path;

use vaidya_clinic::id::KeyId;
use vaidya_ledger::Signer;
use zeroize::Zeroizing;

use super::custody::{Master, NoKey, file};

/// Under which name its file lies: that of no clinic's key, which are drawn at random.
const NAME: KeyId = KeyId(uuid::Uuid::nil());

/// The key in this folder; made when there is none. When this returns it is on the disk.
///
/// # Errors
/// [`NoKey`]: of the file, which nothing replaces. A node that lost its key has to be made known to the ledger anew.
pub fn opened(folder: &Path, master: &Master) -> Result<Signer, NoKey> {
    match read(folder, master) {
        Err(NoKey::Missing) => {
            let seed = Zeroizing::new(crate::clock::random::<32>());
            file::write(folder, NAME, &Zeroizing::new(seed.to_vec()), master)?;
            read(folder, master)
        }
        other => other,
    }
}

/// The key in this folder.
///
/// # Errors
/// [`NoKey`]; [`NoKey::Missing`] when there is none yet.
pub fn read(folder: &Path, master: &Master) -> Result<Signer, NoKey> {
    let halves = file::read(folder, NAME, master)?;
    let seed: &[u8; 32] = halves.as_slice().try_into().map_err(|_| NoKey::Damaged)?;
    Ok(Signer::from_seed(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_one_key_and_only_its_master_key_opens_it() {
        let folder = std::env::temp_dir().join(format!("vaidya-submitter-{}", uuid::Uuid::new_v4().simple()));
        let master = Master::derived(&[7; 32]);
        assert_eq!(read(&folder, &master).err(), Some(NoKey::Missing));
        let made = opened(&folder, &master).unwrap();
        assert_eq!(opened(&folder, &master).unwrap().public(), made.public());
        assert_eq!(opened(&folder, &Master::derived(&[8; 32])).err(), Some(NoKey::OtherMaster));
        let bytes = std::fs::read(folder.join(format!("{}.key", NAME.0))).unwrap();
        let seed = made.seed();
        assert!(!bytes.windows(32).any(|part| part == seed.as_slice()));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
