//! A device of someone: a browser with keys of its own, which seals and signs as the web app does.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests end by panicking")]

use std::sync::LazyLock;

use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use uuid::Uuid;
use vaidya::gateway::keys::PrivateKey;
use vaidya_clinic::id::{KeyId, PersonId, RecordId, VisitId};
use vaidya_clinic::record::{RecordKind, TRANSCRIPT};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::header::Draft;
use vaidya_clinic::vault::jwe::Jwe;
use vaidya_clinic::vault::keys::{Bound, SealingKey};
use vaidya_clinic::vault::secret::ContentKey;
use vaidya_clinic::wire::Body;

use crate::browser::{Answer, Browser, base64url};

/// Keys that a browser made.
static VECTORS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../clinic/tests/seal_vectors.json")).unwrap());

/// A version of a record that is to be sealed.
#[derive(Clone)]
pub(crate) struct Writing {
    pub(crate) record: RecordId,
    pub(crate) version: u32,
    pub(crate) kind: RecordKind,
    pub(crate) patient: PersonId,
    pub(crate) visit: Option<VisitId>,
    pub(crate) text: String,
}

/// A browser of someone signed in, with keys.
pub(crate) struct Device {
    pub(crate) browser: Browser,
    pub(crate) person: PersonId,
    pub(crate) id: KeyId,
    pub(crate) signer: SigningKey,
    sealing: SealingKey,
}

impl Device {
    /// A device that has made its keys and told nobody. All seal to one RSA pair, which the tests have the private half of.
    pub(crate) fn new(mut browser: Browser) -> Self {
        let person = PersonId(browser.me()["id"].as_str().unwrap().parse().unwrap());
        let id = Uuid::new_v4();
        let seed: Vec<u8> = [id.as_bytes().as_slice(), id.as_bytes()].concat();
        let spki: Body = serde_json::from_value(VECTORS["binding"]["key"]["rsa"].clone()).unwrap();
        Self {
            browser,
            person,
            id: KeyId(id),
            signer: SigningKey::from_bytes(&seed.try_into().unwrap()),
            sealing: SealingKey::parse(&spki.0).unwrap(),
        }
    }

    /// A device whose key is registered.
    pub(crate) fn registered(browser: Browser) -> Self {
        let mut device = Self::new(browser);
        let answer = device.register();
        assert_eq!(answer.status, 201, "{}", answer.body);
        device
    }

    pub(crate) fn bound(&self) -> Bound {
        let ed = self.signer.verifying_key().into();
        Bound { person: self.person, id: self.id, rsa: self.sealing.clone(), ed }
    }

    /// What it registers with: two backups, which are noise as far as a server can tell.
    pub(crate) fn registration(&self) -> Value {
        json!({
            "id": self.id, "rsa": base64url(self.sealing.spki()), "ed": base64url(self.bound().ed.raw()),
            "sig": base64url(self.sign(&self.bound().binding())), "device": "Firefox on the kitchen table",
            "backups": [backup("password", 1), backup("recovery", 2)],
        })
    }

    pub(crate) fn register(&mut self) -> Answer {
        let registration = self.registration();
        self.browser.post("/me/keys", &registration)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signer.sign(message).to_bytes()
    }

    /// Approves another device of the same person, with these wraps.
    pub(crate) fn approve(&mut self, other: &Self, wraps: &Value) -> Answer {
        let sig = base64url(self.sign(&other.bound().approval()));
        let body = json!({"by": self.id, "sig": sig, "wraps": wraps});
        self.browser.post(&format!("/me/keys/{}/approve", other.id.0), &body)
    }

    /// Seals a transcript of this visit for these devices.
    pub(crate) fn seal(&self, visit: &str, text: &str, readers: &[&Self]) -> Value {
        self.seal_as(RecordId(Uuid::new_v4()), visit, text, readers)
    }

    pub(crate) fn seal_as(&self, record: RecordId, visit: &str, text: &str, readers: &[&Self]) -> Value {
        let draft = Draft {
            cty: TRANSCRIPT.to_owned(),
            record,
            version: 1,
            kind: "transcript".to_owned(),
            patient: None,
            visit: Some(VisitId(visit.parse().unwrap())),
            author: self.id,
            at: Timestamp(1_790_000_000_000),
        };
        let clinic = self.clinic_named_by(&format!("/visits/{visit}/keys"));
        let mut sent = sealed(draft, text, readers, clinic);
        sent["id"] = json!(record);
        sent["visit"] = json!(visit);
        sent
    }

