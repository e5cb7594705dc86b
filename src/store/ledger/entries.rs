//! Entries with their bytes: numbered and signed once, waiting for receipts, ended by them.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::time::Timestamp;
use vaidya_ledger::{Entry, Hash, Kind, Statement};

use super::super::entity::ledger_entry::{self, Column};
use super::super::entity::{sublog_head, sublog_root};
use super::super::{StoreError, Work};
use super::drafts::Draft;
use super::{Submitter, is_urgent, number, put, unsigned};

/// How often what the ledger could not take yet is handed in again: what it stands on may still be on its way. Lower
/// gives up on what a slow validator holds back, higher hides what will never be taken.
const AGAIN: i64 = 8;

/// An entry that waits for its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its number in this house.
    pub id: i64,
    /// Its bytes, always the same.
    pub bytes: Vec<u8>,
    /// Whether somebody waits for it.
    pub urgent: bool,
}

/// Where an entry came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its index in the log.
    pub leaf: u64,
    /// Of which block.
    pub block: u64,
    /// When, as the validators agreed.
    pub at: Timestamp,
    /// 0 when it holds; else why it doesn't.
    pub outcome: u8,
    /// The same in words.
    pub reason: &'static str,
    /// Whether it may hold once what it stands on is there.
    pub may_pass: bool,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// Which kind.
    pub kind: String,
    /// How long it took, from the fact to the receipt.
    pub waited: std::time::Duration,
    /// Whether it holds; none when it is handed in again.
    pub holds: Option<bool>,
}

/// Numbers, signs and keeps entries of one event. Those that are there already stay as they are.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    event: Uuid,
    org: Option<Uuid>,
    drafts: Vec<Draft>,
    submitter: &Submitter,
    now: Timestamp,
) -> Result<u64, StoreError> {
    if ledger_entry::Entity::find().filter(Column::EventId.eq(event)).one(tx).await?.is_some() {
        return Ok(0);
    }
    let mut sequence = last(tx, submitter).await?;
    let count = u64::try_from(drafts.len()).unwrap_or(u64::MAX);
    for (part, draft) in (0..).zip(drafts) {
        sequence = sequence.saturating_add(1);
        row(event, part, org, draft, submitter, sequence, now)?.insert(tx).await?;
    }
    Ok(count)
}

/// An entry of evidence. Its event is named by what it shows, so that it is made once.
pub(super) async fn accuse(
    tx: &DatabaseTransaction,
    attachment: Vec<u8>,
    submitter: &Submitter,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let reference = Hash::of(&[&attachment]);
    let event = reference.0.first_chunk::<16>().map_or_else(Uuid::nil, |bytes| Uuid::from_bytes(*bytes));
    let nothing = Hash::default();
    let statement = Statement { kind: Kind::Evidence, reference, parent: nothing, commitment: nothing, not_after: 0 };
    let draft = Draft { attachment, ..Draft::new(statement, ("evidence", event, None)) };
    insert(tx, event, None, vec![draft], submitter, now).await
}

/// The last number that was given out. On PostgreSQL two who number at once meet at the unique index: one tries again.
async fn last(tx: &DatabaseTransaction, submitter: &Submitter) -> Result<u64, StoreError> {
    let last = ledger_entry::Entity::find()
        .select_only()
        .column(Column::Sequence)
        .filter(Column::Submitter.eq(submitter.signer.id().0.to_vec()))
        .order_by_desc(Column::Sequence)
        .into_tuple::<i64>();
    Ok(unsigned(last.one(tx).await?.unwrap_or_default()))
}

fn row(
    event: Uuid,
    part: i64,
    org: Option<Uuid>,
    draft: Draft,
    submitter: &Submitter,
    sequence: u64,
    now: Timestamp,
) -> Result<ledger_entry::ActiveModel, StoreError> {
    let Draft { statement, actor, attachment, opening, about: (thing, id, ver) } = draft;
    let kind = statement.kind;
    let entry = Entry::submit(&submitter.ledger, &submitter.signer, sequence, statement, actor, attachment);
    Ok(ledger_entry::ActiveModel {
        event_id: Set(event),
        part: Set(part),
        org_id: Set(org),
        kind: Set(kind.word().to_owned()),
        thing: Set(Some(thing.to_owned())),
        thing_id: Set(Some(id)),
        ver: Set(ver.map(i64::from)),
        bytes: Set(entry.encode()),
        opening: Set(opening),
        submitter: Set(entry.submitter.0.to_vec()),
        sequence: Set(number(sequence)?),
        urgent: Set(i64::from(is_urgent(kind))),
        state: Set("waiting".to_owned()),
        voided: Set(0),
        made_at: Set(now.0),
        ..Default::default()
    })
}

/// Entries that wait, in their order.
pub(super) fn waiting<'t>(db: &'t DatabaseConnection, after: i64, limit: u64) -> Work<'t, Vec<Waiting>> {
    let rows = ledger_entry::Entity::find()
        .filter(Column::State.eq("waiting"))
        .filter(Column::Id.gt(after))
        .order_by_asc(Column::Id)
        .limit(limit);
    let read = |row: ledger_entry::Model| Waiting { id: row.id, bytes: row.bytes, urgent: row.urgent != 0 };
    Box::pin(async move { Ok(rows.all(db).await?.into_iter().map(read).collect()) })
}

