//! Codes sent to a phone or mailbox: drawn, counted, sent, sent again, and taken when typed.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vaidya_clinic::contact::Contact;
use vaidya_clinic::id::{OrgId, PersonId};
use vaidya_clinic::organisation::Language;
use vaidya_clinic::time::Timestamp;

use super::limit::Bucket;
use super::principal::Caller;
use super::{House, client};
use crate::clock;
use crate::error::Problem;
use crate::store::contact_codes::{Drawn, Issued, NewCode, Proof, Purpose, Redeemed};
use crate::store::{SecretHash, StoreError};

/// What codes are hashed for.
const CODE: &str = "vaidya/contact-code/v1";

/// What contacts are hashed for, to count them.
const COUNTED: &str = "vaidya/contact/v1";

/// Codes sent to one contact. Lower strands those whose messages come late, higher pays for a stranger's pranks.
const SENT: Bucket = Bucket { name: "codes", tries: 5, window: Duration::from_secs(60 * 60) };

/// Codes asked for from one address. Lower stops a clinic that registers its patients at one desk, higher lets one
/// stranger write to more people.
const ASKED: Bucket = Bucket { name: "asked", tries: 120, window: Duration::from_secs(60 * 60) };

/// Codes there are: six digits.
const CODES: u64 = 1_000_000;

/// A code that was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = CodeSent)]
pub(super) struct Sent {
    id: Uuid,
    expires: Timestamp,
    resend_after: Timestamp,
}

/// Which code is to be sent again.
#[derive(Deserialize, ToSchema)]
pub(super) struct Again {
    id: Uuid,
}

/// For whom a code is wanted.
pub(super) struct Wanted {
    /// What for.
    pub(super) purpose: Purpose,
    /// Where it goes; none when nobody is there.
    pub(super) contact: Option<Contact>,
    /// What is counted.
    pub(super) counted: SecretHash,
    /// In which organisation.
    pub(super) org: OrgId,
    /// Of which account.
    pub(super) person: Option<PersonId>,
    /// In which language.
    pub(super) language: Language,
}

/// What stands for a contact, or a login that was named, where sendings are counted.
pub(super) fn counted(house: &House, what: &str) -> SecretHash {
    house.pepper.hash(COUNTED, what)
}

/// Sends a code, unless too many were.
pub(super) async fn send(
    house: &House,
    request: &HttpRequest,
    caller: &Caller,
    wanted: Wanted,
) -> Result<HttpResponse, Problem> {
    spend(house, request, wanted.counted).await?;
    let id = Uuid::new_v4();
    let drawn = draw(house, wanted.purpose, id);
    let Wanted { purpose, contact, counted, org, person, language } = wanted;
    let new = NewCode { id, purpose, contact, counted, org, person, language, drawn };
    let issued = caller.store.issue_code(new, (house.clock)()).await?;
    Ok(HttpResponse::Accepted().json(Sent::from(issued)))
}

/// `POST /register/resend`
///
/// For codes of every purpose.
#[utoipa::path(post, path = "/register/resend", request_body = Again, responses((status = 202, body = Sent), (status = 410, description = "The code is over")))]
pub(super) async fn resend(
    request: HttpRequest,
    house: Data<House>,
    caller: Caller,
    body: Json<Again>,
) -> Result<HttpResponse, Problem> {
    let now = (house.clock)();
    let standing = caller.store.code_standing(body.id, now).await?.ok_or_else(Problem::code_spent)?;
    if now < standing.resend_after {
        return Err(Problem::too_many_codes().retry_after(standing.resend_after.since(now)));
    }
    spend(&house, &request, standing.counted).await?;
    let again = caller.store.send_code_again(body.id, draw(&house, standing.purpose, body.id), now).await;
    let issued = again.map_err(|error| match error {
        StoreError::NotFound => Problem::code_spent(),
        other => other.into(),
    })?;
    Ok(HttpResponse::Accepted().json(Sent::from(issued)))
}

async fn spend(house: &House, request: &HttpRequest, counted: SecretHash) -> Result<(), Problem> {
    let many = |wait| Problem::too_many_codes().retry_after(wait);
    house.limiter.from(&ASKED, client::address(request)).await.map_err(many)?;
    house.limiter.spend(&SENT, &counted.0).await.map_err(many)
}

/// A code that someone typed, as it is compared; its tries of one address are counted.
pub(super) async fn typed(
    house: &House,
    request: &HttpRequest,
    purpose: Purpose,
    id: Uuid,
    code: &str,
) -> Result<Proof, Problem> {
    let address = client::address(request);
    house.limiter.take(address).await.map_err(|wait| Problem::locked().retry_after(wait))?;
    let digits: String =
        code.chars().filter_map(|digit| digit.to_digit(10).and_then(|d| char::from_digit(d, 10))).collect();
    Ok(Proof { id, purpose, hash: hash(house, purpose, id, &digits) })
}

/// What a code that was right gives; the try of its address is forgiven.
pub(super) async fn right<T>(house: &House, request: &HttpRequest, redeemed: Redeemed<T>) -> Result<T, Problem> {
    match redeemed {
        Redeemed::Right(value) => {
            house.limiter.forgive(client::address(request)).await;
            Ok(value)
        }
        Redeemed::Wrong => Err(Problem::wrong_code()),
        Redeemed::Spent => Err(Problem::code_spent()),
    }
}

fn draw(house: &House, purpose: Purpose, id: Uuid) -> Drawn {
    // The remainder favours some codes by less than one part in 10^12.
    let code = format!("{:06}", u64::from_be_bytes(clock::random()) % CODES);
    Drawn { hash: hash(house, purpose, id, &code), code }
}

fn hash(house: &House, purpose: Purpose, id: Uuid, code: &str) -> SecretHash {
    house.pepper.hash(CODE, &format!("{}:{id}:{code}", purpose.as_str()))
}

impl From<Issued> for Sent {
    fn from(issued: Issued) -> Self {
        Self { id: issued.id, expires: issued.expires, resend_after: issued.resend_after }
    }
}
