//! The whole API on one screen: each route with its handler, who may use it, and what the audit calls it.

use actix_web::web::{ServiceConfig, delete, get, patch, post, put};
use vaidya_clinic::role::Role::{self, Admin, Auditor, Desk, Doctor, Patient, Pharmacist};

use super::{
    account, arrivals, auth, claims, contact_codes, devices, factors, health, invites, keys, links, me, organisations,
    outgoing, people, profile, records, register, reset, setup, visit_keys, visits,
};

/// Where the API is.
pub(super) const BASE: &str = "/api/v1";

/// Who may use a route. Whose things they are is the handler's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum May {
    /// Strangers too.
    Anyone,
    /// Whoever holds a session, also one that is locked or still lacks its second factor.
    Session,
    /// Whoever is signed in: a person in any role, or a guest.
    SignedIn,
    /// A person in any role.
    Person,
    /// A person in one of these roles.
    Roles(&'static [Role]),
}

/// What must hold before a handler is asked, and what is written down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Who.
    pub(super) may: May,
    /// Whether they must just have proved to be themselves.
    pub(super) fresh: bool,
    /// The scope with which another program may.
    pub(super) scope: Option<&'static str>,
    /// What the audit calls it; none for what concerns nobody.
    pub(super) audit: Option<&'static str>,
}

/// A route.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    /// The method, in small letters.
    pub(super) method: &'static str,
    /// The path after [`BASE`].
    pub(super) path: &'static str,
    /// Its rule.
    pub(super) rule: Rule,
    /// The handler, as `module::name`.
    pub(super) handler: &'static str,
}

/// The rule that this may be done by these.
const fn may(may: May) -> Rule {
    Rule { may, fresh: false, scope: None, audit: None }
}

impl Rule {
    /// Only within minutes of a proof of who they are.
    const fn fresh(self) -> Self {
        Self { fresh: true, ..self }
    }

    /// Under this name in the audit.
    const fn audit(self, action: &'static str) -> Self {
        Self { audit: Some(action), ..self }
    }
}

macro_rules! routes {
    ($($method:ident $path:literal => $module:ident::$handler:ident, $rule:expr;)*) => {
        /// Every route of the API.
        pub(super) const ROUTES: &[Route] = &[$(
            Route {
                method: stringify!($method),
                path: $path,
                rule: $rule,
                handler: concat!(stringify!($module), "::", stringify!($handler)),
            },
        )*];

        /// What every handler says of itself (`#[utoipa::path]` on it).
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($module::$handler),*))]
        pub(super) struct Handlers;

        /// Registers every route.
        pub(super) fn register(config: &mut ServiceConfig) {
            $(config.route($path, $method().to($module::$handler));)*
        }
    };
}

use May::{Anyone, Person, Roles, Session, SignedIn};

