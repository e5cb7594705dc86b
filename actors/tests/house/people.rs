//! People on line and their devices.

use actix::Addr;
use vaidya_actors::DEVICES;
use vaidya_actors::directory::{Attach, Census, Detach, Directory, Find, InHand, Tell};
use vaidya_actors::outlet::{Closed, Frames, Outlet};
use vaidya_clinic::id::{DeviceId, PersonId};
use vaidya_clinic::role::Role;
use vaidya_clinic::wire::ServerMessage;

use crate::probe::{House, VISIT};

const WHO: PersonId = PersonId::from_number(1);

async fn attach(directory: &Addr<Directory>, role: Role, device: u128) -> Frames {
    let (outlet, frames) = Outlet::open();
    let device = DeviceId::from_number(device);
    directory.send(Attach { person: WHO, role, device, outlet }).await.unwrap();
    frames
}

async fn detach(directory: &Addr<Directory>, device: u128) {
    directory.send(Detach { person: WHO, device: DeviceId::from_number(device) }).await.unwrap();
}

async fn tell(directory: &Addr<Directory>) {
    directory.send(Tell { person: WHO, message: ServerMessage::Pong }).await.unwrap();
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
