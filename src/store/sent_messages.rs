//! Short messages and mails: each is a row and a fact that it is due, written in the transaction of what it tells.

use sea_orm::{ActiveModelTrait, ConnectionTrait, Set};
use uuid::Uuid;
use vaidya_clinic::contact::Contact;
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{OrgId, VisitId};
use vaidya_clinic::message::Words;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::time::Timestamp;

use super::entity::sent_message;
use super::{StoreError, facts};

/// A message that is to go out.
#[derive(Clone)]
pub struct Outgoing {
    /// To whom.
    pub contact: Contact,
    /// What it is, as a word.
    pub kind: &'static str,
    /// In which language it is.
    pub language: Language,
    /// What it says.
    pub words: Words,
    /// In whose name.
    pub org: Option<OrgId>,
    /// About which visit.
    pub visit: Option<VisitId>,
}

/// Keeps a message and the fact that it is due; call it in a transaction that reports.
pub(super) async fn queue<C: ConnectionTrait>(db: &C, out: &Outgoing, now: Timestamp) -> Result<Uuid, StoreError> {
    let id = Uuid::new_v4();
    let row = sent_message::ActiveModel {
        id: Set(id),
        channel: Set(out.contact.channel().as_str().to_owned()),
        contact: Set(out.contact.as_str().to_owned()),
        kind: Set(out.kind.to_owned()),
        language: Set(out.language.as_str().to_owned()),
        subject: Set(Some(out.words.subject.clone())),
        body: Set(out.words.body.clone()),
        org_id: Set(out.org.map(|org| org.0)),
        visit_id: Set(out.visit.map(|visit| visit.0)),
        state: Set("waiting".to_owned()),
        error: Set(None),
        made_at: Set(now.0),
        sent_at: Set(None),
    };
    row.insert(db).await?;
    facts::house(db, &HouseEvent::MessageDue { message: id }, now).await?;
    Ok(id)
}
