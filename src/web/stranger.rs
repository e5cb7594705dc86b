//! What is seen of somebody who wants to sign in, and what their tries are counted by.

use std::net::IpAddr;

use crate::store::SecretHash;

/// What is seen of somebody who wants to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stranger {
    pub(super) network: Key,
    pub(super) login: Key,
    /// The browser, when it was signed in with this login before.
    pub(super) device: Option<Key>,
}

/// What tries are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// That they come from.
    Network([u8; 8]),
    /// That they give.
    Login([u8; 8]),
    /// That they use.
    Device([u8; 8]),
}

impl Stranger {
    /// Somebody at this address. The hashes are of the login they give, and of the device cookie if it fits the login.
    pub(super) fn new(address: IpAddr, SecretHash(login): SecretHash, device: Option<SecretHash>) -> Self {
        let device = device.map(|SecretHash(device)| Key::Device(first(device)));
        Self { network: Key::Network(network(address)), login: Key::Login(first(login)), device }
    }

    /// All that a wrong try is held against. A browser that is known answers for itself.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        let strange = self.device.is_none();
        self.device.into_iter().chain(strange.then_some([self.network, self.login]).into_iter().flatten())
    }
}

/// What one has who has an address: that of IPv4, a /64 of IPv6.
fn network(address: IpAddr) -> [u8; 8] {
    let mut network = [0; 8];
    let bytes = match address.to_canonical() {
        IpAddr::V4(address) => [&[0xff; 4], address.octets().as_slice()].concat(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    network.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    network
}

/// Enough of a hash to tell those apart that are remembered at the same time.
fn first(hash: [u8; 32]) -> [u8; 8] {
    let mut first = [0; 8];
    first.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_of_ipv6_is_one_and_ipv4_is_not_mistaken_for_it() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
