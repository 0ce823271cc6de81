use super::*;

const PUBLIC: Reach = Reach { http: false, private: false };
const OWN_NETWORK: Reach = Reach { http: false, private: true };

/// Where a URL without TLS may lead by `PUBLIC` with `http`, and by `OWN_NETWORK` with `http`.
#[track_caller]
fn check(host: &str, public: bool, own_network: bool) {
    let url = format!("http://{host}/hook");
    for (reach, expected) in [(PUBLIC, public), (OWN_NETWORK, own_network)] {
        let parsed = OutboundUrl::parse(&url, Reach { http: true, ..reach });
        let expected = if expected { Ok(()) } else { Err(OutboundUrlError::AddressForbidden) };
        assert_eq!(parsed.map(drop), expected, "{host} {reach:?}");
    }
}

#[test]
fn only_public_addresses_are_connected_to() {
    for host in
        ["93.184.215.14", "1.1.1.1", "[2606:4700::1111]", "172.15.255.255", "172.32.0.1", "100.128.0.1"]
    {
        check(host, true, true);
    }
    for host in
        ["127.0.0.1", "127.255.0.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"]
    {
        check(host, false, true);
    }
    for host in
        ["[::1]", "[fc00::1]", "[fdff::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::10.0.0.1]"]
    {
        check(host, false, true);
    }
    for host in
        ["0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"]
    {
        check(host, false, false);
    }
    for host in ["192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"] {
        check(host, false, false);
    }
    for host in [
        "[::]",
        "[fe80::1]",
        "[ff02::1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::169.254.169.254]",
        "[::7f00:1]",
    ] {
        check(host, false, false);
    }
    for host in ["[2001:db8::1]", "[2001::1]", "[2002:7f00:1::]", "[3fff::1]", "[4000::1]"] {
        check(host, false, false);
    }
}

#[test]
fn an_address_is_the_same_however_it_is_spelt() {
    for host in [
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.1",
        "0177.0.0.1",
        "0x7f.1",
        "127.0.0.1.",
        "１２７.0.0.1",
    ] {
        check(host, false, true);
    }
    for host in ["2852039166", "0xa9fea9fe", "0251.0376.0251.0376"] {
        check(host, false, false);
    }
}

#[test]
fn a_translated_public_address_is_public() {
    check("[::ffff:1.1.1.1]", true, true);
    check("[64:ff9b::1.1.1.1]", true, true);
}

#[test]
fn a_url_is_refused_for_what_it_is() {
    use OutboundUrlError::{HasCredentials, Insecure, Malformed};
    let long = format!("https://example.com/{}", "x".repeat(LONGEST_URL));
    let table = [
        ("https://example.com/hook?x=1", Ok(())),
        ("http://example.com/hook", Err(Insecure)),
        ("https://me:secret@example.com/", Err(HasCredentials)),
        ("https://me@example.com/", Err(HasCredentials)),
        ("https://example.com/#part", Err(Malformed)),
        ("ftp://example.com/", Err(Malformed)),
        ("file:///etc/passwd", Err(Malformed)),
        ("gopher://127.0.0.1:6379/_", Err(Malformed)),
        ("example.com", Err(Malformed)),
        ("", Err(Malformed)),
        (long.as_str(), Err(Malformed)),
    ];
    for (url, expected) in table {
        assert_eq!(OutboundUrl::parse(url, PUBLIC).map(drop), expected, "{url}");
    }
}

#[test]
fn one_s_own_machine_needs_no_tls_where_it_may_be_reached_at_all() {
    for url in ["http://127.0.0.1:1/", "http://[::1]/", "http://localhost/"] {
        assert!(OutboundUrl::parse(url, OWN_NETWORK).is_ok(), "{url}");
    }
    assert_eq!(OutboundUrl::parse("http://10.0.0.1/", OWN_NETWORK), Err(OutboundUrlError::Insecure));
    assert_eq!(OutboundUrl::parse("http://localhost/", PUBLIC), Err(OutboundUrlError::Insecure));
}

#[test]
fn of_what_a_name_resolves_to_only_the_public_part_is_connected_to() {
    let address = |text: &str| SocketAddr::new(text.parse().unwrap(), 0);
    let mixed = [address("10.0.0.1"), address("1.1.1.1"), address("::1")];
    let left: Vec<_> = vetted(mixed.into_iter(), PUBLIC).unwrap().collect();
    assert_eq!(left, [address("1.1.1.1")]);
    let private = [address("192.168.0.1"), address("::ffff:127.0.0.1")];
    assert_eq!(vetted(private.into_iter(), PUBLIC).err(), Some(OutboundUrlError::AddressForbidden));
}

#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_not_connected_to() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}/", listener.local_addr().unwrap().port());
    let url = OutboundUrl::parse(&url, Reach { http: true, private: false }).unwrap();
    let error = client(PUBLIC).unwrap().get(url.as_str()).send().await.unwrap_err();
    assert_eq!(refusal(&error), Some(OutboundUrlError::AddressForbidden));
    let untouched = futures_util::future::poll_immediate(Box::pin(listener.accept())).await;
    assert!(untouched.is_none(), "somebody connected");
}
