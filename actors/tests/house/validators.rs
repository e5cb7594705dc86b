//! Four validators with disks in memory: what isn't on a disk isn't said, and a disk that was full is no loss.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use actix::{Actor, Addr, Arbiter, Context, Handler, Recipient};
use tokio::sync::mpsc;
use vaidya_actors::port::Clock;
use vaidya_actors::validator::{
    Carry, Certified, Heard, Persist, Ports, ReadBlocks, Recalled, Setup, Submit, Told, Unkept, Validator,
};
use vaidya_clinic::time::Timestamp;
use vaidya_ledger::pbft::{Frame, Place, Record, Seq, Stable, Tx};
use vaidya_ledger::{Entry, Genesis, Hash, Kind, Signer, Statement, Validators};

/// What is on a disk, and whether there is room.
#[derive(Clone, Default)]
struct Disk {
    full: Arc<AtomicBool>,
    blocks: Arc<Mutex<Vec<Arc<vaidya_ledger::chain::Kept>>>>,
    stables: Arc<Mutex<BTreeMap<Seq, Arc<Stable>>>>,
    records: Arc<Mutex<BTreeMap<Place, Record>>>,
}

impl Actor for Disk {
    type Context = Context<Self>;
}

impl Handler<Persist> for Disk {
    type Result = Result<(), Unkept>;

    fn handle(&mut self, persist: Persist, _: &mut Self::Context) -> Self::Result {
        if self.full.load(Ordering::SeqCst) {
            return Err(Unkept::Full);
        }
        let mut records = self.records.lock().unwrap();
        records.extend(persist.records.into_iter().map(|record| (record.place(), record)));
        records.retain(|_, record| record.kept_above(persist.forget));
        self.blocks.lock().unwrap().extend(persist.blocks);
        self.stables.lock().unwrap().extend(persist.stables.into_iter().map(|stable| (stable.seq(), stable)));
        Ok(())
    }
}

impl Handler<ReadBlocks> for Disk {
    type Result = Result<Vec<Certified>, Unkept>;

    fn handle(&mut self, ReadBlocks { after, .. }: ReadBlocks, _: &mut Self::Context) -> Self::Result {
        let (blocks, stables) = (self.blocks.lock().unwrap(), self.stables.lock().unwrap());
        let after = blocks.iter().filter(|kept| kept.point.seq > after);
        Ok(after.map(|kept| (Arc::clone(kept), stables.get(&kept.point.seq).cloned())).collect())
    }
}

/// Everyone's ears, once all have started.
type Ears = Arc<OnceLock<Vec<(u8, Recipient<Heard>)>>>;

/// Carries, and remembers what was carried.
struct Wire {
    me: u8,
    ears: Ears,
    said: Arc<Mutex<Vec<Frame>>>,
}

impl Actor for Wire {
    type Context = Context<Self>;
}

impl Handler<Carry> for Wire {
    type Result = ();

    fn handle(&mut self, carry: Carry, _: &mut Self::Context) {
        let (to, bytes) = match carry {
            Carry::To(to, bytes) => (Some(to), bytes),
            Carry::All(bytes) => (None, bytes),
            Carry::Set(_) => return,
        };
        self.said.lock().unwrap().extend(Frame::decode(&bytes));
        for (id, ears) in self.ears.get().into_iter().flatten() {
            if *id != self.me && to.is_none_or(|to| to == *id) {
                let _full = ears.try_send(Heard { from: self.me, bytes: Arc::clone(&bytes) });
            }
        }
    }
}

struct Hall(mpsc::UnboundedSender<Told>);

impl Actor for Hall {
    type Context = Context<Self>;
}

impl Handler<Told> for Hall {
    type Result = ();

    fn handle(&mut self, told: Told, _: &mut Self::Context) {
        let _nobody = self.0.send(told);
    }
}

struct House {
    validators: Vec<Addr<Validator>>,
    disks: Vec<Disk>,
    said: Vec<Arc<Mutex<Vec<Frame>>>>,
    told: mpsc::UnboundedReceiver<Told>,
    genesis: Arc<Genesis>,
    reached: BTreeMap<u8, Seq>,
    next: u64,
}

fn signer(id: u8) -> Signer {
    Signer::from_seed(&[id; 32])
}

fn genesis() -> Genesis {
    let validator = |id: u8| vaidya_ledger::Validator {
        id,
        name: format!("validator {id}"),
        public: signer(id).public(),
        address: String::new(),
    };
    let validators = Validators::new((1..=4).map(validator).collect()).unwrap();
    let (log, submitters) = (signer(100).public(), vec![signer(101).public()]);
    let origin = "test.example/log".to_owned();
    Genesis { made_at: 1, interval: 1, origin, log, validators, submitters }.checked().unwrap()
}

