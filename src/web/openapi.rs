//! The API as OpenAPI 3.1 tells it: what the handlers say of themselves, with what the table of routes knows of each.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde_json::{Value, json};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, Content, ContentBuilder, Info, OpenApi, Ref, RefOr, Required, ResponseBuilder, SecurityRequirement,
    Server,
};
use utoipa::{OpenApi as _, PartialSchema as _, ToSchema};
use vaidya_clinic::role::Role;

use super::cookies;
use super::routes::{FOREIGN, Handlers, May, OWN, ProgramHandlers, Route, Table};
use crate::error::Problem;

/// The names of the ways to say who one is.
const SESSION: &str = "session";
const GUEST: &str = "guest";
const TOKEN: &str = "token";
const BEARER: &str = "bearer";

/// The content type of problems.
const PROBLEM: &str = "application/problem+json";

/// Parameters in paths that are no UUIDs.
const TEXTS: [&str; 2] = ["code", "kind"];

/// Every status that a route may answer a problem with, and what it means wherever it is answered.
const PROBLEMS: [(u16, &str); 13] = [
    (400, "The request could not be read."),
    (401, "Nobody is signed in, or the session is locked or needs its second factor."),
    (403, "These may not do it, or must first prove again who they are, or the request came from a foreign page."),
    (404, "There is nothing here, or nothing of theirs."),
    (405, "This address takes other methods."),
    (409, "Things have moved on: get them again."),
    (410, "It was used up or ran out."),
    (413, "The request is too long."),
    (422, "A field has a value that won't do; `detail` says which."),
    (429, "Too much or too often; `Retry-After` says when to come back."),
    (500, "The server failed. Nothing was changed."),
    (503, "The server is busy or cannot reach what it needs. Nothing was changed."),
    (507, "The server's disk is full. Nothing was changed."),
];

/// A problem (RFC 9457).
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "it describes what `Problem` writes")]
struct Told {
    /// Always `about:blank`.
    r#type: String,
    /// The status in words.
    title: String,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened, as a word for programs.
    #[schema(example = "not_found")]
    code: String,
    /// What happened and what to do, in a sentence.
    detail: String,
}

/// `GET /api/openapi.json`
pub(super) async fn show() -> Result<HttpResponse, Problem> {
    static TEXT: LazyLock<Option<String>> = LazyLock::new(|| document().to_json().ok());
    let text = TEXT.as_deref().ok_or_else(Problem::failed)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(text))
}

/// `GET /api/programs.json`
pub(super) async fn show_for_programs() -> Result<HttpResponse, Problem> {
    static TEXT: LazyLock<Option<String>> = LazyLock::new(|| document_for_programs().to_json().ok());
    let text = TEXT.as_deref().ok_or_else(Problem::failed)?;
    Ok(HttpResponse::Ok().content_type("application/json").body(text))
}

/// The whole document.
pub(super) fn document() -> OpenApi {
    told_of(Handlers::openapi(), OWN)
}

/// The document of the API of other programs.
pub(super) fn document_for_programs() -> OpenApi {
    told_of(ProgramHandlers::openapi(), FOREIGN)
}

fn told_of(mut api: OpenApi, table: &Table) -> OpenApi {
    api.info = info();
    api.servers = Some(vec![Server::new(table.base)]);
    for route in table.routes {
        if let Some(operation) = api.paths.paths.get_mut(route.path).and_then(|item| of_method(item, route.method)) {
            complete(operation, table, route);
        }
    }
    add_common(api.components.get_or_insert_default());
    api
}

fn info() -> Info {
    let mut info = Info::new("Vaidya", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Video visits, chat and sealed records. Times are milliseconds since 1970-01-01 UTC, ids are UUIDs, bytes are \
         base64url without padding. Each operation says who may (`x-may`), whether they must just have proved who they \
         are (`x-fresh`), with which scope a service token may (`x-scope`), and what the audit calls it (`x-audit`)."
            .to_owned(),
    );
    info
}

fn of_method<'a>(item: &'a mut utoipa::openapi::PathItem, method: &str) -> Option<&'a mut Operation> {
    match method {
        "get" => item.get.as_mut(),
        "post" => item.post.as_mut(),
        "put" => item.put.as_mut(),
        "patch" => item.patch.as_mut(),
        "delete" => item.delete.as_mut(),
        _ => None,
    }
}

/// Adds what the table knows.
fn complete(operation: &mut Operation, table: &Table, route: &Route) {
    operation.operation_id = Some(route.handler.replace("::", "."));
    operation.tags = route.handler.split("::").next().map(|module| vec![module.replace('_', " ")]);
    operation.security = Some(security(table, route));
    let told = operation.extensions.get_or_insert_default();
    told.merge(extensions(route));
    answer_problems(operation, route);
    let given = operation.parameters.get_or_insert_default();
    let missing = in_path(route.path).filter(|name| !given.iter().any(|one| is_named(one, name)));
    let missing: Vec<_> = missing.map(parameter).collect();
    given.extend(missing.into_iter().map(RefOr::T));
}

