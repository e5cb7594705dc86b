//! Registers of medical councils, as an organisation imported them: what a registration is matched with.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set};
use vaidya_clinic::credential::{CredentialState, folded, normal};
use vaidya_clinic::id::OrgId;
use vaidya_clinic::time::Timestamp;

use super::entity::{credential, person, registry_entry};
use super::{Store, StoreError, credentials, organisations};

/// Rows in one statement: 8 values each, and SQLite takes 32,766 of them.
const AT_ONCE: usize = 1_000;

/// What history says of a registration that a register suspended.
const SUSPENDED: &str = "The council's register has suspended this registration.";

/// What history says of a registration that is not in a register any more.
const GONE: &str = "The registration is not in the council's newer register.";

/// A row of a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The council.
    pub council: String,
    /// The number there.
    pub number: String,
    /// The name there.
    pub name: String,
    /// The degrees there.
    pub qualification: String,
    /// When it ends, if the register says so.
    pub valid_until: Option<Timestamp>,
    /// Whether the register has suspended it.
    pub suspended: bool,
}

/// Why a registration is not matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoMatch {
    /// No such number in the register.
    Absent,
    /// The register has suspended it.
    Suspended,
    /// By the register its time is over.
    Over,
    /// The number is there under this name.
    Name(String),
    /// Another doctor has this number in force.
    Taken,
}

type Matched = Result<(), NoMatch>;

impl Store {
    /// Takes over rows of registers. When they are `whole`, rows of the same councils that are not among them go.
    /// Registrations in force whose rows went or are suspended are suspended. Says how many rows were kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn import_register(
        &self,
        org: OrgId,
        rows: Vec<Entry>,
        whole: bool,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.report(move |tx| Box::pin(import(tx, org, rows, whole, now))).await
    }
}

async fn import(
    tx: &DatabaseTransaction,
    org: OrgId,
    rows: Vec<Entry>,
    whole: bool,
    now: Timestamp,
) -> Result<usize, StoreError> {
    organisations::hold(tx, org).await?;
    // A number that is there twice counts as it is there last.
    let rows: HashMap<(String, String), Entry> =
        rows.into_iter().map(|row| ((normal(&row.council), normal(&row.number)), row)).collect();
    let councils: HashSet<String> = rows.keys().map(|(council, _)| council.clone()).collect();
    for council in &councils {
        let mut old = registry_entry::Entity::delete_many()
            .filter(registry_entry::Column::OrgId.eq(org.0))
            .filter(registry_entry::Column::Council.eq(council.clone()));
        if !whole {
            let again = rows.keys().filter(|(of, _)| of == council).map(|(_, number)| number.clone());
            old = old.filter(registry_entry::Column::Number.is_in(again));
        }
        old.exec(tx).await?;
    }
    let kept = rows.len();
    let models: Vec<_> = rows.into_iter().map(|(key, row)| model(org, key, row, now)).collect();
    for some in models.chunks(AT_ONCE) {
        registry_entry::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    suspend(tx, org, &councils, now).await?;
    Ok(kept)
}

fn model(org: OrgId, (council, number): (String, String), row: Entry, now: Timestamp) -> registry_entry::ActiveModel {
    registry_entry::ActiveModel {
        org_id: Set(org.0),
        council: Set(council),
        number: Set(number),
        name: Set(row.name),
        qualification: Set(row.qualification),
        valid_until: Set(row.valid_until.map(|end| end.0)),
        standing: Set(if row.suspended { "suspended" } else { "good" }.to_owned()),
        imported_at: Set(now.0),
    }
}

/// Suspends what is in force against the registers of these councils.
async fn suspend(
    tx: &DatabaseTransaction,
    org: OrgId,
    councils: &HashSet<String>,
    now: Timestamp,
) -> Result<(), StoreError> {
    for row in active(tx, org).await? {
        if !councils.contains(&normal(&row.council)) {
            continue;
        }
        let why = match entry(tx, &row).await? {
            Some(entry) if entry.standing == "suspended" => SUSPENDED,
            // Who was matched by hand was not in the register before either.
            None if row.match_note.is_none() => GONE,
            Some(_) | None => continue,
        };
        credentials::suspend_by_register(tx, row.id, why, now).await?;
    }
    Ok(())
}

/// Matches a registration with its row; its end becomes the register's when that is earlier.
pub(super) async fn confirm(
    tx: &DatabaseTransaction,
    row: &mut credential::Model,
    now: Timestamp,
) -> Result<Matched, StoreError> {
    let Some(found) = entry(tx, row).await? else { return Ok(Err(NoMatch::Absent)) };
    if let Err(no) = good(&found, now) {
        return Ok(Err(no));
    }
    let doctor = person::Entity::find_by_id(row.person_id).one(tx).await?.ok_or(StoreError::NotFound)?;
    if folded(&doctor.name) != folded(&found.name) {
        return Ok(Err(NoMatch::Name(found.name)));
    }
    if let Some(end) = found.valid_until {
        row.valid_until = row.valid_until.min(end);
    }
    only_one(tx, row).await
}

/// Whether no other doctor of the organisation has this number in force.
pub(super) async fn only_one(tx: &DatabaseTransaction, row: &credential::Model) -> Result<Matched, StoreError> {
    let same = |other: &credential::Model| {
        other.id != row.id
            && normal(&other.council) == normal(&row.council)
            && normal(&other.number) == normal(&row.number)
    };
    let taken = active(tx, OrgId(row.org_id)).await?.iter().any(same);
    Ok(if taken { Err(NoMatch::Taken) } else { Ok(()) })
}

/// Whether the register still says what it said when it was matched. One that was matched by hand is only held against
/// a row that says otherwise.
pub(super) async fn stands(
    tx: &DatabaseTransaction,
    row: &credential::Model,
    now: Timestamp,
) -> Result<Matched, StoreError> {
    let told = match entry(tx, row).await? {
        Some(found) => good(&found, now),
        None if row.match_note.is_none() => Err(NoMatch::Absent),
        None => Ok(()),
    };
    match told {
        Ok(()) => only_one(tx, row).await,
        no => Ok(no),
    }
}

fn good(entry: &registry_entry::Model, now: Timestamp) -> Matched {
    match entry {
        suspended if suspended.standing == "suspended" => Err(NoMatch::Suspended),
        over if over.valid_until.is_some_and(|end| end <= now.0) => Err(NoMatch::Over),
        _ => Ok(()),
    }
}

async fn entry<C: ConnectionTrait>(
    db: &C,
    row: &credential::Model,
) -> Result<Option<registry_entry::Model>, StoreError> {
    let key = (row.org_id, normal(&row.council), normal(&row.number));
    Ok(registry_entry::Entity::find_by_id(key).one(db).await?)
}

async fn active<C: ConnectionTrait>(db: &C, org: OrgId) -> Result<Vec<credential::Model>, StoreError> {
    let rows = credential::Entity::find()
        .filter(credential::Column::OrgId.eq(org.0))
        .filter(credential::Column::State.eq(CredentialState::Active.as_str()));
    Ok(rows.all(db).await?)
}
