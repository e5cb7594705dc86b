//! The block stores from outside: a folder, an S3 server and a Kubo node keep the same word, and say when they can't.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests end by panicking")]

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use object_store::aws::AmazonS3Builder;
use vaidya::clock;
use vaidya::gateway::blobs::{BlobError, Blobs, Bucket, Node, Where};
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::vault::object::{Cid, MAX_OBJECT};

use crate::cut::Line;
use crate::kubo::{Kubo, is_pinned};
use crate::s3::{BUCKET, S3};
use crate::server::Folder;

/// A block nobody has had before.
fn block() -> (Cid, Vec<u8>) {
    let bytes = clock::random::<48>().repeat(500);
    (Cid::of(&bytes), bytes)
}

fn later() -> Timestamp {
    clock::now().plus(Duration::from_secs(60))
}

async fn listed(blobs: &Blobs) -> HashSet<String> {
    blobs.list().map_ok(|found| found.name.as_str().to_owned()).try_collect().await.unwrap()
}

/// What every store does.
async fn keeps_its_word(blobs: &Blobs) {
    blobs.probe().await.unwrap();
    assert!(blobs.answers().await);
    let (name, bytes) = block();
    assert_eq!(blobs.get(name.clone()).await.unwrap(), None);
    assert!(!blobs.has(&name).await.unwrap());
    let before = clock::now();
    let held = blobs.put(name.clone(), bytes.clone()).await.unwrap();
    assert_eq!(blobs.get(name.clone()).await.unwrap(), Some(bytes.clone()));
    assert!(blobs.has(&name).await.unwrap());
    assert!(listed(blobs).await.contains(name.as_str()));
    drop(blobs.put(name.clone(), bytes.clone()).await.expect("the same once more"));
    assert!(matches!(blobs.put(name.clone(), b"another".to_vec()).await, Err(BlobError::Misnamed)));
    let (full, larger) = (vec![7; MAX_OBJECT], vec![7; MAX_OBJECT + 1]);
    drop(blobs.put(Cid::of(&full), full.clone()).await.unwrap());
    assert_eq!(blobs.get(Cid::of(&full)).await.unwrap().map(|read| read.len()), Some(MAX_OBJECT));
    assert!(matches!(blobs.put(Cid::of(&larger), larger).await, Err(BlobError::TooLarge)));
    assert!(!blobs.remove_if(&name, later(), async { true }).await.unwrap(), "somebody holds it");
    drop(held);
    let long_ago = Timestamp(before.0 - 60_000);
    assert!(!blobs.remove_if(&name, long_ago, async { true }).await.unwrap(), "it is too new");
    assert!(!blobs.remove_if(&name, later(), async { false }).await.unwrap(), "somebody wants it");
    assert_eq!(blobs.get(name.clone()).await.unwrap(), Some(bytes.clone()));
    assert!(blobs.remove_if(&name, later(), async { true }).await.unwrap());
    assert_eq!((blobs.get(name.clone()).await.unwrap(), blobs.has(&name).await.unwrap()), (None, false));
    assert!(!listed(blobs).await.contains(name.as_str()));
    blobs.delete(&name).await.expect("it is not there, which is no failure");
    let several: Vec<_> = (0..5).map(|_| block()).collect();
    drop(blobs.put_all(several.clone()).await.unwrap());
    for (name, bytes) in several {
        assert_eq!(blobs.get(name.clone()).await.unwrap(), Some(bytes));
        blobs.delete(&name).await.unwrap();
    }
    let wrong = vec![block(), (Cid::of(b"one"), b"another".to_vec())];
    assert!(matches!(blobs.put_all(wrong).await, Err(BlobError::Misnamed)));
    blobs.delete(&Cid::of(&full)).await.unwrap();
}

fn kubo(port: u16, root: &Path) -> Blobs {
    node(&format!("http://127.0.0.1:{port}"), root)
}

fn node(url: &str, root: &Path) -> Blobs {
    Blobs::open(&Where::Kubo(Node { url: url.parse().unwrap() }), root, None).unwrap()
}

fn bucket(s3: &S3, port: u16) -> Bucket {
    Bucket {
        name: BUCKET.to_owned(),
        prefix: "a/b".to_owned(),
        endpoint: Some(format!("http://127.0.0.1:{port}")),
        region: "us-east-1".to_owned(),
        key: s3.key.clone(),
        secret: s3.secret.clone(),
    }
}

fn in_bucket(bucket: Bucket, root: &Path) -> Blobs {
    Blobs::open(&Where::S3(bucket), root, None).unwrap()
}

#[test]
fn names_are_those_that_kubo_gives() {
    // Kubo's own tests, test/sharness/t0050-block.sh: what `ipfs block put` answers to these two lines.
    assert_eq!(Cid::of(b"Hello Mars!\n").as_str(), "bafkreibmlvvgdyihetgocpof6xk64kjjzdeq2e4c7hqs3krdheosk4tgj4");
    assert_eq!(Cid::of(b"Hello Venus!\n").as_str(), "bafkreihfsphazrk2ilejpekyltjeh5k4yvwgjuwg26ueafohqioeo3sdca");
    // The empty raw block, as it stands in IPFS documents.
    assert_eq!(Cid::of(b"").as_str(), "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku");
}

