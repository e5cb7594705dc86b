//! What each role may do, as a table of Markdown: the routes with their rules, in other words.

use std::fmt::Write as _;

use vaidya_clinic::role::Role;

use super::routes::{FOREIGN, May, PROGRAM_ROUTES, ROUTES, Route};
use crate::store::audit::BESIDE_ROUTES;

/// What stands before the table.
const HEAD: &str = "# Who may do what

Written by `vaidya roles` from the one table of routes (`src/web/routes.rs`), which also enforces it; a test keeps this file true.
A cell says whether someone in that role may ask at all. What they reach is decided further on: nobody reaches anything
of another organisation, and patients, doctors and guests reach what is theirs: their own visits, keys and records.
*fresh*: only within five minutes of proving who they are (password and second factor, or `POST /me/fresh`).
A program with a service token may what names its scope, and nothing else; one that signed in for a person may what is
under the last heading ([API of other programs](seed-api.md)). The last column is the word of the
[audit](audit.md).
";

/// The whole file.
#[must_use]
pub fn table() -> String {
    let mut text = HEAD.to_owned();
    let mut modules: Vec<&str> = Vec::new();
    for module in ROUTES.iter().map(module) {
        if !modules.contains(&module) {
            modules.push(module);
        }
    }
    for of in modules {
        // Writing into a text cannot fail.
        let _written = write!(text, "\n## {}\n\n{}\n{}\n", of.replace('_', " "), titles(), rule());
        for route in ROUTES.iter().filter(|route| module(route) == of) {
            let _written = writeln!(text, "{}", row("", route));
        }
    }
    let _written = write!(text, "\n## API of other programs\n\n{}\n{}\n", titles(), rule());
    for route in PROGRAM_ROUTES {
        let _written = writeln!(text, "{}", row(FOREIGN.base, route));
    }
    text
}

/// Method (in capitals) and path of every route, below the base of our own pages' API; those of other programs whole.
#[must_use]
pub fn requests() -> Vec<(String, String)> {
    let own = ROUTES.iter().map(|route| (route.method.to_uppercase(), route.path.to_owned()));
    let foreign = PROGRAM_ROUTES.iter();
    own.chain(foreign.map(|route| (route.method.to_uppercase(), format!("{}{}", FOREIGN.base, route.path)))).collect()
}

/// Every word the audit uses.
#[must_use]
pub fn actions() -> Vec<&'static str> {
    let mut words: Vec<_> =
        ROUTES.iter().chain(PROGRAM_ROUTES).filter_map(|route| route.rule.audit).chain(BESIDE_ROUTES).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn module(route: &Route) -> &'static str {
    route.handler.split("::").next().unwrap_or_default()
}

fn titles() -> String {
    let roles: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
    format!("| request | stranger | guest | {} | | scope | audit |", roles.join(" | "))
}

fn rule() -> String {
    format!("|---|{}---|---|---|", ":-:|".repeat(2 + Role::ALL.len()))
}

fn row(base: &str, route: &Route) -> String {
    let may = route.rule.may;
    let guest = matches!(may, May::Anyone | May::Session | May::SignedIn);
    let mut cells = vec![may == May::Anyone, guest];
    cells.extend(Role::ALL.iter().map(|role| match may {
        May::Roles(roles) => roles.contains(role),
        May::Anyone | May::Session | May::SignedIn | May::Person => true,
    }));
    let cells: Vec<_> = cells.into_iter().map(|may| if may { "yes" } else { "" }).collect();
    let code = |text: Option<&str>| text.map(|text| format!("`{text}`")).unwrap_or_default();
    format!(
        "| `{} {base}{}` | {} | {} | {} | {} |",
        route.method.to_uppercase(),
        route.path,
        cells.join(" | "),
        if route.rule.fresh { "fresh" } else { "" },
        code(route.rule.scope),
        code(route.rule.audit),
    )
}
