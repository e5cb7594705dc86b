//! What the server answers when it cannot do what was asked: one table to problem+json (RFC 9457).

use std::fmt;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;
use vaidya_clinic::time::Timestamp;

use crate::custodian::Trouble;
use crate::gateway::blobs::BlobError;
use crate::gateway::custody::NoKey;
use crate::store::StoreError;

/// An answer that says what happened and what to do.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after: Option<Duration>,
    minutes: Option<u64>,
    since: Option<Timestamp>,
}

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident: $status:ident, $detail:literal;)*) => {
        impl Problem {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name() -> Self {
                    Self {
                        status: StatusCode::$status,
                        code: stringify!($name),
                        detail: $detail.to_owned(),
                        retry_after: None,
                        minutes: None,
                        since: None,
                    }
                }
            )*
        }
    };
}

problems! {
    /// The name or the password is wrong; which of them is not said.
    wrong_login: UNAUTHORIZED, "The user name or the password is not right. Check both and try again.";
    /// Nobody is signed in.
    no_session: UNAUTHORIZED, "You are signed out. Sign in and try again.";
    /// The password was right, and more is needed.
    second_factor: UNAUTHORIZED, "One more step is needed to sign in. Open the sign-in page and finish there.";
    /// The session is locked.
    locked_session: UNAUTHORIZED, "Vaidya is locked because nobody used it for a while. Type your password to go on.";
    /// A code that is not right, or was used.
    wrong_code: UNAUTHORIZED, "This code is not right, or it was used already. Type the one that is shown now.";
    /// A code is needed, and a password is not enough.
    factor_needed: UNAUTHORIZED, "Type the code of your authenticator app, or one of your recovery codes.";
    /// They are in already.
    bad_stage: CONFLICT, "You are signed in already. Go on from the start page.";
    /// They may not be without a second factor.
    required: CONFLICT, "Your clinic asks everyone who works there for a second factor. It can be renewed, not removed.";
    /// The proof of who they are is too old for this.
    step_up: FORBIDDEN, "Prove once more that it is you, and then do this again.";
    /// A code that doesn't work any more.
    code_spent: GONE, "This code does not work any more. Ask for a new one.";
    /// More codes than are sent.
    too_many_codes: TOO_MANY_REQUESTS, "Too many codes were asked for. Wait a little, then ask for a new one.";
    /// This server has no way to phones.
    no_sms: SERVICE_UNAVAILABLE, "This server can't send messages to phones. Use an e-mail address, or ask the clinic.";
    /// This server has no way to mailboxes.
    no_mail: SERVICE_UNAVAILABLE, "This server can't send e-mail. Use a phone number, or ask the clinic.";
    /// A child without a guardian.
    guardian_needed: UNPROCESSABLE_ENTITY, "Someone under 18 needs a guardian. Write the guardian's name and what they are to the child.";
    /// Nobody speaks for an adult, and no child speaks for another.
    of_age: CONFLICT, "Only adults speak for children: look at the years of birth of both.";
    /// They work there.
    already_member: CONFLICT, "You work there already. Ask the admin to change your role.";
    /// Too many wrong tries.
    locked: TOO_MANY_REQUESTS, "There were too many wrong tries. Wait a little and try again.";
    /// The request did not come from our own pages.
    cross_site: FORBIDDEN, "This request did not come from our own page. Open the page again and try there.";
    /// Someone else may do this.
    forbidden: FORBIDDEN, "Your account may not do this.";
    /// Nothing there, or nothing of yours.
    not_found: NOT_FOUND, "There is nothing here, or nothing of yours.";
    /// The route exists for another method.
    bad_method: METHOD_NOT_ALLOWED, "This address does not take this kind of request.";
    /// The body cannot be read.
    bad_json: BAD_REQUEST, "The request could not be read.";
    /// The head is too long.
    long_head: REQUEST_HEADER_FIELDS_TOO_LARGE, "The address or the headers of this request are too long. Clear the cookies of this site and try again.";
    /// The body came in drops.
    too_slow: REQUEST_TIMEOUT, "The request came too slowly. Check the connection and try again.";
    /// The body is too long.
    too_large: PAYLOAD_TOO_LARGE, "The request is too long.";
    /// The name of an account is in use.
    login_taken: CONFLICT, "Someone has this user name already. Choose another.";
    /// The visit is not in the state this needs.
    bad_state: CONFLICT, "The visit has moved on and this can't be done any more. Look at its page again.";
    /// The organisation lets no guests in.
    no_guests: FORBIDDEN, "This clinic lets no guests into visits. An administrator can change that in its settings.";
    /// A guest link that doesn't work.
    bad_link: NOT_FOUND, "This link does not work any more. Ask for a new one.";
    /// A link that as many devices have used as may.
    link_used: CONFLICT, "This link is in use on other devices. Ask for a new one.";
    /// A service token that doesn't work.
    bad_token: UNAUTHORIZED, "This token does not work: it is wrong, too old or revoked. Ask the admin for another.";
    /// A program's token that doesn't work.
    bad_bearer: UNAUTHORIZED, "This token does not work: it is wrong or too old, or its session was ended. Sign in again.";
    /// No ledger.
    no_ledger: SERVICE_UNAVAILABLE, "Nothing keeps a ledger on this server, so there is nothing to check.";
    /// Too few validators.
    no_quorum: SERVICE_UNAVAILABLE, "Too few validators of the ledger answer now. What waits for it is kept; try again in a moment.";
    /// On its way.
    waits_for_ledger: CONFLICT, "This is on its way to the ledger. Ask for its proof again in a moment.";
    /// A key says once that it is someone's.
    already_said: CONFLICT, "This key has said that it is yours already.";
    /// A token and a cookie at once.
    two_ways: BAD_REQUEST, "Send a token or a session's cookie, not both.";
    /// More tokens than an organisation may have.
    too_many_tokens: CONFLICT, "There are 50 tokens that work. Revoke one first.";
    /// A visit that is not open yet.
    too_early: CONFLICT, "This visit opens half an hour before its time. Come back then.";
    /// The last one was sent a moment ago.
    too_soon: TOO_MANY_REQUESTS, "A link was sent a moment ago. Wait half a minute before you send it again.";
    /// More links than a visit may have.
    too_many_links: CONFLICT, "This visit has as many links as it can have. Revoke one first.";
    /// A set-up code that doesn't work.
    bad_code: NOT_FOUND, "This set-up link does not work. Start the server again to get a new one.";
    /// One's own account.
    own_account: CONFLICT, "You can't do this to your own account. Ask another administrator.";
    /// The other half of what needs two people.
    two_people: CONFLICT, "Two people must do this, and you did the other half. Ask another administrator; if there is none, invite one.";
    /// Nobody would be left to look after the organisation.
    last_admin: CONFLICT, "They are the only administrator here. Make somebody else one first.";
    /// Their own role or account.
    own_role: CONFLICT, "You can't change your own role. Ask another administrator.";
    /// They are in other organisations too.
    elsewhere: CONFLICT, "They belong to another organisation too, so only they can change this. Ask them to.";
    /// A patient who can't be told.
    unreachable: CONFLICT, "This patient can't be reached: no device of theirs has a key, and no phone or e-mail is known. Ask for one at the desk.";
    /// Nobody to wrap for.
    no_key: CONFLICT, "The doctor has no key yet. They make one by opening Vaidya once; then say yes again.";
    /// Something that a patient must consent to first.
    consent_needed: CONFLICT, "This needs your consent that the clinic keeps your records. Give it, then do this again.";
    /// More asks than a patient should have to answer.
    too_many_asks: CONFLICT, "This patient has 5 asks of yours to answer. Wait for an answer before you ask for more.";
    /// Somebody was faster.
    answered: CONFLICT, "This was answered already, or has moved on. Load the page again to see where it stands.";
    /// No doctor without a registration in force.
    not_active: FORBIDDEN, "The doctor's registration is not in force here, so visits can't begin. An administrator can see what is missing.";
    /// The registration's time is over.
    registration_over: CONFLICT, "This registration has expired. The doctor must send in the renewed one.";
    /// As many documents as a registration may have.
    too_many_documents: CONFLICT, "A registration has at most 5 documents. Put some of them together in one file.";
    /// A key that is not what its registration says.
    bad_key: UNPROCESSABLE_ENTITY, "This key or its signature is not right. Reload the page and try again.";
    /// Another device registered the person's first key.
    key_exists: CONFLICT, "Another of your devices made your key already. Reload the page to use it here.";
    /// More keys than a person may have.
    too_many_keys: CONFLICT, "You have as many devices as you can have. Revoke one first.";
    /// The visit has a transcript key.
    already: CONFLICT, "This visit has its key already. Use that one.";
    /// Sealed for keys that are not the live ones.
    keys_changed: CONFLICT, "The keys of the people in this visit have changed. Get them again and repeat this.";
    /// Nobody on the patient's side could open it.
    no_reader: CONFLICT, "The patient has no key here yet, so they could never open this. Ask them to sign in once, then repeat this.";
    /// A block of a large record is not there.
    block_missing: FAILED_DEPENDENCY, "A part of this file did not arrive, or was sent too long ago. Send the missing parts again.";
    /// A block that is not what its name says.
    bad_block: UNPROCESSABLE_ENTITY, "This part of the file changed on its way. Send it again.";
    /// More uploads at the same time than a person may have.
    too_many_uploads: TOO_MANY_REQUESTS, "Too many files are on their way. Finish or cancel one first; unfinished ones are forgotten after a day.";
    /// Someone else amended it first.
    amended: CONFLICT, "Someone changed this record meanwhile. Open it again and repeat your change there.";
    /// The clinic does not hold keys of its patients' records.
    no_custody: CONFLICT, "By its own rules this clinic can't open what is sealed for its patients, so it can't do this for them. Use a device that has the patient's key.";
    /// The private half of the clinic's key can't be used.
    clinic_key_missing: SERVICE_UNAVAILABLE, "The clinic's key is not on the server, so it can't open records now. Tell an administrator to bring it back from the backup; everything else goes on.";
    /// A key that is not live.
    key_not_live: CONFLICT, "This device waits for approval or was revoked. Approve it first, or start over on it.";
    /// A record that the law keeps after its patient wanted it erased.
    restricted: UNAVAILABLE_FOR_LEGAL_REASONS, "You had this erased. The law keeps records of a treatment for some years: until then nobody is given it, and then it is erased.";
    /// The block on disk is not the one that was sealed.
    block_damaged: INTERNAL_SERVER_ERROR, "This record is damaged on the server's disk. Tell the clinic: a backup has it whole.";
    /// The block store does not answer.
    blocks_away: SERVICE_UNAVAILABLE, "The server can't reach where sealed records are kept. Nothing is lost; try again in a moment.";
    /// More at once than the server does.
    busy: SERVICE_UNAVAILABLE, "The server has too much to do right now. Try again in a moment.";
    /// No space left for the database.
    storage_full: INSUFFICIENT_STORAGE, "The server's disk is full. Nothing was changed; tell the clinic.";
    /// The database does not answer.
    unavailable: SERVICE_UNAVAILABLE, "The server can't reach its database. Nothing was changed; try again in a moment.";
    /// A failure of ours.
    failed: INTERNAL_SERVER_ERROR, "Something went wrong on the server. Nothing was changed; try again.";
}

