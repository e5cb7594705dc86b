//! Bodies that may be longer than others: read only after it is known who sends them.

use actix_web::web::Payload;
use serde::de::DeserializeOwned;

use crate::error::Problem;

/// The JSON of a body of at most `limit` bytes.
///
/// # Errors
/// `too_large`, and `bad_json` for what is no such JSON.
pub(super) async fn json<T: DeserializeOwned>(body: Payload, limit: usize) -> Result<T, Problem> {
    let read = body.to_bytes_limited(limit).await.map_err(|_| Problem::too_large())?;
    let bytes = read.map_err(|_| Problem::bad_json())?;
    serde_json::from_slice(&bytes).map_err(|_| Problem::bad_json())
}
