//! Opening a database: empty, old, new, and not one of ours.

use sea_orm::ConnectionTrait;
use vaidya::store::{Store, StoreError};

use crate::house::{Folder, House, on_both};

on_both! {
    async fn a_fresh_database_is_brought_up_to_date_once(house) {
        assert!(house.store.pending().await.unwrap().is_empty());
        assert!(house.store.migrate().await.unwrap().is_empty(), "nothing is left to apply");
        house.store.ping().await.unwrap();
    }

    async fn a_database_from_a_newer_vaidya_is_refused_by_name(house) {
        let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_tomorrow', 0)";
        house.raw().await.execute_unprepared(newer).await.unwrap();
        let Err(refused) = Store::open(house.url.as_deref(), house.folder.path()).await else {
            panic!("a newer database was opened");
        };
        let told = refused.to_string();
        assert!(told.contains("m9999_tomorrow"), "{told}");
        assert!(told.contains("written by a newer Vaidya; run that version, or restore a backup"), "{told}");
    }

    async fn what_was_closed_answers_no_more_and_can_be_opened_again(house) {
        house.store.close().await;
        assert!(house.store.ping().await.is_err());
        house.second_store().await.ping().await.unwrap();
    }
}

#[test]
fn two_servers_that_start_together_lay_the_schema_once() {
    actix::System::new().block_on(async {
        let url = crate::postgres::fresh().await;
        let folder = Folder::new();
        let one = Store::open(Some(&url), folder.path()).await.unwrap();
        let two = Store::open(Some(&url), folder.path()).await.unwrap();
        let (first, second) = futures_util::future::join(one.migrate(), two.migrate()).await;
        first.unwrap();
        second.unwrap();
        assert!(one.pending().await.unwrap().is_empty());
    });
}

#[test]
fn a_postgres_that_hung_up_is_called_again() {
    actix::System::new().block_on(async {
        let house = House::on_postgres().await;
        house.visit().await;
        let cut = "SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert!(house.number(cut).await > 0);
        house.store.ping().await.unwrap();
        house.person("p002", vaidya_clinic::role::Role::Patient).await;
    });
}

#[test]
fn an_address_of_another_kind_is_refused() {
    actix::System::new().block_on(async {
        let folder = Folder::new();
        let refused = Store::open(Some("mysql://127.0.0.1/vaidya"), folder.path()).await;
        assert!(matches!(refused, Err(StoreError::BadUrl)));
    });
}

#[test]
fn a_database_that_is_not_there_is_told_from_a_broken_one() {
    actix::System::new().block_on(async {
        let folder = Folder::new();
        // Port 9 of this machine is the discard service, which nobody runs.
        let refused = Store::open(Some("postgres://nobody@127.0.0.1:9/none"), folder.path()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{:?}", refused.err());
    });
}

#[test]
fn sqlite_keeps_a_log_ahead_of_its_writes() {
    actix::System::new().block_on(async {
        let house = House::on_sqlite().await;
        house.visit().await;
        assert!(house.folder.path().join("vaidya.db-wal").exists());
    });
}
