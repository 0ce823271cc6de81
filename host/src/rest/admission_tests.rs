use super::*;

fn admission(requests_per_second: u32) -> Admission {
    let requests_per_second = NonZeroU32::new(requests_per_second).unwrap();
    Admission::new(&Limits { requests_per_second, bodies_in_flight_bytes: 10, ..Limits::default() })
}

fn wrong() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "auth.key_unknown", "")
}

/// How many times it went well before it was limited. The limits let a little more through with time.
fn until_limited(mut code: impl FnMut() -> Option<String>) -> usize {
    (0..1_000).find(|_| code().as_deref() == Some("request.rate_limited")).expect("never limited")
}

#[test]
fn a_key_has_its_burst_and_no_other_pays_for_it() {
    let admission = admission(1);
    let (one, other) = (KeyId::generate(), KeyId::generate());
    let ask = |key| admission.request(key).err().map(|problem| problem.code().to_owned());
    assert!(until_limited(|| ask(one)) >= 2);
    assert_eq!(ask(other), None);
}

#[test]
fn failed_proofs_are_counted_by_address_and_by_network_where_addresses_are_plenty() {
    let admission = admission(1);
    let fail = |address: &str| {
        let peer = Peer(address.parse().unwrap());
        Some(admission.failure(Some(peer), wrong()).code().to_owned())
    };
    let mut hosts = 0..1_000;
    assert!(until_limited(|| fail("192.0.2.1")) >= 20);
    assert_eq!(until_limited(|| fail("::ffff:192.0.2.1")), 0);
    assert!(until_limited(|| fail(&format!("2001:db8::{}", hosts.next().unwrap()))) >= 20);
    for other in ["192.0.2.2", "2001:db8:0:1::1"] {
        assert_eq!(fail(other).as_deref(), Some("auth.key_unknown"));
    }
}

#[test]
fn a_flood_from_everywhere_is_not_remembered_without_end() {
    let admission = admission(1);
    let mut limited = 0;
    for n in 0..u32::try_from(MAX_REMEMBERED).unwrap() + 100 {
        let problem = admission.failure(Some(Peer(std::net::Ipv4Addr::from_bits(n).into())), wrong());
        limited += usize::from(problem.code() == "request.rate_limited");
    }
    assert!(admission.failures.len() <= MAX_REMEMBERED + 1);
    assert!(limited >= 70, "{limited}");
}

#[test]
fn bodies_have_places_and_give_them_back() {
    let admission = admission(1);
    let held = admission.body(6).unwrap();
    assert_eq!(admission.body(5).unwrap_err().code(), "host.busy");
    let rest = admission.body(4).unwrap();
    drop(held);
    drop(rest);
    assert!(admission.body(10).is_ok());
}