routes! {
    post "/login" => auth::login, may(Anyone).audit("login");
    get "/login/params" => auth::params, may(Anyone);
    post "/logout" => auth::logout, may(Session).audit("logout");
    post "/logout/everywhere" => devices::everywhere, may(Person).audit("logout.everywhere");
    post "/login/code" => factors::code, may(Session).audit("login.factor");
    get "/me" => me::me, may(Session);
    post "/me/lock" => devices::lock, may(Session).audit("lock");
    post "/me/unlock" => devices::unlock, may(Session).audit("unlock");
    post "/me/fresh" => devices::fresh, may(Person).audit("prove");
    get "/me/sessions" => devices::list, may(Person);
    delete "/me/sessions/{id}" => devices::end, may(Person).audit("session.end");
    post "/me/totp" => factors::begin, may(Session).audit("factor.begin");
    post "/me/totp/confirm" => factors::confirm, may(Session).audit("factor.enrol");
    post "/me/totp/recovery" => factors::renew, may(Person).fresh().audit("factor.recovery");
    delete "/me/totp" => factors::remove, may(Person).fresh().audit("factor.remove");
    post "/me/password" => account::change, may(Person).audit("password.change");
    get "/me/keys" => keys::list, may(Person);
    post "/me/keys" => keys::register, may(Person).audit("key.make");
    put "/me/keys/{id}/backups/{kind}" => keys::back_up, may(Person).audit("key.back_up");
    post "/me/keys/{id}/approve" => keys::approve, may(Person).audit("key.approve");
    get "/me/keys/{id}/wraps" => keys::wraps, may(Person).audit("key.wraps");
    post "/me/keys/{id}/revoke" => keys::revoke, may(Person).audit("key.revoke");
    get "/people" => people::list, may(Roles(&[Patient, Doctor, Desk, Pharmacist, Admin, Auditor])).audit("people.list");
    post "/people" => people::add, may(Roles(&[Admin])).fresh().audit("person.add");
    patch "/people/{id}" => people::change, may(Roles(&[Admin])).fresh().audit("person.change");
    post "/people/{id}/password" => account::reset, may(Roles(&[Admin])).fresh().audit("password.reset");
    get "/visits" => visits::list, may(Roles(&[Patient, Doctor, Desk])).audit("visits.list");
    post "/visits" => visits::make, may(Roles(&[Patient, Doctor, Desk])).audit("visit.make");
    get "/visits/{id}" => visits::show, may(SignedIn).audit("visit.read");
    post "/visits/{id}/accept" => visits::accept, may(Roles(&[Doctor])).audit("visit.accept");
    post "/visits/{id}/decline" => visits::decline, may(Roles(&[Patient, Doctor])).audit("visit.decline");
    get "/visits/{id}/chat" => visits::chat, may(SignedIn).audit("chat.read");
    get "/visits/{id}/keys" => visit_keys::list, may(SignedIn).audit("visit.keys");
    post "/visits/{id}/wraps" => visit_keys::wrap, may(Person).audit("visit.wrap");
    post "/visits/{id}/links" => links::make, may(Roles(&[Doctor, Desk])).audit("link.make");
    get "/visits/{id}/links" => links::list, may(Roles(&[Doctor, Desk])).audit("link.list");
    post "/visits/{id}/links/{link}/resend" => links::resend, may(Roles(&[Doctor, Desk])).audit("link.resend");
    delete "/visits/{id}/links/{link}" => links::revoke, may(Roles(&[Doctor, Desk])).audit("link.revoke");
    get "/links/{code}" => arrivals::look, may(Anyone);
    post "/links/{code}/join" => arrivals::join, may(Anyone).audit("link.join");
    get "/records" => records::list, may(Roles(&[Patient, Doctor])).audit("records.list");
    post "/records" => records::seal, may(Roles(&[Patient, Doctor])).audit("record.seal");
    get "/records/{id}" => records::show, may(Roles(&[Patient, Doctor])).audit("record.read");
    get "/organisations" => organisations::cards, may(Anyone);
    post "/organisations" => organisations::register, may(Roles(&[Admin])).audit("organisation.register");
    get "/organisations/pending" => organisations::pending, may(Roles(&[Admin])).audit("organisation.pending");
    post "/organisations/{id}/approve" => organisations::approve,
        may(Roles(&[Admin])).fresh().audit("organisation.approve");
    post "/organisations/{id}/refuse" => organisations::refuse,
        may(Roles(&[Admin])).fresh().audit("organisation.refuse");
    get "/organisation" => organisations::show, may(Person);
    patch "/organisation" => organisations::change, may(Roles(&[Admin])).fresh().audit("organisation.change");
    get "/me/organisations" => organisations::mine, may(Person);
    post "/me/organisation" => organisations::switch, may(Person).audit("organisation.switch");
    post "/register/start" => register::start, may(Anyone).audit("register.start");
    post "/register/resend" => contact_codes::resend, may(Anyone).audit("code.resend");
    post "/register/check" => register::check, may(Anyone).audit("register.check");
    post "/register/finish" => register::finish, may(Anyone).audit("register");
    post "/reset/start" => reset::start, may(Anyone).audit("reset.start");
    post "/reset/finish" => reset::finish, may(Anyone).audit("reset");
    get "/me/profile" => profile::show, may(Person);
    patch "/me/profile" => profile::change, may(Person).audit("profile.change");
    post "/me/contact/start" => profile::contact_start, may(Person).fresh().audit("contact.start");
    post "/me/contact/finish" => profile::contact_finish, may(Person).fresh().audit("contact.change");
    post "/me/claim/start" => claims::start, may(Roles(&[Patient])).audit("claim.start");
    post "/me/claim" => claims::claim, may(Roles(&[Patient])).audit("claim");
    post "/invites" => invites::make, may(Roles(&[Admin])).fresh().audit("invite.make");
    get "/invites" => invites::list, may(Roles(&[Admin])).audit("invite.list");
    delete "/invites/{id}" => invites::revoke, may(Roles(&[Admin])).audit("invite.revoke");
    get "/invites/{code}/look" => invites::look, may(Anyone);
    post "/invites/{code}/accept" => invites::accept, may(Anyone).audit("invite.accept");
    get "/messages" => outgoing::list, may(Anyone);
    post "/setup" => setup::redeem, may(Anyone).audit("setup");
    get "/config" => health::config, may(Anyone);
}
