//! How long a body may be and how slowly it may come, before anyone reads it.

use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage as _, ResponseError as _};
use futures_util::Stream;
use tokio::time::{Instant, Sleep};

use super::line::Pulse;
use crate::error::Problem;

/// Longest body of any request, in bytes; most routes take far less. Lower refuses documents, higher lets strangers
/// send more before they are refused.
pub const LONGEST: usize = 6 * 1024 * 1024;

/// Longest silence within a body. Lower cuts thin links, higher lets a stranger hold a request longer.
pub const SILENCE: Duration = Duration::from_secs(10);

/// How long any body may take.
pub const GRACE: Duration = Duration::from_secs(20);

/// Bytes that buy a body a second more than [`GRACE`]: slower than this is no link we serve.
const A_SECOND: usize = 4 * 1024;

/// Refuses bodies that say they are too long, cuts off those that turn out to be or that come in drops, and lets the
/// connection know that it is us who are being waited for.
pub(super) async fn bounded<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let busy = request.request().conn_data::<Pulse>().map(Pulse::busy);
    if length(&request).is_some_and(|length| length > LONGEST) {
        let refusal = Problem::too_large().error_response();
        return Ok(request.into_response(refusal).map_into_right_body());
    }
    // What a socket sends after its request has its own limits.
    if request.method() != Method::GET {
        let payload = Box::pin(Paced::new(request.take_payload()));
        request.set_payload(Payload::Stream { payload });
    }
    let answer = next.call(request).await?;
    if let Some(busy) = busy
        && answer.status() == StatusCode::SWITCHING_PROTOCOLS
    {
        busy.for_good();
    }
    Ok(answer.map_into_left_body())
}

fn length(request: &ServiceRequest) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// What is wrong with a body that could not be read.
pub(super) fn problem(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Overflow => Problem::too_large(),
        PayloadError::Io(why) if why.kind() == ErrorKind::TimedOut => Problem::too_slow(),
        _ => Problem::bad_json(),
    }
}

/// A body that has to keep a pace.
struct Paced {
    payload: Payload,
    taken: usize,
    began: Instant,
    patience: Pin<Box<Sleep>>,
}

impl Paced {
    fn new(payload: Payload) -> Self {
        let began = Instant::now();
        Self { payload, taken: 0, began, patience: Box::pin(tokio::time::sleep_until(began + SILENCE)) }
    }

    fn take(&mut self, bytes: Bytes) -> Result<Bytes, PayloadError> {
        self.taken = self.taken.saturating_add(bytes.len());
        if self.taken > LONGEST {
            return Err(PayloadError::Overflow);
        }
        let bought = Duration::from_secs(u64::try_from(self.taken / A_SECOND).unwrap_or(u64::MAX));
        let ends = (self.began + GRACE + bought).min(Instant::now() + SILENCE);
        self.patience.as_mut().reset(ends);
        Ok(bytes)
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match Pin::new(&mut self.payload).poll_next(cx) {
            Poll::Ready(Some(Ok(bytes))) => Poll::Ready(Some(self.take(bytes))),
            Poll::Ready(end) => Poll::Ready(end),
            Poll::Pending if self.patience.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Some(Err(PayloadError::Io(ErrorKind::TimedOut.into()))))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}
