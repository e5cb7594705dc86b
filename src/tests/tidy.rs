//! Keeps what architecture.md promises: who names whom, how files begin, how large they get, and that the docs list what is there.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests end by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use vaidya::config::SETTINGS;

/// Lines of production code from which a file has surely a second noun in it.
const LONGEST: usize = 450;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|why| unreadable(path, &why))
}

#[expect(clippy::panic, reason = "a file that is not there ends the test")]
fn unreadable(path: &str, why: &std::io::Error) -> ! {
    panic!("{path}: {why}")
}

/// Every Rust file of ours below a folder, as a path from the root.
fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort();
    assert!(!found.is_empty(), "nothing in {folder}");
    found
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path.strip_prefix(root()).unwrap().display().to_string());
        }
    }
}

fn all() -> Vec<String> {
    ["src", "clinic", "ledger", "actors", "media", "migrations"].into_iter().flat_map(files).collect()
}

/// The lines of a file that are code: no comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

/// Whether this code names a crate or module: as a path, not as part of another word.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            && after.is_none_or(|c| c == ':' || c == ';' || c == ',')
    })
}

#[test]
fn the_arrows_between_the_rings_point_outwards_in() {
    let never: [(&str, &[&str]); 12] = [
        (
            "clinic/src",
            &[
                "actix",
                "actix_web",
                "tokio",
                "sea_orm",
                "vaidya_actors",
                "vaidya_media",
                "rand",
                "Instant::now",
                "SystemTime::now",
            ],
        ),
        ("media/src", &["vaidya_clinic", "vaidya_actors", "actix", "actix_web", "sea_orm"]),
        ("actors/src", &["sea_orm", "sqlx", "actix_web", "vaidya_migrations"]),
        ("migrations/src", &["vaidya_clinic", "vaidya_actors", "vaidya_media"]),
        ("src/web", &["sea_orm", "sqlx", "vaidya_media", "crate::jobs", "crate::app"]),
        ("src/store", &["crate::web", "crate::jobs", "crate::app", "actix_web", "vaidya_media"]),
        (
            "src/gateway",
            &["crate::web", "crate::store", "crate::jobs", "crate::app", "sea_orm", "actix_web", "vaidya_actors"],
        ),
        ("src/jobs", &["crate::web", "crate::app", "sea_orm", "sqlx", "actix_web", "vaidya_media"]),
        ("src/config", &["crate::web", "crate::store", "crate::jobs", "crate::app"]),
        ("src/app", &["sea_orm", "sqlx"]),
        ("clinic/src", &["uuid::Uuid::new_v4", "std::fs", "std::net", "std::thread"]),
        ("actors/src", &["std::fs", "std::net", "Instant::now", "SystemTime::now"]),
    ];
    for (folder, banned) in never {
        for file in files(folder) {
            let text = read(&file);
            for line in code(&text) {
                for name in banned {
                    // They carry what validators say.
                    if *name == "vaidya_actors" && file.starts_with("src/gateway/validators") {
                        continue;
                    }
                    assert!(!names(line, name), "{file} may not name {name}: {line}");
                }
            }
        }
    }
    // `full.rs` is a test that asks the scribe.
    let may = ["src/store/scribe.rs", "src/store/full.rs", "src/store/votes"];
    for file in files("src/store").into_iter().filter(|file| !may.iter().any(|may| file.starts_with(may))) {
        assert!(!read(&file).contains("vaidya_actors"), "{file}: only the scribe and the votes answer a port");
    }
}

#[test]
fn the_rings_depend_on_what_they_may() {
    let never: [(&str, &[&str]); 4] = [
        ("clinic", &["actix", "actix-web", "tokio", "sea-orm", "rand", "chrono", "vaidya-actors", "vaidya-media"]),
        ("media", &["actix", "actix-web", "sea-orm", "vaidya-clinic", "vaidya-actors"]),
        ("actors", &["actix-web", "sea-orm", "sqlx", "vaidya-migrations"]),
        ("migrations", &["vaidya-clinic", "vaidya-actors", "vaidya-media", "actix"]),
    ];
    for (ring, banned) in never {
        let manifest: toml::Table = read(&format!("{ring}/Cargo.toml")).parse().unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap();
        for name in banned {
            assert!(!dependencies.contains_key(*name), "{ring} may not depend on {name}");
        }
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{ring} has our lints");
    }
}

#[test]
fn a_file_says_what_it_owns_and_owns_one_thing() {
    for file in all() {
        let text = read(&file);
        assert!(text.starts_with("//! "), "{file} must start with a sentence that says what it owns");
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        assert!(
            lines <= LONGEST || file.contains("/tests/"),
            "{file} has {lines} lines: look for the second noun in it"
        );
    }
}

