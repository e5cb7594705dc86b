//! Blocks that were found missing or damaged where they are kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::Timestamp;
use crate::word::words;

/// What is wrong with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// It is not there.
    Missing,
    /// Its bytes are not those that were put there.
    Damaged,
}

words!(Flaw { Missing = "missing", Damaged = "damaged" });

/// A block that was found wanting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BlockAlarm {
    /// Its name (CID).
    pub cid: String,
    /// What is wrong with it.
    pub what: Flaw,
    /// When it was found.
    pub found_at: Timestamp,
    /// When a good copy was there again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mended_at: Option<Timestamp>,
    /// How many records can't be opened whole without it.
    pub records: u64,
}
