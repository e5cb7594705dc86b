//! Facts taken out of the outbox and put where they belong, a batch in one transaction.

use std::collections::{BTreeMap, HashMap};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;
use vaidya_clinic::event::{Fact, HouseEvent};
use vaidya_clinic::id::OrgId;
use vaidya_clinic::time::Timestamp;

use super::super::StoreError;
use super::super::entity::{audit, consent, credential, outbox, record, visit};
use super::super::outbox::{self as box_of, Job};
use super::drafts::{self, Drafted};
use super::sublog::{self, Leaf};
use super::{Draw, Put, Submitter, entries};

/// Wait before a fact that can't be said yet is looked at again.
const LATER: std::time::Duration = std::time::Duration::from_secs(1);

/// What a human reads about a fact that nothing can be made of.
const UNREADABLE: &str = "the fact cannot be read";
const GONE: &str = "what the fact is about is not there";

pub(super) async fn all(
    tx: &DatabaseTransaction,
    jobs: &[Job],
    submitter: &Submitter,
    draw: Draw,
    now: Timestamp,
) -> Result<Put, StoreError> {
    let orgs = Orgs::of(tx, jobs).await?;
    let mut put = Put::default();
    let mut leaves: BTreeMap<Uuid, Vec<Leaf>> = BTreeMap::new();
    for job in jobs {
        let Some(fact) = &job.fact else {
            put.refused += u64::from(box_of::refuse_in(tx, job, UNREADABLE).await?);
            continue;
        };
        if !box_of::park(tx, job).await? {
            continue;
        }
        // What a visit's end says is over what is in its log by then.
        if matches!(fact, Fact::Room(vaidya_clinic::event::RoomEvent::Ended { .. })) {
            append(tx, std::mem::take(&mut leaves), &mut put, now).await?;
        }
        match drafts::of(tx, job, fact, draw).await {
            Ok(Drafted::Entries(drafts)) => {
                put.entries += entries::insert(tx, job.event.0, orgs.find(job, fact), drafts, submitter, now).await?;
            }
            Ok(Drafted::Leaf) => leaves.entry(orgs.home(job, fact)).or_default().push(leaf(job, fact)),
            Ok(Drafted::Later(why)) => {
                box_of::unpark(tx, job, now.plus(LATER), why).await?;
                put.later += 1;
            }
            Err(StoreError::NotFound) => put.refused += u64::from(box_of::refuse_in(tx, job, GONE).await?),
            Err(error) => return Err(error),
        }
    }
    append(tx, leaves, &mut put, now).await?;
    Ok(put)
}

async fn append(
    tx: &DatabaseTransaction,
    leaves: BTreeMap<Uuid, Vec<Leaf>>,
    put: &mut Put,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (org, some) in leaves {
        put.leaves += u64::try_from(some.len()).unwrap_or(u64::MAX);
        sublog::append(tx, org, some, now).await?;
    }
    Ok(())
}

fn leaf(job: &Job, fact: &Fact) -> Leaf {
    let audit = match fact {
        Fact::House(HouseEvent::Audited { seq, .. }) => i64::try_from(*seq).ok(),
        _ => None,
    };
    Leaf { event: job.event.0, visit: job.visit.map(|visit| visit.0), audit, data: drafts::leaf(job, fact) }
}

/// In which organisations things are.
struct Orgs {
    visits: HashMap<Uuid, Uuid>,
    entries: HashMap<i64, Uuid>,
    things: HashMap<Uuid, Uuid>,
}

impl Orgs {
    async fn of(tx: &DatabaseTransaction, jobs: &[Job]) -> Result<Self, StoreError> {
        let visits: Vec<Uuid> = jobs.iter().filter_map(|job| job.visit).map(|visit| visit.0).collect();
        let mut orgs = Self { visits: HashMap::new(), entries: HashMap::new(), things: HashMap::new() };
        for row in visit::Entity::find().filter(visit::Column::Id.is_in(visits)).all(tx).await? {
            orgs.visits.extend(row.org_id.map(|org| (row.id, org)));
        }
        let numbers = jobs.iter().filter_map(|job| match &job.fact {
            Some(Fact::House(HouseEvent::Audited { seq, .. })) => i64::try_from(*seq).ok(),
            _ => None,
        });
        let rows = audit::Entity::find()
            .select_only()
            .columns([audit::Column::Seq, audit::Column::OrgId])
            .filter(audit::Column::Seq.is_in(numbers));
        let rows = rows.into_tuple::<(i64, Option<Uuid>)>().all(tx).await?;
        orgs.entries.extend(rows.into_iter().filter_map(|(seq, org)| Some((seq, org?))));
        orgs.find_things(tx, jobs).await?;
        Ok(orgs)
    }

