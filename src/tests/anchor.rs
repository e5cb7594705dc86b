//! The way to the ledger with real validators' rules at its end: what the house says holds there, and once.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests end by panicking")]
#![expect(clippy::disallowed_methods, reason = "the clock of this house goes on while it works")]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix::{Actor, Addr, Context, Handler};
use ed25519_dalek::{Signer as _, SigningKey};
use uuid::Uuid;
use vaidya::jobs;
use vaidya::jobs::anchor::Anchoring;
use vaidya::store::accounts::Person;
use vaidya::store::consents::{Approved, Breaking, Given, Review};
use vaidya::store::erasures::Which;
use vaidya::store::keys::{NewKey, PersonKey};
use vaidya::store::ledger::{Place, Submitter};
use vaidya::store::records::NewRecord;
use vaidya_actors::directory::{HereIn, Stand, Tell};
use vaidya_actors::port::{Anchor, Anchored, Unanchored};
use vaidya_clinic::anchor::{Statement, Thing, binding, label};
use vaidya_clinic::consent::{Approval, Emergency, Grantee, Purpose, Scope, Subject, TEXT, Terms, Verdict};
use vaidya_clinic::id::{ConsentId, KeyId, OrgId, PersonId, RecordId};
use vaidya_clinic::keyring::KeyStatus;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::{self, Cid};
use vaidya_clinic::visit::{Change, EndedWhy};
use vaidya_ledger::app::{App, Void};
use vaidya_ledger::genesis::Genesis;
use vaidya_ledger::proof::{Opening, What};
use vaidya_ledger::validators::{Validator, Validators};
use vaidya_ledger::{Entry, Hash, Kind, Leaf, Signer};

use crate::house::{House, NOW, on_both, said};
use crate::jobs::vault;
use crate::store::{PHONE, asking, sql};

const WINDOW: Duration = Duration::from_millis(50);

fn genesis(submitter: &Signer) -> Genesis {
    let validator = |id: u8| Validator {
        id,
        name: format!("v{id}"),
        public: Signer::from_seed(&[100 + id; 32]).public(),
        address: String::new(),
    };
    let genesis = Genesis {
        made_at: u64::try_from(NOW.0).unwrap(),
        interval: 1,
        origin: "test.example/log".to_owned(),
        log: Signer::from_seed(&[99; 32]).public(),
        validators: Validators::new((1..=4).map(validator).collect()).unwrap(),
        submitters: vec![submitter.public()],
    };
    genesis.checked().unwrap()
}

/// Stands in for validators that agree: each entry is a block, judged by their rules.
struct Judge {
    app: App,
    /// What came of an entry, by its bytes: the same once more is told the same.
    seen: HashMap<Vec<u8>, Anchored>,
    leaves: Vec<Leaf>,
    /// Answers nobody, but judges all the same: what a crash between the two looks like.
    mute: Arc<AtomicBool>,
}

impl Actor for Judge {
    type Context = Context<Self>;
}

impl Handler<Anchor> for Judge {
    type Result = Result<Anchored, Unanchored>;

    fn handle(&mut self, anchor: Anchor, _: &mut Self::Context) -> Self::Result {
        if !self.seen.contains_key(&anchor.entry) {
            self.app.check(&anchor.entry).map_err(|_| Unanchored::Refused("no entry"))?;
            let (seq, first) = (self.app.head().seq + 1, self.app.log().size());
            let time = u64::try_from(NOW.0).unwrap() + seq;
            let done = self.app.execute(seq, time, std::slice::from_ref(&anchor.entry));
            let Leaf::Entry { outcome, .. } = done.leaves[0] else { return Err(Unanchored::Refused("no leaf")) };
            let void = Void::of(outcome);
            let anchored = Anchored {
                leaf: first,
                seq,
                time,
                outcome,
                reason: void.map_or("", Void::word),
                may_pass: void.is_some_and(Void::may_pass_later),
            };
            self.seen.insert(anchor.entry.clone(), anchored);
            self.leaves.extend(done.leaves);
        }
        if self.mute.load(Ordering::Acquire) { Err(Unanchored::NoQuorum) } else { Ok(self.seen[&anchor.entry].clone()) }
    }
}

#[derive(actix::Message)]
#[rtype(result = "Vec<(Kind, u8)>")]
struct Told;

