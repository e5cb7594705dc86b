//! Codes that prove a contact someone's: issued, sent again, and redeemed once.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, Set, UpdateMany,
};
use uuid::Uuid;
use vaidya_clinic::contact::Contact;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::message::Notice;
use vaidya_clinic::organisation::Language;
use vaidya_clinic::time::Timestamp;

use super::entity::contact_code::{self, Column};
use super::error::known;
use super::sent_messages::{self, Draft};
use super::{SecretHash, Store, StoreError, before};

/// How long a code works. Lower loses those whose message is slow, higher gives guessers and thieves of phones time.
pub const LIFE: Duration = Duration::from_secs(10 * 60);

/// Tries of one code. Lower punishes typing slips, higher helps the guesser: each try is one chance in 200,000.
pub const TRIES: i64 = 5;

/// Shortest time between two sendings of a code. Lower sends twice what was only slow, higher makes people wait.
pub const PAUSE: Duration = Duration::from_secs(30);

/// How long codes that are over are remembered, so that they can be told from those that never were.
const REMEMBER: Duration = Duration::from_secs(24 * 60 * 60);

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new account.
    Register,
    /// A new password.
    Reset,
    /// Another contact of an account.
    Contact,
    /// The visits of someone without an account.
    Claim,
}

impl Purpose {
    const ALL: [Self; 4] = [Self::Register, Self::Reset, Self::Contact, Self::Claim];

    /// The word in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Reset => "reset",
            Self::Contact => "contact",
            Self::Claim => "claim",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }
}

/// A code as it is drawn: what is kept of it, and what is sent.
pub struct Drawn {
    /// The peppered hash, bound to the code's id and purpose.
    pub hash: SecretHash,
    /// The six digits.
    pub code: String,
}

/// A code that is wanted.
pub struct NewCode {
    /// Its id.
    pub id: Uuid,
    /// What for.
    pub purpose: Purpose,
    /// Whose contact it proves; none when nobody has the account that was named.
    pub contact: Option<Contact>,
    /// By what it is counted: a peppered hash of the contact, or of the login that was named.
    pub counted: SecretHash,
    /// In which organisation.
    pub org: OrgId,
    /// Of which account.
    pub person: Option<PersonId>,
    /// In which language it is sent.
    pub language: Language,
    /// The code.
    pub drawn: Drawn,
}

/// A code that was sent, or looks like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Which.
    pub id: Uuid,
    /// Until when it works.
    pub expires: Timestamp,
    /// From when on it may be sent again.
    pub resend_after: Timestamp,
}

/// A code that may be sent again.
pub struct Standing {
    /// What for.
    pub purpose: Purpose,
    /// By what it is counted.
    pub counted: SecretHash,
    /// From when on it may be sent again.
    pub resend_after: Timestamp,
}

/// A code that someone typed.
#[derive(Clone, Copy)]
pub struct Proof {
    /// Of which.
    pub id: Uuid,
    /// What for.
    pub purpose: Purpose,
    /// Its peppered hash.
    pub hash: SecretHash,
}

/// How a code was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed<T> {
    /// It was right.
    Right(T),
    /// It was not; the try is counted.
    Wrong,
    /// It was used, is over, or was tried too often.
    Spent,
}

impl Store {
    /// Keeps a code and sends it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue_code(&self, new: NewCode, now: Timestamp) -> Result<Issued, StoreError> {
        self.report(move |tx| Box::pin(issue(tx, new, now))).await
    }

    /// A code that is not over; none otherwise.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn code_standing(&self, id: Uuid, now: Timestamp) -> Result<Option<Standing>, StoreError> {
        let find = contact_code::Entity::find_by_id(id).filter(live(now));
        let row = self.read(move |db| Box::pin(async move { Ok(find.one(db).await?) })).await?;
        row.map(|row| {
            let purpose = known(Purpose::parse(&row.purpose))?;
            let counted = row.contact_hash.try_into().map_err(|_| StoreError::strange("a hash that is none"))?;
            Ok(Standing { purpose, counted: SecretHash(counted), resend_after: Timestamp(row.sent_at).plus(PAUSE) })
        })
        .transpose()
    }

    /// Sends another code in place of one; the one before stops working.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is over or was sent too short a time ago.
    pub async fn send_code_again(&self, id: Uuid, drawn: Drawn, now: Timestamp) -> Result<Issued, StoreError> {
        self.report(move |tx| Box::pin(again(tx, id, drawn, now))).await
    }

    /// Forgets codes that have been over for a day, and says how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_codes(&self, now: Timestamp) -> Result<u64, StoreError> {
        let forget = contact_code::Entity::delete_many().filter(Column::ExpiresAt.lt(before(now, REMEMBER).0));
        self.write(move |tx| Box::pin(async move { Ok(forget.exec(tx).await?.rows_affected) })).await
    }
}

