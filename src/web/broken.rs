//! What is answered to a request that could not be read: our headers and a problem, where the HTTP library has neither.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::ResponseError as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;

use super::guard;
use super::line::Answering;
use crate::error::Problem;

/// The library's own answer to a head that is no HTTP, too long or too slow, made into one of ours; none when it is
/// something else. A connection asks only where no answer of ours can be under way.
pub(super) fn answer(library: &[u8], secure: bool) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(library).ok()?.strip_suffix("\r\n\r\n")?;
    let mut lines = text.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?;
    let problem = match status.get(..3)? {
        "400" => Problem::bad_json(),
        "408" => Problem::too_slow(),
        "413" | "431" => Problem::long_head(),
        _ if status.starts_with('5') => Problem::failed(),
        _ => return None,
    };
    let date = lines.find(|line| line.get(..5).is_some_and(|name| name.eq_ignore_ascii_case("date:")));
    Some(written(status, date, problem, secure))
}

fn written(status: &str, date: Option<&str>, problem: Problem, secure: bool) -> Vec<u8> {
    let mut headers = HeaderMap::new();
    guard::dress(&mut headers, secure, guard::request_id());
    let refusal = problem.error_response();
    let kind = refusal.headers().get(header::CONTENT_TYPE);
    kind.into_iter().for_each(|kind| drop(headers.insert(header::CONTENT_TYPE, kind.clone())));
    let body = refusal.into_body().try_into_bytes().unwrap_or_default();
    let mut answer =
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n", body.len()).into_bytes();
    date.into_iter().for_each(|date| answer.extend([date.as_bytes(), b"\r\n"].concat()));
    for (name, value) in &headers {
        answer.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&body);
    answer
}

/// A body that lets its connection know when no more of it comes.
pub(super) struct Told {
    body: BoxBody,
    _until: Option<Answering>,
}

impl Told {
    /// This body, and the word that it is being sent.
    pub(super) fn new(body: impl MessageBody + 'static, until: Option<Answering>) -> Self {
        Self { body: body.boxed(), _until: until }
    }
}

impl MessageBody for Told {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_librarys_refusals_are_made_ours() {
        let refusal = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\ndate: Fri, 20 Nov 2026 10:00:00 GMT\r\n\r\n";
        let ours = String::from_utf8(answer(refusal, true).unwrap()).unwrap();
        assert!(ours.starts_with("HTTP/1.1 400 Bad Request\r\n") && ours.contains("\"code\":\"bad_json\""), "{ours}");
        for part in
            ["date: Fri, 20 Nov 2026", "content-security-policy: ", "strict-transport-security: ", "x-request-id: "]
        {
            assert!(ours.contains(part), "{part} is missing in {ours}");
        }
        assert!(answer(b"HTTP/1.1 100 Continue\r\n\r\n", true).is_none());
        assert!(answer(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", true).is_none());
        assert!(answer(b"half a line", true).is_none());
    }
}