#[tokio::test]
async fn a_folder_keeps_its_word() {
    let folder = Folder::new();
    keeps_its_word(&Blobs::open(&Where::Folder, &folder.0, None).unwrap()).await;
}

#[tokio::test]
async fn an_s3_bucket_keeps_its_word_and_says_why_when_it_can_t() {
    let (s3, folder) = (S3::start(), Folder::new());
    let blobs = in_bucket(bucket(&s3, s3.port), &folder.0);
    keeps_its_word(&blobs).await;
    let sentence = async |bucket: Bucket| match in_bucket(bucket, &folder.0).probe().await {
        Err(BlobError::Wrong(sentence)) => sentence,
        other => panic!("{other:?}"),
    };
    let stranger = Bucket { secret: "hunter2".to_owned(), ..bucket(&s3, s3.port) };
    let said = sentence(stranger.clone()).await;
    assert!(said.contains("VAIDYA_S3_SECRET") && !said.contains("hunter2") && !said.contains(&s3.key), "{said}");
    let (name, bytes) = block();
    let refused = in_bucket(stranger, &folder.0).put(name, bytes).await;
    assert!(matches!(refused, Err(BlobError::Away(_))));
    let said = sentence(Bucket { name: "nobodys-bucket".to_owned(), ..bucket(&s3, s3.port) }).await;
    assert!(said.contains("nobodys-bucket") && said.contains("VAIDYA_BLOCKS"), "{said}");
}

#[tokio::test]
async fn what_was_changed_in_a_bucket_is_told_and_mended_by_putting_it_again() {
    let (s3, folder) = (S3::start(), Folder::new());
    let blobs = in_bucket(bucket(&s3, s3.port), &folder.0);
    let (name, bytes) = block();
    drop(blobs.put(name.clone(), bytes.clone()).await.unwrap());
    let path = object_store::path::Path::from(format!("a/b/{}", name.as_str()));
    let another_hand = AmazonS3Builder::new()
        .with_bucket_name(BUCKET)
        .with_endpoint(format!("http://127.0.0.1:{}", s3.port))
        .with_access_key_id(&s3.key)
        .with_secret_access_key(&s3.secret)
        .with_allow_http(true)
        .build()
        .unwrap();
    for wrong in [b"changed".to_vec(), Vec::new(), vec![1; MAX_OBJECT + 7]] {
        another_hand.put(&path, wrong.into()).await.unwrap();
        assert!(matches!(blobs.get(name.clone()).await, Err(BlobError::Damaged(_))));
    }
    drop(blobs.put(name.clone(), bytes.clone()).await.unwrap());
    assert_eq!(blobs.get(name).await.unwrap(), Some(bytes));
}

#[tokio::test]
async fn an_s3_server_that_breaks_off_is_away_and_nothing_is_half_there() {
    let (s3, folder) = (S3::start(), Folder::new());
    let line = Line::to(s3.port);
    let (blobs, beside) = (in_bucket(bucket(&s3, line.port), &folder.0), in_bucket(bucket(&s3, s3.port), &folder.0));
    let (name, bytes) = block();
    line.cut_after(9_000);
    assert!(matches!(blobs.put(name.clone(), bytes.clone()).await, Err(BlobError::Away(_))), "cut in the middle");
    assert_eq!(beside.get(name.clone()).await.unwrap(), None, "no half block");
    line.cut();
    assert!(matches!(blobs.get(name.clone()).await, Err(BlobError::Away(_))));
    assert!(matches!(blobs.has(&name).await, Err(BlobError::Away(_))));
    assert!(matches!(blobs.probe().await, Err(BlobError::Away(_))));
    assert!(!blobs.answers().await);
    line.mend();
    drop(blobs.put(name.clone(), bytes.clone()).await.unwrap());
    assert_eq!(blobs.get(name).await.unwrap(), Some(bytes));
}

#[tokio::test]
async fn an_s3_server_that_is_full_says_so_and_is_not_taken_for_one_that_is_away() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, mut read) = (stream.unwrap(), Vec::new());
            // The block's own bytes end what is sent.
            while !read.ends_with(b"the end of a block") {
                let mut some = [0; 4_096];
                match stream.read(&mut some) {
                    Ok(0) | Err(_) => break,
                    Ok(count) => read.extend_from_slice(&some[..count]),
                }
            }
            let full = "<Error><Code>XMinioStorageFull</Code></Error>";
            let head = "HTTP/1.1 507 Insufficient Storage\r\nconnection: close\r\ncontent-length:";
            let _gone = write!(stream, "{head} {}\r\n\r\n{full}", full.len());
        }
    });
    let folder = Folder::new();
    let bucket = Bucket {
        name: BUCKET.to_owned(),
        prefix: String::new(),
        endpoint: Some(format!("http://127.0.0.1:{port}")),
        region: "eu-north-1".to_owned(),
        key: "key".to_owned(),
        secret: "hunter2".to_owned(),
    };
    let bytes = b"the end of a block".to_vec();
    let put = in_bucket(bucket, &folder.0).put(Cid::of(&bytes), bytes).await;
    assert!(matches!(put, Err(BlobError::Full)), "{:?}", put.err());
}

