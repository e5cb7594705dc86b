//! What comes in the clear and must not stay: read into memory that is wiped when it is let go of.

use actix_web::web::Payload;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::body;
use crate::error::Problem;

/// A text in the clear: wiped when dropped, never shown.
#[derive(ToSchema)]
#[schema(value_type = String, as = Plain)]
pub(super) struct Plain(Zeroizing<String>);

impl Plain {
    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it says something, in at most so many characters.
    pub(super) fn fits(&self, longest: usize) -> bool {
        !self.0.trim().is_empty() && self.0.chars().count() <= longest
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

/// The JSON of a body of at most `limit` bytes. What it was gathered in is wiped; the pieces that the network gave us
/// are freed as they are read.
///
/// # Errors
/// `too_large`, and `bad_json` for what is no such JSON or did not arrive.
pub(super) async fn json<T: DeserializeOwned>(mut payload: Payload, limit: usize) -> Result<T, Problem> {
    // As large as it may get: a text that grows leaves copies behind.
    let mut gathered = Zeroizing::new(Vec::with_capacity(limit));
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|error| body::problem(&error))?;
        if gathered.len().saturating_add(piece.len()) > limit {
            return Err(Problem::too_large());
        }
        gathered.extend_from_slice(&piece);
    }
    serde_json::from_slice(&gathered).map_err(|_| Problem::bad_json())
}
