//! FHIR R4 views of what is kept here, for other programs. The element names, their cardinalities and the codes are those
//! of HL7 FHIR R4 (4.0.1), <https://hl7.org/fhir/R4/consent.html>.

use serde_json::{Map, Value, json};

use crate::consent::{Grantee, How, Purpose, State, Subject, Terms};
use crate::id::{ConsentId, OrgId, PersonId};
use crate::record::RecordKind;
use crate::time::Timestamp;

/// The element `Consent.verification.verifiedBy` of R5, as R4 carries it.
const VERIFIED_BY: &str = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Consent.verification.verifiedBy";

/// Where HL7 keeps its code systems.
const SYSTEMS: &str = "http://terminology.hl7.org/CodeSystem";

/// A consent as FHIR shows it. No `Debug`: it says who is a patient.
pub struct Consent<'a> {
    /// Its id.
    pub id: ConsentId,
    /// Whose records.
    pub patient: PersonId,
    /// In which organisation.
    pub org: OrgId,
    /// To whom.
    pub grantee: Grantee,
    /// To what.
    pub terms: &'a Terms,
    /// Where it stands now.
    pub state: State,
    /// How it was given.
    pub how: Option<How>,
    /// Whether it is signed, by the patient's key or the clinic's.
    pub signed: bool,
    /// When it was asked for or given.
    pub made_at: Timestamp,
    /// When it was answered.
    pub decided_at: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Who spoke for a child.
    pub guardian: Option<&'a str>,
    /// Who heard it, when it was said aloud.
    pub witness: Option<PersonId>,
}

impl Consent<'_> {
    /// The resource. `status`, `scope` and `category` are required of every `Consent`; a patient is where the scope is
    /// privacy or research (ppc-2, ppc-3), and a policy rule (ppc-1).
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
        put("resourceType", json!("Consent"));
        put("id", json!(self.id.0.to_string()));
        put("language", json!(self.terms.language.as_str()));
        put("status", json!(status(self.state)));
        put("scope", concept("consentscope", self.scope()));
        put("category", json!([self.category()]));
        put("patient", reference("Patient", self.patient.0));
        put("dateTime", json!(self.decided_at.unwrap_or(self.made_at).rfc3339()));
        put("performer", json!([self.performer()]));
        put("organization", json!([reference("Organization", self.org.0)]));
        put("policyRule", concept("v3-ActCode", "OPTIN"));
        if let Some(verified) = self.verification() {
            put("verification", json!([verified]));
        }
        put("provision", self.provision());
        Value::Object(all)
    }

    fn scope(&self) -> &'static str {
        if self.terms.subject == Subject::Research { "research" } else { "patient-privacy" }
    }

    fn category(&self) -> Value {
        match (self.how, self.terms.subject) {
            (Some(How::BreakGlass), _) => concept("consentcategorycodes", "emrgonly"),
            (_, Subject::Research) => concept("consentcategorycodes", "research"),
            // LOINC 59284-0: Consent Document.
            _ => json!({"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}),
        }
    }

    /// Who agreed: the patient, or whoever spoke for them; in an emergency nobody did, and the organisation answers for it.
    fn performer(&self) -> Value {
        match (self.how, self.guardian) {
            (Some(How::BreakGlass), _) => reference("Organization", self.org.0),
            (_, Some(guardian)) => json!({"type": "RelatedPerson", "display": guardian}),
            _ => reference("Patient", self.patient.0),
        }
    }

    /// Whether it was checked that the patient said so: by a signature, by a witness who heard it, or not at all.
    fn verification(&self) -> Option<Value> {
        let (how, at) = self.how.zip(self.decided_at)?;
        let given = how != How::BreakGlass && (self.signed || self.witness.is_some());
        let mut told = json!({"verified": given, "verificationDate": at.rfc3339()});
        if let (true, None, Some(told)) = (given, self.guardian, told.as_object_mut()) {
            told.insert("verifiedWith".to_owned(), reference("Patient", self.patient.0));
        }
        if let (Some(witness), Some(told)) = (self.witness, told.as_object_mut()) {
            let by = json!({"url": VERIFIED_BY, "valueReference": reference("Practitioner", witness.0)});
            told.insert("extension".to_owned(), json!([by]));
        }
        Some(told)
    }

    fn provision(&self) -> Value {
        let (kind, id) = match self.grantee {
            Grantee::Person(id) => ("Practitioner", id.0),
            Grantee::Organisation(id) => ("Organization", id.0),
        };
        let mut told = Map::new();
        told.insert("type".to_owned(), json!("permit"));
        told.insert("period".to_owned(), self.period());
        let actor = json!({"role": concept("v3-ParticipationType", "IRCP"), "reference": reference(kind, id)});
        told.insert("actor".to_owned(), json!([actor]));
        told.insert("action".to_owned(), json!([concept("consentaction", self.action())]));
        told.insert("purpose".to_owned(), json!([coding("v3-ActReason", reason(self.terms.purpose))]));
        let classes: Vec<_> = self.terms.scope.kinds.iter().map(|kind| class(*kind)).collect();
        if !classes.is_empty() {
            told.insert("class".to_owned(), Value::Array(classes));
        }
        Value::Object(told)
    }

    fn period(&self) -> Value {
        let mut period = json!({"start": self.decided_at.unwrap_or(self.made_at).rfc3339()});
        if let (Some(until), Some(period)) = (self.until, period.as_object_mut()) {
            period.insert("end".to_owned(), json!(until.rfc3339()));
        }
        period
    }

    fn action(&self) -> &'static str {
        match self.terms.subject {
            Subject::Share => "access",
            Subject::Research => "use",
            Subject::Store | Subject::Record => "collect",
        }
    }
}

