//! The vectors of the standards themselves: RFC 9605 (SFrame), RFC 7516 and RFC 7520 (JWE).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vaidya_clinic::e2ee::epoch::Kind;
use vaidya_clinic::e2ee::sframe::{Keys, header};
use vaidya_clinic::vault::Broken;
use vaidya_clinic::vault::sealed::Sealed;
use vaidya_clinic::vault::secret::Secret;

use super::given::{flipped, to_hex, unhex};

#[test]
fn headers_are_those_of_rfc_9605() {
    // RFC 9605, Appendix C.1, from each length of KID and CTR.
    let vectors = [
        (0, 0, "00"),
        (0, 1, "01"),
        (0, 255, "08ff"),
        (0, 256, "090100"),
        (0, 65_536, "0a010000"),
        (0, u64::MAX, "0fffffffffffffffff"),
        (1, 0, "10"),
        (1, 16_777_215, "1affffff"),
        (1, 4_294_967_296, "1c0100000000"),
        (255, 0, "80ff"),
        (255, 255, "88ffff"),
        (256, 1_099_511_627_776, "9d0100010000000000"),
        (65_535, 65_535, "99ffffffff"),
        (16_777_216, 72_057_594_037_927_935, "be01000000ffffffffffffff"),
        (4_294_967_296, u64::MAX, "cf0100000000ffffffffffffffff"),
    ];
    for (kid, counter, encoded) in vectors {
        assert_eq!(to_hex(&header(kid, counter)), encoded);
    }
}

#[test]
fn frames_are_those_of_rfc_9605() {
    // RFC 9605, Appendix C.3: cipher suites 0x0003 and 0x0004.
    let base = unhex("000102030405060708090a0b0c0d0e0f");
    let (kid, counter) = (0x123, 0x4567);
    let metadata = unhex("4945544620534672616d65205747");
    let plain = unhex("64726166742d696574662d736672616d652d656e63");
    let vectors = [
        (Kind::Audio, "990123456717fc8af28a5a695afcfc6c8df6358a17e26b2fcb3bae32e443"),
        (Kind::Video, "9901234567b7412c2513a1b66dbb48841bbaf17f598751176ad847681a69c6d0b091c07018ce4adb34eb"),
    ];
    for (kind, frame) in vectors {
        let (keys, head) = (Keys::derive(kind, &base, kid), header(kid, counter));
        let aad = [head.as_slice(), &metadata].concat();
        let sealed = keys.seal(counter, &aad, &plain).unwrap();
        assert_eq!(to_hex(&[head.as_slice(), &sealed].concat()), frame);
        assert_eq!(sealed.len() - plain.len(), keys.tag());
        assert_eq!(keys.open(counter, &aad, &sealed), Ok(plain.clone()));
        for changed in flipped(&sealed) {
            assert_eq!(keys.open(counter, &aad, &changed), Err(Broken::Seal));
        }
        assert_eq!(keys.open(counter + 1, &aad, &sealed), Err(Broken::Seal));
        assert_eq!(keys.open(counter, &aad[1..], &sealed), Err(Broken::Seal));
    }
}

fn jwe(protected: &str, iv: &str, ciphertext: &str, tag: &str) -> Sealed {
    let decode = |text| URL_SAFE_NO_PAD.decode(text).unwrap();
    Sealed {
        protected: protected.to_owned(),
        iv: decode(iv).try_into().unwrap(),
        ciphertext: decode(ciphertext),
        tag: decode(tag).try_into().unwrap(),
    }
}

#[test]
fn the_content_of_rfc_7516_a_1_opens() {
    // RFC 7516, Appendix A.1: RSA-OAEP and A256GCM; the content key is given in A.1.2.
    let key = [
        177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246, 138, 7, 110, 91, 112, 46, 34, 105,
        47, 130, 203, 46, 122, 234, 64, 252,
    ];
    let sealed = jwe(
        "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ",
        "48V1_ALb6US04U3b",
        "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A",
        "XFBoMYUZodetZdvTiFvSkQ",
    );
    let opened = sealed.open_foreign(&Secret::from_bytes(key)).unwrap();
    assert_eq!(opened.as_slice(), b"The true sign of intelligence is not knowledge but imagination.");
    assert_eq!(sealed.open_foreign(&Secret::from_bytes([0; 32])).err(), Some(Broken::Seal));
    assert_eq!(sealed.open(&Secret::from_bytes(key)).err(), Some(Broken::Malformed("header")), "not a record of ours");
}

#[test]
fn the_content_of_rfc_7520_5_2_opens() {
    // RFC 7520, §5.2: key encryption using RSA-OAEP with AES-GCM; the content key is given in figure 86.
    let key = URL_SAFE_NO_PAD.decode("mYMfsggkTAm0TbvtlFh2hyoXnbEzJQjMxmgLN3d8xXA").unwrap();
    let sealed = jwe(
        "eyJhbGciOiJSU0EtT0FFUCIsImtpZCI6InNhbXdpc2UuZ2FtZ2VlQGhvYmJpdG9uLmV4YW1wbGUiLCJlbmMiOiJBMjU2R0NNIn0",
        "-nBoKLH0YkLZPSI9",
        "o4k2cnGN8rSSw3IDo1YuySkqeS_t2m1GXklSgqBdpACm6UJuJowOHC5ytjqYgRL-I-soPlwqMUf4UgRWWeaOGNw6vGW-xyM01lTYxrXfVzII\
         aRdhYtEMRBvBWbEwP7ua1DRfvaOjgZv6Ifa3brcAM64d8p5lhhNcizPersuhw5f-pGYzseva-TUaL8iWnctc-sSwy7SQmRkfhDjwbz0fz6k\
         FovEgj64X1I5s7E6GLp5fnbYGLa1QUiML7Cc2GxgvI7zqWo0YIEc7aCflLG1-8BboVWFdZKLK9vNoycrYHumwzKluLWEbSVmaPpOslY2n52\
         5DxDfWaVFUfKQxMF56vn4B9QMpWAbnypNimbM8zVOw",
        "UCGiqJxhBI3IFVdPalHHvA",
    );
    let opened = sealed.open_foreign(&Secret::from_slice(&key).unwrap()).unwrap();
    assert!(opened.starts_with("You can trust us to stick with you".as_bytes()));
}

#[test]
fn compressed_and_critical_headers_are_not_opened() {
    for header in [r#"{"enc":"A256GCM","zip":"DEF"}"#, r#"{"enc":"A256GCM","crit":["x"]}"#, r#"{"enc":"A128GCM"}"#] {
        let sealed = jwe(&URL_SAFE_NO_PAD.encode(header), "48V1_ALb6US04U3b", "", "XFBoMYUZodetZdvTiFvSkQ");
        assert_eq!(sealed.open_foreign(&Secret::from_bytes([0; 32])).err(), Some(Broken::Unsupported("header")));
    }
}
