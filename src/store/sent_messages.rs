//! Messages to phones and mailboxes: written with the change they tell of, sent by a job, forgotten after a while.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::contact::{Channel, Contact};
use vaidya_clinic::event::HouseEvent;
use vaidya_clinic::id::{OrgId, VisitId};
use vaidya_clinic::message::{Notice, Words, words};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::time::Timestamp;

use super::cover::covered;
use super::entity::{organisation, sent_message};
use super::error::known;
use super::{Store, StoreError, before, facts};

/// How long messages are remembered. Lower forgets what a patient asks about, higher keeps contacts for longer.
const REMEMBER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The kind of a message to nobody: it is written so that asking after an unknown account does the same work.
const NOBODY: &str = "nobody";

/// A message that is wanted.
pub(super) struct Draft<'a> {
    /// To whom; nobody when there is nobody, and nobody must see that.
    pub(super) to: Option<&'a Contact>,
    /// What they are told.
    pub(super) notice: Notice<'a>,
    /// In which language.
    pub(super) language: Language,
    /// In whose name.
    pub(super) org: OrgId,
}

/// A message whose words are chosen already.
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

/// A message as it was kept. No `Debug`: it names a contact and may hold a code.
#[derive(Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// Its id.
    pub id: Uuid,
    /// By what it goes.
    pub channel: Channel,
    /// To whom; empty when to nobody.
    pub to: String,
    /// The subject of a mail.
    pub subject: String,
    /// The text; empty once it went out with a secret in it.
    pub body: String,
    /// Whether it is sealed under the key of another server, so that nobody here can read it.
    pub lost: bool,
    /// When it was written.
    pub at: Timestamp,
    /// Whether it is still to be sent.
    pub waiting: bool,
}

/// How sending ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Gone: secrets in it are wiped.
    Gone,
    /// Kept to be read here.
    Shown,
    /// It will never go, for this reason, which names nobody.
    Failed(&'static str),
}

impl Store {
    /// A message.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message(&self, id: Uuid) -> Result<Option<SentMessage>, StoreError> {
        let find = sent_message::Entity::find_by_id(id);
        let row = self.read(move |db| Box::pin(async move { Ok(find.one(db).await?) })).await?;
        row.map(|row| self.read_message(row)).transpose()
    }

    /// The newest messages to anybody, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_messages(&self, limit: u64) -> Result<Vec<SentMessage>, StoreError> {
        let newest = sent_message::Entity::find()
            .filter(sent_message::Column::Kind.ne(NOBODY))
            .order_by_desc(sent_message::Column::MadeAt)
            .order_by_desc(sent_message::Column::Id)
            .limit(limit);
        let rows = self.read(move |db| Box::pin(async move { Ok(newest.all(db).await?) })).await?;
        rows.into_iter().map(|row| self.read_message(row)).collect()
    }

    /// The newest messages to one contact, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_messages_to(&self, contact: &str, limit: u64) -> Result<Vec<SentMessage>, StoreError> {
        let newest = sent_message::Entity::find()
            .filter(sent_message::Column::Contact.eq(contact))
            .order_by_desc(sent_message::Column::MadeAt)
            .order_by_desc(sent_message::Column::Id)
            .limit(limit);
        let rows = self.read(move |db| Box::pin(async move { Ok(newest.all(db).await?) })).await?;
        rows.into_iter().map(|row| self.read_message(row)).collect()
    }

    /// Notes how sending a message ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_went(&self, id: Uuid, how: Sent, now: Timestamp) -> Result<(), StoreError> {
        let (state, error) = match how {
            Sent::Gone | Sent::Shown => ("sent", None),
            Sent::Failed(why) => ("failed", Some(why)),
        };
        let mut change = sent_message::Entity::update_many()
            .col_expr(sent_message::Column::State, Expr::value(state))
            .col_expr(sent_message::Column::Error, Expr::value(error))
            .col_expr(sent_message::Column::SentAt, Expr::value(now.0))
            .filter(sent_message::Column::Id.eq(id));
        if how != Sent::Shown {
            change = change.col_expr(sent_message::Column::Body, Expr::value(""));
        }
        self.write(move |tx| Box::pin(async move { Ok(change.exec(tx).await.map(|_| ())?) })).await
    }

    fn read_message(&self, row: sent_message::Model) -> Result<SentMessage, StoreError> {
        let body = self.uncovered(row.id, &row.body);
        Ok(SentMessage {
            id: row.id,
            channel: known(Channel::parse(&row.channel))?,
            to: row.contact,
            subject: row.subject.unwrap_or_default(),
            lost: body.is_none(),
            body: body.unwrap_or_default(),
            at: Timestamp(row.made_at),
            waiting: row.state == "waiting",
        })
    }

    /// Forgets messages of more than a week ago, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_messages(&self, now: Timestamp) -> Result<u64, StoreError> {
        let old = sent_message::Column::MadeAt.lt(before(now, REMEMBER).0);
        let forget = sent_message::Entity::delete_many().filter(old);
        self.write(move |tx| Box::pin(async move { Ok(forget.exec(tx).await?.rows_affected) })).await
    }
}

