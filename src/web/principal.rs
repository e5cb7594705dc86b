//! Who is asking: the person and the guest behind a request's cookies.

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use vaidya_clinic::id::VisitId;
use vaidya_clinic::role::Role;
use vaidya_clinic::visit::Holder;

use super::{House, cookies};
use crate::error::Problem;
use crate::store::SecretHash;
use crate::store::accounts::Person;
use crate::store::sessions::{Guest, Who};

/// Who is asking. A browser may hold both cookies: a doctor trying out a guest link stays the doctor.
pub(super) struct Caller {
    person: Option<Person>,
    /// The guest, when there is one.
    pub(super) guest: Option<Guest>,
    /// The tokens that were good, for closing their sockets.
    pub(super) tokens: Vec<SecretHash>,
}

impl Caller {
    /// Whether anybody is signed in.
    pub(super) fn anybody(&self) -> bool {
        self.person.is_some() || self.guest.is_some()
    }

    /// The person, if there is one.
    pub(super) fn maybe_person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    /// The person; guests and strangers are told to sign in.
    pub(super) fn person(&self) -> Result<&Person, Problem> {
        self.person.as_ref().ok_or_else(Problem::no_session)
    }

    /// The person; for guests there is nothing here.
    pub(super) fn resident(&self) -> Result<&Person, Problem> {
        match (&self.person, &self.guest) {
            (Some(person), _) => Ok(person),
            (None, Some(_)) => Err(Problem::not_found()),
            (None, None) => Err(Problem::no_session()),
        }
    }

    /// The person, if they have one of these roles.
    pub(super) fn one_of(&self, roles: &[Role]) -> Result<&Person, Problem> {
        let person = self.person()?;
        if roles.contains(&person.role) { Ok(person) } else { Err(Problem::forbidden()) }
    }

    /// As whom they take part in this visit: themselves when they have a seat of their own there, else as its guest.
    pub(super) async fn holder(&self, house: &House, visit: VisitId) -> Result<Holder, Problem> {
        let guest = self.guest.as_ref().filter(|guest| guest.visit == visit).map(|guest| Holder::Guest(guest.link));
        match (&self.person, guest) {
            (Some(person), None) => Ok(Holder::Person(person.id)),
            (None, Some(guest)) => Ok(guest),
            (Some(person), Some(guest)) => {
                let own = Holder::Person(person.id);
                Ok(if house.store.seat_of(visit, own).await?.is_some() { own } else { guest })
            }
            (None, None) if self.guest.is_some() => Err(Problem::not_found()),
            (None, None) => Err(Problem::no_session()),
        }
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let house = request.app_data::<Data<House>>().cloned();
        let tokens = [cookies::PERSON, cookies::GUEST].map(|name| cookies::carried(request, name));
        Box::pin(async move {
            let house = house.ok_or_else(Problem::failed)?;
            let mut caller = Self { person: None, guest: None, tokens: Vec::new() };
            for token in tokens.into_iter().flatten() {
                if let Some(session) = house.store.session(token, (house.clock)()).await? {
                    caller.tokens.push(token);
                    match session.who {
                        Who::Person(person) => caller.person = Some(person),
                        Who::Guest(guest) => caller.guest = Some(guest),
                    }
                }
            }
            Ok(caller)
        })
    }
}
