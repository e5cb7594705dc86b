//! Whether several files tell one history of the ledger.

use std::path::PathBuf;

use vaidya_ledger::pbft::Seq;

use super::NoLedger;
use crate::store::votes::Votes;

/// Whether all of these tell one history, as far as each goes.
pub(super) async fn one_history(all: &[(PathBuf, Votes)]) -> Result<(), NoLedger> {
    let Some((one, first)) = all.first() else { return Ok(()) };
    for (other, votes) in all.iter().skip(1) {
        let common = first.last().await?.min(votes.last().await?);
        if common == 0 || first.point(common).await? == votes.point(common).await? {
            continue;
        }
        let what = parting(first, votes, common).await?;
        return Err(NoLedger::Forked { one: one.display().to_string(), other: other.display().to_string(), what });
    }
    Ok(())
}

/// Where two histories part that differ at a block: the chain says so at every block after, so that halving finds the first.
async fn parting(one: &Votes, other: &Votes, differs: Seq) -> Result<String, NoLedger> {
    let (mut same, mut differs) = (0, differs);
    while differs.saturating_sub(same) > 1 {
        let middle = same.midpoint(differs);
        match one.point(middle).await? == other.point(middle).await? {
            true => same = middle,
            false => differs = middle,
        }
    }
    let (here, there) = (one.block(differs).await?, other.block(differs).await?);
    let entry = here.zip(there).and_then(|((here, _), (there, _))| {
        let at = here.leaves.iter().zip(&there.leaves).position(|(here, there)| here != there);
        here.first().checked_add(u64::try_from(at.unwrap_or(0)).ok()?)
    });
    Ok(format!("entry {} of the log, in block {differs}, is the first that differs", entry.unwrap_or(0)))
}
