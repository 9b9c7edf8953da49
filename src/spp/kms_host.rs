//! The host that a KMS client asked, as 12288 names it.
//!
//! Whether it is a legitimate one is decided in `diagnosis`: that needs the administrator's word.

use std::fmt;
use std::net::IpAddr;

/// A KMS host's name or address in lower case, and its port where one was logged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KmsHost {
    name: String,
    port: Option<u16>,
}

/// What field 3 of 12288 holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HostField {
    /// No host: empty, `:1688`, `(null)`, `?`.
    Absent,
    /// A host.
    Host(KmsHost),
    /// A host whose port is no number; the name is good.
    OddPort(KmsHost),
    /// More than a name can have.
    TooLong,
}

/// A DNS name has at most 253 characters; with its port and some room.
const MAX_HOST_BYTES: usize = 300;

impl KmsHost {
    /// A host by name or address, whatever its case.
    pub fn new(name: &str, port: Option<u16>) -> Self {
        Self {
            name: name.trim().trim_end_matches('.').to_lowercase(),
            port,
        }
    }

    /// Reads `host`, `host:port`, `[v6]:port` and, as 12288 writes them, `v6:port` (the port is
    /// behind the last colon). Empty where there is no host.
    pub fn parse(text: &str) -> Option<Self> {
        match parse_field(text) {
            HostField::Absent | HostField::TooLong => None,
            HostField::Host(host) | HostField::OddPort(host) => Some(host),
        }
    }

    /// The name or address in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The TCP port, where one was logged.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The address, where the host was given by one.
    pub fn address(&self) -> Option<IpAddr> {
        self.name.parse().ok()
    }

    /// Whether it can only be the machine itself: 127.0.0.0/8, ::1, 0.0.0.0 or localhost.
    pub fn is_loopback(&self) -> bool {
        match self.address() {
            Some(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_unspecified(),
            Some(IpAddr::V6(v6)) => {
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6
                        .to_ipv4_mapped()
                        .is_some_and(|v4| v4.is_loopback() || v4.is_unspecified())
            }
            None => self.name == "localhost" || self.name.ends_with(".localhost"),
        }
    }
}

/// As 12288 writes it: `host:port`.
impl fmt::Display for KmsHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) if self.name.contains(':') => write!(f, "[{}]:{port}", self.name),
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

pub(crate) fn parse_field(text: &str) -> HostField {
    let text = text.trim();
    if text.len() > MAX_HOST_BYTES {
        return HostField::TooLong;
    }
    let is_absent = |name: &str| {
        name.is_empty()
            || name == "?"
            || name == "*"
            || ["(null)", "null", "<none>"]
                .iter()
                .any(|n| name.eq_ignore_ascii_case(n))
    };
    if is_absent(text) {
        return HostField::Absent;
    }
    if let Some(rest) = text.strip_prefix('[')
        && let Some((name, port)) = rest.split_once(']')
    {
        return with_port(name, port.strip_prefix(':'));
    }
    let Some((name, port)) = text.rsplit_once(':') else {
        return HostField::Host(KmsHost::new(text, None));
    };
    if is_absent(name) {
        return HostField::Absent;
    }
    // An IPv6 literal without a port, such as ::1, has no valid address in front of its last colon.
    if text.parse::<std::net::Ipv6Addr>().is_ok() && name.parse::<std::net::Ipv6Addr>().is_err() {
        return HostField::Host(KmsHost::new(text, None));
    }
    with_port(name, Some(port))
}

fn with_port(name: &str, port: Option<&str>) -> HostField {
    match port.map(str::trim) {
        None | Some("") => HostField::Host(KmsHost::new(name, None)),
        Some(digits) => match digits.parse() {
            Ok(port) => HostField::Host(KmsHost::new(name, Some(port))),
            Err(_) => HostField::OddPort(KmsHost::new(name, None)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(
            KmsHost::parse(text).map(|h| h.to_string()).as_deref(),
            Some(expect),
            "{text}"
        );
    }

    #[test]
    fn names_and_addresses_with_and_without_ports_are_read() {
        check("KMS01.contoso.com:1688", "kms01.contoso.com:1688");
        check("kms01.contoso.com.", "kms01.contoso.com");
        check("169.254.169.250:1688", "169.254.169.250:1688");
        check("fd00:ec2::250:1688", "[fd00:ec2::250]:1688");
        check("[fd00:ec2::250]:1688", "[fd00:ec2::250]:1688");
        check("::1", "::1");
        check("<KMS Host FQDN>:1688", "<kms host fqdn>:1688");
    }

    #[test]
    fn a_missing_host_is_none() {
        for text in ["", "  ", ":1688", "(null)", "?", "(null):1688"] {
            assert_eq!(KmsHost::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_odd_port_leaves_the_name() {
        let field = parse_field("_key.management.server:_1688");
        assert_eq!(
            field,
            HostField::OddPort(KmsHost::new("_key.management.server", None))
        );
    }

    #[test]
    fn the_machine_itself_is_recognized_by_address_and_name() {
        for text in [
            "127.0.0.2:1688",
            "::1",
            "[::1]:1688",
            "0.0.0.0:1688",
            "LOCALHOST:1688",
            "[::ffff:127.0.0.1]:1688",
        ] {
            assert!(KmsHost::parse(text).unwrap().is_loopback(), "{text}");
        }
        assert!(!KmsHost::parse("10.0.0.5:1688").unwrap().is_loopback());
    }
}
