//! Messages on their way out: shown, sent, tried again, refused, and wiped when they are gone.
#![expect(clippy::unwrap_used, reason = "tests end by panicking")]

use std::sync::Arc;

use actix::{Actor, Context, Handler};
use uuid::Uuid;
use vaidya::gateway::mail::Mail;
use vaidya::gateway::sms::Post;
use vaidya::jobs;
use vaidya::store::Store;
use vaidya::store::contact_codes::{Drawn, NewCode, Purpose};
use vaidya::store::cover::Cover;
use vaidya_actors::directory::{HereIn, Stand, Tell};
use vaidya_clinic::contact::Contact;
use vaidya_clinic::id::OrgId;
use vaidya_clinic::organisation::Language;

use crate::house::{House, NOW, on_both, secret};
use crate::jobs::vault;

/// How often is looked before a test gives up.
const LOOKS: u32 = 5_000;

on_both! {
    async fn the_browser_shows_what_is_due_and_keeps_it(house) {
        send(&house, Some("+919876543210")).await;
        let running = jobs::start(&house.store, &ports(), Post::new(true, None), vault(&house));
        settled(&house, "done").await;
        running.stop().await;
        let shown = house.store.newest_messages(10).await.unwrap();
        assert!(shown.len() == 1 && shown.iter().all(|one| one.body.contains("042917") && !one.waiting));
    }

    async fn what_can_never_go_is_refused_and_wiped(house) {
        send(&house, Some("+919876543210")).await;
        let running = jobs::start(&house.store, &ports(), Post::new(false, None), vault(&house));
        settled(&house, "refused").await;
        running.stop().await;
        let kept = house.store.newest_messages(10).await.unwrap();
        assert!(kept.len() == 1 && kept.iter().all(|one| one.body.is_empty() && !one.waiting));
        let told = "SELECT count(*) AS n FROM sent_message WHERE state = 'failed' AND error IS NOT NULL";
        assert_eq!(house.number(told).await, 1, "a human can see why");
    }

    async fn a_mail_server_that_is_away_is_asked_again_later(house) {
        send(&house, Some("asha@example.org")).await;
        let away = Mail::new("smtp://127.0.0.1:1", "visits@clinic.example", None).unwrap();
        let running = jobs::start(&house.store, &ports(), Post::new(false, Some(away)), vault(&house));
        let again = "SELECT count(*) AS n FROM outbox WHERE consumer = 'messenger' AND state = 'pending' AND attempts = 1 \
                     AND last_error IS NOT NULL";
        until(&house, again).await;
        running.stop().await;
        let kept = house.store.newest_messages(10).await.unwrap();
        assert!(kept.iter().all(|one| one.waiting && one.body.contains("042917")), "what was not sent is whole");
    }

    async fn a_copy_of_the_database_shows_no_code_that_waits(house) {
        send(&house, Some("+919876543210")).await;
        let waiting = house.store.newest_messages(10).await.unwrap();
        assert!(waiting.len() == 1 && waiting.iter().all(|one| one.waiting && one.body.contains("042917")));
        let plain = "SELECT count(*) AS n FROM sent_message WHERE body LIKE '%042917%' OR subject LIKE '%042917%'";
        assert_eq!(house.number(plain).await, 0);
    }

    async fn what_another_server_sealed_is_refused_and_holds_nobody_up(house) {
        send(&house, Some("+919876543210")).await;
        let other = Store::open(house.url.as_deref(), house.folder.path()).await.unwrap();
        other.cover_messages(Cover::new(&[9; 32]).unwrap());
        let running = jobs::start(&other, &ports(), Post::new(true, None), vault(&house));
        settled(&house, "refused").await;
        running.stop().await;
        let told = "SELECT count(*) AS n FROM sent_message WHERE state = 'failed' AND error LIKE '%server.key%'";
        assert_eq!(house.number(told).await, 1, "a human can see why");
    }

    async fn a_message_to_nobody_ends_like_any_other(house) {
        send(&house, None).await;
        let running = jobs::start(&house.store, &ports(), Post::new(false, None), vault(&house));
        settled(&house, "done").await;
        running.stop().await;
    }
}

async fn send(house: &House, to: Option<&str>) {
    let new = NewCode {
        id: Uuid::from_u128(1),
        purpose: Purpose::Register,
        contact: to.and_then(Contact::read),
        counted: secret(9),
        org: OrgId::HOME,
        person: None,
        language: Language::En,
        drawn: Drawn { hash: secret(1), code: "042917".to_owned() },
    };
    house.store.issue_code(new, NOW).await.unwrap();
}

async fn settled(house: &House, state: &str) {
    until(house, &format!("SELECT count(*) AS n FROM outbox WHERE consumer = 'messenger' AND state = '{state}'")).await;
}

/// Looks until there is one; the job runs beside us and rings nobody.
async fn until(house: &House, sql: &str) {
    for _ in 0..LOOKS {
        if house.number(sql).await == 1 {
            return;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(house.number(sql).await, 1, "{sql}");
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

fn ports() -> jobs::Ports {
    let nobody = Nobody.start();
    let stand = nobody.clone().recipient();
    jobs::Ports { tell: nobody.clone().recipient(), stand, here: nobody.recipient(), clock: Arc::new(|| NOW) }
}
