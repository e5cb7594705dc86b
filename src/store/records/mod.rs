//! Records as rows: which blocks, of whom, from which visit, wrapped for whom; versions are added and never replaced.

use vaidya_clinic::id::{KeyId, OrgId, PersonId, RecordId, VisitId};
use vaidya_clinic::record::{RecordKind, RecordView, VersionView};
use vaidya_clinic::time::Timestamp;

use super::accounts::Person;
use super::wraps::Wrap;
use super::{Store, StoreError};

mod access;
mod corrections;
mod list;
mod posted;
mod recipients;
mod seal;

pub(super) use access::{is_for, is_of, may_read};
pub use corrections::Correction;
pub use list::{Filter, RecordList};
pub(super) use list::{versions as versions_of, views_of};
pub use posted::Posting;
pub use recipients::{ClinicKey, Recipients};
pub(super) use recipients::{clinic_key, required};

/// A version of a record to be kept; its blocks are on disk already.
#[derive(Clone)]
pub struct NewRecord {
    /// The record's id, which its header names.
    pub id: RecordId,
    /// What it is.
    pub kind: RecordKind,
    /// Whose it is; a transcript's is the patient of its visit.
    pub patient: Option<PersonId>,
    /// Which department it is filed under.
    pub department: Option<String>,
    /// The visit it comes from; a transcript has one.
    pub visit: Option<VisitId>,
    /// The record it asks to have corrected.
    pub corrects: Option<RecordId>,
    /// The version, from 1.
    pub ver: u32,
    /// The key of the person who sealed it.
    pub author: KeyId,
    /// When it was sealed, as they say.
    pub at: Timestamp,
    /// The name of its block.
    pub cid: String,
    /// Bytes of its block.
    pub size: u64,
    /// Further blocks, in their order.
    pub blocks: Vec<String>,
    /// What makes the commitment say nothing.
    pub salt: [u8; 32],
    /// What the log gets.
    pub commitment: [u8; 32],
    /// The content key, for every live key of those it must be sealed to.
    pub wraps: Vec<Wrap>,
    /// The content key for the clinic, where custody says so.
    pub clinic: Option<Wrap>,
    /// What `author` signs for the ledger; none when they didn't.
    pub signature: Option<[u8; 64]>,
}

/// A record that was to be kept, and is.
pub struct SealedRecord {
    /// As it is now.
    pub view: RecordView,
    /// Whether it is new; otherwise it was kept before, or the visit's transcript was.
    pub new: bool,
}

/// A version of a record with what opens it for one person.
pub struct OpenedFor {
    /// Which version.
    pub ver: u32,
    /// The record as lists show it.
    pub record: RecordView,
    /// All versions there are, from the first.
    pub versions: Vec<VersionView>,
    /// The name of its block.
    pub cid: String,
    /// Further blocks, in their order.
    pub blocks: Vec<String>,
    /// For their live keys.
    pub wraps: Vec<Wrap>,
}

impl Store {
    /// Whether this version would be kept now: none when yes, the visit's transcript when there is one already. Asked
    /// before its block is written, so that only what will be kept takes space.
    ///
    /// # Errors
    /// As [`Store::seal_record`].
    pub async fn may_seal(
        &self,
        author: &Person,
        new: NewRecord,
        now: Timestamp,
    ) -> Result<Option<RecordView>, StoreError> {
        let author = author.clone();
        self.read(move |db| {
            Box::pin(async move {
                match seal::checked(db, &author, &new, now).await? {
                    seal::Checked::There(found) => Ok(views_of(db, vec![found]).await?.pop()),
                    seal::Checked::New(_) => Ok(None),
                }
            })
        })
        .await
    }

    /// Keeps a version with its wraps and its salt, and reports it, in one; of many who seal the same visit one wins,
    /// and of many who amend the same version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when patient, visit or record are not theirs to write to, [`StoreError::BadState`] when
    /// a transcript's visit has not ended, [`StoreError::KeysChanged`] when the wraps are not for exactly the keys it
    /// must be sealed to or the author's key is not a live one of this person, [`StoreError::NoReader`] when nobody on
    /// the patient's side could open it, [`StoreError::BlockMissing`] when a block did not come from them,
    /// [`StoreError::NotActive`], [`StoreError::Taken`] when the id is another record's or the version is there.
    pub async fn seal_record(
        &self,
        author: &Person,
        new: NewRecord,
        now: Timestamp,
    ) -> Result<SealedRecord, StoreError> {
        let author = author.clone();
        self.report(move |tx| Box::pin(seal::seal(tx, author, new, now))).await
    }

    /// What a person may see: a patient their own, a doctor those they wrote, those of their visits, and what a patient
    /// shares with them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn records_of(&self, person: &Person, filter: Filter, now: Timestamp) -> Result<RecordList, StoreError> {
        let person = person.clone();
        self.read(move |db| Box::pin(list::list(db, person, filter, now))).await
    }

    /// A version of a record (the newest when none is named), for those who may read it and nobody else.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn record_for(
        &self,
        id: RecordId,
        ver: Option<u32>,
        person: &Person,
        now: Timestamp,
    ) -> Result<OpenedFor, StoreError> {
        let person = person.clone();
        self.read(move |db| Box::pin(list::opened(db, id, ver, person, now))).await
    }

    /// For whom a record of this patient must be sealed now, for someone who may write it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when they may not.
    pub async fn recipients(
        &self,
        author: &Person,
        patient: PersonId,
        visit: Option<VisitId>,
        now: Timestamp,
    ) -> Result<Recipients, StoreError> {
        let author = author.clone();
        self.read(move |db| Box::pin(async move { recipients::shown(db, &author, patient, visit, now).await })).await
    }

    /// The name of a block of a record, when it is one of it and this person may read the record.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn block_for(
        &self,
        id: RecordId,
        cid: &str,
        person: &Person,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let (person, cid) = (person.clone(), cid.to_owned());
        self.read(move |db| Box::pin(list::block(db, id, cid, person, now))).await
    }

    /// The live key of an organisation, if it has one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clinic_key(&self, org: OrgId) -> Result<Option<ClinicKey>, StoreError> {
        self.read(move |db| Box::pin(clinic_key(db, org))).await
    }

    /// The key of the organisation of a visit, where its custody says that the visit's record is sealed to it too.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn custody_key(&self, visit: VisitId) -> Result<Option<ClinicKey>, StoreError> {
        self.read(move |db| {
            Box::pin(async move {
                let row = super::wraps::find(db, visit).await?;
                recipients::custody(db, row.org_id.map_or(OrgId::HOME, OrgId)).await
            })
        })
        .await
    }
}
