//! The schema's history: each change of the database, in order.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseConnection, DatabaseTransaction, EntityTrait};
use sea_orm_migration::seaql_migrations;

mod dialect;
mod m0001_house;
mod m0002_seal;
mod m0003_door;
mod m0004_vault;
mod m0005_consents;
mod m0006_rights;
mod m0007_ledger;
mod m0008_witness;

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_house::House),
            Box::new(m0002_seal::Seal),
            Box::new(m0003_door::Door),
            Box::new(m0004_vault::Vault),
            Box::new(m0005_consents::Consents),
            Box::new(m0006_rights::Rights),
            Box::new(m0007_ledger::Ledger),
            Box::new(m0008_witness::Witness),
        ]
    }
}

/// Applies what is missing of the history.
///
/// # Errors
/// When the database does not answer or does not take a step; nothing is applied then if `tx` is rolled back.
pub async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    Migrator::up(tx, None).await
}

/// Applies the first steps of an empty database's history: for tests of what the later ones make of what is there.
///
/// # Errors
/// As [`up`].
pub async fn up_to(tx: &DatabaseTransaction, steps: u32) -> Result<(), DbErr> {
    Migrator::up(tx, Some(steps)).await
}

/// How a database stands to this history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Applied there and unknown here: the database was written by a newer program.
    pub unknown: Vec<String>,
    /// Known here and not applied there, in order.
    pub pending: Vec<String>,
}

/// Compares a database with this history and changes nothing. An empty database has everything pending.
///
/// # Errors
/// When the database does not answer.
pub async fn standing(db: &DatabaseConnection) -> Result<Standing, DbErr> {
    let applied = applied(db).await?;
    let known: Vec<String> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
    Ok(Standing {
        unknown: applied.iter().filter(|name| !known.contains(name)).cloned().collect(),
        pending: known.into_iter().filter(|name| !applied.contains(name)).collect(),
    })
}

async fn applied(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let rows = seaql_migrations::Entity::find().all(db).await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