impl House {
    /// Each read of the clock is a few milliseconds later than the one before.
    fn new() -> Self {
        let (sender, told) = mpsc::unbounded_channel();
        let hall = Hall(sender).start().recipient();
        let (genesis, time) = (Arc::new(genesis()), Arc::new(AtomicI64::new(1_800_000_000_000)));
        let clock: Clock = Arc::new(move || Timestamp(time.fetch_add(5, Ordering::SeqCst)));
        let ears = Arc::new(OnceLock::new());
        let mut house =
            Self { validators: vec![], disks: vec![], said: vec![], told, genesis, reached: BTreeMap::new(), next: 1 };
        for id in 1..=4 {
            let (disk, said) = (Disk::default(), Arc::default());
            let file = disk.clone().start();
            let wire = Wire { me: id, ears: Arc::clone(&ears), said: Arc::clone(&said) }.start();
            let (tell, clock) = (hall.clone(), Arc::clone(&clock));
            let ports = Ports {
                persist: file.clone().recipient(),
                read: file.recipient(),
                carry: wire.recipient(),
                tell,
                clock,
            };
            let recalled = Recalled { records: vec![Record::Started { epoch: 0 }.encode()], ..Recalled::default() };
            let setup = Setup { genesis: Arc::clone(&house.genesis), id, signer: signer(id), recalled };
            house.validators.push(Validator::open(setup, ports).unwrap().start_on(&Arbiter::current()));
            house.disks.push(disk);
            house.said.push(said);
        }
        let _first = ears.set((1..).zip(&house.validators).map(|(id, it)| (id, it.clone().recipient())).collect());
        house
    }

    async fn submit(&mut self) {
        let (n, ledger) = (self.next, self.genesis.id());
        self.next += 1;
        let reference = Hash::of(&[&n.to_be_bytes()]);
        let (parent, commitment) = (Hash::default(), Hash::default());
        let statement = Statement { kind: Kind::RoomOpened, reference, parent, commitment, not_after: 0 };
        let entry = Tx::from(Entry::submit(&ledger, &signer(101), n, statement, None, Vec::new()).encode());
        for validator in &self.validators {
            assert!(validator.send(Submit { entries: vec![entry.clone()], urgent: true }).await.unwrap());
        }
    }

    async fn until(&mut self, is: impl Fn(&BTreeMap<u8, Seq>) -> bool) {
        while !is(&self.reached) {
            if let Told::Committed { by, block } = self.told.recv().await.unwrap() {
                self.reached.insert(by, block.point.seq);
            }
        }
    }

    /// What a validator said that binds it.
    fn votes(&self, id: usize) -> usize {
        let binds = |frame: &&Frame| {
            matches!(
                frame,
                Frame::PrePrepare(..)
                    | Frame::Prepare(_)
                    | Frame::Commit(_)
                    | Frame::Checkpoint(_)
                    | Frame::ViewChange(_)
                    | Frame::NewView(_)
            )
        };
        self.said.get(id - 1).unwrap().lock().unwrap().iter().filter(binds).count()
    }
}

#[actix_rt::test]
async fn what_is_not_on_the_disk_is_not_said_and_the_others_go_on() {
    let mut house = House::new();
    house.disks[1].full.store(true, Ordering::SeqCst);
    house.submit().await;
    let three = |reached: &BTreeMap<u8, Seq>| [1, 3, 4].iter().all(|id| reached.contains_key(id));
    house.until(three).await;
    assert!(house.votes(1) > 0 && house.votes(3) > 0);
    assert_eq!(house.votes(2), 0, "its disk is full, so it promises nothing");
    assert!(house.disks[1].records.lock().unwrap().is_empty());
    house.disks[1].full.store(false, Ordering::SeqCst);
    house.submit().await;
    house.until(|reached| reached.get(&2) >= Some(&2)).await;
    while house.votes(2) == 0 {
        tokio::task::yield_now().await;
    }
}

#[actix_rt::test]
async fn a_state_that_does_not_follow_from_the_blocks_is_refused() {
    let mut house = House::new();
    house.submit().await;
    house.until(|reached| reached.len() == 4).await;
    let disk = house.disks[2].clone();
    while disk.stables.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let blocks = disk.blocks.lock().unwrap().clone();
    let records: Vec<_> = disk.records.lock().unwrap().values().map(Record::encode).collect();
    let stable = disk.stables.lock().unwrap().values().last().cloned();
    let recalled =
        |blocks| Recalled { blocks, records: records.clone(), stable: stable.clone(), ..Recalled::default() };
    let ports = || {
        let (sender, _told) = mpsc::unbounded_channel();
        let file = disk.clone().start();
        let wire = Wire { me: 3, ears: Arc::default(), said: Arc::default() }.start();
        let (tell, clock): (_, Clock) = (Hall(sender).start().recipient(), Arc::new(|| Timestamp(1)));
        Ports { persist: file.clone().recipient(), read: file.recipient(), carry: wire.recipient(), tell, clock }
    };
    let open = |blocks| {
        let setup = Setup { genesis: Arc::clone(&house.genesis), id: 3, signer: signer(3), recalled: recalled(blocks) };
        Validator::open(setup, ports()).map(|_| ())
    };
    assert_eq!(open(blocks.clone()), Ok(()));
    let mut other = blocks;
    let mut changed = (*other[0]).clone();
    changed.head.state = Hash([9; 32]);
    other[0] = Arc::new(changed);
    assert!(open(other).unwrap_err().to_string().contains("block 1"), "another state than the blocks lead to");
}
