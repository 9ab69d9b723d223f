//! `estate`, as a user runs it.

use crate::user::User;

const ESTATE: &str = env!("CARGO_BIN_EXE_estate");

#[test]
fn help_is_told_and_a_missing_folder_is_said() {
    let user = User::new();
    let help = user.run(ESTATE, &["--help"]).ends_with(0);
    assert!(help.out.starts_with("estate [--seed N]"), "{}", help.out);
    let ran = user.run(ESTATE, &[]).ends_with(2);
    assert!(ran.err.contains("--out DIR is missing"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn the_pepper_it_writes_is_for_its_user_only() {
    use std::os::unix::fs::PermissionsExt;

    let user = User::new();
    let ran = user.run(ESTATE, &["--out", "company"]).ends_with(0);
    assert!(ran.out.starts_with("now 20"), "{}", ran.out);
    let mode = std::fs::metadata(user.path("company/pepper")).expect("written").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
