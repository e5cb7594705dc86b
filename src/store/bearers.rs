//! Sessions of other programs in a person's name: short, without a browser, and ended like any other session.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use vaidya_clinic::time::Timestamp;

use super::accounts::Person;
use super::entity::session;
use super::sessions::{self, Holds, Session, Stage};
use super::{SecretHash, Store, StoreError};

/// How long a program's session lives, used or not. Lower makes programs sign in more often, higher lets a stolen token
/// work for longer.
pub const LIFE: Duration = Duration::from_secs(60 * 60);

/// What the list of a person's sessions calls it.
const LABEL: &str = "API";

impl Store {
    /// Opens a program's session of a person, who proved who they are, and says when it ends. It is never fresh: what
    /// needs a new proof of who one is needs a browser.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_bearer(
        &self,
        person: &Person,
        token: SecretHash,
        address: Option<std::net::IpAddr>,
        now: Timestamp,
    ) -> Result<Timestamp, StoreError> {
        let (holds, ends) = (Holds::Person(person.id, person.org, Stage::Full, address), now.plus(LIFE));
        self.write(move |tx| {
            Box::pin(async move {
                let id = sessions::open(tx, holds, token, LABEL, now).await?;
                let short = session::Entity::update_many()
                    .col_expr(session::Column::ExpiresAt, Expr::value(ends.0))
                    .col_expr(session::Column::FreshAt, Expr::value(None::<i64>))
                    .filter(session::Column::Id.eq(id.0));
                short.exec(tx).await?;
                Ok(ends)
            })
        })
        .await
    }

    /// Whose program's token this is; none when nobody's, or it is over. Programs don't lock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn bearer(&self, token: SecretHash, now: Timestamp) -> Result<Option<Session>, StoreError> {
        let found = self.read(move |db| Box::pin(sessions::find(db, token, now))).await?;
        Ok(found.map(|(session, _)| session).filter(|session| !session.locked && session.stage == Stage::Full))
    }
}