impl Problem {
    /// A field whose value won't do, with a sentence that names it.
    #[must_use]
    pub fn bad_field(detail: &str) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { status, code: "bad_field", detail: detail.to_owned(), retry_after: None, minutes: None, since: None }
    }

    /// Someone enrols who has a second factor already.
    #[must_use]
    pub fn factor_exists() -> Self {
        let detail = "You have a second factor already: another of your devices was first. Sign in with that one.";
        Self { detail: detail.to_owned(), ..Self::already() }
    }

    /// Someone without an account, where only patients have keys.
    #[must_use]
    pub fn no_custody_of_phones() -> Self {
        let detail = "By its own rules this clinic keeps no keys, so nobody could open the record of someone without an account. Ask them to register first.";
        Self { detail: detail.to_owned(), ..Self::no_custody() }
    }

    /// The code is that of another time: the clock of what made it is off.
    #[must_use]
    pub fn clock_off(minutes: u64) -> Self {
        let detail = format!(
            "The clock of your phone is about {minutes} min off, so its codes are too. Let the phone set its clock by itself, and type a new code."
        );
        Self { code: "clock_off", detail, minutes: Some(minutes), ..Self::wrong_code() }
    }

    /// What the register of a council says otherwise, in a sentence with what to do.
    #[must_use]
    pub fn no_match(detail: &str) -> Self {
        Self { status: StatusCode::CONFLICT, code: "no_match", ..Self::bad_field(detail) }
    }

    /// Something that is on its way to the ledger since then.
    #[must_use]
    pub fn not_anchored(since: Timestamp) -> Self {
        Self { code: "not_anchored", since: Some(since), ..Self::waits_for_ledger() }
    }

    /// The same problem, with how long to wait.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Its word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }
}

