//! Which addresses are on the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};

use url::Url;

use super::FetchError;

/// The addresses of a URL's host, where all of them are public.
///
/// # Errors
/// Where the host has no address, or one that is not public.
pub(super) fn addresses(url: &Url) -> Result<Vec<SocketAddr>, FetchError> {
    let found = url
        .socket_addrs(|| None)
        .or_else(|_| (url.host_str().unwrap_or_default(), 0).to_socket_addrs().map(Iterator::collect))
        .map_err(|error: std::io::Error| FetchError::Network(error.to_string()))?;
    match found.iter().find(|address| !is_public(address.ip())) {
        Some(address) => Err(FetchError::Private(address.ip().to_string())),
        None => Ok(found),
    }
}

/// Whether an address is one that anybody can have (IANA's special-purpose registries, RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // Addresses that stand for one of version 4: mapped, and translated.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Teredo and 6to4 lead to addresses of version 4 too; 2001:db8::/32 is for documentation.
        [0x2001, 0 | 0xdb8, ..] | [0x2002, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_anybody_can_reach_is_public() -> Result<(), Box<dyn std::error::Error>> {
        let public = ["1.1.1.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "::ffff:8.8.8.8"];
        let private = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "fc00::1",
            "fe80::1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "ff02::1",
        ];
        for address in public {
            assert!(is_public(address.parse()?), "{address}");
        }
        for address in private {
            assert!(!is_public(address.parse()?), "{address}");
        }
        Ok(())
    }

    #[test]
    fn a_host_by_any_spelling_of_this_machine_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        for url in [
            "http://localhost/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://[::1]:80/",
        ] {
            assert!(matches!(addresses(&Url::parse(url)?), Err(FetchError::Private(_))), "{url}");
        }
        Ok(())
    }
}
