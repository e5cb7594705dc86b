//! What we offer every peer: codecs, header extensions, the estimator's start and the addresses to reach us on.

use std::net::SocketAddr;

use str0m::bwe::Bitrate;
use str0m::config::DtlsCert;
use str0m::net::TcpType;
use str0m::rtp::Extension;
use str0m::{Candidate, RtcConfig};

use crate::handle::SAMPLE_EVERY;

/// Where the estimate of a downlink starts, bit/s: two or three of the lowest layers.
pub(crate) const FIRST_ESTIMATE: u64 = 300_000;

/// How a connection is set up: Opus and VP8 only, whatever else is offered.
pub(crate) fn config(certificate: &DtlsCert) -> RtcConfig {
    RtcConfig::new()
        .set_rtp_mode(true)
        .set_ice_lite(true)
        .set_dtls_cert(certificate.clone())
        .set_stats_interval(Some(SAMPLE_EVERY))
        .enable_bwe(Some(Bitrate::bps(FIRST_ESTIMATE)))
        .clear_codecs()
        .enable_opus(true, false)
        .enable_vp8(true)
        .clear_extension_map()
        .set_extension(1, Extension::AudioLevel)
        .set_extension(3, Extension::TransportSequenceNumber)
        .set_extension(4, Extension::RtpMid)
        .set_extension(10, Extension::RtpStreamId)
        .set_extension(11, Extension::RepairedRtpStreamId)
        .set_extension(13, Extension::VideoOrientation)
}

/// Every address by UDP, then every one by TCP: earlier ones are preferred.
pub(crate) fn candidates(addresses: &[SocketAddr]) -> impl Iterator<Item = Candidate> {
    let udp = addresses.iter().filter_map(|address| Candidate::builder().udp().host(*address).build().ok());
    let tcp = addresses
        .iter()
        .filter_map(|address| Candidate::builder().tcp().host(*address).tcptype(TcpType::Passive).build().ok());
    udp.chain(tcp)
}