/// The table of the store's errors. Where one means something narrower (a login taken, a link not found), the route
/// says so before it gets here.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::storage_full(),
            StoreError::NotFound => Self::not_found(),
            StoreError::Taken => Self::login_taken(),
            StoreError::BadState => Self::bad_state(),
            StoreError::LinkUsed => Self::link_used(),
            StoreError::NotBefore(_) => Self::too_early(),
            StoreError::TooMany => Self::too_many_links(),
            StoreError::KeysChanged => Self::keys_changed(),
            StoreError::NoReader => Self::no_reader(),
            StoreError::BlockMissing => Self::block_missing(),
            StoreError::TwoPeople => Self::two_people(),
            StoreError::LastAdmin => Self::last_admin(),
            StoreError::Elsewhere => Self::elsewhere(),
            StoreError::NotActive => Self::not_active(),
            StoreError::NoCustody => Self::no_custody(),
            StoreError::Unreachable => Self::unreachable(),
            StoreError::BadSignature => Self::bad_key(),
            StoreError::GuardianNeeded => Self::guardian_needed(),
            StoreError::NoKey => Self::no_key(),
            StoreError::ConsentNeeded => Self::consent_needed(),
            StoreError::Restricted => Self::restricted(),
            StoreError::Unavailable(_) => Self::unavailable().logged(&error),
            StoreError::Newer { .. } | StoreError::BadUrl | StoreError::Failed(_) => Self::failed().logged(&error),
        }
    }
}

