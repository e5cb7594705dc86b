//! What is shown of registrations, and their documents as rows: the bytes are sealed blocks elsewhere.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, Set,
};
use uuid::Uuid;
use vaidya_clinic::credential::CredentialState;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::papers::{Credential, Document, HistoryStep, MAX_DOCUMENTS, PaperKind};
use vaidya_clinic::time::Timestamp;

use super::entity::{credential, credential_document, credential_step, person};
use super::error::known;
use super::{Store, StoreError, credential_rows};

/// Most registrations in one list. Lower hides some, higher makes the page slow on a thin link.
pub(super) const LISTED: u64 = 500;

/// A document to be kept; its blocks are on disk already.
#[derive(Clone)]
pub struct NewDocument {
    /// Its id.
    pub id: Uuid,
    /// The name of the file.
    pub name: String,
    /// What it is.
    pub kind: PaperKind,
    /// Bytes, unsealed.
    pub size: u64,
    /// The names of its blocks, in order, with a space between.
    pub blocks: String,
}

/// A document that is wanted.
pub struct KeptDocument {
    /// What it is.
    pub kind: PaperKind,
    /// The name of the file.
    pub name: String,
    /// The names of its blocks.
    pub blocks: String,
}

impl Store {
    /// Whether a doctor's registration takes another document. Asked before its blocks are written, so that only what
    /// will be kept takes space.
    ///
    /// # Errors
    /// As [`Store::add_document`].
    pub async fn may_add_document(&self, doctor: PersonId, org: OrgId) -> Result<(), StoreError> {
        self.read(move |db| Box::pin(async move { open(db, doctor, org).await.map(|_| ()) })).await
    }

    /// Adds a document to a doctor's registration.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when they sent none in, [`StoreError::TooMany`] when it has [`MAX_DOCUMENTS`].
    pub async fn add_document(
        &self,
        doctor: PersonId,
        org: OrgId,
        new: NewDocument,
        now: Timestamp,
    ) -> Result<Document, StoreError> {
        self.write(move |tx| Box::pin(add(tx, doctor, org, new, now))).await
    }

    /// A document of a registration.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn document(&self, credential: Uuid, id: Uuid) -> Result<KeptDocument, StoreError> {
        let find = credential_document::Entity::find_by_id(id)
            .filter(credential_document::Column::CredentialId.eq(credential));
        let row = self.read(move |db| Box::pin(async move { Ok(find.one(db).await?) })).await?;
        let row = row.ok_or(StoreError::NotFound)?;
        Ok(KeptDocument { kind: known(PaperKind::parse(&row.kind))?, name: row.name, blocks: row.cid })
    }
}

/// The registration of a doctor, if it takes another document.
async fn open<C: ConnectionTrait>(db: &C, doctor: PersonId, org: OrgId) -> Result<credential::Model, StoreError> {
    let row = credential_rows::of(db, doctor, org).await?.ok_or(StoreError::NotFound)?;
    let there = of(row.id).count(db).await?;
    if there >= u64::try_from(MAX_DOCUMENTS).unwrap_or(0) { Err(StoreError::TooMany) } else { Ok(row) }
}

async fn add(
    tx: &DatabaseTransaction,
    doctor: PersonId,
    org: OrgId,
    new: NewDocument,
    now: Timestamp,
) -> Result<Document, StoreError> {
    let row = credential_rows::of(tx, doctor, org).await?.ok_or(StoreError::NotFound)?;
    credential_rows::hold(tx, row.id).await?;
    let of = open(tx, doctor, org).await?;
    let size = i64::try_from(new.size).map_err(|_| StoreError::strange("a document beyond every size"))?;
    let row = credential_document::ActiveModel {
        id: Set(new.id),
        credential_id: Set(of.id),
        name: Set(new.name),
        kind: Set(new.kind.as_str().to_owned()),
        size: Set(size),
        cid: Set(new.blocks),
        made_at: Set(now.0),
    };
    document(row.insert(tx).await?)
}

fn of(id: Uuid) -> sea_orm::Select<credential_document::Entity> {
    credential_document::Entity::find().filter(credential_document::Column::CredentialId.eq(id))
}

fn document(row: credential_document::Model) -> Result<Document, StoreError> {
    let size = u64::try_from(row.size).map_err(|_| StoreError::strange("a number below zero"))?;
    Ok(Document { id: row.id, name: row.name, kind: known(PaperKind::parse(&row.kind))?, size })
}

/// A registration with the names, documents and history that belong to it.
pub(super) async fn shown<C: ConnectionTrait>(
    db: &C,
    row: credential::Model,
    now: Timestamp,
) -> Result<Credential, StoreError> {
    let state = credential_rows::read(&row)?.standing(now);
    let documents =
        of(row.id).order_by_asc(credential_document::Column::MadeAt).order_by_asc(credential_document::Column::Id);
    let documents = documents.all(db).await?.into_iter().map(document).collect::<Result<_, _>>()?;
    let steps = credential_step::Entity::find()
        .filter(credential_step::Column::CredentialId.eq(row.id))
        .order_by_asc(credential_step::Column::Id);
    let steps = steps.all(db).await?;
    let whose = [Some(row.person_id), row.checked_by, row.matched_by, row.activated_by];
    let whose: Vec<Uuid> = whose.into_iter().chain(steps.iter().map(|step| step.by_id)).flatten().collect();
    let names = names(db, whose).await?;
    let named = |id: Option<Uuid>| id.and_then(|id| names.get(&id).cloned());
    let history = steps.into_iter().map(|step| {
        let to = known(CredentialState::parse(&step.state))?;
        Ok(HistoryStep { at: Timestamp(step.at), by: named(step.by_id), to, why: step.why })
    });
    Ok(Credential {
        id: row.id,
        person: PersonId(row.person_id),
        name: named(Some(row.person_id)).unwrap_or_default(),
        history: history.collect::<Result<_, StoreError>>()?,
        documents,
        checked_by: named(row.checked_by),
        matched_by: named(row.matched_by),
        activated_by: named(row.activated_by),
        verified_on: row.verified_at.map(Timestamp),
        suspended_why: row.why.filter(|_| state == CredentialState::Suspended),
        qualification: row.qualification,
        council: row.council,
        number: row.number,
        specialty: row.specialty,
        valid_until: Timestamp(row.valid_until),
        state,
    })
}

async fn names<C: ConnectionTrait>(db: &C, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>, StoreError> {
    let rows = person::Entity::find().filter(person::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
