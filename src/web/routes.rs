//! The whole API on one screen: each route with its handler, who may use it, and what the audit calls it.

use actix_web::web::{self, ServiceConfig};
use uuid::Uuid;
use vaidya_clinic::id::{PersonId, VisitId};
use vaidya_clinic::role::Role::{self, Admin, Auditor, Desk, Doctor, Patient, Pharmacist};

use crate::store::audit::Subject;

/// Where the API is.
pub(super) const BASE: &str = "/api/v1";

/// Where the API of other programs is.
pub(super) const PROGRAMS: &str = "/api";

/// The routes under one address.
pub(super) struct Table {
    /// Where they are.
    pub(super) base: &'static str,
    /// All of them.
    pub(super) routes: &'static [Route],
    /// Whether who asks is known by a program's token, and by no cookie.
    pub(super) bearers: bool,
}

/// The API of our own pages.
pub(super) const OWN: &Table = &Table { base: BASE, routes: ROUTES, bearers: false };

/// The API of other programs (seed 004's).
pub(super) const FOREIGN: &Table = &Table { base: PROGRAMS, routes: PROGRAM_ROUTES, bearers: true };

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

impl Route {
    /// Whether it is this address.
    pub(super) fn fits(&self, path: &str) -> bool {
        let (mut want, mut have) = (self.path.split('/'), path.split('/'));
        loop {
            match (want.next(), have.next()) {
                (None, None) => return true,
                (Some(want), Some(have)) if want == have || (is_open(want) && !have.is_empty()) => {}
                _ => return false,
            }
        }
    }

    /// The ids in an address of this route, each with what stands before it: it is one of those.
    pub(super) fn named(&self, path: &str) -> impl Iterator<Item = (&'static str, Uuid)> {
        let before = std::iter::once("").chain(self.path.split('/'));
        let parts = before.zip(self.path.split('/')).zip(path.split('/'));
        parts.filter_map(|((before, want), have)| {
            let id = Uuid::try_parse(have).ok().filter(|_| is_open(want))?;
            Some((before, id))
        })
    }

    /// Tells the audit what is read off an address of this route.
    pub(super) fn tell(&self, path: &str, subject: &mut Subject) {
        for (things, id) in self.named(path) {
            match things {
                "visits" => subject.visit = Some(VisitId(id)),
                "people" | "patients" => subject.about = Some(PersonId(id)),
                things => subject.thing = Some((things.strip_suffix('s').unwrap_or(things), id)),
            }
        }
    }
}

/// Whether a part of a path stands for anything.
fn is_open(part: &str) -> bool {
    part.starts_with('{')
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

    /// Also by a program whose token has this scope.
    const fn scope(self, scope: &'static str) -> Self {
        Self { scope: Some(scope), ..self }
    }

    /// Under this name in the audit.
    const fn audit(self, action: &'static str) -> Self {
        Self { audit: Some(action), ..self }
    }
}

macro_rules! routes {
    (($table:ident $handlers:ident $register:ident) $($method:ident $path:literal => $module:ident::$handler:ident, $rule:expr;)*) => {
        /// Every one of these routes.
        pub(super) const $table: &[Route] = &[$(
            Route {
                method: stringify!($method),
                path: $path,
                rule: $rule,
                handler: concat!(stringify!($module), "::", stringify!($handler)),
            },
        )*];

        /// What every handler says of itself (`#[utoipa::path]` on it).
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($(super::$module::$handler),*))]
        pub(super) struct $handlers;

        /// Registers every one of them.
        pub(super) fn $register(config: &mut ServiceConfig) {
            $(config.route($path, web::$method().to(super::$module::$handler));)*
        }
    };
}

use May::{Anyone, Person, Roles, Session, SignedIn};