async fn issue(tx: &DatabaseTransaction, new: NewCode, now: Timestamp) -> Result<Issued, StoreError> {
    let row = contact_code::ActiveModel {
        id: Set(new.id),
        purpose: Set(new.purpose.as_str().to_owned()),
        contact: Set(new.contact.as_ref().map(|contact| contact.as_str().to_owned()).unwrap_or_default()),
        contact_hash: Set(new.counted.0.to_vec()),
        org_id: Set(Some(new.org.0)),
        person_id: Set(new.person.map(|person| person.0)),
        language: Set(new.language.as_str().to_owned()),
        code_hash: Set(new.drawn.hash.0.to_vec()),
        tries: Set(0),
        made_at: Set(now.0),
        sent_at: Set(now.0),
        expires_at: Set(now.plus(LIFE).0),
        used_at: Set(None),
    };
    let row = row.insert(tx).await?;
    send(tx, &row, &new.drawn.code, now).await
}

async fn again(tx: &DatabaseTransaction, id: Uuid, drawn: Drawn, now: Timestamp) -> Result<Issued, StoreError> {
    let change = contact_code::Entity::update_many()
        .col_expr(Column::CodeHash, Expr::value(drawn.hash.0.to_vec()))
        .col_expr(Column::SentAt, Expr::value(now.0))
        .col_expr(Column::ExpiresAt, Expr::value(now.plus(LIFE).0))
        .filter(Column::Id.eq(id))
        .filter(live(now))
        .filter(Column::SentAt.lte(before(now, PAUSE).0));
    if change.exec(tx).await?.rows_affected != 1 {
        return Err(StoreError::NotFound);
    }
    let row = contact_code::Entity::find_by_id(id).one(tx).await?.ok_or(StoreError::NotFound)?;
    send(tx, &row, &drawn.code, now).await
}

async fn send(
    tx: &DatabaseTransaction,
    row: &contact_code::Model,
    code: &str,
    now: Timestamp,
) -> Result<Issued, StoreError> {
    let to = Contact::read(&row.contact);
    let language = known(Language::parse(&row.language))?;
    let org = row.org_id.map_or(OrgId::HOME, OrgId);
    let draft = Draft { to: to.as_ref(), notice: Notice::Code(code), language, org };
    sent_messages::tell(tx, draft, now).await?;
    Ok(Issued { id: row.id, expires: Timestamp(row.expires_at), resend_after: now.plus(PAUSE) })
}

/// Takes a try: it is counted first, and the row is ours until the transaction ends, so that of many who come at once
/// no more are compared than there are tries. The caller commits also when it was wrong.
pub(super) async fn attempt(
    tx: &DatabaseTransaction,
    proof: &Proof,
    now: Timestamp,
) -> Result<Redeemed<contact_code::Model>, StoreError> {
    let counted = one(proof.id)
        .col_expr(Column::Tries, Expr::col(Column::Tries).add(1))
        .filter(Column::Purpose.eq(proof.purpose.as_str()))
        .filter(live(now))
        .exec(tx)
        .await?;
    if counted.rows_affected != 1 {
        return Ok(Redeemed::Spent);
    }
    let row = contact_code::Entity::find_by_id(proof.id).one(tx).await?.ok_or(StoreError::NotFound)?;
    let same = verify_slices_are_equal(&row.code_hash, &proof.hash.0).is_ok();
    Ok(if same { Redeemed::Right(row) } else { Redeemed::Wrong })
}

/// The code that was right is used up.
pub(super) async fn use_up(tx: &DatabaseTransaction, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let used = one(id).col_expr(Column::UsedAt, Expr::value(now.0)).filter(Column::UsedAt.is_null());
    match used.exec(tx).await?.rows_affected {
        1 => Ok(()),
        _ => Err(StoreError::NotFound),
    }
}

/// The code that was right will be typed again: this try does not count.
pub(super) async fn give_back(tx: &DatabaseTransaction, id: Uuid) -> Result<(), StoreError> {
    one(id).col_expr(Column::Tries, Expr::col(Column::Tries).sub(1)).exec(tx).await?;
    Ok(())
}

fn one(id: Uuid) -> UpdateMany<contact_code::Entity> {
    contact_code::Entity::update_many().filter(Column::Id.eq(id))
}

fn live(now: Timestamp) -> Condition {
    Condition::all().add(Column::UsedAt.is_null()).add(Column::ExpiresAt.gt(now.0)).add(Column::Tries.lt(TRIES))
}
