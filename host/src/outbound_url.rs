//! URLs that somebody else chose and the host connects to: where they may lead.
//!
//! The parser turns every spelling of an address (decimal, octal, hexadecimal) into the address. What a name resolves
//! to is vetted while the connection is made, and only a vetted address is connected to, so that a name cannot lead
//! elsewhere the second time it is looked up. No redirection is followed, and no proxy asked.

use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect, retry,
};
use url::{Host, Url};

/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Shorter than servers keep an idle connection.
const IDLE: Duration = Duration::from_secs(15);
const LONGEST_URL: usize = 2048;

/// Where URLs may lead besides public addresses over TLS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Also without TLS.
    pub(crate) http: bool,
    /// Also to this machine and to private networks.
    pub(crate) private: bool,
}

/// Why a URL is not connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OutboundUrlError {
    /// It is no URL of the web, or a very long one.
    #[error("it is no URL of at most {LONGEST_URL} bytes that begins with https://")]
    Malformed,
    /// It holds a user or a password.
    #[error("it holds a user name or a password")]
    HasCredentials,
    /// It is without TLS.
    #[error("it is without TLS")]
    Insecure,
    /// It leads to this machine, a private network, or nowhere in the Internet.
    #[error("it leads to an address that is not public")]
    AddressForbidden,
    /// Its host's name leads nowhere.
    #[error("the name of its host is not known")]
    NameUnknown,
}

/// A URL that may be connected to, as far as can be told before its host is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutboundUrl(Url);

impl OutboundUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// Where it may not be connected to whatever its host resolves to.
    pub(crate) fn parse(text: &str, reach: Reach) -> Result<Self, OutboundUrlError> {
        if text.len() > LONGEST_URL {
            return Err(OutboundUrlError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| OutboundUrlError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") || url.fragment().is_some() {
            return Err(OutboundUrlError::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundUrlError::HasCredentials);
        }
        // The connector looks up no address: what is one already is vetted here.
        let (allowed, loopback) = match url.host().ok_or(OutboundUrlError::Malformed)? {
            Host::Ipv4(address) => (reach.allows(address.into()), address.is_loopback()),
            Host::Ipv6(address) => (reach.allows(address.into()), address.is_loopback()),
            Host::Domain(name) => (true, name == "localhost"),
        };
        if !allowed {
            return Err(OutboundUrlError::AddressForbidden);
        }
        if url.scheme() == "http" && !reach.http && !(loopback && reach.private) {
            return Err(OutboundUrlError::Insecure);
        }
        Ok(Self(url))
    }

    /// As it is requested.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Reach {
    /// Whether the address may be connected to.
    pub(crate) fn allows(self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.allows_v4(address),
            IpAddr::V6(address) => match embedded(address) {
                Some(inner) => self.allows_v4(inner),
                None => self.allows_v6(address),
            },
        }
    }

    fn allows_v4(self, address: Ipv4Addr) -> bool {
        let is_in = |(network, bits)| in_v4(address, network, bits);
        if PRIVATE_V4.into_iter().any(is_in) { self.private } else { !RESERVED_V4.into_iter().any(is_in) }
    }

    fn allows_v6(self, address: Ipv6Addr) -> bool {
        let is_in = |(network, bits)| in_v6(address, network, bits);
        if address.is_loopback() || address.is_unique_local() {
            return self.private;
        }
        is_in(GLOBAL_V6) && !RESERVED_V6.into_iter().any(is_in)
    }
}

/// This machine and networks of one's own.
const PRIVATE_V4: [(Ipv4Addr, u32); 5] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];
/// Never: the link (where clouds keep their secrets), documentation, benchmarks, multicast, the future.
const RESERVED_V4: [(Ipv4Addr, u32); 10] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Protocols (Teredo among them), documentation, 6to4.
const RESERVED_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];
/// Where networks without IPv4 translate to it.
const NAT64: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

fn in_v4(address: Ipv4Addr, network: Ipv4Addr, bits: u32) -> bool {
    (address.to_bits() ^ network.to_bits()) >> (Ipv4Addr::BITS - bits) == 0
}

fn in_v6(address: Ipv6Addr, network: Ipv6Addr, bits: u32) -> bool {
    (address.to_bits() ^ network.to_bits()) >> (Ipv6Addr::BITS - bits) == 0
}

/// The IPv4 address that an IPv6 address stands for.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = address.octets();
    let translated = in_v6(address, NAT64.0, NAT64.1).then(|| Ipv4Addr::new(a, b, c, d));
    address.to_ipv4_mapped().or(translated)
}

/// A client that connects to vetted addresses only, of URLs that [`OutboundUrl::parse`] has let through.
///
/// # Errors
/// Where TLS cannot be set up.
pub(crate) fn client(reach: Reach) -> Result<Client, reqwest::Error> {
    // Fails only where it is there already.
    let _there_already = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("jackfield/", env!("CARGO_PKG_VERSION")))
        // Whatever other parts of the program speak.
        .http1_only()
        .connect_timeout(CONNECT_WITHIN)
        .pool_idle_timeout(IDLE)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .dns_resolver(Vetted(reach))
        .build()
}

/// Why a request of [`client`] was not made, where the address is the reason.
pub(crate) fn refusal(error: &reqwest::Error) -> Option<OutboundUrlError> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(refusal) = error.downcast_ref() {
            return Some(*refusal);
        }
        cause = error.source();
    }
    None
}

/// Resolves names as the system does, and gives only addresses that may be connected to.
#[derive(Debug, Clone, Copy)]
struct Vetted(Reach);

impl Resolve for Vetted {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let found = found.map_err(|_| OutboundUrlError::NameUnknown)?;
            Ok(vetted(found, reach)?)
        })
    }
}

fn vetted(found: impl Iterator<Item = SocketAddr>, reach: Reach) -> Result<Addrs, OutboundUrlError> {
    let mut allowed = found.filter(move |address| reach.allows(address.ip())).peekable();
    if allowed.peek().is_none() {
        return Err(OutboundUrlError::AddressForbidden);
    }
    Ok(Box::new(allowed.collect::<Vec<_>>().into_iter()))
}

#[cfg(test)]
#[path = "outbound_url_tests.rs"]
mod tests;
