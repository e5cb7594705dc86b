//! Key transparency: what a label is bound to now, under the key map root that ends the newest signed head.
use crate::keymap::{Label, MapProof, Unmapped, Value};
use crate::merkle::verify_inclusion;
use crate::note::{Policy, Witnessed};
use crate::{Hash, Leaf};

use super::Refused;

/// What a server shows of a label: the newest head, its last leaf, and the way to the label in the map of that leaf.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyProof {
    /// The signed note.
    pub checkpoint: String,
    /// The place of the map's leaf: the last of the log, so that no batch after it could have changed the map.
    pub index: u64,
    /// From that leaf to the root of the log.
    pub path: Vec<Hash>,
    /// Its bytes.
    pub leaf: Vec<u8>,
    /// [`MapProof::to_bytes`] for the label.
    pub way: Vec<u8>,
}

/// What the log holds for a label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The head, and who signed it.
    pub witnessed: Witnessed,
    /// The number of its last block.
    pub seq: u64,
    /// The time of that block, ms since 1970.
    pub time: u64,
    /// What the label is bound to; nothing is proof that it is bound to nothing.
    pub value: Option<Value>,
}

impl KeyProof {
    /// What the label is bound to in the newest state of a log whose head the policy believes.
    ///
    /// # Errors
    /// [`Refused`], which says what doesn't hold.
    pub fn verify(&self, label: &Label, policy: &Policy) -> Result<Held, Refused> {
        let witnessed = policy.verify(&self.checkpoint)?;
        let head = &witnessed.checkpoint;
        if self.index.checked_add(1) != Some(head.size) {
            return Err(Refused::NotNewest);
        }
        verify_inclusion(&crate::merkle::leaf_hash(&self.leaf), self.index, head.size, &self.path, &head.root)?;
        let Ok(Leaf::End { seq, time, keymap }) = Leaf::decode(&self.leaf) else {
            return Err(Refused::Damaged("the leaf of the key map"));
        };
        let way = MapProof::from_bytes(&self.way).map_err(refused)?;
        let value = way.verify(label, &keymap).map_err(refused)?;
        Ok(Held { witnessed, seq, time, value })
    }
}

fn refused(why: Unmapped) -> Refused {
    match why {
        Unmapped::Malformed => Refused::Damaged("the way in the key map"),
        Unmapped::Elsewhere => Refused::OtherThing,
        Unmapped::Root => Refused::NotInMap,
    }
}