#[test]
fn nothing_is_sent_into_a_mailbox_that_may_drop_it() {
    // Written in two parts, so that this file may name it.
    let banned = concat!(".do_", "send(");
    for file in all() {
        assert!(!read(&file).contains(banned), "{file}: use send().await or try_send");
    }
}

#[test]
fn every_lint_and_every_exception_has_a_reason() {
    let manifest = read("Cargo.toml");
    let lints =
        manifest.split("[workspace.lints.").skip(1).flat_map(|part| part.split("\n[").next().unwrap().lines().skip(1));
    for line in lints.filter(|line| line.contains(" = ")) {
        let obvious = line.contains("allow_attributes");
        assert!(obvious || line.contains("# "), "this lint has no reason: {line}");
    }
    let attribute = concat!("#[", "allow(");
    let inner = concat!("#![", "allow(");
    for file in all() {
        let text = read(&file);
        assert!(!text.contains(attribute) && !text.contains(inner), "{file}: exceptions are `expect` with a reason");
    }
    let clippy: toml::Table = read("clippy.toml").parse().unwrap();
    for method in clippy["disallowed-methods"].as_array().unwrap() {
        assert!(method["reason"].as_str().is_some_and(|reason| reason.len() > 10), "{method:?}");
    }
}

#[test]
fn the_wire_is_told_whole() {
    let protocol = read("docs/protocol.md");
    let mut count = 0;
    for (method, path) in vaidya::web::roles::requests() {
        let told = protocol.lines().any(|row| {
            row.match_indices(&format!("`{method} {path}")).any(|(at, start)| {
                let next = row[at + start.len()..].chars().next();
                matches!(next, Some('`' | '?'))
            })
        });
        assert!(told, "docs/protocol.md does not tell of {method} {path}");
        count += 1;
    }
    assert!(count > 20, "only {count} routes were found");
    let examples: serde_json::Value = serde_json::from_str(&read("clinic/tests/wire_examples.json")).unwrap();
    let words = words(&examples);
    assert!(words.len() > 20, "{words:?}");
    for word in words {
        assert!(protocol.contains(&word), "docs/protocol.md does not tell of the message {word}");
    }
}

#[test]
fn the_table_of_roles_is_what_the_routes_say() {
    let told = read("docs/roles.md");
    assert!(told == vaidya::web::roles::table(), "docs/roles.md is not what `vaidya roles` prints: print it anew");
}

#[test]
fn the_audit_has_a_meaning_for_every_word_and_no_other_words() {
    let told = read("docs/audit.md");
    let (_, table) = told.split_once("## The words").expect("a table of words");
    let mut words: Vec<&str> = table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
    words.sort_unstable();
    assert_eq!(words, vaidya::web::roles::actions(), "docs/audit.md explains the words of the audit");
}

#[test]
fn nothing_is_served_that_is_not_in_the_table_of_routes() {
    let may = [
        "/api/openapi.json",
        "/api/programs.json",
        "/{path:api/docs}",
        "/checkpoint",
        "/tile/{path:.*}",
        "/ledger/policy",
        "/demo/sms",
        "/ws",
        "/healthz",
        "/readyz",
        "/metrics",
        "/{path:.*}",
    ];
    for file in files("src").into_iter().filter(|file| !file.starts_with("src/tests/")) {
        let text = read(&file);
        for line in code(&text).filter(|line| line.contains(".route(") || line.contains("resource(")) {
            let known = may.iter().any(|path| line.contains(&format!("(\"{path}\"")));
            let table = file == "src/web/routes.rs" && line.contains("config.route($path");
            assert!(known || table, "{file} serves something beside the table of routes: {line}");
        }
    }
}

/// Every kind of message there is an example of; clinic's own test sees that none is left out.
fn words(value: &serde_json::Value) -> BTreeSet<String> {
    match value {
        serde_json::Value::Array(items) => items.iter().flat_map(words).collect(),
        serde_json::Value::Object(fields) => match fields.get("t").and_then(|kind| kind.as_str()) {
            Some(kind) => BTreeSet::from([kind.to_owned()]),
            None => fields.values().flat_map(words).collect(),
        },
        _ => BTreeSet::new(),
    }
}

#[test]
fn every_setting_is_told_with_its_default_and_meaning() {
    let told = read("docs/configuration.md");
    let help = vaidya::config::reference();
    for setting in &SETTINGS {
        let row = told.lines().find(|line| line.starts_with(&format!("| `{}` |", setting.variable())));
        let row = row.unwrap_or_default();
        assert!(row.contains(setting.help), "docs/configuration.md: {} means: {}", setting.variable(), setting.help);
        assert!(row.contains(setting.default) && row.contains(setting.unset), "docs/configuration.md: {row}");
        assert!(help.contains(&setting.variable()) && help.contains(setting.help));
    }
}
