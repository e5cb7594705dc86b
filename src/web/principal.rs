//! Who is asking: the person and the guest behind a request's cookies.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::future::LocalBoxFuture;
use vaidya_clinic::id::{OrgId, PersonId, VisitId};
use vaidya_clinic::role::Role;
use vaidya_clinic::scope::Scope;
use vaidya_clinic::time::Timestamp;
use vaidya_clinic::visit::Holder;

use super::{House, auth, bearer, client, cookies, tokens};
use crate::error::Problem;
use crate::store::accounts::Person;
use crate::store::audit::{Actor, MOVE, Subject, Trace};
use crate::store::sessions::{Guest, Session, Stage, Who};
use crate::store::tokens::Token;
use crate::store::{SecretHash, Store, StoreError, Thing};

/// How long a proof of who one is counts as fresh. Lower asks for it more often, higher lets whoever finds an open
/// browser do more with it.
pub(super) const FRESH: Duration = Duration::from_secs(5 * 60);

/// Who is asking. A browser may hold both cookies: a doctor trying out a guest link stays the doctor.
#[derive(Clone)]
pub(super) struct Caller {
    person: Option<Person>,
    /// The guest, when there is one.
    pub(super) guest: Option<Guest>,
    /// The session of the person, also one that is locked or not complete.
    pub(super) session: Option<Session>,
    /// The token of that session.
    pub(super) token: Option<SecretHash>,
    /// The tokens that were good, for closing their sockets.
    pub(super) tokens: Vec<SecretHash>,
    /// From where they ask.
    address: IpAddr,
    /// The store, in the name of this request.
    pub(super) store: Store,
    trace: Option<Arc<Trace>>,
    /// Another program, when it is one that asks.
    program: Option<Program>,
}

/// Another program: what it may do, and the desk in whose place it does it.
#[derive(Clone)]
struct Program {
    scopes: Vec<Scope>,
    desk: Person,
}

impl Program {
    fn of(token: Token) -> Self {
        let Token { id, org, name, scopes, .. } = token;
        let (login, role, department) = (String::new(), Role::Desk, None);
        Self { scopes, desk: Person { id: PersonId(id), login, org, role, name, department } }
    }
}

impl Caller {
    /// Who sends a request, by its service token or its cookies.
    pub(super) async fn find(request: &HttpRequest, house: &House) -> Result<Self, Problem> {
        let (tokens, store, address) = (Vec::new(), house.store.clone(), client::address(request));
        let program = tokens::carried(request, house).await?.map(Program::of);
        let (person, guest, session, token, trace) = (None, None, None, None, None);
        let mut caller = Self { person, guest, session, token, tokens, address, store, trace, program };
        if caller.is_program() {
            return Ok(caller);
        }
        for token in [cookies::PERSON, cookies::GUEST].map(|name| cookies::carried(request, name)).into_iter().flatten()
        {
            if let Some(session) = house.store.session(token, (house.clock)()).await? {
                caller.tokens.push(token);
                noted(request, house, &session).await?;
                match session.who.clone() {
                    Who::Person(person) => {
                        caller.person = Some(person).filter(|_| session.stage == Stage::Full && !session.locked);
                        caller.session = Some(session);
                        caller.token = Some(token);
                    }
                    Who::Guest(guest) => caller.guest = Some(guest),
                }
            }
        }
        Ok(caller)
    }

    /// Who sends a request, by the token of a program that signed in for them, and by nothing else.
    pub(super) async fn bearing(request: &HttpRequest, house: &House) -> Result<Self, Problem> {
        let (store, address) = (house.store.clone(), client::address(request));
        let (session, token) = bearer::carried(request, house).await?.unzip();
        let person = session.as_ref().and_then(|session| match &session.who {
            Who::Person(person) => Some(person.clone()),
            Who::Guest(_) => None,
        });
        let (guest, tokens, trace, program) = (None, Vec::new(), None, None);
        Ok(Self { person, guest, session, token, tokens, address, store, trace, program })
    }

    /// What the audit will know of this request.
    pub(super) fn trace(&self, action: &'static str, at: Timestamp) -> Trace {
        let (actor, org) = match (self.named(), &self.guest) {
            (Some(person), _) => (Actor::Person(person.id, person.role), Some(person.org)),
            (None, Some(guest)) => (Actor::Guest(guest.seat.id), None),
            (None, None) => match &self.program {
                Some(Program { desk, .. }) => (Actor::Token(desk.id.0), Some(desk.org)),
                None => (Actor::Nobody, None),
            },
        };
        let mut trace = Trace::new(actor, org, action, at);
        trace.address = Some(self.address);
        trace.session = self.session.as_ref().map(|session| session.id);
        trace
    }

    /// Whose session it is, also when it is locked or not complete.
    fn named(&self) -> Option<&Person> {
        match self.session.as_ref().map(|session| &session.who) {
            Some(Who::Person(person)) => Some(person),
            _ => None,
        }
    }

    /// From here on, what they change goes into the audit.
    pub(super) fn writes_as(&mut self, house: &House, trace: Option<Arc<Trace>>) {
        if let Some(trace) = &trace {
            self.store = house.store.acting(Arc::clone(trace));
        }
        self.trace = trace;
    }

    /// Leaves this request out of the audit: a stranger signed out, who was not in.
    pub(super) fn did_nothing(&self) {
        if let Some(trace) = &self.trace {
            trace.leave_out();
        }
    }

    /// Tells the audit more of what this request is about.
    pub(super) fn about(&self, add: impl FnOnce(&mut Subject)) {
        if let Some(trace) = &self.trace {
            trace.about(add);
        }
    }