    async fn find_things(&mut self, tx: &DatabaseTransaction, jobs: &[Job]) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = jobs.iter().filter_map(|job| thing(job.fact.as_ref()?)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let consents = consent::Entity::find().filter(consent::Column::Id.is_in(ids.clone())).all(tx).await?;
        self.things.extend(consents.into_iter().map(|row| (row.id, row.org_id)));
        let credentials = credential::Entity::find().filter(credential::Column::Id.is_in(ids.clone())).all(tx).await?;
        self.things.extend(credentials.into_iter().map(|row| (row.id, row.org_id)));
        let records = record::Entity::find().filter(record::Column::Id.is_in(ids)).all(tx).await?;
        self.things.extend(records.into_iter().map(|row| (row.id, row.org_id)));
        Ok(())
    }

    fn find(&self, job: &Job, fact: &Fact) -> Option<Uuid> {
        let entry = match fact {
            Fact::House(HouseEvent::Audited { seq, .. }) => i64::try_from(*seq).ok(),
            _ => None,
        };
        let of_visit = job.visit.and_then(|visit| self.visits.get(&visit.0));
        let of_entry = entry.and_then(|seq| self.entries.get(&seq));
        of_visit.or(of_entry).or_else(|| self.things.get(&thing(fact)?)).copied()
    }

    /// What is of no organisation is in the log of the one that runs the server.
    fn home(&self, job: &Job, fact: &Fact) -> Uuid {
        self.find(job, fact).unwrap_or(OrgId::HOME.0)
    }
}

/// What a fact of the house, or of a record, is about.
fn thing(fact: &Fact) -> Option<Uuid> {
    match fact {
        Fact::House(HouseEvent::ConsentChanged { consent, .. } | HouseEvent::Reviewed { consent }) => Some(*consent),
        Fact::House(HouseEvent::CredentialChanged { credential, .. }) => Some(*credential),
        Fact::House(HouseEvent::RecordErased { record, .. }) => Some(record.0),
        Fact::Room(vaidya_clinic::event::RoomEvent::RecordSealed { record, .. }) => Some(record.0),
        _ => None,
    }
}

/// Ends what the ledger was told of these events: they are wholly there.
pub(super) async fn done(tx: &DatabaseTransaction, events: Vec<Uuid>) -> Result<(), StoreError> {
    ended(tx, events, "done", None).await
}

/// Ends them as what a human has to look at.
pub(super) async fn void(tx: &DatabaseTransaction, event: Uuid, why: &str) -> Result<(), StoreError> {
    ended(tx, vec![event], "refused", Some(why.to_owned())).await
}

async fn ended(
    tx: &DatabaseTransaction,
    events: Vec<Uuid>,
    state: &'static str,
    why: Option<String>,
) -> Result<(), StoreError> {
    let change = outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value(state))
        .col_expr(outbox::Column::LastError, Expr::value(why))
        .filter(outbox::Column::EventId.is_in(events))
        .filter(outbox::Column::Consumer.eq(vaidya_clinic::event::Consumer::Ledger.as_str()))
        .filter(outbox::Column::State.eq("leased"));
    change.exec(tx).await?;
    Ok(())
}

/// Ends the facts in a clinic's own log whose root came to the ledger.
pub(super) async fn rooted(tx: &DatabaseTransaction, org: Uuid, from: i64, to: i64) -> Result<(), StoreError> {
    use super::super::entity::sublog::{Column, Entity};
    use sea_orm::QueryTrait as _;
    let leaves = Entity::find()
        .select_only()
        .column(Column::EventId)
        .filter(Column::OrgId.eq(org))
        .filter(Column::N.gte(from))
        .filter(Column::N.lt(to));
    let change = outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value("done"))
        .filter(outbox::Column::EventId.in_subquery(leaves.into_query()))
        .filter(outbox::Column::Consumer.eq(vaidya_clinic::event::Consumer::Ledger.as_str()))
        .filter(outbox::Column::State.eq("leased"));
    change.exec(tx).await?;
    Ok(())
}
