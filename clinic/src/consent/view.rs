//! A consent as those it concerns see it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{How, Purpose, State, Subject, Verdict};
use crate::id::{ConsentId, PersonId};
use crate::record::RecordKind;
use crate::time::Timestamp;

/// Someone in a consent. No `Debug`: it is a name.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Party {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
}

/// Who said yes for a child.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SpokenBy {
    /// Their name.
    pub name: String,
    /// What they are to the child.
    pub relation: String,
}

/// The one-time code of a consent: everything but the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeView {
    /// Until when it works.
    pub expires: Timestamp,
    /// From when on another can be sent.
    pub resend_after: Timestamp,
    /// Tries that are left.
    pub tries_left: u32,
}

/// A consent. No `Debug`: it names people.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Consent)]
pub struct ConsentView {
    /// Its id.
    pub id: ConsentId,
    /// To what.
    pub subject: Subject,
    /// What for.
    pub purpose: Purpose,
    /// Of which kinds of records; none of what stands.
    pub kinds: Vec<RecordKind>,
    /// Of which departments; all when there are none.
    pub departments: Option<Vec<String>>,
    /// Why: one of the words for asks, or one of those for emergencies.
    pub why: Option<String>,
    /// More of why, of an emergency.
    pub detail: Option<String>,
    /// For how long from the answer on.
    pub minutes: Option<u64>,
    /// The version of the sentence that was shown.
    pub text_version: u32,
    /// In which language.
    pub language: String,
    /// Where it stands now.
    pub state: State,
    /// How it was given.
    pub how: Option<How>,
    /// Whether the clinic says that it was given, and no key of the patient's.
    pub asserted: bool,
    /// The patient.
    pub patient_id: PersonId,
    /// The patient's name.
    pub patient: String,
    /// Who asked.
    pub asked_by: Option<Party>,
    /// Who may look.
    pub grantee: Option<Party>,
    /// When it was asked for, or given unasked.
    pub made_at: Timestamp,
    /// Until when it can be answered, while it waits.
    pub answer_by: Option<Timestamp>,
    /// When it was answered.
    pub decided_at: Option<Timestamp>,
    /// Until when it holds.
    pub until: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// The consent it was passed on from.
    pub delegated_from: Option<ConsentId>,
    /// Who spoke for a child.
    pub guardian: Option<SpokenBy>,
    /// The code that was sent, while it waits.
    pub code: Option<CodeView>,
    /// Who heard a yes that was said aloud, or is asked whether they did.
    pub witness: Option<Party>,
    /// Until when the witness can confirm it, while that waits.
    pub witness_by: Option<Timestamp>,
    /// Whether nobody was asked.
    pub break_glass: bool,
    /// Until when an auditor must have looked at it.
    pub review_by: Option<Timestamp>,
    /// Whether nobody did in time.
    pub overdue: bool,
    /// When one did.
    pub reviewed_at: Option<Timestamp>,
    /// What they found.
    pub verdict: Option<Verdict>,
    /// And wrote.
    pub note: Option<String>,
}
