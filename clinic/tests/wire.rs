//! The examples both languages read: every message of the wire, as it is written and as it is understood.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that can't go on should stop")]

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use vaidya_clinic::wire::{ClientMessage, RefusalCode, ServerMessage};

fn examples(side: &str) -> Vec<Value> {
    let examples: Value = serde_json::from_str(include_str!("wire_examples.json")).unwrap();
    examples[side].as_array().unwrap().clone()
}

fn comes_back_as_it_was<T: Serialize + DeserializeOwned>(side: &str) {
    for example in examples(side) {
        let message: T = serde_json::from_value(example.clone()).unwrap_or_else(|error| panic!("{example}: {error}"));
        assert_eq!(serde_json::to_value(&message).unwrap(), example);
    }
}

fn kinds(side: &str) -> BTreeSet<String> {
    examples(side).iter().map(|example| example["t"].as_str().unwrap().to_owned()).collect()
}

/// The kinds a type knows, as serde lists them when it meets one it doesn't.
fn known<T: DeserializeOwned>() -> BTreeSet<String> {
    let error = serde_json::from_str::<T>(r#"{"t":"?"}"#).err().unwrap().to_string();
    let (_, list) = error.split_once("expected one of ").unwrap();
    let is_kind = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    list.split('`').filter(is_kind).map(str::to_owned).collect()
}

#[test]
fn what_a_browser_says_comes_back_as_it_was() {
    comes_back_as_it_was::<ClientMessage>("client");
}

#[test]
fn what_the_server_says_comes_back_as_it_was() {
    comes_back_as_it_was::<ServerMessage>("server");
}

#[test]
fn every_message_has_an_example() {
    assert_eq!(kinds("client"), known::<ClientMessage>());
    assert_eq!(kinds("server"), known::<ServerMessage>());
}

#[test]
fn every_refusal_has_an_example() {
    let shown: BTreeSet<_> =
        examples("server").iter().filter_map(|example| Some(example["code"].as_str()?.to_owned())).collect();
    let all: BTreeSet<_> = RefusalCode::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(shown, all);
}

#[test]
fn a_field_from_tomorrow_is_ignored_and_a_message_from_tomorrow_is_not() {
    assert_eq!(serde_json::from_str::<ClientMessage>(r#"{"t":"ping","mood":1}"#).unwrap(), ClientMessage::Ping);
    assert!(serde_json::from_str::<ClientMessage>(r#"{"t":"teleport"}"#).is_err());
}

#[test]
fn a_body_that_is_not_base64url_is_not_a_message() {
    for body in ["R29vZA==", "a+b/", "%"] {
        let text = format!(
            r#"{{"t":"say","re":1,"visit":"0b9d2f5e-6c1a-4a37-9a53-1f0f6f6f2a10","id":"7e1f3a9c-5d2b-4c8e-9f60-2b8d4e6a1c77","body":"{body}"}}"#
        );
        assert!(serde_json::from_str::<ClientMessage>(&text).is_err(), "{body}");
    }
}

#[test]
fn a_body_in_a_log_shows_only_its_length() {
    let message: ClientMessage = serde_json::from_value(examples("client")[2].clone()).unwrap();
    let shown = format!("{message:?}");
    assert!(shown.contains("Body(12 bytes)"), "{shown}");
}
