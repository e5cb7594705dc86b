//! Who is asking, as far as the network tells: the address, and the host and scheme the browser used.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;
use ipnet::IpNet;

use super::House;
use super::line::Pulse;

/// The way a browser came, and the proxies between.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The scheme it used.
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The host it asked for.
const FORWARDED_HOST: &str = "x-forwarded-host";

/// The proxies that are believed about whom they speak for.
#[derive(Clone, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// Those with an address in these networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    /// Whether this is the address of one.
    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Whose address counts: the peer's, or, when that is a proxy, the nearest it names that is none. What stands further
    /// left came from strangers.
    fn behind(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        for hop in listed(headers, FORWARDED_FOR).iter().rev() {
            let (true, Some(hop)) = (self.trusts(nearest), hop_address(hop)) else { break };
            nearest = hop;
        }
        nearest
    }
}

/// What a browser asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// The host and port, as the browser sees them.
    pub(super) host: Option<String>,
    /// `https` or `http`; none when it is not known, behind a proxy that doesn't say.
    pub(super) scheme: Option<&'static str>,
}

/// The address that is counted, written down and shown: never a name that a stranger could have made up.
pub(super) fn address(request: &HttpRequest) -> IpAddr {
    proxies(request).behind(peer(request), request.headers())
}

/// The host and scheme the browser used: what a proxy says of them, or the request itself.
pub(super) fn asked(request: &HttpRequest) -> Asked {
    let (by_tls, headers) = (request.conn_data::<Pulse>().is_some_and(Pulse::tls), request.headers());
    let asked = read(headers, proxies(request).trusts(peer(request)));
    if by_tls { Asked { scheme: Some("https"), ..asked } } else { asked }
}

fn read(headers: &HeaderMap, by_proxy: bool) -> Asked {
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
    if !by_proxy {
        return Asked { host: own, scheme: None };
    }
    let scheme = listed(headers, FORWARDED_PROTO).pop();
    let scheme = ["https", "http"].into_iter().find(|known| scheme.as_deref() == Some(known));
    Asked { host: listed(headers, FORWARDED_HOST).pop().or(own), scheme }
}

fn proxies(request: &HttpRequest) -> Proxies {
    request.app_data::<Data<House>>().map(|house| house.proxies.clone()).unwrap_or_default()
}

fn peer(request: &HttpRequest) -> IpAddr {
    request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip())
}

/// Every value of a header that is a list, over all its lines, in order.
fn listed(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.split(',')).map(|part| part.trim().to_owned()).collect()
}

/// Some proxies name the port as well.
fn hop_address(text: &str) -> Option<IpAddr> {
    let alone = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    alone.ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip())).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    fn behind(peer: &str, lines: &[&'static str]) -> String {
        let proxies = ["127.0.0.0/8", "::1/128", "10.0.0.0/8"].iter().map(|text| text.parse().unwrap()).collect();
        let lines: Vec<_> = lines.iter().map(|line| (FORWARDED_FOR, *line)).collect();
        Proxies::new(proxies).behind(peer.parse().unwrap(), &headers(&lines)).to_string()
    }

    #[test]
    fn a_stranger_cannot_speak_for_another() {
        assert_eq!(behind("203.0.113.9", &[]), "203.0.113.9");
        assert_eq!(behind("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(behind("203.0.113.9", &["127.0.0.1"]), "203.0.113.9");
    }

    #[test]
    fn behind_proxies_the_nearest_that_is_none_counts() {
        assert_eq!(behind("127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(behind("127.0.0.1", &["198.51.100.1, 203.0.113.9"]), "203.0.113.9", "the left one is made up");
        assert_eq!(behind("127.0.0.1", &["198.51.100.1, 203.0.113.9, 10.0.0.4"]), "203.0.113.9");
        assert_eq!(behind("127.0.0.1", &["198.51.100.1", "203.0.113.9", "10.0.0.4"]), "203.0.113.9");
        assert_eq!(behind("127.0.0.1", &["198.51.100.1, 203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(behind("127.0.0.1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(behind("::ffff:127.0.0.1", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(behind("127.0.0.1", &["10.0.0.7, 10.0.0.4"]), "10.0.0.7", "someone inside");
    }

    #[test]
    fn what_is_no_address_ends_the_way_back() {
        assert_eq!(behind("127.0.0.1", &["198.51.100.1, unknown"]), "127.0.0.1");
        assert_eq!(behind("127.0.0.1", &["198.51.100.1, unknown, 10.0.0.4"]), "10.0.0.4");
        assert_eq!(behind("127.0.0.1", &[""]), "127.0.0.1");
    }

    #[test]
    fn host_and_scheme_are_a_proxy_s_to_say_and_nobody_else_s() {
        let lines = headers(&[("host", "inside:8080"), (FORWARDED_HOST, "visits.example"), (FORWARDED_PROTO, "https")]);
        let by_proxy = Asked { host: Some("visits.example".to_owned()), scheme: Some("https") };
        assert_eq!(read(&lines, true), by_proxy);
        assert_eq!(read(&lines, false), Asked { host: Some("inside:8080".to_owned()), scheme: None });
        let odd = headers(&[("host", "inside:8080"), (FORWARDED_PROTO, "gopher")]);
        assert_eq!(read(&odd, true), Asked { host: Some("inside:8080".to_owned()), scheme: None });
    }
}
