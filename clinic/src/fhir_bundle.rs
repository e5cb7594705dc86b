//! What belongs to one patient as resources of HL7 FHIR R4 (4.0.1) in one bundle, for other programs:
//! <https://hl7.org/fhir/R4/bundle.html>. Contents of records are sealed: documents are referred to, not told.

use serde_json::{Map, Value, json};

use crate::id::{PersonId, VisitId};
use crate::profile::Sex;
use crate::record::RecordView;
use crate::time::Timestamp;
use crate::visit::VisitState;
use crate::wire::VisitView;

/// Where HL7 keeps its code systems.
const SYSTEMS: &str = "http://terminology.hl7.org/CodeSystem";

/// A patient as FHIR shows them. No `Debug`: it names a person.
pub struct Patient<'a> {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: &'a str,
    /// Their sex.
    pub sex: Option<Sex>,
    /// The year they were born in.
    pub birth_year: Option<i32>,
    /// Their phone.
    pub phone: Option<&'a str>,
    /// Their e-mail address.
    pub email: Option<&'a str>,
}

/// Something that was done with what is a patient's. No `Debug`: it names people.
pub struct Deed<'a> {
    /// Its number in the audit.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What, as the audit calls it.
    pub action: &'a str,
    /// How it ended, in HTTP's words.
    pub outcome: u16,
    /// Who did it; none for strangers and the server itself.
    pub who: Option<&'a str>,
    /// What kind of being did it.
    pub by: &'a str,
}

/// A bundle of resources, each under its address below `base`.
#[must_use]
pub fn bundle(base: &str, at: Timestamp, resources: Vec<Value>) -> Value {
    let text = |resource: &Value, name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let entry = |resource: Value| {
        let full = format!("{base}/{}/{}", text(&resource, "resourceType"), text(&resource, "id"));
        json!({"fullUrl": full, "resource": resource})
    };
    let entries: Vec<_> = resources.into_iter().map(entry).collect();
    json!({"resourceType": "Bundle", "type": "collection", "timestamp": at.rfc3339(), "entry": entries})
}

impl Patient<'_> {
    /// The resource; of a birthday only the year is known (FHIR's `date` may end there).
    #[must_use]
    pub fn value(&self) -> Value {
        let mut all = Map::new();
        all.insert("resourceType".to_owned(), json!("Patient"));
        all.insert("id".to_owned(), json!(self.id.0.to_string()));
        all.insert("name".to_owned(), json!([{"text": self.name}]));
        let telecom = [("phone", self.phone), ("email", self.email)];
        let telecom: Vec<_> = telecom
            .into_iter()
            .filter_map(|(system, value)| Some(json!({"system": system, "value": value?})))
            .collect();
        if !telecom.is_empty() {
            all.insert("telecom".to_owned(), Value::Array(telecom));
        }
        if let Some(sex) = self.sex {
            let code = if sex == Sex::Unsaid { "unknown" } else { sex.as_str() };
            all.insert("gender".to_owned(), json!(code));
        }
        if let Some(year) = self.birth_year {
            all.insert("birthDate".to_owned(), json!(format!("{year:04}")));
        }
        Value::Object(all)
    }
}

/// A visit as an `Encounter`: `status` and `class` are required; class VR is a virtual one.
#[must_use]
pub fn encounter(visit: &VisitView, patient: PersonId) -> Value {
    let mut period = Map::from_iter([("start".to_owned(), json!(visit.made_at.rfc3339()))]);
    if let Some(end) = visit.ended_at {
        period.insert("end".to_owned(), json!(end.rfc3339()));
    }
    json!({
        "resourceType": "Encounter",
        "id": visit.id.0.to_string(),
        "status": status(visit.state),
        "class": {"system": format!("{SYSTEMS}/v3-ActCode"), "code": "VR"},
        "subject": reference("Patient", patient.0),
        "participant": [{"individual": {"type": "Practitioner", "display": visit.doctor.name}}],
        "period": period,
    })
}

fn status(state: VisitState) -> &'static str {
    match state {
        VisitState::Requested => "planned",
        VisitState::Open => "in-progress",
        VisitState::Ended => "finished",
        VisitState::Declined => "cancelled",
    }
}