fn status(state: State) -> &'static str {
    match state {
        State::Asked => "proposed",
        State::Granted => "active",
        State::Refused => "rejected",
        State::Revoked | State::Expired | State::Lapsed => "inactive",
    }
}

/// HL7's PurposeOfUse.
fn reason(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Treatment | Purpose::SecondOpinion => "TREAT",
        Purpose::Insurance => "HPAYMT",
        Purpose::Research => "HRESCH",
        Purpose::Emergency => "ETREAT",
    }
}

/// A kind of record by the media type of what is sealed.
fn class(kind: RecordKind) -> Value {
    json!({"system": "urn:ietf:bcp:13", "code": kind.media_type()})
}

fn coding(system: &str, code: &str) -> Value {
    json!({"system": format!("{SYSTEMS}/{system}"), "code": code})
}

fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [coding(system, code)]})
}

fn reference(kind: &str, id: uuid::Uuid) -> Value {
    json!({"reference": format!("{kind}/{id}")})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::{Scope, TEXT};
    use crate::organisation::Language;

    fn terms(subject: Subject) -> Terms {
        Terms {
            subject,
            purpose: subject.purpose(),
            scope: Scope { kinds: vec![RecordKind::Lab], departments: None },
            minutes: Some(60),
            text: TEXT,
            language: Language::En,
        }
    }

    fn shown(subject: Subject, state: State, how: Option<How>) -> Value {
        let [patient, doctor] = [1, 2].map(PersonId::from_number);
        let consent = Consent {
            id: ConsentId::from_number(9),
            patient,
            org: OrgId::HOME,
            grantee: if subject.stands() { Grantee::Organisation(OrgId::HOME) } else { Grantee::Person(doctor) },
            terms: &terms(subject),
            state,
            how,
            signed: how == Some(How::Tap),
            made_at: Timestamp(0),
            decided_at: how.map(|_| Timestamp(60_000)),
            until: how.map(|_| Timestamp(3_660_000)),
            guardian: None,
            witness: (how == Some(How::Witness)).then(|| PersonId::from_number(3)),
        };
        consent.to_value()
    }

    /// Whether a value is one coding at least, each with system and code.
    fn coded(concept: &Value) -> bool {
        let codings = concept["coding"].as_array();
        codings.is_some_and(|all| {
            !all.is_empty() && all.iter().all(|one| one["system"].is_string() && one["code"].is_string())
        })
    }

    #[test]
    fn every_required_element_of_r4_is_there_whatever_the_consent() {
        let statuses = ["draft", "proposed", "active", "rejected", "inactive", "entered-in-error"];
        for subject in Subject::ALL {
            for state in State::ALL {
                for how in [None].into_iter().chain(How::ALL.iter().copied().map(Some)) {
                    let told = shown(*subject, *state, how);
                    assert_eq!(told["resourceType"], "Consent");
                    assert!(statuses.iter().any(|one| told["status"] == *one), "1..1 status");
                    assert!(coded(&told["scope"]), "1..1 scope");
                    assert!(
                        told["category"].as_array().is_some_and(|all| !all.is_empty() && all.iter().all(coded)),
                        "1..*"
                    );
                    assert!(coded(&told["policyRule"]), "ppc-1: either a policy or a policyRule");
                    assert!(told["patient"]["reference"].is_string(), "ppc-2 and ppc-3: a patient");
                    let actors = told["provision"]["actor"].as_array();
                    let whole = |actor: &Value| coded(&actor["role"]) && actor["reference"]["reference"].is_string();
                    assert!(actors.is_some_and(|all| all.iter().all(whole)), "1..1 role and reference");
                    let verified = told["verification"].as_array();
                    assert!(
                        verified.is_none_or(|all| all.iter().all(|one| one["verified"].is_boolean())),
                        "1..1 verified"
                    );
                }
            }
        }
    }

    #[test]
    fn a_share_by_tap_says_what_to_whom_and_until_when() {
        let told = shown(Subject::Share, State::Granted, Some(How::Tap));
        assert_eq!(told["status"], "active");
        assert_eq!(told["provision"]["period"]["end"], "1970-01-01T01:01:00.000Z");
        assert_eq!(told["provision"]["class"][0]["code"], "application/vnd.vaidya.lab+json");
        assert_eq!(told["provision"]["purpose"][0]["code"], "TREAT");
        assert_eq!(told["verification"][0]["verified"], true);
    }

    #[test]
    fn a_yes_that_was_said_aloud_names_who_heard_it() {
        let told = shown(Subject::Share, State::Granted, Some(How::Witness));
        let verified = &told["verification"][0];
        assert_eq!((&verified["verified"], &verified["extension"][0]["url"]), (&json!(true), &json!(VERIFIED_BY)));
        let by = verified["extension"][0]["valueReference"]["reference"].as_str();
        assert_eq!(by, Some(format!("Practitioner/{}", PersonId::from_number(3).0).as_str()));
        assert!(shown(Subject::Share, State::Granted, Some(How::Tap))["verification"][0]["extension"].is_null());
    }

    #[test]
    fn an_emergency_is_not_told_as_if_the_patient_had_agreed() {
        let told = shown(Subject::Share, State::Granted, Some(How::BreakGlass));
        assert_eq!(told["verification"][0]["verified"], false);
        assert_eq!(told["category"][0]["coding"][0]["code"], "emrgonly");
        assert!(told["performer"][0]["reference"].as_str().is_some_and(|one| one.starts_with("Organization/")));
    }
}
