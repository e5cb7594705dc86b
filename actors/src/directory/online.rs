//! People on line: the actor each has, or the devices of those who have none.

use std::future::Future;

use actix::{Actor, ActorFutureExt, Addr, AsyncContext, Context, Handler, ResponseFuture, WrapFuture};
use vaidya_clinic::id::{DeviceId, PersonId, VisitId};
use vaidya_clinic::role::Role;

use super::Directory;
use super::message::{Attach, Detach, Fact, InHand, Tell};
use crate::devices::{Devices, Hear, Open, Shut};
use crate::doctor::{self, Doctor};
use crate::outlet::Frame;
use crate::patient::Patient;
use crate::pool::Pool;

/// Where a person's devices are.
pub(super) struct Online {
    who: Who,
    /// How often one was opened: a person who comes back while their last device goes is not forgotten.
    opened: u64,
}

enum Who {
    Patient(Addr<Patient>),
    Doctor(Addr<Doctor>),
    /// Desk and admin have nothing live but their devices yet.
    Staff(Devices),
}

impl Online {
    fn new(person: PersonId, role: Role, pool: &Pool) -> Self {
        let arbiter = pool.pick(person.number());
        let who = match role {
            Role::Patient => Who::Patient(Patient::start_in_arbiter(&arbiter, |_| Patient::default())),
            Role::Doctor => Who::Doctor(Doctor::start_in_arbiter(&arbiter, |_| Doctor::default())),
            Role::Desk | Role::Pharmacist | Role::Researcher | Role::Admin | Role::Auditor => {
                Who::Staff(Devices::default())
            }
        };
        Self { who, opened: 0 }
    }

    /// An actor that died is not there any more, whatever the address says.
    fn is_there(&self) -> bool {
        match &self.who {
            Who::Patient(patient) => patient.connected(),
            Who::Doctor(doctor) => doctor.connected(),
            Who::Staff(_) => true,
        }
    }

    fn open(&mut self, open: Open) -> ResponseFuture<()> {
        self.opened = self.opened.wrapping_add(1);
        match &mut self.who {
            Who::Patient(patient) => settle(patient.send(open)),
            Who::Doctor(doctor) => settle(doctor.send(open)),
            Who::Staff(devices) => {
                devices.open(open);
                settle(std::future::ready(Ok(())))
            }
        }
    }

    /// Devices that are left.
    fn shut(&mut self, device: DeviceId) -> ResponseFuture<usize> {
        match &mut self.who {
            Who::Patient(patient) => settle(patient.send(Shut(device))),
            Who::Doctor(doctor) => settle(doctor.send(Shut(device))),
            Who::Staff(devices) => settle(std::future::ready(Ok(devices.shut(device)))),
        }
    }

    fn hear(&mut self, hear: Hear) -> ResponseFuture<()> {
        match &mut self.who {
            Who::Patient(patient) => settle(patient.send(hear)),
            Who::Doctor(doctor) => settle(doctor.send(hear)),
            Who::Staff(devices) => {
                devices.tell(&hear);
                settle(std::future::ready(Ok(())))
            }
        }
    }
}

/// An answer, or nothing (no devices) of an actor that died meanwhile.
fn settle<T: Default>(answer: impl Future<Output = Result<T, actix::MailboxError>> + 'static) -> ResponseFuture<T> {
    Box::pin(async move { answer.await.unwrap_or_default() })
}

impl Handler<Attach> for Directory {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, attach: Attach, _: &mut Context<Self>) -> Self::Result {
        let Attach { person, org, role, device, outlet } = attach;
        if self.people.get(&person).is_some_and(|online| !online.is_there()) {
            self.people.remove(&person);
        }
        let pool = &self.pool;
        self.people.entry(person).or_insert_with(|| Online::new(person, role, pool)).open(Open {
            device,
            org,
            role,
            outlet,
        })
    }
}

impl Handler<Detach> for Directory {
    type Result = ();

    fn handle(&mut self, Detach { person, device }: Detach, ctx: &mut Context<Self>) {
        let Some(online) = self.people.get_mut(&person) else { return };
        let opened = online.opened;
        let left = online.shut(device).into_actor(self);
        ctx.spawn(left.map(move |left, directory, _| {
            // Without its address the actor stops by itself.
            let is_last = |online: &Online| left == 0 && online.opened == opened;
            if directory.people.get(&person).is_some_and(is_last) {
                directory.people.remove(&person);
            }
        }));
    }
}

impl Handler<Tell> for Directory {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, Tell { person, within, message }: Tell, _: &mut Context<Self>) -> Self::Result {
        match self.people.get_mut(&person) {
            Some(online) => online.hear(Hear(Frame::of(&message), within)),
            None => Box::pin(std::future::ready(())),
        }
    }
}

impl Handler<Fact> for Directory {
    type Result = ();

    fn handle(&mut self, fact: Fact, ctx: &mut Context<Self>) {
        if let Some(Online { who: Who::Doctor(doctor), .. }) = self.people.get(&fact.person) {
            let hold = doctor.send(doctor::Hold { visit: fact.visit, held: fact.held }).into_actor(self);
            // A doctor who went off line meanwhile has nothing in hand.
            ctx.spawn(hold.map(|_, _, _| ()));
        }
    }
}

impl Handler<InHand> for Directory {
    type Result = ResponseFuture<Vec<VisitId>>;

    fn handle(&mut self, InHand(person): InHand, _: &mut Context<Self>) -> Self::Result {
        match self.people.get(&person) {
            Some(Online { who: Who::Doctor(doctor), .. }) => settle(doctor.send(doctor::Held)),
            _ => Box::pin(std::future::ready(vec![])),
        }
    }
}
