//! A clinic's own log: what happens too often for an entry each. The ledger has its root, at most one in a batch window.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;
use vaidya_clinic::anchor::Thing;
use vaidya_clinic::id::{OrgId, VisitId};
use vaidya_clinic::time::Timestamp;
use vaidya_ledger::merkle::{Frontier, Node, Plan, leaf_hash};
use vaidya_ledger::{Hash, Kind, Statement};

use super::super::entity::{ledger_entry, sublog, sublog_head, sublog_node, sublog_root};
use super::super::{StoreError, before};
use super::drafts::Draft;
use super::{Submitter, entries, number, unsigned};

/// Rows in one statement: 7 values each, and SQLite takes 32,766 of them.
const AT_ONCE: usize = 1_000;

/// Leaves of a visit that are read at a time.
const STRETCH: u64 = 10_000;

/// Something for a clinic's own log.
pub(super) struct Leaf {
    /// Which fact.
    pub(super) event: Uuid,
    /// In which visit.
    pub(super) visit: Option<Uuid>,
    /// Which entry of the audit it is.
    pub(super) audit: Option<i64>,
    /// What it says.
    pub(super) data: Vec<u8>,
}

/// Puts leaves at the end of a clinic's own log, in this order; those that are there already are left where they are.
pub(super) async fn append(
    tx: &DatabaseTransaction,
    org: Uuid,
    leaves: Vec<Leaf>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let head = held(tx, org).await?;
    let known = known(tx, &leaves).await?;
    let mut frontier = frontier(tx, org, unsigned(head.size)).await?;
    let (mut rows, mut nodes) = (Vec::new(), Vec::new());
    for leaf in leaves.into_iter().filter(|leaf| !known.contains(&leaf.event)) {
        let n = number(frontier.size())?;
        frontier.append_telling(leaf_hash(&leaf.data), &mut |node, hash| nodes.push((node, hash)));
        rows.push(sublog::ActiveModel {
            org_id: Set(org),
            n: Set(n),
            event_id: Set(leaf.event),
            visit_id: Set(leaf.visit),
            audit_seq: Set(leaf.audit),
            data: Set(leaf.data),
            made_at: Set(now.0),
        });
    }
    for some in rows.chunks(AT_ONCE) {
        sublog::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    let nodes = nodes.into_iter().map(|(node, hash)| row(org, node, hash)).collect::<Result<Vec<_>, _>>()?;
    for some in nodes.chunks(AT_ONCE) {
        sublog_node::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    let mut head = head.into_active_model();
    head.size = Set(number(frontier.size())?);
    head.update(tx).await?;
    Ok(())
}

fn row(org: Uuid, node: Node, hash: Hash) -> Result<sublog_node::ActiveModel, StoreError> {
    let (level, n, hash) = (Set(i64::from(node.level)), Set(number(node.index)?), Set(hash.0.to_vec()));
    Ok(sublog_node::ActiveModel { org_id: Set(org), level, n, hash })
}

/// The end of a clinic's own log, held until the transaction ends: leaves are put there one after the other.
async fn held(tx: &DatabaseTransaction, org: Uuid) -> Result<sublog_head::Model, StoreError> {
    let first = sublog_head::ActiveModel {
        org_id: Set(org),
        size: Set(0),
        rooted_size: Set(0),
        root: Set(vec![0; 32]),
        rooted_at: Set(0),
    };
    let once = sea_orm::sea_query::OnConflict::column(sublog_head::Column::OrgId).do_nothing().to_owned();
    sublog_head::Entity::insert(first).on_conflict(once).try_insert().exec_without_returning(tx).await?;
    let head = sublog_head::Entity::find_by_id(org).lock_exclusive().one(tx).await?;
    head.ok_or_else(|| StoreError::strange("a clinic's log without an end"))
}

async fn known(tx: &DatabaseTransaction, leaves: &[Leaf]) -> Result<Vec<Uuid>, StoreError> {
    let mut known = Vec::new();
    for some in leaves.chunks(AT_ONCE) {
        let there = sublog::Entity::find()
            .select_only()
            .column(sublog::Column::EventId)
            .filter(sublog::Column::EventId.is_in(some.iter().map(|leaf| leaf.event)));
        known.extend(there.into_tuple::<Uuid>().all(tx).await?);
    }
    Ok(known)
}

async fn frontier<C: ConnectionTrait>(db: &C, org: Uuid, size: u64) -> Result<Frontier, StoreError> {
    let peaks = hashes(db, org, &Plan::root(size).wanted()).await?;
    Frontier::resume(size, peaks).ok_or_else(|| StoreError::strange("a clinic's log of another size"))
}

/// The hashes of whole subtrees, in this order.
pub(super) async fn hashes<C: ConnectionTrait>(db: &C, org: Uuid, wanted: &[Node]) -> Result<Vec<Hash>, StoreError> {
    let mut any = Condition::any();
    for node in wanted {
        let level = sublog_node::Column::Level.eq(i64::from(node.level));
        any = any.add(Condition::all().add(level).add(sublog_node::Column::N.eq(number(node.index)?)));
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sublog_node::Entity::find().filter(sublog_node::Column::OrgId.eq(org)).filter(any).all(db).await?;
    let found: BTreeMap<(i64, i64), Vec<u8>> = rows.into_iter().map(|row| ((row.level, row.n), row.hash)).collect();
    let one = |node: &Node| {
        let hash =
            found.get(&(i64::from(node.level), number(node.index)?)).and_then(|hash| hash.as_slice().try_into().ok());
        hash.map(Hash).ok_or_else(|| StoreError::strange("a subtree that is missing"))
    };
    wanted.iter().map(one).collect()
}

/// The root over what happened in a visit, as far as its clinic's own log has it: RFC 6962 over those leaves alone.
pub(super) async fn root_of_visit(tx: &DatabaseTransaction, visit: VisitId) -> Result<Hash, StoreError> {
    let (mut frontier, mut after) = (Frontier::new(), -1);
    loop {
        let some = sublog::Entity::find()
            .filter(sublog::Column::VisitId.eq(visit.0))
            .filter(sublog::Column::N.gt(after))
            .order_by_asc(sublog::Column::N)
            .limit(STRETCH);
        let some = some.all(tx).await?;
        some.iter().for_each(|row| frontier.append(leaf_hash(&row.data)));
        match some.last() {
            Some(last) => after = last.n,
            None => return Ok(if frontier.size() == 0 { Hash::default() } else { frontier.root() }),
        }
    }
}

/// Makes entries of the roots of clinics' own logs that went on.
pub(super) async fn root_all(
    tx: &DatabaseTransaction,
    window: Duration,
    submitter: &Submitter,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let due = sublog_head::Entity::find()
        .filter(Expr::col(sublog_head::Column::Size).gt(Expr::col(sublog_head::Column::RootedSize)))
        .filter(sublog_head::Column::RootedAt.lte(before(now, window).0))
        .order_by_asc(sublog_head::Column::OrgId)
        .lock_exclusive();
    let mut made = 0_u64;
    for head in due.all(tx).await? {
        let waits = ledger_entry::Entity::find()
            .filter(ledger_entry::Column::ThingId.eq(head.org_id))
            .filter(ledger_entry::Column::Kind.eq(Kind::AuditRoot.word()))
            .filter(ledger_entry::Column::State.eq("waiting"));
        if waits.one(tx).await?.is_none() {
            root(tx, head, submitter, now).await?;
            made = made.saturating_add(1);
        }
    }
    Ok(made)
}

async fn root(
    tx: &DatabaseTransaction,
    head: sublog_head::Model,
    submitter: &Submitter,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (org, size, event) = (head.org_id, unsigned(head.size), Uuid::new_v4());
    let parent = head.root.as_slice().try_into().map_err(|_| StoreError::strange("a root of another length"))?;
    let statement = Statement {
        kind: Kind::AuditRoot,
        reference: Hash(Thing::Clinic(OrgId(org)).reference()),
        parent: Hash(parent),
        commitment: frontier(tx, org, size).await?.root(),
        not_after: 0,
    };
    let root = statement.commitment.0.to_vec();
    let draft = Draft { attachment: size.to_be_bytes().to_vec(), ..Draft::new(statement, ("clinic", org, None)) };
    entries::insert(tx, event, Some(org), vec![draft], submitter, now).await?;
    let kept = sublog_root::ActiveModel {
        org_id: Set(org),
        size: Set(head.size),
        root: Set(root.clone()),
        event_id: Set(event),
    };
    kept.insert(tx).await?;
    let size = head.size;
    let mut head = head.into_active_model();
    (head.rooted_size, head.root, head.rooted_at) = (Set(size), Set(root), Set(now.0));
    head.update(tx).await?;
    Ok(())
}

/// The smallest root on the ledger that covers a leaf.
pub(super) async fn root_over<C: ConnectionTrait>(
    db: &C,
    org: Uuid,
    n: i64,
) -> Result<Option<sublog_root::Model>, StoreError> {
    let root = sublog_root::Entity::find()
        .filter(sublog_root::Column::OrgId.eq(org))
        .filter(sublog_root::Column::Size.gt(n))
        .order_by_asc(sublog_root::Column::Size);
    Ok(root.one(db).await?)
}