/// The clinic's key: what is wrong with it is for its operator, in the log.
impl From<NoKey> for Problem {
    fn from(error: NoKey) -> Self {
        tracing::error!(%error, "a clinic's key was not used");
        match error {
            NoKey::Missing | NoKey::OtherMaster | NoKey::Damaged | NoKey::Failed(_) => Self::clinic_key_missing(),
            NoKey::Later(_) => Self::busy(),
            NoKey::NotForThisKey | NoKey::OtherRecord | NoKey::NoBlock => Self::block_damaged(),
        }
    }
}

impl From<Trouble> for Problem {
    fn from(error: Trouble) -> Self {
        match error {
            Trouble::Store(error) => error.into(),
            Trouble::Key(error) => error.into(),
        }
    }
}

/// How long to wait for a block store that is away. Lower asks in vain, higher lets people wait for nothing.
const BLOCKS_BACK: Duration = Duration::from_secs(10);

/// The table of the block store's errors.
impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        tracing::error!(%error, "a block was not kept or not given");
        match error {
            BlobError::Full => Self::storage_full(),
            BlobError::Away(_) | BlobError::Wrong(_) => Self::blocks_away().retry_after(BLOCKS_BACK),
            BlobError::Damaged(_) => Self::block_damaged(),
            BlobError::TooLarge | BlobError::Misnamed | BlobError::Failed(_) => Self::failed(),
        }
    }
}

impl Problem {
    fn logged(self, error: &StoreError) -> Self {
        tracing::error!(%error, "the store could not do it");
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        if let Some(wait) = self.retry_after {
            answer.insert_header((header::RETRY_AFTER, wait.as_secs().max(1).to_string()));
        }
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if let (Some(since), Some(members)) = (self.since, body.as_object_mut()) {
            members.insert("since".to_owned(), json!(since));
        }
        if let (Some(minutes), Some(members)) = (self.minutes, body.as_object_mut()) {
            members.insert("minutes".to_owned(), minutes.into());
        }
        answer.body(body.to_string())
    }
}