pub(super) async fn receipts(
    tx: &DatabaseTransaction,
    receipts: &[(i64, Receipt)],
    submitter: &Submitter,
) -> Result<Vec<Came>, StoreError> {
    let mut came = Vec::with_capacity(receipts.len());
    for (id, receipt) in receipts {
        let row = ledger_entry::Entity::find_by_id(*id).filter(Column::State.eq("waiting")).lock_exclusive();
        if let Some(row) = row.one(tx).await? {
            came.push(one(tx, row, receipt, submitter).await?);
        }
    }
    Ok(came)
}

async fn one(
    tx: &DatabaseTransaction,
    row: ledger_entry::Model,
    receipt: &Receipt,
    submitter: &Submitter,
) -> Result<Came, StoreError> {
    let (holds, kind) = (receipt.outcome == 0, row.kind.clone());
    let waited = receipt.at.since(Timestamp(row.made_at));
    if !holds && receipt.may_pass && row.voided < AGAIN {
        again(tx, &row, receipt.reason, submitter).await?;
        return Ok(Came { kind, waited, holds: None });
    }
    let kept = ledger_entry::Entity::update_many()
        .col_expr(Column::State, Expr::value(if holds { "committed" } else { "void" }))
        .col_expr(Column::Leaf, Expr::value(number(receipt.leaf)?))
        .col_expr(Column::Block, Expr::value(number(receipt.block)?))
        .col_expr(Column::CommittedAt, Expr::value(receipt.at.0))
        .col_expr(Column::Outcome, Expr::value(i64::from(receipt.outcome)))
        .col_expr(Column::Reason, Expr::value((!holds).then_some(receipt.reason)))
        .filter(Column::Id.eq(row.id));
    kept.exec(tx).await?;
    end(tx, &row, holds, receipt.reason).await?;
    Ok(Came { kind, waited, holds: Some(holds) })
}

/// The same under a new number: the old one is in the log, void.
async fn again(
    tx: &DatabaseTransaction,
    row: &ledger_entry::Model,
    reason: &str,
    submitter: &Submitter,
) -> Result<(), StoreError> {
    let was = Entry::decode(&row.bytes).map_err(|_| StoreError::strange("an entry that is none"))?;
    let sequence = last(tx, submitter).await?.saturating_add(1);
    let Submitter { ledger, signer } = submitter;
    let entry = Entry::submit(ledger, signer, sequence, was.statement, was.actor, was.attachment);
    let again = ledger_entry::Entity::update_many()
        .col_expr(Column::Bytes, Expr::value(entry.encode()))
        .col_expr(Column::Submitter, Expr::value(entry.submitter.0.to_vec()))
        .col_expr(Column::Sequence, Expr::value(number(sequence)?))
        .col_expr(Column::Voided, Expr::col(Column::Voided).add(1))
        .col_expr(Column::Reason, Expr::value(reason))
        .filter(Column::Id.eq(row.id));
    again.exec(tx).await?;
    Ok(())
}

/// Ends the facts behind an entry.
async fn end(tx: &DatabaseTransaction, row: &ledger_entry::Model, holds: bool, reason: &str) -> Result<(), StoreError> {
    if row.kind == Kind::AuditRoot.word() {
        return if holds { rooted(tx, row.event_id).await } else { unrooted(tx, row.event_id).await };
    }
    if !holds {
        return put::void(tx, row.event_id, &format!("the ledger refused {}: {reason}", row.kind)).await;
    }
    let others = Condition::all().add(Column::EventId.eq(row.event_id)).add(Column::State.ne("committed"));
    match ledger_entry::Entity::find().filter(others).one(tx).await? {
        Some(_) => Ok(()),
        None => put::done(tx, vec![row.event_id]).await,
    }
}

/// A root came to be: the facts below it are there.
async fn rooted(tx: &DatabaseTransaction, event: Uuid) -> Result<(), StoreError> {
    let Some(root) = of_event(tx, event).await? else { return Ok(()) };
    let before = sublog_root::Entity::find()
        .filter(sublog_root::Column::OrgId.eq(root.org_id))
        .filter(sublog_root::Column::Size.lt(root.size))
        .order_by_desc(sublog_root::Column::Size);
    let from = before.one(tx).await?.map_or(0, |before| before.size);
    put::rooted(tx, root.org_id, from, root.size).await
}

/// A root was refused: the next one covers its facts, and follows the one before it.
async fn unrooted(tx: &DatabaseTransaction, event: Uuid) -> Result<(), StoreError> {
    let Some(root) = of_event(tx, event).await? else { return Ok(()) };
    let gone = sublog_root::Entity::delete_many().filter(sublog_root::Column::EventId.eq(event));
    gone.exec(tx).await?;
    let before = sublog_root::Entity::find()
        .filter(sublog_root::Column::OrgId.eq(root.org_id))
        .order_by_desc(sublog_root::Column::Size);
    let (size, hash) = before.one(tx).await?.map_or((0, vec![0; 32]), |before| (before.size, before.root));
    let back = sublog_head::Entity::update_many()
        .col_expr(sublog_head::Column::RootedSize, Expr::value(size))
        .col_expr(sublog_head::Column::Root, Expr::value(hash))
        .filter(sublog_head::Column::OrgId.eq(root.org_id));
    back.exec(tx).await?;
    Ok(())
}

async fn of_event<C: ConnectionTrait>(db: &C, event: Uuid) -> Result<Option<sublog_root::Model>, StoreError> {
    Ok(sublog_root::Entity::find().filter(sublog_root::Column::EventId.eq(event)).one(db).await?)
}