/// Adds the problems every such route may answer, and gives those the handler names their form.
fn answer_problems(operation: &mut Operation, route: &Route) {
    let statuses = common(operation, route);
    let answers = &mut operation.responses.responses;
    for status in statuses {
        let known = RefOr::Ref(Ref::from_response_name(name(status)));
        answers.entry(status.to_string()).or_insert(known);
    }
    let problems = answers.iter_mut().filter(|(status, _)| status.starts_with(['4', '5']));
    for (_, answer) in problems {
        if let RefOr::T(answer) = answer
            && answer.content.is_empty()
        {
            answer.content.insert(PROBLEM.to_owned(), RefOr::T(a_problem()));
        }
    }
}

fn a_problem() -> Content {
    ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build()
}

fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn is_named(parameter: &RefOr<Parameter>, name: &str) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.name == name)
}

fn parameter(name: &str) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let schema =
        if TEXTS.contains(&name) { text } else { text.format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid))) };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema))
        .build()
}

fn security(table: &Table, route: &Route) -> Vec<SecurityRequirement> {
    if table.bearers {
        let token = SecurityRequirement::new(BEARER, std::iter::empty::<&str>());
        return if route.rule.may == May::Anyone { Vec::new() } else { vec![token] };
    }
    let cookies: &[&str] = match route.rule.may {
        May::Anyone => &[],
        May::Session | May::SignedIn => &[SESSION, GUEST],
        May::Person | May::Roles(_) => &[SESSION],
    };
    let ways = cookies.iter().copied().chain(route.rule.scope.map(|_| TOKEN));
    ways.map(|way| SecurityRequirement::new(way, std::iter::empty::<&str>())).collect()
}

fn extensions(route: &Route) -> Extensions {
    let may = match route.rule.may {
        May::Anyone => json!("anyone"),
        May::Session => json!("session"),
        May::SignedIn => json!("signed_in"),
        May::Person => json!("person"),
        May::Roles(roles) => roles.iter().copied().map(Role::as_str).collect(),
    };
    let mut told = Extensions::from_iter([("x-may", may), ("x-fresh", Value::Bool(route.rule.fresh))]);
    let texts = [("x-scope", route.rule.scope), ("x-audit", route.rule.audit)];
    told.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?)))));
    told
}

/// The problems that every route of this form may answer with, whatever its handler says.
fn common(operation: &Operation, route: &Route) -> Vec<u16> {
    let (reads, takes) = (route.method == "get", operation.request_body.is_some());
    let asks = operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let roles = matches!(route.rule.may, May::Roles(_));
    let fits = |status: u16| match status {
        400 => takes || asks,
        401 => route.rule.may != May::Anyone || !reads,
        403 => !reads || roles || route.rule.fresh,
        404 => route.path.contains('{') || takes,
        409 => !reads,
        413 => !reads,
        422 => !reads || asks,
        429 | 503 | 507 => true,
        _ => false,
    };
    PROBLEMS.iter().map(|(status, _)| *status).filter(|status| fits(*status)).collect()
}

fn name(status: u16) -> String {
    format!("Problem{status}")
}

fn add_common(components: &mut Components) {
    components.schemas.insert("Problem".to_owned(), Told::schema());
    for (status, meaning) in PROBLEMS {
        let response = ResponseBuilder::new().description(meaning).content(PROBLEM, a_problem());
        components.responses.insert(name(status), response.build().into());
    }
    let cookie = |name: &str| SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(name)));
    components.add_security_scheme(SESSION, cookie(cookies::PERSON));
    components.add_security_scheme(GUEST, cookie(cookies::GUEST));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("vdy_…").build();
    components.add_security_scheme(TOKEN, SecurityScheme::Http(bearer));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("vds_…").build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Method and path of everything the document tells of.
    fn told(document: &OpenApi) -> BTreeSet<(String, String)> {
        let document: Value = serde_json::from_str(&document.to_json().unwrap()).unwrap();
        let mut found = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            found.extend(item.as_object().unwrap().keys().map(|method| (method.clone(), path.clone())));
        }
        found
    }

    #[test]
    fn every_route_is_told_and_nothing_else_is() {
        for (document, table) in [(document(), OWN), (document_for_programs(), FOREIGN)] {
            let routes = table.routes.iter().map(|route| (route.method.to_owned(), route.path.to_owned()));
            assert_eq!(told(&document), routes.collect());
        }
    }

    #[test]
    fn every_operation_has_an_id_of_its_own_a_sentence_and_an_answer() {
        let documents = [(document(), OWN), (document_for_programs(), FOREIGN)];
        for (document, table) in documents {
            let document: Value = serde_json::from_str(&document.to_json().unwrap()).unwrap();
            every_operation_is_told(&document, table);
        }
    }

    fn every_operation_is_told(document: &Value, table: &Table) {
        let mut ids = BTreeSet::new();
        for route in table.routes {
            let operation = &document["paths"][route.path][route.method];
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{} twice", route.handler);
            assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 8), "{}: no sentence", route.handler);
            let good = operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('2'));
            assert!(good, "{}: no good answer is told", route.handler);
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        for document in [document(), document_for_programs()] {
            every_reference_of(&document.to_json().unwrap());
        }
    }

    fn every_reference_of(text: &str) {
        let document: Value = serde_json::from_str(text).unwrap();
        for rest in text.split("\"$ref\":\"#").skip(1) {
            let pointer = rest.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "nothing at {pointer}");
        }
    }
}
