//! Bodies that may be longer than others: read only after it is known who sends them.

use actix_web::web::Payload;
use serde::de::DeserializeOwned;

use super::body;
use crate::error::Problem;

/// A body of at most `limit` bytes.
///
/// # Errors
/// `too_large`, and `bad_json` for what did not arrive.
pub(super) async fn bytes(payload: Payload, limit: usize) -> Result<Vec<u8>, Problem> {
    let read = payload.to_bytes_limited(limit).await.map_err(|_| Problem::too_large())?;
    let bytes = read.map_err(|error| error.as_error().map_or_else(Problem::bad_json, body::problem))?;
    Ok(bytes.to_vec())
}

/// The JSON of a body of at most `limit` bytes.
///
/// # Errors
/// `too_large`, and `bad_json` for what is no such JSON.
pub(super) async fn json<T: DeserializeOwned>(payload: Payload, limit: usize) -> Result<T, Problem> {
    let bytes = bytes(payload, limit).await?;
    serde_json::from_slice(&bytes).map_err(|_| Problem::bad_json())
}
