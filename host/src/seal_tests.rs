use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;

const CONTEXT: &str = "credentials/shop/-000+/1";

fn key(fill: u8) -> SealKey {
    SealKey::from_bytes([fill; KEY_BYTES])
}

fn sealer(fill: u8) -> Sealer {
    Sealer::new(key(fill), [])
}

fn open_error(sealer: &Sealer, context: &str, sealed: &[u8]) -> SealError {
    sealer.open(context, sealed).map(|_| ()).unwrap_err()
}

#[test]
fn what_was_sealed_opens_for_the_same_context_only() {
    let sealed = sealer(1).seal(CONTEXT, b"token").unwrap();

    assert_eq!(sealer(1).open(CONTEXT, &sealed).unwrap().expose_secret(), b"token");
    assert_eq!(open_error(&sealer(1), "credentials/shop/2", &sealed), SealError::Tampered);
}

#[test]
fn the_same_text_is_sealed_differently_each_time() {
    assert_ne!(sealer(1).seal(CONTEXT, b"token").unwrap(), sealer(1).seal(CONTEXT, b"token").unwrap());
}

#[test]
fn the_format_stays() {
    let earlier = "01affaf6da4a88ee83f0865c0d4dcf44e8a7f1abc35697d08e9fe3e1ac3222e798c21ccf5b589894945f017047c663e10315";

    assert_eq!(sealer(1).open(CONTEXT, &hex::decode(earlier).unwrap()).unwrap().expose_secret(), b"token");
}

#[test]
fn a_previous_key_opens_and_the_first_key_seals() {
    let old = sealer(1).seal(CONTEXT, b"token").unwrap();
    let rotated = Sealer::new(key(2), [key(1)]);

    assert_eq!(rotated.open(CONTEXT, &old).unwrap().expose_secret(), b"token");
    assert!(rotated.is_outdated(&old));
    let new = rotated.seal(CONTEXT, b"token").unwrap();
    assert!(!rotated.is_outdated(&new));
    assert_eq!(open_error(&sealer(1), CONTEXT, &new), SealError::KeyUnknown { id: key(2).id() });
}

#[test]
fn bytes_of_another_origin_are_malformed() {
    let mut later = sealer(1).seal(CONTEXT, b"token").unwrap();
    later[0] = 2;

    for bytes in [&b""[..], b"\x01", &[1; 28], &later] {
        assert_eq!(open_error(&sealer(1), CONTEXT, bytes), SealError::Malformed);
    }
}

#[test]
fn keys_are_read_from_base64_and_hex_and_never_printed() {
    let base64 = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    assert_eq!(SealKey::parse(base64).unwrap(), key(1));
    assert_eq!(SealKey::parse(&format!("{}\n", "01".repeat(32))).unwrap(), key(1));
    for text in ["", "AQEB", &"01".repeat(31), &"zz".repeat(32), &format!("{base64}{base64}")] {
        assert_eq!(SealKey::parse(text), Err(SealError::KeyMalformed), "{text}");
    }
    assert_eq!(format!("{:?}", key(1)), format!("SealKey({})", key(1).id()));
    assert_ne!(SealKey::generate().unwrap(), SealKey::generate().unwrap());
}

proptest! {
    #[test]
    fn any_text_comes_back(context in ".*", plain in proptest::collection::vec(any::<u8>(), 0..300)) {
        let sealed = sealer(7).seal(&context, &plain).unwrap();
        let opened = sealer(7).open(&context, &sealed).unwrap();
        prop_assert_eq!(opened.expose_secret(), &plain[..]);
    }

    #[test]
    fn any_flipped_bit_is_noticed(plain in proptest::collection::vec(any::<u8>(), 0..60), at in any::<prop::sample::Index>()) {
        let mut sealed = sealer(7).seal(CONTEXT, &plain).unwrap();
        let bit = at.index(sealed.len() * 8);
        sealed[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(sealer(7).open(CONTEXT, &sealed).is_err());
    }

    #[test]
    fn any_shortened_text_is_refused(plain in proptest::collection::vec(any::<u8>(), 0..60), at in any::<prop::sample::Index>()) {
        let sealed = sealer(7).seal(CONTEXT, &plain).unwrap();
        let kept = at.index(sealed.len());
        prop_assert!(sealer(7).open(CONTEXT, &sealed[..kept]).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_open(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(sealer(7).open(CONTEXT, &bytes).is_err());
    }
}
