//! Who may say what: the rules every entry is held to when its turn has come.
use super::row::{Key, Submitter};
use super::seen::Seen;
use super::state::{Effect, State};
use super::{Void, consents, credentials, keys, office, records};
use crate::{Entry, Hash, KeyId, Kind};

/// What a rule answers: the rows that follow, or why there are none.
pub(super) type Verdict = Result<Vec<Effect>, Void>;

/// An entry before its judge.
pub(super) struct Case<'a> {
    pub(super) ledger: &'a Hash,
    pub(super) state: &'a State,
    pub(super) entry: &'a Entry,
    /// The block's, ms since 1970.
    pub(super) time: u64,
}

impl Case<'_> {
    /// What it is about.
    pub(super) fn reference(&self) -> Hash {
        self.entry.statement.reference
    }

    /// What it stands on.
    pub(super) fn parent(&self) -> Hash {
        self.entry.statement.parent
    }

    /// The one row that follows, named by the reference.
    pub(super) fn becomes(&self, row: impl Into<super::row::Row>) -> Effect {
        Effect::new(self.reference(), row)
    }

    /// Whether a time is over at the block's; 0 never is.
    pub(super) fn is_over(&self, until: u64) -> bool {
        until != 0 && until < self.time
    }

    /// The label of whose statement it is, when it names an actor.
    pub(super) fn actor_label(&self) -> Option<Hash> {
        let actor = self.entry.actor?;
        self.state.get::<Key>(actor.key).map(|key| key.label)
    }

    /// A bound key that was not revoked.
    pub(super) fn live_key(&self, id: KeyId) -> Result<&Key, Void> {
        match self.state.get::<Key>(id) {
            None => Err(Void::UnknownKey),
            Some(key) if key.revoked => Err(Void::RevokedKey),
            Some(key) => Ok(key),
        }
    }
}

/// Whether the entry has an effect, and which.
///
/// # Errors
/// Why it is void.
pub(super) fn judge(case: &Case<'_>, digest: &Hash, seen: &Seen) -> Verdict {
    submitted(case, digest, seen)?;
    in_time(case)?;
    said(case, digest, seen)?;
    rule(case)
}

/// The table of rules.
fn rule(case: &Case<'_>) -> Verdict {
    match case.entry.statement.kind {
        Kind::KeyBind => keys::bind(case),
        Kind::KeyRevoke => keys::revoke(case),
        Kind::CredentialIssued => credentials::issue(case),
        Kind::CredentialStatus => credentials::change(case),
        Kind::ConsentRequested => consents::request(case),
        Kind::ConsentGranted => consents::grant(case),
        Kind::ConsentUsed => consents::nullify(case),
        Kind::ConsentRevoked => consents::revoke(case),
        Kind::RecordPut => records::put(case),
        Kind::RecordAmended => records::amend(case),
        Kind::RecordErased => records::erase(case),
        Kind::RoomOpened => credentials::open_room(case),
        Kind::RoomClosed => records::close_room(case),
        Kind::AuditRoot | Kind::ExternalCheckpoint => records::grow_log(case),
        Kind::BreakGlass => credentials::break_glass(case),
        Kind::BreakGlassReview => consents::review(case),
        Kind::DatasetPublished => records::publish(case),
        Kind::Governance => office::change(case),
        Kind::Evidence => office::accuse(case),
    }
}

fn submitted(case: &Case<'_>, digest: &Hash, seen: &Seen) -> Result<(), Void> {
    let entry = case.entry;
    let submitter =
        case.state.get::<Submitter>(entry.submitter).filter(|it| it.active).ok_or(Void::UnknownSubmitter)?;
    match () {
        () if !seen.submitter(digest) && !entry.is_submitted_by(case.ledger, &submitter.public) => {
            Err(Void::SubmitterSignature)
        }
        () if !submitter.window.is_free(entry.sequence) => Err(Void::Sequence),
        () => Ok(()),
    }
}

/// Deadlines, and ends that must lie ahead. The end of a break-glass access need not: it may have waited for a quorum.
fn in_time(case: &Case<'_>) -> Result<(), Void> {
    let said = &case.entry.statement;
    let counts = !matches!(said.kind, Kind::BreakGlass | Kind::CredentialStatus);
    if counts && case.is_over(said.not_after) { Err(Void::Late) } else { Ok(()) }
}

/// Whose statement it is has a live key and signed it. A key that is being bound speaks for itself.
fn said(case: &Case<'_>, digest: &Hash, seen: &Seen) -> Result<(), Void> {
    let Some(actor) = case.entry.actor.filter(|_| case.entry.statement.kind != Kind::KeyBind) else { return Ok(()) };
    let key = case.live_key(actor.key)?;
    let signed = seen.actor(digest) || case.entry.is_said_by(&key.public);
    if signed { Ok(()) } else { Err(Void::ActorSignature) }
}
