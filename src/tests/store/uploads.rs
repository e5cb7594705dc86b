//! Uploads as rows: a day long, one record's worth, within what was announced however many send at once.

use std::time::Duration;

use futures_util::future::join_all;
use vaidya::store::StoreError;
use vaidya::store::records::NewRecord;
use vaidya::store::uploads::{LIFE, NewBlock, NewUpload};
use vaidya_clinic::record::RecordKind;
use vaidya_clinic::role::Role;
use vaidya_clinic::time::Timestamp;

use super::keys::live;
use super::versions::note;
use crate::house::{House, NOW, on_both};

fn block(number: usize) -> NewBlock {
    NewBlock { cid: format!("block {number}"), size: 100 }
}

fn after(span: Duration) -> Timestamp {
    Timestamp(NOW.0 + i64::try_from(span.as_millis()).unwrap())
}

on_both! {
    async fn of_twenty_blocks_at_once_as_many_are_kept_as_were_announced(house) {
        let person = house.person("p001", Role::Patient).await;
        let upload = house.store.begin_upload(&person, NewUpload { blocks: 5, bytes: 1_000 }, NOW).await.unwrap();
        let tries = join_all((0..20).map(|number| house.store.keep_block(person.id, upload.id, block(number), NOW))).await;
        assert_eq!(tries.iter().filter(|one| one.is_ok()).count(), 5);
        assert!(tries.iter().all(|one| matches!(one, Ok(()) | Err(StoreError::TooMany))));
        let kept = house.store.upload(person.id, upload.id, NOW).await.unwrap();
        assert_eq!((kept.have.len(), kept.bytes), (5, 500));
        let again = kept.have.iter().map(|cid| NewBlock { cid: cid.clone(), size: 100 });
        for known in again {
            assert!(!house.store.wants_block(person.id, upload.id, known.clone(), NOW).await.unwrap());
            house.store.keep_block(person.id, upload.id, known, NOW).await.unwrap();
        }
    }

    async fn an_upload_is_forgotten_after_a_day_with_its_blocks(house) {
        let person = house.person("p001", Role::Patient).await;
        let key = live(&house, person.id).await;
        house.lets_keep(&person, person.id).await;
        let upload = house.store.begin_upload(&person, NewUpload { blocks: 1, bytes: 100 }, NOW).await.unwrap();
        house.store.keep_block(person.id, upload.id, block(1), NOW).await.unwrap();
        let new = NewRecord {
            kind: RecordKind::Document,
            blocks: vec![block(1).cid],
            ..note(person.id, key, &[key])
        };
        let over = after(LIFE);
        let late = house.store.seal_record(&person, new.clone(), over).await;
        assert!(matches!(late, Err(StoreError::BlockMissing)));
        assert!(matches!(house.store.upload(person.id, upload.id, over).await, Err(StoreError::NotFound)));
        let last = Timestamp(over.0 - 1);
        assert_eq!(house.store.forget_uploads(last).await.unwrap(), 0);
        assert_eq!(house.store.forget_uploads(over).await.unwrap(), 1);
        assert_eq!(house.number("SELECT count(*) AS n FROM upload_block").await, 0);
        assert_eq!(house.number("SELECT count(*) AS n FROM record").await, 0);
    }

    async fn a_record_takes_its_blocks_and_ends_the_upload_in_one(house) {
        let person = house.person("p001", Role::Patient).await;
        let key = live(&house, person.id).await;
        house.lets_keep(&person, person.id).await;
        let upload = house.store.begin_upload(&person, NewUpload { blocks: 2, bytes: 200 }, NOW).await.unwrap();
        for number in [1, 2] {
            house.store.keep_block(person.id, upload.id, block(number), NOW).await.unwrap();
        }
        let cids = vec![block(2).cid, block(1).cid];
        let new = NewRecord { kind: RecordKind::Image, blocks: cids.clone(), ..note(person.id, key, &[key]) };
        let id = new.id;
        let refused = house.store.seal_record(&person, NewRecord { wraps: Vec::new(), ..new.clone() }, NOW).await;
        assert!(matches!(refused, Err(StoreError::KeysChanged)));
        assert_eq!(house.store.upload(person.id, upload.id, NOW).await.unwrap().have.len(), 2, "nothing happened");
        house.store.seal_record(&person, new, NOW).await.unwrap();
        assert_eq!(house.store.record_for(id, None, &person, NOW).await.unwrap().blocks, cids, "in their order");
        assert!(matches!(house.store.upload(person.id, upload.id, NOW).await, Err(StoreError::NotFound)));
        assert!(house.store.block_for(id, "block 1", &person, NOW).await.is_ok());
        assert!(matches!(house.store.block_for(id, "block 3", &person, NOW).await, Err(StoreError::NotFound)));
    }
}
