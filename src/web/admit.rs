//! Who passes to a handler: every request of the API is held against the rule of its route, and written down.

use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, ResponseError as _};

use super::principal::Caller;
use super::routes::{FOREIGN, May, OWN, Route, Rule, Table};
use super::{House, guard, scope};
use crate::error::Problem;
use crate::store::audit::Trace;

/// Answers to strangers that are not written down: what was not even tried. They are counted elsewhere, and whoever sends
/// millions of them must not fill the disk.
const NOISE: [u16; 5] = [400, 403, 413, 422, 429];

/// Holds a request of our own pages against its rule.
pub(super) async fn ruled<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    pass(OWN, request, next).await
}

/// Holds a request of another program against its rule.
pub(super) async fn ruled_for_programs<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    pass(FOREIGN, request, next).await
}

/// Lets a request through to its handler, or answers in its place; and sees that what the audit is to know is on disk
/// before the answer leaves.
async fn pass<B: MessageBody>(
    table: &'static Table,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(house) = request.app_data::<Data<House>>().cloned() else {
        return Ok(refused(request, &Problem::failed()));
    };
    // What is not in the table is not here, whatever else was registered.
    let Some(route) = route(table, &request) else { return Ok(nowhere(table, request)) };
    let trace = match admitted(&request, &house, (table, route)).await {
        Ok(trace) => trace,
        Err(problem) => return Ok(refused(request, &problem)),
    };
    let answer = next.call(request).await?;
    match ended(&house, trace, answer.status()).await {
        Ok(()) => Ok(answer.map_into_left_body()),
        Err(problem) => {
            let (request, _) = answer.into_parts();
            Ok(ServiceResponse::new(request, problem.error_response()).map_into_right_body())
        }
    }
}

fn refused<B>(request: ServiceRequest, problem: &Problem) -> ServiceResponse<EitherBody<B>> {
    request.into_response(problem.error_response()).map_into_right_body()
}

/// What there is instead of a route: other methods of the same address, or nothing.
fn nowhere<B>(table: &Table, request: ServiceRequest) -> ServiceResponse<EitherBody<B>> {
    let methods: Vec<String> = here(table, &request).map(|route| route.method.to_uppercase()).collect();
    if methods.is_empty() {
        return refused(request, &Problem::not_found());
    }
    let mut answer = Problem::bad_method().error_response();
    if let Ok(methods) = HeaderValue::from_str(&methods.join(", ")) {
        answer.headers_mut().insert(header::ALLOW, methods);
    }
    request.into_response(answer).map_into_right_body()
}

/// The route of a request: the first that fits, which is how requests are handed to handlers too.
fn route(table: &Table, request: &ServiceRequest) -> Option<&'static Route> {
    let method = request.method().as_str();
    here(table, request).find(|route| route.method.eq_ignore_ascii_case(method))
}

/// The routes that a request's address fits, whatever its method.
fn here(table: &Table, request: &ServiceRequest) -> impl Iterator<Item = &'static Route> {
    let path = asked(table, request).unwrap_or_default();
    table.routes.iter().filter(move |route| route.fits(path))
}

/// The address below the base, as the handlers are found by it: decoded once.
fn asked<'r>(table: &Table, request: &'r ServiceRequest) -> Option<&'r str> {
    request.match_info().as_str().strip_prefix(table.base)
}

/// Who asks, if their route is open to them; their request's trace, if it goes into the audit.
async fn admitted(
    request: &ServiceRequest,
    house: &House,
    (table, route): (&Table, &Route),
) -> Result<Option<Arc<Trace>>, Problem> {
    let rule = &route.rule;
    let mut caller = match table.bearers {
        true => Caller::bearing(request.request(), house).await?,
        false => Caller::find(request.request(), house).await?,
    };
    let trace = rule.audit.map(|action| Arc::new(caller.trace(action, (house.clock)())));
    if let Some(trace) = &trace {
        trace.about(|subject| route.tell(asked(table, request).unwrap_or_default(), subject));
    }
    let sent = table.bearers || may_be_sent(request, &caller, house);
    let passed = match sent.then(|| allowed(&caller, house, rule)) {
        None => Err(Problem::cross_site()),
        Some(Ok(())) => scope::within(route, asked(table, request).unwrap_or_default(), &caller, house).await,
        Some(refused) => refused,
    };
    if let Err(problem) = passed {
        if caller.is_known() {
            ended(house, trace, problem.status_code()).await?;
        }
        return Err(problem);
    }
    caller.writes_as(house, trace.clone());
    request.extensions_mut().insert(caller);
    Ok(trace)
}

/// Whether no other site's page sent this on behalf of who asks. A token is in a header that pages cannot
/// send to another site without being asked first, and the answer to that is never yes.
fn may_be_sent(request: &ServiceRequest, caller: &Caller, house: &House) -> bool {
    caller.is_program() || guard::own_page(request, house)
}

fn allowed(caller: &Caller, house: &House, rule: &Rule) -> Result<(), Problem> {
    if caller.is_program() {
        return if caller.has(rule.scope) { Ok(()) } else { Err(Problem::forbidden()) };
    }
    match rule.may {
        May::Anyone => {}
        May::Session if caller.is_known() => {}
        May::SignedIn if caller.anybody() => {}
        May::Session => return Err(Problem::no_session()),
        May::SignedIn => return Err(caller.missing()),
        May::Person => caller.person().map(|_| ())?,
        May::Roles(roles) => caller.one_of(roles).map(|_| ())?,
    }
    if rule.fresh && !caller.is_fresh((house.clock)()) {
        return Err(Problem::step_up());
    }
    Ok(())
}

/// What was not written down with a change is written down now, and so is that a request failed after its first change.
async fn ended(house: &House, trace: Option<Arc<Trace>>, status: StatusCode) -> Result<(), Problem> {
    let failed = status.is_client_error() || status.is_server_error();
    let Some(trace) = trace.filter(|trace| failed || !trace.noted()) else { return Ok(()) };
    if trace.is_by_nobody() && NOISE.contains(&status.as_u16()) {
        return Ok(());
    }
    Ok(house.store.note(trace, status.as_u16()).await?)
}