/// Against our own node, or a real one: `VAIDYA_TEST_KUBO=http://127.0.0.1:5001`.
#[tokio::test]
async fn a_kubo_node_keeps_its_word_and_pins_what_it_keeps() {
    let folder = Folder::new();
    let (ours, url) = match std::env::var("VAIDYA_TEST_KUBO") {
        Ok(url) => (None, url.trim_end_matches('/').to_owned()),
        Err(_) => {
            let ours = Kubo::start();
            let url = format!("http://127.0.0.1:{}", ours.port);
            (Some(ours), url)
        }
    };
    let blobs = node(&url, &folder.0);
    keeps_its_word(&blobs).await;
    let all = vec![block(), block(), block()];
    let (name, bytes) = block();
    drop(blobs.put(name.clone(), bytes).await.unwrap());
    drop(blobs.put_all(all.clone()).await.unwrap());
    for name in all.iter().map(|(name, _)| name).chain([&name]) {
        assert!(is_pinned(&url, name.as_str()).await, "no garbage collection takes it");
        blobs.delete(name).await.unwrap();
        assert!(!is_pinned(&url, name.as_str()).await);
        assert_eq!(blobs.get(name.clone()).await.unwrap(), None);
    }
    drop(ours);
}

#[tokio::test]
async fn of_a_kubo_node_only_what_we_put_there_is_listed_until_it_is_settled() {
    let (kubo_of_all, folder) = (Kubo::start(), Folder::new());
    let blobs = kubo(kubo_of_all.port, &folder.0);
    let (others, ours) = (block(), block());
    let name = others.0.as_str().to_owned();
    kubo_of_all.having.lock().unwrap().blocks.insert(name.clone(), others.1.clone());
    kubo_of_all.having.lock().unwrap().pins.insert(name);
    drop(blobs.put(ours.0.clone(), ours.1).await.unwrap());
    drop(blobs);
    let blobs = kubo(kubo_of_all.port, &folder.0);
    assert_eq!(listed(&blobs).await, HashSet::from([ours.0.as_str().to_owned()]), "also after a restart");
    assert!(!blobs.remove_if(&others.0, later(), async { true }).await.unwrap(), "not ours to remove");
    blobs.settle(&ours.0).await.unwrap();
    assert!(listed(&blobs).await.is_empty());
    assert!(blobs.has(&ours.0).await.unwrap() && blobs.has(&others.0).await.unwrap());
}

#[tokio::test]
async fn a_kubo_node_that_is_gone_full_or_lies_is_told_apart() {
    let (node, folder) = (Kubo::start(), Folder::new());
    let line = Line::to(node.port);
    let blobs = kubo(line.port, &folder.0);
    let (name, bytes) = block();
    node.having.lock().unwrap().full = true;
    assert!(matches!(blobs.put(name.clone(), bytes.clone()).await, Err(BlobError::Full)));
    node.having.lock().unwrap().full = false;
    line.cut();
    assert!(matches!(blobs.put(name.clone(), bytes.clone()).await, Err(BlobError::Away(_))));
    assert!(matches!(blobs.get(name.clone()).await, Err(BlobError::Away(_))));
    line.mend();
    drop(blobs.put(name.clone(), bytes.clone()).await.unwrap());
    node.having.lock().unwrap().blocks.insert(name.as_str().to_owned(), b"lies".to_vec());
    assert!(matches!(blobs.get(name.clone()).await, Err(BlobError::Damaged(_))));
    drop(blobs.put(name.clone(), bytes.clone()).await.unwrap());
    assert_eq!(blobs.get(name).await.unwrap(), Some(bytes));
}

#[tokio::test]
async fn a_kubo_node_with_a_door_wants_the_password_and_something_else_is_no_node() {
    let (closed, folder) = (Kubo::with(Some("Basic dmFpZHlhOmh1bnRlcjI=")), Folder::new());
    let at = |who: &str| node(&format!("http://{who}127.0.0.1:{}", closed.port), &folder.0);
    at("vaidya:hunter2@").probe().await.unwrap();
    for who in ["", "vaidya:wrong@"] {
        let Err(BlobError::Wrong(said)) = at(who).probe().await else { panic!("let in: {who}") };
        assert!(said.contains("VAIDYA_BLOCKS") && !said.contains("wrong@"), "{said}");
    }
    let wrong = node(&format!("http://vaidya:hunter2@127.0.0.1:{}/elsewhere", closed.port), &folder.0);
    let Err(BlobError::Wrong(said)) = wrong.probe().await else { panic!("taken for a node") };
    assert!(said.contains("RPC"), "{said}");
}
