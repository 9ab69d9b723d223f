//! `inspect`, as a user runs it.

use nhi_core::classify::mint;

use crate::user::User;

const INSPECT: &str = env!("CARGO_BIN_EXE_inspect");

fn token() -> String {
    mint("github.personal-access-token-classic", 23).expect("in the catalogue")
}

#[test]
fn a_token_is_explained_and_not_repeated() {
    let user = User::new();
    let token = token();
    let ran = user.pipe(INSPECT, &[], format!("{token}\n").as_bytes()).ends_with(0);
    let told = ran.out.to_lowercase();
    for word in [
        "provider",
        "github",
        "kind",
        "account",
        "environment",
        "scopes",
        "expires",
        "check",
        "holds",
        "revoke",
    ] {
        assert!(told.contains(word), "{word} is missing in:\n{}", ran.out);
    }
    assert!(!ran.out.contains(&token[4..36]) && !ran.err.contains(&token[4..36]), "the token is repeated");
}

#[test]
fn json_is_one_object_with_the_same_answers() {
    let user = User::new();
    let ran = user.pipe(INSPECT, &["--format", "json"], token().as_bytes()).ends_with(0);
    let told: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(told["rule"], "github.personal-access-token-classic");
    assert_eq!(told["check"]["outcome"], "holds");
    assert!(told["revoke"].as_array().is_some_and(|steps| !steps.is_empty()));
    assert!(!ran.out.contains(&token()[4..36]), "the token is repeated");
}

#[test]
fn an_unknown_token_is_described_by_its_looks() {
    let user = User::new();
    let ran = user.pipe(INSPECT, &[], b"what is this?").ends_with(0);
    assert!(ran.out.starts_with("provider     not known"), "{}", ran.out);
    assert!(ran.out.contains("looks like"), "{}", ran.out);
    assert!(ran.out.lines().count() <= 3 && !ran.out.contains("unknown"), "{}", ran.out);
    // Told by a word nearby only: each guess comes with its revocation.
    let secret = mint("aws.secret-access-key", 3).expect("in the catalogue");
    let ran = user.pipe(INSPECT, &[], secret.as_bytes()).ends_with(0);
    let aws = ran.out.lines().find(|line| line.contains("aws secret-access-key")).expect(&ran.out);
    assert!(aws.contains("revoke: iam"), "{aws}");
}

#[test]
fn a_token_as_an_argument_is_refused_and_not_repeated() {
    let user = User::new();
    let token = token();
    let (as_option, as_value) = (format!("--{token}"), format!("--format={token}"));
    for args in [&[token.as_str()][..], &[&as_option], &[&as_value], &["--format", &token]] {
        let ran = user.run(INSPECT, args).ends_with(2);
        assert_eq!(ran.out, "");
        assert!(!ran.err.contains(&token[4..]), "the token is repeated: {}", ran.err);
    }
    assert!(user.run(INSPECT, &[&token]).err.contains("standard input"));
}

#[test]
fn empty_input_and_a_whole_file_are_refused() {
    let user = User::new();
    assert!(user.pipe(INSPECT, &[], b" \n").ends_with(2).err.contains("empty"));
    assert!(user.pipe(INSPECT, &[], &vec![b'x'; 2 << 20]).ends_with(2).err.contains("1048576"));
    let help = user.run(INSPECT, &["--help"]).ends_with(0);
    assert!(help.out.starts_with("inspect [--format"), "{}", help.out);
}

#[test]
fn a_web_token_tells_who_for_whom_and_that_it_has_ended() {
    let user = User::new();
    let b64 = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    let payload = r#"{"iss":"https://id.test","sub":"deploy","aud":"api","exp":1700000000}"#;
    let token = |alg: &str, signature: &str| {
        format!("{}.{}.{}", b64(&format!("{{\"alg\":\"{alg}\"}}")), b64(payload), b64(signature))
    };
    let header = format!("Authorization: Bearer {}\n", token("HS256", "0123456789abcdef"));
    let ran = user.pipe(INSPECT, &[], header.as_bytes()).ends_with(0);
    for line in [
        "issuer       https://id.test",
        "subject      deploy",
        "audience     api",
        "algorithm    HS256",
        "expires      expired: 2023-11-14",
    ] {
        assert!(ran.out.contains(line), "{line} is missing in:\n{}", ran.out);
    }
    assert!(!ran.out.contains("unsigned") && !ran.out.contains("none ="), "{}", ran.out);
    let ran = user.pipe(INSPECT, &[], token("none", "").as_bytes()).ends_with(0);
    assert!(ran.out.contains("algorithm    none: unsigned"), "{}", ran.out);
}