impl Handler<Told> for Judge {
    type Result = Vec<(Kind, u8)>;

    fn handle(&mut self, _: Told, _: &mut Self::Context) -> Self::Result {
        let told = |leaf: &Leaf| match leaf {
            Leaf::Entry { outcome, entry, .. } => Some((Entry::decode(entry).unwrap().statement.kind, *outcome)),
            Leaf::End { .. } => None,
        };
        self.leaves.iter().filter_map(told).collect()
    }
}

/// Nobody is on line.
struct Nobody;

impl Actor for Nobody {
    type Context = Context<Self>;
}

impl Handler<Tell> for Nobody {
    type Result = ();

    fn handle(&mut self, _: Tell, _: &mut Self::Context) {}
}

impl Handler<HereIn> for Nobody {
    type Result = u8;

    fn handle(&mut self, _: HereIn, _: &mut Self::Context) -> u8 {
        0
    }
}

impl Handler<Stand> for Nobody {
    type Result = ();

    fn handle(&mut self, _: Stand, _: &mut Self::Context) {}
}

struct Site {
    judge: Addr<Judge>,
    mute: Arc<AtomicBool>,
    submitter: Arc<Submitter>,
    begun: Instant,
}

impl Site {
    fn open() -> Self {
        let signer = Signer::from_seed(&[1; 32]);
        let genesis = genesis(&signer);
        let mute = Arc::new(AtomicBool::new(false));
        let (app, seen, leaves) = (App::genesis(&genesis), HashMap::new(), Vec::new());
        let judge = Judge { app, seen, leaves, mute: Arc::clone(&mute) }.start();
        Self { judge, mute, submitter: Arc::new(Submitter { ledger: genesis.id(), signer }), begun: Instant::now() }
    }

    fn runs(&self, house: &House) -> jobs::Running {
        let begun = self.begun;
        let nobody = Nobody.start();
        let clock: vaidya_actors::port::Clock = Arc::new(move || NOW.plus(begun.elapsed()));
        let ports = jobs::Ports {
            tell: nobody.clone().recipient(),
            stand: nobody.clone().recipient(),
            here: nobody.recipient(),
            clock: Arc::clone(&clock),
        };
        let anchoring = Anchoring {
            anchor: self.judge.clone().recipient(),
            submitter: Arc::clone(&self.submitter),
            window: WINDOW,
            clock,
        };
        let post = vaidya::gateway::sms::Post::new(true, None);
        jobs::start(&house.store, &ports, post, vault(house)).with_ledger(&house.store, anchoring)
    }

    async fn told(&self) -> Vec<(Kind, u8)> {
        self.judge.send(Told).await.unwrap()
    }
}

/// Until nothing waits for the ledger any more.
async fn settled(house: &House) {
    let mut kept = house.store.anchored();
    while house.store.backlog(vaidya_clinic::event::Consumer::Ledger).await.unwrap().rows > 0 {
        let _slow = tokio::time::timeout(Duration::from_secs(2), kept.changed()).await;
    }
}

/// Someone's key, on their device.
struct Pair {
    id: KeyId,
    signer: SigningKey,
}

impl Pair {
    async fn of(house: &House, person: PersonId, seed: u8) -> Self {
        let signer = SigningKey::from_bytes(&[seed; 32]);
        let ed = signer.verifying_key().to_bytes();
        let rsa = vec![seed; 294];
        let salt = house.store.label_salt(person.0, rand::random).await.unwrap();
        let word = Statement::of_key(label(&salt, person.0), binding(&rsa, &ed));
        let key = PersonKey {
            id: KeyId(Uuid::new_v4()),
            person,
            rsa,
            ed,
            sig: [3; 64],
            device: "a telephone".to_owned(),
            made_at: NOW,
            status: KeyStatus::Pending,
            possession: Some(signer.sign(&word.message()).to_bytes()),
        };
        let new = NewKey { key, backups: Vec::new(), start_over: true, first: false };
        Self { id: house.store.add_key(new, NOW).await.unwrap().id, signer }
    }

    fn says(&self, statement: &Statement) -> [u8; 64] {
        self.signer.sign(&statement.message()).to_bytes()
    }

