//! People on line and their devices.

use actix::Addr;
use vaidya_actors::DEVICES;
use vaidya_actors::directory::{Attach, Census, Detach, Directory, Find, InHand, Tell, Within};
use vaidya_actors::outlet::{Closed, Frame, Frames, Outlet};
use vaidya_clinic::id::{DeviceId, OrgId, PersonId};
use vaidya_clinic::role::Role;
use vaidya_clinic::wire::ServerMessage;

use crate::probe::{House, VISIT};

const WHO: PersonId = PersonId::from_number(1);
const ELSEWHERE: OrgId = OrgId::from_number(2);

async fn attach(directory: &Addr<Directory>, role: Role, device: u128) -> Frames {
    attach_at(directory, OrgId::HOME, role, device).await
}

async fn attach_at(directory: &Addr<Directory>, org: OrgId, role: Role, device: u128) -> Frames {
    let (outlet, frames) = Outlet::open();
    let device = DeviceId::from_number(device);
    directory.send(Attach { person: WHO, org, role, device, outlet }).await.unwrap();
    frames
}

async fn detach(directory: &Addr<Directory>, device: u128) {
    directory.send(Detach { person: WHO, device: DeviceId::from_number(device) }).await.unwrap();
}

async fn tell(directory: &Addr<Directory>) {
    tell_within(directory, Within { org: Some(OrgId::HOME), own: false }, ServerMessage::Pong).await;
}

async fn tell_within(directory: &Addr<Directory>, within: Within, message: ServerMessage) {
    directory.send(Tell { person: WHO, within, message }).await.unwrap();
}

async fn people(directory: &Addr<Directory>) -> usize {
    directory.send(Census).await.unwrap().people
}

#[actix_rt::test]
async fn everyone_hears_on_every_device_whatever_their_role() {
    for role in Role::ALL.iter().copied() {
        let house = House::awake();
        let directory = house.directory();
        let (mut tab, mut phone) = (attach(&directory, role, 1).await, attach(&directory, role, 2).await);
        tell(&directory).await;
        assert!(tab.recv().await.unwrap().0.contains("pong"));
        assert!(phone.recv().await.unwrap().0.contains("pong"));
    }
}

#[actix_rt::test]
async fn a_session_in_another_organisation_hears_only_what_is_a_patients_own() {
    for role in Role::ALL.iter().copied() {
        let house = House::awake();
        let directory = house.directory();
        let mut here = attach_at(&directory, OrgId::HOME, role, 1).await;
        let mut there = attach_at(&directory, ELSEWHERE, role, 2).await;
        let said = [
            (Some(OrgId::HOME), false, ServerMessage::Done { re: 1 }),
            (None, false, ServerMessage::Done { re: 2 }),
            (Some(OrgId::HOME), true, ServerMessage::Done { re: 3 }),
            (Some(ELSEWHERE), false, ServerMessage::Done { re: 4 }),
        ];
        for (org, own, message) in said {
            tell_within(&directory, Within { org, own }, message).await;
        }
        let done = |re: u32| Frame::of(&ServerMessage::Done { re }).0;
        assert_eq!(here.recv().await.unwrap().0, done(1));
        assert_eq!(here.recv().await.unwrap().0, done(3));
        if role == Role::Patient {
            assert_eq!(there.recv().await.unwrap().0, done(3));
        }
        assert_eq!(there.recv().await.unwrap().0, done(4), "{role:?}");
    }
}

#[actix_rt::test]
async fn who_closes_the_last_device_is_off_line() {
    for role in Role::ALL.iter().copied() {
        let house = House::awake();
        let directory = house.directory();
        let (_tab, mut phone) = (attach(&directory, role, 1).await, attach(&directory, role, 2).await);
        detach(&directory, 1).await;
        tell(&directory).await;
        assert!(phone.recv().await.is_some());
        assert_eq!(people(&directory).await, 1);
        detach(&directory, 2).await;
        while people(&directory).await > 0 {
            actix_rt::task::yield_now().await;
        }
        tell(&directory).await;
        assert!(phone.recv().await.is_none(), "nobody holds the socket any more");
    }
}

#[actix_rt::test]
async fn one_device_too_many_closes_the_oldest() {
    let house = House::awake();
    let directory = house.directory();
    let mut oldest = attach(&directory, Role::Patient, 0).await;
    let mut others = vec![];
    for device in 1..=u128::try_from(DEVICES).unwrap() {
        others.push(attach(&directory, Role::Patient, device).await);
    }
    assert!(oldest.recv().await.is_none());
    assert_eq!(oldest.closed(), Closed::Crowded);
    tell(&directory).await;
    for other in &mut others {
        assert!(other.recv().await.is_some());
    }
}

#[actix_rt::test]
async fn a_doctor_has_the_visit_in_hand_while_they_are_in_its_room() {
    let house = House::awake();
    let directory = house.directory();
    let _tab = attach(&directory, Role::Doctor, 1).await;
    let room = directory.send(Find(VISIT)).await.unwrap().unwrap();
    let mut doctor = house.doctor();
    doctor.join(&room).await.unwrap();
    while directory.send(InHand(WHO)).await.unwrap() != [VISIT] {
        actix_rt::task::yield_now().await;
    }
    doctor.leave(&room).await.unwrap();
    while !directory.send(InHand(WHO)).await.unwrap().is_empty() {
        actix_rt::task::yield_now().await;
    }
}
