//! Content keys passed on by the clinic: only the key of exactly this version of this record, as its block says.

use vaidya_clinic::record::Held;
use vaidya_clinic::vault::header::Header;
use vaidya_clinic::vault::keys::SealingKey;
use vaidya_clinic::vault::object::{self, Cid};

use super::{Custody, NoKey, wrap};
use crate::gateway::blobs::Blobs;

/// A wrap from one of our keys for another: what was, and the new one or why there is none.
pub struct Moved {
    /// What was.
    pub held: Held,
    /// The new wrap.
    pub ek: Result<Vec<u8>, NoKey>,
}

impl Custody {
    /// Wraps a version's content key for other keys, once its own block has said that it is this version's.
    ///
    /// # Errors
    /// [`NoKey`].
    pub async fn pass_on(&self, blobs: &Blobs, held: Held, to: Vec<SealingKey>) -> Result<Vec<Vec<u8>>, NoKey> {
        let header = header(blobs, &held).await?;
        self.apart(move |custody| {
            let content = custody.open_for(held.key, &held.ek, &header)?;
            to.iter().map(|key| wrap(&content, key)).collect()
        })
        .await
    }

    /// Wraps content keys for the key that follows one of ours. Whose they are is not checked: they stay with the
    /// clinic, and what doesn't belong doesn't open there either.
    ///
    /// # Errors
    /// When none can be: [`NoKey`] of the key.
    pub async fn move_all(&self, some: Vec<Held>, to: SealingKey) -> Result<Vec<Moved>, NoKey> {
        self.apart(move |custody| {
            let one = |held: Held| match custody.rewrap(held.key, &held.ek, &to) {
                Err(error) if !error.is_of_the_wrap() => Err(error),
                ek => Ok(Moved { held, ek }),
            };
            some.into_iter().map(one).collect()
        })
        .await
    }
}

/// The header of a version, from its block.
async fn header(blobs: &Blobs, held: &Held) -> Result<Header, NoKey> {
    let none = |_| NoKey::NoBlock;
    let block = blobs.get(Cid::parse(&held.cid).map_err(none)?).await?.ok_or(NoKey::NoBlock)?;
    let header = object::parse(&block).and_then(|sealed| sealed.header()).map_err(none)?;
    let same = header.record == held.record && header.version == held.ver;
    if same { Ok(header) } else { Err(NoKey::OtherRecord) }
}
