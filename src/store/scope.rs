//! What someone can reach: the things of the organisation their session is in, and what is a patient's own.

use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;
use vaidya_clinic::id::{PersonId, RecordId, VisitId};
use vaidya_clinic::role::Role;

use super::accounts::Person;
use super::entity::{credential, record, visit};
use super::{Store, StoreError, members};

/// A thing that belongs to an organisation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A visit.
    Visit(VisitId),
    /// A person, who may belong to several.
    Person(PersonId),
    /// A record.
    Record(RecordId),
    /// A doctor's registration.
    Credential(Uuid),
}

impl Store {
    /// Whether a thing is within someone's reach: whether it is theirs to use, the routes know. What was said with their
    /// doctors is a patient's own, in whichever organisation it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reaches(&self, who: &Person, thing: Thing) -> Result<bool, StoreError> {
        let who = who.clone();
        self.read(move |db| Box::pin(async move { reaches(db, &who, thing).await })).await
    }
}

async fn reaches<C: ConnectionTrait>(db: &C, who: &Person, thing: Thing) -> Result<bool, StoreError> {
    match thing {
        Thing::Visit(id) => visit_within(db, who, id.0).await,
        Thing::Person(id) => Ok(members::of(db, id, who.org).await?.is_some()),
        Thing::Record(id) => match record::Entity::find_by_id(id.0).one(db).await? {
            Some(row) => Ok(row.org_id == who.org.0 || (who.role == Role::Patient && row.patient_id == who.id.0)),
            None => Ok(false),
        },
        Thing::Credential(id) => {
            let row = credential::Entity::find_by_id(id).one(db).await?;
            Ok(row.is_some_and(|row| row.org_id == who.org.0))
        }
    }
}

async fn visit_within<C: ConnectionTrait>(db: &C, who: &Person, id: Uuid) -> Result<bool, StoreError> {
    let row = visit::Entity::find_by_id(id).one(db).await?;
    Ok(row.is_some_and(|row| within(&row, who)))
}

/// Whether a visit is within someone's reach.
pub(super) fn within(row: &visit::Model, who: &Person) -> bool {
    row.org_id == Some(who.org.0) || (who.role == Role::Patient && row.patient_id == who.id.0)
}
