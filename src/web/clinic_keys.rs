//! The keys of organisations, as everybody may see them.

use serde::Serialize;
use utoipa::ToSchema;
use vaidya_clinic::id::{KeyId, OrgId};
use vaidya_clinic::keyring::ClinicKeyStatus;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::wire::Body;

use crate::store::records::ClinicKey;

/// The public half of an organisation's key.
#[derive(Serialize, ToSchema)]
pub(super) struct ClinicKeyView {
    id: KeyId,
    /// Whose: it stands where a person stands in the binding.
    organisation: OrgId,
    rsa: Body,
    ed: Body,
    /// The binding, signed by the key itself.
    sig: Body,
    made_at: Timestamp,
    status: ClinicKeyStatus,
}

impl ClinicKeyView {
    /// A key that stands like this.
    pub(super) fn standing(key: ClinicKey, status: ClinicKeyStatus) -> Self {
        let ClinicKey { id, org, rsa, ed, sig, made_at, .. } = key;
        Self { id, organisation: org, rsa: Body(rsa), ed: Body(ed), sig: Body(sig), made_at, status }
    }
}

impl From<ClinicKey> for ClinicKeyView {
    /// The live one.
    fn from(key: ClinicKey) -> Self {
        Self::standing(key, ClinicKeyStatus::Live)
    }
}
