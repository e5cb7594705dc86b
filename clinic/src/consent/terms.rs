//! What a consent says, as bytes that are signed: the same in the browser that shows it and in the server that keeps it.

use crate::anchor::Statement;
use crate::id::{ConsentId, KeyId, OrgId, PersonId};
use crate::organisation::Language;
use crate::record::RecordKind;
use crate::time::Timestamp;
use crate::vault::primitive::sha256;

use super::{Purpose, Subject};

/// What a consent covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// These kinds of records.
    pub kinds: Vec<RecordKind>,
    /// Of these departments; none means all.
    pub departments: Option<Vec<String>>,
}

impl Scope {
    /// Whether it covers a record.
    #[must_use]
    pub fn covers(&self, kind: RecordKind, department: Option<&str>) -> bool {
        let of_department = |wanted: &Vec<String>| department.is_some_and(|one| wanted.iter().any(|want| want == one));
        self.kinds.contains(&kind) && self.departments.as_ref().is_none_or(of_department)
    }
}

/// What is consented to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// To what.
    pub subject: Subject,
    /// What for.
    pub purpose: Purpose,
    /// Of which records.
    pub scope: Scope,
    /// For how long from the answer on; none: until it is taken back.
    pub minutes: Option<u64>,
    /// The version of the sentence that was shown.
    pub text: u32,
    /// In which language.
    pub language: Language,
}

impl Terms {
    /// One line for each thing it says, always the same for the same: what is signed is its hash.
    #[must_use]
    pub fn lines(&self) -> String {
        let kinds: Vec<_> = self.scope.kinds.iter().map(|kind| kind.as_str()).collect();
        let or_none = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        let departments = self.scope.departments.as_ref().map(|all| all.join("|")).unwrap_or_default();
        let minutes = self.minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
        format!(
            "subject {}\npurpose {}\nkinds {}\ndepartments {}\nminutes {}\ntext {} {}\n",
            self.subject.as_str(),
            self.purpose.as_str(),
            or_none(kinds.join(" ")),
            or_none(departments),
            or_none(minutes),
            self.text,
            self.language.as_str(),
        )
    }

    /// SHA-256 of the lines.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        sha256(&[self.lines().as_bytes()])
    }
}

/// To whom a consent is given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Grantee {
    /// A doctor.
    Person(PersonId),
    /// Everyone of an organisation whose work it is.
    Organisation(OrgId),
}

impl Grantee {
    fn number(self) -> u128 {
        match self {
            Self::Person(id) => id.number(),
            Self::Organisation(id) => id.number(),
        }
    }
}

/// What a patient says when they say yes, or the clinic in their place; [`statement`](Approval::statement) is what is signed.
pub struct Approval<'a> {
    /// Which consent.
    pub consent: ConsentId,
    /// Who gives it.
    pub patient: PersonId,
    /// With which key.
    pub key: KeyId,
    /// To whom.
    pub grantee: Grantee,
    /// Until when; none: until it is taken back.
    pub until: Option<Timestamp>,
    /// To what.
    pub terms: &'a Terms,
}

impl Approval<'_> {
    /// `"vaidya/consent/v1" ‖ consent ‖ patient ‖ key ‖ grantee ‖ u64 until (0 for none) ‖ SHA-256(terms)`.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        let until = self.until.and_then(|until| u64::try_from(until.0).ok()).unwrap_or(0).to_be_bytes();
        let ids = [self.consent.number(), self.patient.number(), self.key.number(), self.grantee.number()];
        let ids = ids.map(u128::to_be_bytes).concat();
        [b"vaidya/consent/v1".as_slice(), &ids, &until, &self.terms.hash()].concat()
    }

    /// What is signed: it tells the ledger the hash of the message, and so whoever validates checks the same signature.
    #[must_use]
    pub fn statement(&self) -> Statement {
        Statement::of_grant(self.consent, &self.message(), self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms {
            subject: Subject::Share,
            purpose: Purpose::SecondOpinion,
            scope: Scope {
                kinds: vec![RecordKind::Note, RecordKind::Lab],
                departments: Some(vec!["Cardiology".to_owned(), "General medicine".to_owned()]),
            },
            minutes: Some(1_440),
            text: 1,
            language: Language::Hi,
        }
    }

    #[test]
    fn a_scope_covers_its_kinds_and_departments_and_nothing_else() {
        let all = Scope { kinds: vec![RecordKind::Lab], departments: None };
        assert!(all.covers(RecordKind::Lab, None) && all.covers(RecordKind::Lab, Some("Cardiology")));
        assert!(!all.covers(RecordKind::Note, None));
        let some = Scope { departments: Some(vec!["Cardiology".to_owned()]), ..all };
        assert!(some.covers(RecordKind::Lab, Some("Cardiology")));
        assert!(!some.covers(RecordKind::Lab, Some("Oncology")) && !some.covers(RecordKind::Lab, None));
    }

    #[test]
    fn terms_are_written_the_same_way_in_both_languages() {
        let vectors: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/consent_vectors.json")).unwrap_or_default();
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(terms().lines(), vectors["share"]["terms"].as_str().unwrap_or_default());
        let scope = Scope { kinds: Vec::new(), departments: None };
        let stands = Terms {
            subject: Subject::Research,
            purpose: Purpose::Research,
            scope,
            minutes: None,
            language: Language::En,
            ..terms()
        };
        assert_eq!(stands.lines(), vectors["research"]["terms"].as_str().unwrap_or_default());
        let share = Approval {
            consent: ConsentId::from_number(9),
            patient: PersonId::from_number(1),
            key: KeyId::from_number(3),
            grantee: Grantee::Person(PersonId::from_number(2)),
            until: Some(Timestamp(1_790_000_000_000)),
            terms: &terms(),
        };
        assert_eq!(hex(&share.message()), vectors["share"]["message"].as_str().unwrap_or_default());
        assert_eq!(hex(&share.statement().message()), vectors["share"]["signed"].as_str().unwrap_or_default());
        let grantee = Grantee::Organisation(OrgId::from_number(5));
        let research = Approval { grantee, until: None, terms: &stands, ..share };
        assert_eq!(hex(&research.message()), vectors["research"]["message"].as_str().unwrap_or_default());
        assert_eq!(hex(&research.statement().message()), vectors["research"]["signed"].as_str().unwrap_or_default());
    }

    #[test]
    fn an_approval_is_over_everything_it_says() {
        let [patient, grantee] = [1, 2].map(PersonId::from_number);
        let (terms, other) = (terms(), Terms { minutes: Some(2_880), ..terms() });
        let one = || Approval {
            consent: ConsentId::from_number(9),
            patient,
            key: KeyId::from_number(3),
            grantee: Grantee::Person(grantee),
            until: Some(Timestamp(60)),
            terms: &terms,
        };
        let same = one().message();
        assert_eq!(same, one().message());
        assert_ne!(same, Approval { consent: ConsentId::from_number(8), ..one() }.message());
        assert_ne!(same, Approval { patient: grantee, ..one() }.message());
        assert_ne!(same, Approval { key: KeyId::from_number(4), ..one() }.message());
        assert_ne!(same, Approval { grantee: Grantee::Person(patient), ..one() }.message());
        assert_ne!(same, Approval { until: Some(Timestamp(61)), ..one() }.message());
        assert_ne!(same, Approval { terms: &other, ..one() }.message());
    }
}