    /// The clinic's key, when an answer names one.
    fn clinic_named_by(&self, path: &str) -> Option<(KeyId, SealingKey)> {
        let clinic = self.browser.clone().get(path).json()["clinic"].clone();
        let spki: Body = serde_json::from_value(clinic["rsa"].clone()).ok()?;
        Some((serde_json::from_value(clinic["id"].clone()).ok()?, SealingKey::parse(&spki.0).unwrap()))
    }

    /// Seals a version of a record of this kind, of this patient, for these devices; `more` is what else is sent.
    pub(crate) fn write(&self, what: &Writing, readers: &[&Self]) -> Value {
        let draft = Draft {
            cty: what.kind.media_type().to_owned(),
            record: what.record,
            version: what.version,
            kind: what.kind.as_str().to_owned(),
            patient: Some(what.patient),
            visit: what.visit,
            author: self.id,
            at: Timestamp(1_790_000_000_000),
        };
        let clinic = self.clinic_named_by(&format!("/patients/{}/recipients", what.patient.0));
        let mut sent = sealed(draft, &what.text, readers, clinic);
        sent["id"] = json!(what.record);
        sent["patient"] = json!(what.patient);
        sent["visit"] = json!(what.visit);
        sent
    }

    /// Fetches a record and opens it.
    pub(crate) fn open(&mut self, record: &str) -> String {
        self.open_at(&format!("/records/{record}"))
    }

    /// The same at an address.
    pub(crate) fn open_at(&mut self, path: &str) -> String {
        let answer = self.browser.get(path);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let jwe = jwe_of(&answer.json());
        let key = unwrapped(&jwe.wrap_for(self.id).unwrap().wrapped);
        String::from_utf8(jwe.sealed.open(&key).unwrap().to_vec()).unwrap()
    }

    /// A key wrapped for this device.
    pub(crate) fn wrap(&self, key: &ContentKey) -> Value {
        json!({"key": self.id, "ek": base64url(self.sealing.wrap(key, &mut rand::rng()).unwrap())})
    }
}

/// A version as it is handed in; the clinic's wrap stands apart.
fn sealed(draft: Draft, text: &str, readers: &[&Device], clinic: Option<(KeyId, SealingKey)>) -> Value {
    let all = readers.iter().map(|reader| (reader.id, &reader.sealing));
    let all: Vec<_> = all.chain(clinic.as_ref().map(|(id, key)| (*id, key))).collect();
    let jwe = Jwe::seal(draft, text.as_bytes(), &all, &mut rand::rng()).unwrap();
    let mut sent: Value = serde_json::from_str(&jwe.to_json().unwrap()).unwrap();
    if clinic.is_some() {
        sent["clinic"] = sent["recipients"].as_array_mut().unwrap().pop().unwrap();
    }
    sent["salt"] = json!(base64url(rand::random::<[u8; 32]>()));
    sent
}

/// The JWE in an answer, without what stands beside it.
pub(crate) fn jwe_of(answer: &Value) -> Jwe {
    let members = ["protected", "iv", "ciphertext", "tag", "recipients"];
    let jwe: serde_json::Map<_, _> =
        members.into_iter().map(|member| (member.to_owned(), answer[member].clone())).collect();
    Jwe::parse(Value::Object(jwe).to_string().as_bytes()).unwrap()
}

/// A backup in its form.
pub(crate) fn backup(kind: &str, noise: u8) -> Value {
    json!({"v": 1, "kind": kind, "iv": base64url([noise; 12]), "ct": base64url([noise; 1_300])})
}

/// The public half of the pair that all devices here share.
pub(crate) fn spki() -> Vec<u8> {
    serde_json::from_value::<Body>(VECTORS["binding"]["key"]["rsa"].clone()).unwrap().0
}

/// Opens what was wrapped for the pair that all devices here share.
pub(crate) fn unwrapped(ek: &[u8]) -> ContentKey {
    maybe_unwrapped(ek).unwrap()
}

/// The same; none for what was wrapped for another.
pub(crate) fn maybe_unwrapped(ek: &[u8]) -> Option<ContentKey> {
    let hex = VECTORS["bundle"]["rsa_pkcs8"].as_str().unwrap();
    let pkcs8: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    PrivateKey::from_pkcs8(&pkcs8).unwrap().unwrap(ek).ok()
}
