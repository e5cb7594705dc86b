//! What another program may do with a service token.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::word::words;

/// One thing a program may do in the organisation its token is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// List the visits of the day, as the desk does.
    #[serde(rename = "visits:read")]
    VisitsRead,
    /// Make visits, as the desk does.
    #[serde(rename = "visits:write")]
    VisitsWrite,
    /// List patients and doctors, as the desk does.
    #[serde(rename = "people:read")]
    PeopleRead,
    /// Fetch sealed records.
    #[serde(rename = "records:read")]
    RecordsRead,
    /// Bring sound and pictures of a device into a visit.
    #[serde(rename = "media")]
    Media,
    /// Read the audit.
    #[serde(rename = "audit:read")]
    AuditRead,
}

words!(Scope {
    VisitsRead = "visits:read",
    VisitsWrite = "visits:write",
    PeopleRead = "people:read",
    RecordsRead = "records:read",
    Media = "media",
    AuditRead = "audit:read",
});

/// Scopes as they are kept: their words with spaces between, each once. None when there is no scope.
#[must_use]
pub fn kept(scopes: &[Scope]) -> Option<String> {
    let words: Vec<_> = Scope::ALL.iter().filter(|one| scopes.contains(one)).map(|one| one.as_str()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Scopes as they were kept; none when a word is not one.
#[must_use]
pub fn read(kept: &str) -> Option<Vec<Scope>> {
    kept.split(' ').map(Scope::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_back_as_they_were_kept_each_once() {
        let twice = [Scope::AuditRead, Scope::VisitsRead, Scope::VisitsRead];
        assert_eq!(kept(&twice).as_deref(), Some("visits:read audit:read"));
        assert_eq!(read("visits:read audit:read"), Some(vec![Scope::VisitsRead, Scope::AuditRead]));
        assert_eq!((kept(&[]), read("visits:own")), (None, None));
    }

    #[test]
    fn a_scope_is_the_same_word_in_json() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        }
    }
}
