//! `vaidya token`: service tokens from the server's own command line.

use vaidya_clinic::id::OrgId;
use vaidya_clinic::scope::Scope;
use vaidya_clinic::time::Timestamp;

use super::{AppError, other};
use crate::clock;
use crate::config::Settings;
use crate::console::say;
use crate::store::Store;
use crate::store::tokens::{NewToken, Token};
use crate::web::tokens::{draw, life};

/// What is to be done with tokens.
pub enum Deed {
    /// Make one and show it.
    Create {
        /// What it is for.
        name: String,
        /// What may be done with it.
        scopes: Vec<String>,
        /// For how many days.
        days: u64,
    },
    /// Show all.
    List,
    /// Revoke one.
    Revoke(uuid::Uuid),
}

/// Does it, in this organisation, also while the server runs.
///
/// # Errors
/// When the database cannot be used, or the words are not right.
pub async fn run(settings: &Settings, org: OrgId, deed: Deed) -> Result<(), AppError> {
    let store = Store::open(settings.database_url.as_deref(), &settings.data).await?;
    let done = perform(&store, org, deed).await;
    store.close().await;
    done
}

async fn perform(store: &Store, org: OrgId, deed: Deed) -> Result<(), AppError> {
    match deed {
        Deed::Create { name, scopes, days } => create(store, org, name, &scopes, days).await,
        Deed::List => {
            for token in store.tokens(org).await? {
                say(&line(&token, clock::now()));
            }
            Ok(())
        }
        Deed::Revoke(id) => Ok(store.revoke_token(org, id, clock::now()).await?),
    }
}

async fn create(store: &Store, org: OrgId, name: String, words: &[String], days: u64) -> Result<(), AppError> {
    let known = || Scope::ALL.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
    let scopes = words.iter().map(|word| Scope::parse(word)).collect::<Option<Vec<_>>>();
    let scopes = scopes.filter(|scopes| !scopes.is_empty());
    let scopes = scopes.ok_or_else(|| other(format!("--scope is one of {}", known())))?;
    let life = life(days).ok_or_else(|| other("--days is a number from 1 to 365"))?;
    let name = vaidya_clinic::name::name(&name).map_err(other)?;
    let (token, hash) = draw();
    let made = store.make_token(NewToken { org, name, scopes, hash, by: None, life }, clock::now()).await?;
    say(&format!("Token {} is shown this once:\n{token}", made.id));
    Ok(())
}

fn line(token: &Token, now: Timestamp) -> String {
    let standing = match token {
        Token { revoked: true, .. } => "revoked",
        token if token.expires_at <= now => "expired",
        _ => "works",
    };
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    format!("{}  {standing:<8} {}  {}", token.id, scopes.join(","), token.name)
}