/// A record as a `DocumentReference` to its sealed form: `status` and one `content.attachment` are required.
#[must_use]
pub fn document(record: &RecordView, base: &str) -> Value {
    let mut all = Map::new();
    let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
    put("resourceType", json!("DocumentReference"));
    put("id", json!(record.id.0.to_string()));
    put("status", json!("current"));
    put("type", json!({"text": record.kind.as_str()}));
    put("subject", reference("Patient", record.patient_id.0));
    put("date", json!(record.at.rfc3339()));
    put("author", json!([{"display": record.author}]));
    let attachment = json!({
        "contentType": "application/jose+json",
        "url": format!("{base}/records/{}?ver={}", record.id.0, record.ver),
        "size": record.size,
    });
    put("content", json!([{"attachment": attachment}]));
    let encounter = record.visit.map(|VisitId(id)| json!([reference("Encounter", id)]));
    if let Some(encounter) = encounter {
        put("context", json!({"encounter": encounter}));
    }
    Value::Object(all)
}

impl Deed<'_> {
    /// The `AuditEvent`: `type`, `recorded`, an `agent` with `requestor`, and `source.observer` are required.
    #[must_use]
    pub fn value(&self, patient: PersonId) -> Value {
        let display = self.who.unwrap_or(self.by);
        let outcome = if self.outcome < 400 { "0" } else { "4" };
        json!({
            "resourceType": "AuditEvent",
            "id": format!("audit-{}", self.seq),
            "type": {"system": format!("{SYSTEMS}/audit-event-type"), "code": "rest"},
            "subtype": [{"system": "urn:vaidya:audit", "code": self.action}],
            "recorded": self.at.rfc3339(),
            "outcome": outcome,
            "agent": [{"who": {"display": display}, "requestor": self.by != "system"}],
            "source": {"observer": {"display": "Vaidya"}},
            "entity": [{"what": reference("Patient", patient.0)}],
        })
    }
}

fn reference(kind: &str, id: uuid::Uuid) -> Value {
    json!({"reference": format!("{kind}/{id}")})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RecordId;
    use crate::record::RecordKind;
    use crate::role::Role;
    use crate::wire::DoctorView;

    fn patient() -> PersonId {
        PersonId(uuid::Uuid::from_u128(1))
    }

    #[test]
    fn every_resource_has_what_r4_requires_of_it_and_its_own_address() {
        let who = Patient {
            id: patient(),
            name: "Meera Nair",
            sex: Some(Sex::Female),
            birth_year: Some(1980),
            phone: Some("+919876543210"),
            email: None,
        };
        let visit = VisitView {
            id: VisitId(uuid::Uuid::from_u128(2)),
            state: VisitState::Ended,
            patient: "Meera Nair".to_owned(),
            doctor: DoctorView { name: "Dr Ananya Rao".to_owned(), ..DoctorView::default() },
            made_by: Role::Doctor,
            made_at: Timestamp(0),
            planned_at: None,
            ended_at: Some(Timestamp(60_000)),
            here: 0,
        };
        let record = RecordView {
            id: RecordId(uuid::Uuid::from_u128(3)),
            kind: RecordKind::Note,
            patient_id: patient(),
            patient: "Meera Nair".to_owned(),
            department: None,
            visit: Some(visit.id),
            doctor: None,
            author: "Dr Ananya Rao".to_owned(),
            own: false,
            corrects: None,
            asked: false,
            ver: 2,
            at: Timestamp(0),
            cid: "bafkrei".to_owned(),
            size: 7,
            blocks: 0,
            custody: true,
            restricted: false,
        };
        let deed = Deed { seq: 9, at: Timestamp(0), action: "record.read", outcome: 200, who: None, by: "system" };
        let all = vec![
            who.value(),
            encounter(&visit, patient()),
            document(&record, "https://v.example/api/v1"),
            deed.value(patient()),
        ];
        let told = bundle("https://v.example/fhir", Timestamp(0), all);
        let entries = told["entry"].as_array().unwrap();
        let [person, met, paper, event] = [0, 1, 2, 3].map(|at| &entries[at]["resource"]);
        assert_eq!(told["type"], "collection");
        assert_eq!((&person["gender"], &person["birthDate"]), (&json!("female"), &json!("1980")));
        assert_eq!((&met["status"], &met["class"]["code"]), (&json!("finished"), &json!("VR")));
        assert_eq!(paper["status"], "current");
        assert_eq!(
            paper["content"][0]["attachment"]["url"],
            format!("https://v.example/api/v1/records/{}?ver=2", record.id.0)
        );
        assert!(event["agent"][0]["requestor"].is_boolean() && event["source"]["observer"].is_object());
        assert!(event["type"]["code"].is_string() && event["recorded"].is_string());
        for entry in entries {
            let full = entry["fullUrl"].as_str().unwrap();
            let (kind, id) = (&entry["resource"]["resourceType"], &entry["resource"]["id"]);
            assert_eq!(full, format!("https://v.example/fhir/{}/{}", kind.as_str().unwrap(), id.as_str().unwrap()));
        }
    }
}
