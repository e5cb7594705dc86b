//! One-time codes: what is kept of one, and what it takes to compare it.

use crate::id::{ConsentId, PersonId};
use crate::vault::primitive::{hmac256, sha256};

use super::terms::Terms;

/// What makes the hash of six digits say nothing: an HMAC under a key that the database does not have, over the consent,
/// who asks and what for. A row whose grantee or scope was changed has another opening, and its code is wrong.
pub struct Opening([u8; 32]);

impl Opening {
    /// `HMAC-SHA-256(key, "vaidya/otp/opening/v1" ‖ consent ‖ grantee ‖ SHA-256(terms))`.
    #[must_use]
    pub fn of(key: &[u8; 32], consent: ConsentId, grantee: PersonId, terms: &Terms) -> Self {
        let ids = [consent.number(), grantee.number()].map(u128::to_be_bytes).concat();
        Self(hmac256(key, &[b"vaidya/otp/opening/v1".as_slice(), &ids, &terms.hash()].concat()))
    }
}

/// What the log learns of a code that was used: the same once more shows, and nothing else.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nullifier(pub [u8; 32]);

impl Nullifier {
    /// `HMAC-SHA-256(key, "vaidya/otp/nullifier/v1" ‖ consent)`.
    #[must_use]
    pub fn of(key: &[u8; 32], consent: ConsentId) -> Self {
        Self(hmac256(key, &[b"vaidya/otp/nullifier/v1".as_slice(), &consent.number().to_be_bytes()].concat()))
    }
}

/// What is kept of a one-time code: `SHA-256("vaidya/otp/v1" ‖ consent ‖ opening ‖ code)`. Without the opening, which the
/// database does not know, six digits can't be tried out against it.
#[must_use]
pub fn code_hash(consent: ConsentId, opening: &Opening, code: &str) -> [u8; 32] {
    sha256(&[b"vaidya/otp/v1", &consent.number().to_be_bytes(), &opening.0, code.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::super::{Purpose, Scope, Subject, TEXT};
    use super::*;
    use crate::organisation::Language;
    use crate::record::RecordKind;

    fn terms(kinds: &[RecordKind]) -> Terms {
        Terms {
            subject: Subject::Share,
            purpose: Purpose::Treatment,
            scope: Scope { kinds: kinds.to_vec(), departments: None },
            minutes: Some(60),
            text: TEXT,
            language: Language::En,
        }
    }

    #[test]
    fn a_code_is_bound_to_its_consent_its_grantee_and_its_scope() {
        let [doctor, other] = [1, 2].map(PersonId::from_number);
        let lab = terms(&[RecordKind::Lab]);
        let hash = |key: u8, consent: u128, grantee, terms: &Terms| {
            let consent = ConsentId::from_number(consent);
            code_hash(consent, &Opening::of(&[key; 32], consent, grantee, terms), "123456")
        };
        let kept = hash(7, 1, doctor, &lab);
        assert_eq!(kept, hash(7, 1, doctor, &lab));
        assert_ne!(kept, hash(8, 1, doctor, &lab), "who has the database has not the key");
        assert_ne!(kept, hash(7, 2, doctor, &lab), "nor can it be moved to another consent");
        assert_ne!(kept, hash(7, 1, other, &lab), "or doctor");
        assert_ne!(kept, hash(7, 1, doctor, &terms(&[RecordKind::Lab, RecordKind::Note])), "or made to cover more");
    }

    #[test]
    fn a_nullifier_is_the_consents_own() {
        let of = |key: u8, consent: u128| Nullifier::of(&[key; 32], ConsentId::from_number(consent));
        assert!(of(7, 1) == of(7, 1));
        assert!(of(7, 1) != of(7, 2));
        assert!(of(7, 1) != of(8, 1));
    }
}