routes! { (ROUTES Handlers register)
    post "/login" => auth::login, may(Anyone).audit("login");
    get "/login/params" => auth::params, may(Anyone);
    post "/logout" => auth::logout, may(Anyone).audit("logout");
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
    put "/me/keys/{id}/backups/{kind}" => keys::back_up, may(Person).fresh().audit("key.back_up");
    post "/me/keys/{id}/approve" => keys::approve, may(Person).audit("key.approve");
    get "/me/keys/{id}/wraps" => keys::wraps, may(Person).audit("key.wraps");
    post "/me/keys/{id}/revoke" => keys::revoke, may(Person).audit("key.revoke");
    post "/me/keys/{id}/said" => keys::say, may(Person).audit("key.say");
    post "/me/keys/{id}/restore" => custody::restore, may(Roles(&[Patient])).fresh().audit("key.restore");
    get "/clinic-key" => custody::show, may(Person);
    post "/clinic-key/rotate" => custody::rotate, may(Roles(&[Admin])).fresh().audit("clinic_key.rotate");
    get "/people" => people::list, may(Roles(&[Patient, Doctor, Desk, Pharmacist, Admin, Auditor])).scope("people:read").audit("people.list");
    post "/people" => people::add, may(Roles(&[Admin])).fresh().audit("person.add");
    patch "/people/{id}" => people::change, may(Roles(&[Admin])).fresh().audit("person.change");
    post "/people/{id}/password" => account::reset, may(Roles(&[Admin])).fresh().audit("password.reset");
    post "/people/{id}/disable" => bars::disable, may(Roles(&[Admin])).fresh().audit("person.disable");
    post "/people/{id}/enable" => bars::enable, may(Roles(&[Admin])).fresh().audit("person.enable");
    post "/people/{id}/second-factor/reset" => bars::reset_factor, may(Roles(&[Admin])).fresh().audit("factor.reset");
    get "/visits" => visits::list, may(Roles(&[Patient, Doctor, Desk])).scope("visits:read").audit("visits.list");
    post "/visits" => visits::make, may(Roles(&[Patient, Doctor, Desk])).scope("visits:write").audit("visit.make");
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
    post "/tokens" => tokens::make, may(Roles(&[Admin])).fresh().audit("token.make");
    get "/tokens" => tokens::list, may(Roles(&[Admin])).audit("token.list");
    delete "/tokens/{id}" => tokens::revoke, may(Roles(&[Admin])).audit("token.revoke");
    get "/records" => records::list, may(Roles(&[Patient, Doctor])).audit("records.list");
    post "/records" => records::seal, may(Roles(&[Patient, Doctor])).audit("record.seal");
    get "/records/{id}" => records::show, may(Roles(&[Patient, Doctor])).audit("record.read");
    post "/records/{id}/versions" => records::amend, may(Roles(&[Patient, Doctor])).audit("record.amend");
    get "/blocks/{cid}" => blocks::show, may(Roles(&[Patient, Doctor])).audit("block.read");
    post "/uploads" => uploads::begin, may(Roles(&[Patient, Doctor])).audit("upload.begin");
    get "/uploads/{id}" => uploads::show, may(Roles(&[Patient, Doctor]));
    put "/uploads/{id}/blocks/{cid}" => uploads::put, may(Roles(&[Patient, Doctor])).audit("upload.block");
    delete "/uploads/{id}" => uploads::end, may(Roles(&[Patient, Doctor])).audit("upload.end");
    get "/patients" => patients::treated, may(Roles(&[Doctor])).audit("patients.list");
    get "/me/wards" => guardians::wards, may(Roles(&[Patient])).audit("wards.list");
    get "/patients/{id}/guardians" => guardians::list, may(Roles(&[Patient, Desk, Admin])).audit("guardian.list");
    post "/patients/{id}/guardians" => guardians::add, may(Roles(&[Desk, Admin])).fresh().audit("guardian.add");
    delete "/patients/{id}/guardians/{guardian}" => guardians::end,
        may(Roles(&[Desk, Admin])).fresh().audit("guardian.end");
    get "/patients/{id}/recipients" => patients::recipients, may(Roles(&[Patient, Doctor])).audit("patient.keys");
    get "/consents" => consents::list, may(Roles(&[Patient, Doctor])).audit("consents.list");
    post "/consents" => consents::ask, may(Roles(&[Doctor])).audit("consent.ask");
    post "/consents/give" => consent_answers::give, may(Roles(&[Patient])).audit("consent.give");
    get "/consents/{id}" => consents::show, may(Roles(&[Patient, Doctor])).audit("consent.read");
    get "/consents/{id}/fhir" => consents::as_fhir, may(Roles(&[Patient, Doctor])).audit("consent.fhir");
    post "/consents/{id}/approve" => consent_answers::approve, may(Roles(&[Patient])).audit("consent.approve");
    post "/consents/{id}/refuse" => consent_answers::refuse, may(Roles(&[Patient])).audit("consent.refuse");
    post "/consents/{id}/revoke" => consent_answers::revoke, may(Roles(&[Patient])).audit("consent.revoke");
    post "/consents/{id}/delegate" => consents::delegate, may(Roles(&[Doctor])).audit("consent.delegate");
    post "/consents/{id}/code" => consent_codes::send, may(Roles(&[Patient, Doctor])).audit("consent.code");
    post "/consents/{id}/redeem" => consent_codes::redeem, may(Roles(&[Doctor])).audit("consent.redeem");
    get "/witnesses" => consent_witness::witnesses, may(Roles(&[Doctor])).audit("witnesses.list");
    get "/me/witness" => consent_witness::waiting, may(Roles(&[Doctor, Desk, Pharmacist, Admin])).audit("witness.list");
    post "/consents/{id}/witness" => consent_witness::call, may(Roles(&[Doctor])).audit("consent.witness");
    post "/consents/{id}/witness/confirm" => consent_witness::confirm,
        may(Roles(&[Doctor, Desk, Pharmacist, Admin])).audit("consent.confirm");
    post "/consents/{id}/witness/deny" => consent_witness::deny,
        may(Roles(&[Doctor, Desk, Pharmacist, Admin])).audit("consent.deny");
    post "/patients/{id}/break-glass" => emergencies::break_glass,
        may(Roles(&[Doctor])).fresh().audit("glass.break");
    get "/reviews" => emergencies::reviews, may(Roles(&[Auditor])).audit("reviews.list");
    post "/reviews/{id}" => emergencies::review, may(Roles(&[Auditor])).audit("glass.review");
    get "/records/{id}/audit" => audit::of_record, may(Roles(&[Patient])).audit("audit.own");
    get "/me/export" => export::all, may(Person).fresh().audit("export.own");
    get "/me/export/fhir" => export_fhir::all, may(Roles(&[Patient])).fresh().audit("export.own");
    post "/me/erasures" => erasures::erase, may(Roles(&[Patient])).fresh().audit("erasure.ask");
    get "/me/erasures" => erasures::mine, may(Roles(&[Patient]));
    get "/erasures" => erasures::list, may(Roles(&[Auditor])).audit("erasures.list");
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
    get "/me/credential" => credentials::own, may(Roles(&[Doctor]));
    put "/me/credential" => credentials::submit, may(Roles(&[Doctor])).audit("credential.submit");
    post "/me/credential/documents" => credentials::add_document, may(Roles(&[Doctor])).audit("credential.document");
    get "/credentials" => credentials::list, may(Roles(&[Admin])).audit("credential.list");
    get "/credentials/{id}" => credentials::show, may(Roles(&[Admin])).audit("credential.read");
    get "/credentials/{id}/documents/{doc}" => credentials::document,
        may(Roles(&[Admin])).audit("document.read");
    post "/credentials/{id}/check" => credentials::check, may(Roles(&[Admin])).audit("credential.check");
    post "/credentials/{id}/match" => credentials::match_with_register, may(Roles(&[Admin])).audit("credential.match");
    post "/credentials/{id}/activate" => credentials::activate,
        may(Roles(&[Admin])).fresh().audit("credential.activate");
    post "/credentials/{id}/refuse" => credentials::refuse, may(Roles(&[Admin])).audit("credential.refuse");
    post "/credentials/{id}/suspend" => credentials::suspend, may(Roles(&[Admin])).fresh().audit("credential.suspend");
    post "/credentials/{id}/reinstate" => credentials::reinstate,
        may(Roles(&[Admin])).fresh().audit("credential.reinstate");
    post "/registry" => credentials::import, may(Roles(&[Admin])).audit("registry.import");
    post "/setup" => setup::redeem, may(Anyone).audit("setup");
    get "/audit" => audit::list, may(Roles(&[Admin, Auditor])).scope("audit:read").audit("audit.read");
    get "/audit/verify" => audit::verify, may(Roles(&[Admin, Auditor])).scope("audit:read").audit("audit.verify");
    get "/audit.csv" => audit::table, may(Roles(&[Admin, Auditor])).fresh().audit("audit.export");
    get "/me/audit" => audit::mine, may(Person).audit("audit.own");
    get "/block-alarms" => block_alarms::list, may(Roles(&[Admin])).audit("blocks.alarms");
    get "/ledger" => ledger::policy, may(Anyone);
    get "/ledger/consistency" => ledger::consistency, may(Anyone);
    get "/ledger/health" => ledger_health::health, may(Roles(&[Admin])).audit("ledger.health");
    get "/ledger/series" => ledger_health::series, may(Roles(&[Admin])).audit("ledger.health");
    post "/ledger/flush" => ledger::flush, may(Roles(&[Admin])).audit("ledger.flush");
    get "/me/ledger" => proofs::own_label, may(Person);
    get "/records/{id}/proof" => proofs::of_record, may(Roles(&[Patient, Doctor])).audit("proof.take");
    get "/consents/{id}/proof" => proofs::of_consent, may(Roles(&[Patient, Doctor])).audit("proof.take");
    get "/visits/{id}/credential-proof" => proofs::of_doctor, may(SignedIn).audit("proof.take");
    get "/audit/{seq}/proof" => proofs::of_audit, may(Person).audit("proof.take");
    get "/people/{id}/key-proof" => proofs::of_keys, may(SignedIn).audit("key.look");
    get "/config" => health::config, may(Anyone);
}