    fn note(&self, patient: PersonId, to: &[&Pair], clinic: KeyId, (record, ver): (RecordId, u32)) -> NewRecord {
        let object = format!("{} {ver}", record.0).into_bytes();
        let commitment = object::commitment("note", &[1; 32], &object).unwrap();
        let before = ver.checked_sub(1).filter(|one| *one > 0);
        let stands_on = before.map(|before| Thing::Record(record, before));
        NewRecord {
            id: record,
            kind: RecordKind::Note,
            patient: Some(patient),
            department: None,
            visit: None,
            ver,
            author: self.id,
            at: NOW,
            cid: Cid::of(&object).as_str().to_owned(),
            size: 1_000,
            blocks: Vec::new(),
            salt: [1; 32],
            commitment,
            wraps: to.iter().map(|key| crate::store::wrap(key.id)).collect(),
            clinic: Some(crate::store::wrap(clinic)),
            corrects: None,
            signature: Some(self.says(&Statement::of_record(record, ver, stands_on, commitment))),
        }
    }
}

fn terms(kinds: &[RecordKind]) -> Terms {
    Terms {
        subject: Subject::Share,
        purpose: Purpose::Treatment,
        scope: Scope { kinds: kinds.to_vec(), departments: None },
        minutes: Some(24 * 60),
        text: TEXT,
        language: Language::En,
    }
}

/// A yes to what the other doctor asks for.
async fn approves(house: &House, patient: &Person, pair: &Pair, id: u128, grantee: PersonId) {
    let (consent, until) = (ConsentId::from_number(id), NOW.plus(Duration::from_secs(24 * 60 * 60)));
    let doctor = Person { id: grantee, role: Role::Doctor, ..patient.clone() };
    let asked = asking(id, patient.id, grantee, &[RecordKind::Note]);
    house.store.ask_consent(&doctor, asked, NOW).await.unwrap();
    let terms = terms(&[RecordKind::Note]);
    let (key, grantee) = (pair.id, Grantee::Person(grantee));
    let approval = Approval { consent, patient: patient.id, key, grantee, until: Some(until), terms: &terms };
    let signature = pair.says(&approval.statement());
    let approved = Approved { key, until, signature, guardian: false, wraps: Vec::new() };
    house.store.approve_consent(consent, patient, approved, NOW).await.unwrap();
}

