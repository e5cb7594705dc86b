//! Who passes to a handler: every request of the API is held against the rule of its route, and written down.

use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, ResponseError as _};

use super::principal::Caller;
use super::routes::{BASE, May, ROUTES, Route, Rule};
use super::{House, guard, scope};
use crate::error::Problem;
use crate::store::audit::Trace;

/// Lets a request through to its handler, or answers in its place; and sees that what the audit is to know is on disk
/// before the answer leaves.
pub(super) async fn ruled<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let Some(house) = request.app_data::<Data<House>>().cloned() else {
        return Ok(refused(request, &Problem::failed()));
    };
    let Some(route) = route(&request) else { return Ok(next.call(request).await?.map_into_left_body()) };
    let trace = match admitted(&request, &house, &route.rule).await {
        Ok(trace) => trace,
        Err(problem) => return Ok(refused(request, &problem)),
    };
    let answer = next.call(request).await?;
    match written(&house, trace, answer.status()).await {
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

/// The route of a request; none for a path or method that there isn't.
fn route(request: &ServiceRequest) -> Option<&'static Route> {
    let pattern = request.match_pattern()?;
    let path = pattern.strip_prefix(BASE)?;
    let method = request.method().as_str();
    ROUTES.iter().find(|route| route.path == path && route.method.eq_ignore_ascii_case(method))
}

/// Who asks, if their route is open to them; their request's trace, if it goes into the audit.
async fn admitted(request: &ServiceRequest, house: &House, rule: &Rule) -> Result<Option<Arc<Trace>>, Problem> {
    if !guard::own_page(request, house) {
        return Err(Problem::cross_site());
    }
    let mut caller = Caller::find(request.request(), house).await?;
    let trace = rule.audit.map(|action| Arc::new(caller.trace(request.request(), action, (house.clock)())));
    let passed = match allowed(&caller, house, rule) {
        Ok(()) => scope::within(request, &caller, house).await,
        refused => refused,
    };
    if let Err(problem) = passed {
        if caller.anybody() {
            written(house, trace, problem.status_code()).await?;
        }
        return Err(problem);
    }
    caller.writes_as(house, trace.clone());
    request.extensions_mut().insert(caller);
    Ok(trace)
}

fn allowed(caller: &Caller, house: &House, rule: &Rule) -> Result<(), Problem> {
    match rule.may {
        May::Anyone | May::Session => {}
        May::SignedIn if caller.anybody() => {}
        May::SignedIn => return Err(caller.missing()),
        May::Person => caller.person().map(|_| ())?,
        May::Roles(roles) => caller.one_of(roles).map(|_| ())?,
    }
    if rule.fresh && !caller.is_fresh((house.clock)()) {
        return Err(Problem::step_up());
    }
    Ok(())
}

/// What was not written down with a change is written down now.
async fn written(house: &House, trace: Option<Arc<Trace>>, status: StatusCode) -> Result<(), Problem> {
    let Some(trace) = trace.filter(|trace| !trace.noted()) else { return Ok(()) };
    Ok(house.store.note(trace, status.as_u16()).await?)
}