    /// Whether they proved who they are within [`FRESH`].
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        let proved = self.session.as_ref().and_then(|session| session.fresh_at);
        proved.is_some_and(|at| now.since(at) < FRESH)
    }

    /// What someone who is not (wholly) signed in must do; guests find nothing beyond their visit.
    pub(super) fn missing(&self) -> Problem {
        match &self.session {
            None if self.guest.is_some() => Problem::not_found(),
            Some(session) if session.stage != Stage::Full => Problem::second_factor(),
            Some(session) if session.locked => Problem::locked_session(),
            _ => Problem::no_session(),
        }
    }

    /// Whether it is known who they are, be their session locked or not complete.
    pub(super) fn is_known(&self) -> bool {
        self.session.is_some() || self.guest.is_some() || self.is_program()
    }

    /// Whether it is another program that asks.
    pub(super) fn is_program(&self) -> bool {
        self.program.is_some()
    }

    /// Whether it is a program whose token has this scope.
    pub(super) fn has(&self, scope: Option<&str>) -> bool {
        let Some((program, scope)) = self.program.as_ref().zip(scope) else { return false };
        program.scopes.iter().any(|one| one.as_str() == scope)
    }

    /// Who does this work: the person, if they have one of these roles, or a program in the place of the desk. Only
    /// for routes with a scope.
    pub(super) fn worker(&self, roles: &[Role]) -> Result<&Person, Problem> {
        match &self.program {
            Some(program) => Ok(&program.desk),
            None => self.one_of(roles),
        }
    }

    /// The organisation they are in.
    pub(super) fn org(&self) -> Result<OrgId, Problem> {
        Ok(self.worker(Role::ALL)?.org)
    }

    /// Someone whose session is locked, as whom they may go on with the call they were in.
    pub(super) fn behind_lock(mut self) -> Self {
        self.person = self.named().cloned();
        self
    }

    /// Whether their session is complete, and locked.
    pub(super) fn is_locked(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.stage == Stage::Full && session.locked)
    }

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
        self.person.as_ref().ok_or_else(|| self.missing())
    }

    /// The person; for guests there is nothing here.
    pub(super) fn resident(&self) -> Result<&Person, Problem> {
        match (&self.person, &self.guest) {
            (Some(person), _) => Ok(person),
            (None, Some(_)) => Err(Problem::not_found()),
            (None, None) => Err(self.missing()),
        }
    }

    /// The person, if they have one of these roles.
    pub(super) fn one_of(&self, roles: &[Role]) -> Result<&Person, Problem> {
        let person = self.person()?;
        if roles.contains(&person.role) { Ok(person) } else { Err(Problem::forbidden()) }
    }

    /// As whom they take part in this visit: themselves when they have a seat of their own there, else as its guest.
    pub(super) async fn holder(&self, house: &House, visit: VisitId) -> Result<Holder, Problem> {
        let guest = self.guest.as_ref().filter(|guest| guest.visit == visit).map(|guest| guest.seat.holder);
        match (&self.person, guest) {
            (Some(person), None) if house.store.reaches(person, Thing::Visit(visit)).await? => {
                Ok(Holder::Person(person.id))
            }
            (Some(_), None) => Err(Problem::not_found()),
            (None, Some(guest)) => Ok(guest),
            (Some(person), Some(guest)) => {
                let own = Holder::Person(person.id);
                let theirs = house.store.reaches(person, Thing::Visit(visit)).await?;
                Ok(if theirs && house.store.seat_of(visit, own).await?.is_some() { own } else { guest })
            }
            (None, None) if self.guest.is_some() => Err(Problem::not_found()),
            (None, None) => Err(self.missing()),
        }
    }
}

/// Writes down that a session is used on another device, or from another address, than it was: the list of sessions
/// shows it, and its person can end it there.
async fn noted(request: &HttpRequest, house: &House, session: &Session) -> Result<(), Problem> {
    let (Who::Person(person), place) = (&session.who, auth::place(request)) else { return Ok(()) };
    if session.place == place {
        return Ok(());
    }
    let now = (house.clock)();
    let mut trace = Trace::new(Actor::Person(person.id, person.role), Some(person.org), MOVE, now);
    trace.address = place.address;
    trace.session = Some(session.id);
    match house.store.acting(Arc::new(trace)).move_session(session.id, place, now).await {
        // Who reads must not be kept out by a disk that is full.
        Ok(_) | Err(StoreError::Full) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Tells the audit who turned out to be signing in with this request.
pub(super) fn became(request: &HttpRequest, person: &Person) {
    told(request, |subject| {
        subject.actor = Some(Actor::Person(person.id, person.role));
        subject.org = Some(person.org);
        subject.about = Some(person.id);
    });
}

/// Tells the audit whose account this request is about, though nobody is signed in to it.
pub(super) fn concerns(request: &HttpRequest, person: PersonId, org: OrgId) {
    told(request, |subject| {
        subject.about = Some(person);
        subject.org = Some(org);
    });
}

fn told(request: &HttpRequest, add: impl FnOnce(&mut Subject)) {
    if let Some(caller) = request.extensions().get::<Caller>() {
        caller.about(add);
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let admitted = request.extensions().get::<Self>().cloned();
        let request = request.clone();
        Box::pin(async move {
            if let Some(caller) = admitted {
                return Ok(caller);
            }
            let house = request.app_data::<Data<House>>().cloned().ok_or_else(Problem::failed)?;
            Self::find(&request, &house).await
        })
    }
}