on_both! {
    async fn what_happens_in_a_house_holds_on_the_ledger_and_each_of_it_once(house) {
        let site = Site::open();
        vaidya::custodian::ready_all(&house.store, &vault(&house).custody, NOW).await.unwrap();
        let clinic = house.store.clinic_key(OrgId::HOME).await.unwrap().expect("a key").id;
        let running = site.runs(&house);
        let visit = house.visit().await;
        let other = house.person("d002", Role::Doctor).await;
        let auditor = house.person("u001", Role::Auditor).await;
        sql(&house, PHONE).await;
        let patient = Pair::of(&house, visit.patient.id, 11).await;
        let doctor = Pair::of(&house, visit.doctor.id, 12).await;
        house.store.keep(visit.id, vec![Change::Joined(visit.doctor_seat.id)], NOW).await.unwrap();
        house.store.keep(visit.id, vec![said(visit.doctor_seat.id, 1)], NOW).await.unwrap();
        house.store.keep(visit.id, vec![Change::Ended(EndedWhy::Doctor)], NOW).await.unwrap();
        approves(&house, &visit.patient, &patient, 21, other.id).await;
        house.store.revoke_consent(ConsentId::from_number(21), &visit.patient, NOW).await.unwrap();
        let (record, own) = (RecordId(Uuid::new_v4()), RecordId(Uuid::new_v4()));
        for ver in [1, 2] {
            let new = doctor.note(visit.patient.id, &[&patient, &doctor], clinic, (record, ver));
            assert!(house.store.seal_record(&visit.doctor, new, NOW).await.unwrap().new);
        }
        let (subject, language) = (Subject::Store, Language::En);
        let given = Given {
            id: ConsentId::from_number(22), patient: None, subject, text: TEXT, language, signed: None, guardian: false,
        };
        house.store.give_consent(&visit.patient, given, NOW).await.unwrap();
        house.store.seal_record(&visit.patient, patient.note(visit.patient.id, &[&patient], clinic, (own, 1)), NOW).await.unwrap();
        house.store.note_erasures(Arc::new(|_| Ok(())));
        house.store.erase_records(&visit.patient, Which::These(vec![own]), NOW).await.unwrap();
        let broken = Breaking {
            id: ConsentId::from_number(23),
            patient: visit.patient.id,
            why: Emergency::Unconscious,
            text: "Found unconscious in the ward".to_owned(),
        };
        house.store.break_glass(&other, broken, NOW).await.unwrap();
        let found = Review { verdict: Verdict::Justified, note: "He was.".to_owned() };
        house.store.review(ConsentId::from_number(23), &auditor, found, NOW).await.unwrap();
        settled(&house).await;
        running.stop().await;
        let told = site.told().await;
        let void: Vec<_> = told.iter().filter(|(_, outcome)| *outcome != 0).collect();
        assert!(void.is_empty(), "{void:?} of {told:?}");
        let count = |kind: Kind| told.iter().filter(|(one, _)| *one == kind).count();
        for (kind, times) in [
            (Kind::KeyBind, 3), (Kind::ConsentRequested, 1), (Kind::ConsentGranted, 2), (Kind::ConsentRevoked, 1),
            (Kind::RecordPut, 2), (Kind::RecordAmended, 1), (Kind::RecordErased, 1), (Kind::RoomOpened, 1),
            (Kind::RoomClosed, 1), (Kind::CredentialIssued, 1), (Kind::BreakGlass, 1), (Kind::BreakGlassReview, 1),
        ] {
            assert_eq!(count(kind), times, "{kind:?} in {told:?}");
        }
        assert!(count(Kind::AuditRoot) > 0);
        assert_eq!(house.number("SELECT count(*) AS n FROM outbox WHERE consumer = 'ledger' AND state = 'refused'").await, 0);
        let place = house.store.record_on_ledger(&visit.patient, record, Some(1), NOW).await.unwrap();
        let Place::There(proven) = place else { unreachable!("it is there") };
        let opening = Opening::decode(&proven.opening).unwrap();
        opening.check().unwrap();
        assert!(matches!(opening.what, What::Object { .. }) && opening.thing.version == 1);
        assert_eq!(house.store.keys_on_ledger(visit.patient.id.0).await.unwrap().len(), 1);
        assert!(house.store.emergency_is_anchored(ConsentId::from_number(23)).await.unwrap());
    }

    async fn a_crash_before_the_receipt_loses_nothing_and_says_nothing_twice(house) {
        let site = Site::open();
        site.mute.store(true, Ordering::Release);
        let running = site.runs(&house);
        house.visit().await;
        while site.told().await.is_empty() {
            tokio::task::yield_now().await;
        }
        running.stop().await;
        assert_eq!(house.number("SELECT count(*) AS n FROM ledger_entry WHERE state = 'committed'").await, 0);
        site.mute.store(false, Ordering::Release);
        let again = site.runs(&house);
        settled(&house).await;
        again.stop().await;
        let told = site.told().await;
        assert_eq!(told.iter().filter(|one| **one == (Kind::RoomOpened, 0)).count(), 1, "{told:?}");
        let all = i64::try_from(told.len()).unwrap();
        assert_eq!(house.number("SELECT count(DISTINCT leaf) AS n FROM ledger_entry").await, all);
    }
}

#[test]
fn the_numbers_of_what_people_sign_are_those_of_entries() {
    use vaidya_clinic::anchor::Act;
    let said = |act: Act| Statement {
        act,
        reference: [1; 32],
        parent: [2; 32],
        commitment: [3; 32],
        until: Some(Timestamp(9)),
    };
    for (act, kind) in [
        (Act::BindKey, Kind::KeyBind),
        (Act::Grant, Kind::ConsentGranted),
        (Act::PutRecord, Kind::RecordPut),
        (Act::AmendRecord, Kind::RecordAmended),
        (Act::BreakGlass, Kind::BreakGlass),
    ] {
        let (reference, parent, commitment) = (Hash([1; 32]), Hash([2; 32]), Hash([3; 32]));
        let entry = vaidya_ledger::Statement { kind, reference, parent, commitment, not_after: 9 };
        assert_eq!(said(act).message(), entry.message(), "{kind:?}");
    }
}