/// Keeps a message and the fact that it is due; call it in a transaction that reports.
pub(super) async fn queue<C: ConnectionTrait>(db: &C, out: &Outgoing, now: Timestamp) -> Result<Uuid, StoreError> {
    let (channel, to) = (out.contact.channel(), out.contact.as_str());
    let row = row(channel, to, out.kind, out.language, &out.words, now)?;
    let row = sent_message::ActiveModel {
        org_id: Set(out.org.map(|org| org.0)),
        visit_id: Set(out.visit.map(|visit| visit.0)),
        ..row
    };
    due(db, row, now).await
}

/// Writes to someone in the name of an organisation; to nobody as well, which costs the same.
pub(super) async fn tell(tx: &DatabaseTransaction, draft: Draft<'_>, now: Timestamp) -> Result<(), StoreError> {
    let clinic = clinic(tx, draft.org).await?;
    let channel = draft.to.map_or(Channel::Sms, Contact::channel);
    let words = words(draft.notice, &clinic, draft.language, channel);
    let to = draft.to.map(Contact::as_str).unwrap_or_default();
    let kind = draft.to.map_or(NOBODY, |_| kind(draft.notice));
    let row = row(channel, to, kind, draft.language, &words, now)?;
    due(tx, sent_message::ActiveModel { org_id: Set(Some(draft.org.0)), ..row }, now).await?;
    Ok(())
}

fn row(
    channel: Channel,
    to: &str,
    kind: &str,
    language: Language,
    words: &Words,
    now: Timestamp,
) -> Result<sent_message::ActiveModel, StoreError> {
    let id = Uuid::new_v4();
    Ok(sent_message::ActiveModel {
        id: Set(id),
        channel: Set(channel.as_str().to_owned()),
        contact: Set(to.to_owned()),
        kind: Set(kind.to_owned()),
        language: Set(language.as_str().to_owned()),
        subject: Set(Some(words.subject.clone())),
        body: Set(covered(id, &words.body)?),
        org_id: Set(None),
        visit_id: Set(None),
        state: Set("waiting".to_owned()),
        error: Set(None),
        made_at: Set(now.0),
        sent_at: Set(None),
    })
}

async fn due<C: ConnectionTrait>(db: &C, row: sent_message::ActiveModel, now: Timestamp) -> Result<Uuid, StoreError> {
    let id = row.insert(db).await?.id;
    facts::house(db, &HouseEvent::MessageDue { message: id }, now).await?;
    Ok(id)
}

/// The name an organisation signs with.
async fn clinic<C: ConnectionTrait>(db: &C, org: OrgId) -> Result<String, StoreError> {
    let row = organisation::Entity::find_by_id(org.0).one(db).await?;
    row.map(|row| row.name).ok_or(StoreError::NotFound)
}

fn kind(notice: Notice<'_>) -> &'static str {
    match notice {
        Notice::Code(_) => "code",
        Notice::Visit(_) => "visit",
        Notice::Invite(_) => "invite",
        Notice::ContactChanged => "contact",
        Notice::RecordsRestored => "restore",
        Notice::Asked(_) => "consent",
        Notice::BrokeGlass(_) => "break_glass",
        Notice::GuardianLinked => "guardian",
        Notice::Witnessed(_) => "witness",
    }
}
