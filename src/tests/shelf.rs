//! A list of ten thousand records over the wire, and how long its pages take: a measurement, printed by `make bench`.
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures time, and says so")]

use std::time::Instant;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::Value;

use crate::browser::Browser;
use crate::visit::{Clinic, clinic};

/// Records of one patient.
const RECORDS: usize = 10_000;

/// Lists that are asked for.
const LISTS: usize = 1_000;

/// So many notes of the doctor and the patient who have the one visit there is, every third of another department.
fn notes() -> String {
    format!(
        "BEGIN IMMEDIATE;
        CREATE TEMP TABLE shelf AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {RECORDS})
            SELECT i, randomblob(16) AS id FROM n;
        INSERT INTO record (id, org_id, patient_id, kind, department, visit_id, made_at)
            SELECT s.id, v.org_id, v.patient_id, 'note', CASE i % 3 WHEN 0 THEN 'Cardiology' ELSE 'Eyes' END, v.id, 1700000000000 + i
            FROM shelf s, visit v;
        INSERT INTO record_version (record_id, ver, author_id, at, cid, size, blocks, made_at)
            SELECT s.id, 1, v.doctor_id, 1700000000000 + i, 'bafkrei' || hex(s.id), 1000, 0, 1700000000000 + i FROM shelf s, visit v;
        DROP TABLE shelf;
        COMMIT; PRAGMA optimize;"
    )
}

/// Every page from the first to the last, as one who scrolls to the end sees them, how long each took, and how many
/// records there were.
fn scrolled(browser: &mut Browser, query: &str) -> (Vec<f64>, usize) {
    let (mut took, mut seen, mut after) = (Vec::new(), 0, String::new());
    while took.len() < LISTS {
        let began = Instant::now();
        let answer = browser.get(&format!("/records?{query}{after}"));
        took.push(began.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let list = answer.json();
        seen += list.get("records").and_then(Value::as_array).map_or(0, Vec::len);
        let Some(Value::String(next)) = list.get("next") else { break };
        after = format!("&after={next}");
    }
    (took, seen)
}

#[tokio::test]
#[ignore = "it measures for a while: make bench runs it"]
async fn a_list_of_ten_thousand_records() {
    let mut clinic = clinic();
    clinic.open_visit();
    let Clinic { server: _server, mut doctor, mut patient, folder } = clinic;
    let db = Database::connect(format!("sqlite://{}", folder.0.join("vaidya.db").display())).await.unwrap();
    db.execute_unprepared(&notes()).await.unwrap();
    db.close().await.unwrap();
    for (who, browser) in [("patient", &mut patient), ("doctor", &mut doctor)] {
        let mut took = Vec::new();
        while took.len() < LISTS {
            let (all, seen) = scrolled(browser, "");
            assert_eq!(seen, RECORDS, "all of them");
            let (narrowed, fewer) = scrolled(browser, "department=Cardiology");
            assert_eq!(fewer, RECORDS / 3);
            took.extend(all.into_iter().chain(narrowed));
        }
        took.sort_unstable_by(f64::total_cmp);
        let at = |part: usize| took[(took.len() - 1) * part / 100];
        println!(
            "list of {RECORDS} records, {who}: {} pages of 100 took {:.1} ms (p50), {:.1} ms (p99), {:.1} ms (most)",
            took.len(),
            at(50),
            at(99),
            at(100),
        );
    }
}