routes! { (PROGRAM_ROUTES ProgramHandlers register_for_programs)
    post "/login" => seed_login::login, may(Anyone).audit("login");
    post "/logout" => seed_login::logout, may(Person).audit("logout");
    post "/request_consent" => seed_consents::request, may(Roles(&[Doctor])).audit("consent.ask");
    post "/add_record" => seed_records::add, may(Roles(&[Doctor])).audit("record.seal");
    post "/patient_records" => seed_records::list, may(Roles(&[Patient, Doctor])).audit("records.list");
    post "/validate" => seed_figures::validate, may(Person).audit("ledger.check");
    get "/metrics" => seed_figures::metrics, may(Person);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, path: &str) -> &'static Route {
        ROUTES.iter().find(|route| route.method == method && route.path == path).unwrap()
    }

    #[test]
    fn a_route_is_its_own_address_and_no_other() {
        let route = route("get", "/visits/{id}/chat");
        assert!(route.fits("/visits/7/chat"));
        for other in ["/visits//chat", "/visits/7", "/visits/7/chat/", "/visits/7/8/chat", "visits/7/chat", "", "/"] {
            assert!(!route.fits(other), "{other}");
        }
    }

    #[test]
    fn the_audit_reads_off_the_address_what_a_request_is_about() {
        let id = Uuid::from_u128(7);
        let mut subject = Subject::default();
        route("delete", "/visits/{id}/links/{link}").tell(&format!("/visits/{id}/links/{id}"), &mut subject);
        assert!(subject.visit == Some(VisitId(id)) && subject.thing == Some(("link", id)));
        let mut subject = Subject::default();
        route("post", "/people/{id}/password").tell(&format!("/people/{id}/password"), &mut subject);
        assert!(subject.about == Some(PersonId(id)) && subject.thing.is_none());
        let mut subject = Subject::default();
        route("get", "/records/{id}").tell("/records/not-an-id", &mut subject);
        assert!(subject.thing.is_none());
    }

    #[test]
    fn whatever_changes_something_or_shows_a_person_is_in_the_audit() {
        for route in ROUTES.iter().chain(PROGRAM_ROUTES) {
            let by_nobody = route.rule.may == Anyone;
            assert!(
                route.method == "get" || route.rule.audit.is_some() || by_nobody,
                "{} leaves no trace",
                route.handler
            );
        }
    }

    #[test]
    fn no_two_routes_are_the_same() {
        for (at, route) in ROUTES.iter().enumerate() {
            let before = ROUTES.iter().take(at).find(|one| one.method == route.method && one.fits(route.path));
            assert!(before.is_none(), "{} hides {}", before.unwrap().handler, route.handler);
        }
    }
}
