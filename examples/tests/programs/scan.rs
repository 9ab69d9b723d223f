//! `scan`, as a user runs it.

use std::io::{BufRead, BufReader};

use crate::user::{Ran, User};
use nhi_core::classify::mint;

const SCAN: &str = env!("CARGO_BIN_EXE_scan");
const RULE: &str = "github.personal-access-token-classic";

fn token() -> String {
    mint(RULE, 11).expect("in the catalogue")
}

fn line() -> String {
    format!("GITHUB_TOKEN={}\n", token())
}

/// Runs `scan` and holds that the secret is shown nowhere.
fn scan(user: &User, args: &[&str]) -> Ran {
    hidden(user.run(SCAN, args))
}

fn hidden(ran: Ran) -> Ran {
    let token = token();
    assert!(!ran.out.contains(&token[4..36]) && !ran.err.contains(&token[4..36]), "the secret is shown");
    ran
}

fn findings(ran: &Ran) -> Vec<serde_json::Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

fn paths(ran: &Ran) -> Vec<String> {
    ran.out.lines().map(|line| line.split(':').next().unwrap_or_default().to_string()).collect()
}

#[test]
fn nothing_found_is_0_and_prints_nothing() {
    let user = User::new();
    let ran = scan(user.write("a.txt", "nothing to see\n"), &["."]).ends_with(0);
    assert_eq!(ran.out, "");
    assert!(ran.err.contains("0 findings"), "{}", ran.err);
}

#[test]
fn a_finding_is_1_and_a_line_says_where_what_and_why() {
    let user = User::new();
    let ran = scan(user.write("src/a.env", format!("# x\n{}", line())), &["."]).ends_with(1);
    let token = token();
    assert!(ran.out.starts_with("src/a.env:2:14  high"), "{}", ran.out);
    assert!(ran.out.contains(&format!("ghp_…{}", &token[36..])), "{}", ran.out);
    assert!(ran.out.contains("checksum"), "{}", ran.out);
    assert_eq!(ran.out.lines().count(), 1);
}

#[test]
fn jsonl_has_the_fields_of_the_interface_in_their_order() {
    let user = User::new();
    user.write("a.env", line());
    let ran = scan(&user, &["--format", "jsonl", "a.env"]).ends_with(1);
    let found = findings(&ran);
    let fields = "v path rule provider kind credential_kind confidence level start end line column preview \
                  fingerprint reasons attributes decoded parts alternatives";
    let mut at = 0;
    for field in fields.split(' ') {
        let key = format!("\"{field}\":");
        at += ran.out[at..].find(&key).unwrap_or_else(|| panic!("{field} is missing or out of order"));
    }
    assert_eq!(found[0].as_object().map(|o| o.len()), Some(19));
    assert_eq!(found[0]["rule"], RULE);
    assert_eq!((found[0]["start"].as_u64(), found[0]["end"].as_u64()), (Some(13), Some(53)));
    assert!(found[0]["fingerprint"].as_str().is_some_and(|f| f.starts_with("hs256:")));
    assert!(found[0]["reasons"][0]["code"].is_string() && found[0]["reasons"][0]["text"].is_string());
}

#[test]
fn sarif_is_one_document_with_utf16_columns() {
    let user = User::new();
    user.write("a b.env", format!("𝒳 {}", line()));
    let ran = scan(&user, &["--format", "sarif", "."]).ends_with(1);
    let log: serde_json::Value = serde_json::from_str(&ran.out).expect("one document");
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], RULE);
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b.env");
    assert_eq!(place["region"]["startColumn"], 17);
    assert_eq!(place["region"]["byteOffset"], 18);
    let empty = scan(&user, &["--format", "sarif", "--min-confidence", "high", "-"]).ends_with(0);
    let log: serde_json::Value = serde_json::from_str(&empty.out).expect("a document without results");
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn what_cannot_be_read_is_reported_and_the_rest_is_scanned() {
    let user = User::new();
    user.write("a.env", line());
    let ran = scan(&user, &["a.env", "no/such/file"]).ends_with(2);
    assert_eq!(paths(&ran), ["a.env"]);
    assert!(ran.err.contains("scan: no/such/file: no such file or directory\n"), "{}", ran.err);
    assert!(ran.err.contains("1 could not be read"), "{}", ran.err);
}

/// A file that opens and then fails: the kernel refuses reads of address 0.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_while_it_is_read_is_reported() {
    let user = User::new();
    user.write("a.env", line());
    let ran = scan(&user, &["/proc/self/mem", "a.env"]).ends_with(2);
    assert_eq!(paths(&ran), ["a.env"]);
    assert!(ran.err.contains("scan: /proc/self/mem: "), "{}", ran.err);
}

#[test]
fn binary_files_are_scanned_like_any_other() {
    let user = User::new();
    let bytes = [b"\x7fELF\0\xff\xfe\0", line().as_bytes(), b"\0\0\x80"].concat();
    let ran = scan(user.write("program.bin", bytes), &["--format", "jsonl", "."]).ends_with(1);
    assert_eq!(findings(&ran)[0]["rule"], RULE);
}

#[test]
fn ignore_files_are_obeyed_hidden_files_scanned_and_git_never_entered() {
    let user = User::new();
    user.write(".gitignore", "ignored/\n").write("ignored/a", line()).write(".env", line());
    user.write(".git/config", line()).write("z", line());
    assert_eq!(paths(&scan(&user, &["."]).ends_with(1)), [".env", "z"]);
    assert_eq!(paths(&scan(&user, &["--no-ignore", "."]).ends_with(1)), [".env", "ignored/a", "z"]);
    assert_eq!(paths(&scan(&user, &["ignored/a"]).ends_with(1)), ["ignored/a"]);
}

#[test]
fn standard_input_is_named_by_a_dash_and_may_be_empty() {
    let user = User::new();
    let ran = hidden(user.pipe(SCAN, &["-"], line().as_bytes())).ends_with(1);
    assert!(ran.out.starts_with("-:1:14  high"), "{}", ran.out);
    let ran = user.pipe(SCAN, &["-"], b"").ends_with(0);
    assert_eq!(ran.out, "");
}

#[test]
fn output_does_not_depend_on_the_number_of_threads() {
    let user = User::new();
    for n in 0..300 {
        user.write(&format!("d{}/f{n}", n % 7), line().repeat(n % 3));
    }
    let one = scan(&user, &["--format", "jsonl", "--threads", "1", "."]).ends_with(1);
    let four = scan(&user, &["--format", "jsonl", "--threads", "4", "."]).ends_with(1);
    assert_eq!(findings(&one).len(), 300);
    assert!(one.out == four.out, "the order or the content differs");
}

#[test]
fn a_file_that_is_scanned_in_pieces_gives_the_same_places() {
    let user = User::new();
    let filler = "all work and no play makes jack a dull boy\n".repeat(220_000);
    user.write("big.txt", [filler.as_str(), &line()].concat());
    let ran = scan(&user, &["--format", "jsonl", "big.txt"]).ends_with(1);
    let found = findings(&ran);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["line"], 220_001);
    assert_eq!(found[0]["column"], 14);
    assert_eq!(found[0]["path"], "big.txt");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let user = User::new();
    for n in 0..5000 {
        user.write(&format!("f{n}"), line());
    }
    let mut child = user.command(SCAN, &["."]).spawn().expect("scan starts");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut first).expect("a line comes");
    let ran = Ran::from(child.wait_with_output().expect("scan ends")).ends_with(1);
    assert!(first.starts_with("f0:1:14"), "{first}");
    assert!(!ran.err.contains("pipe"), "{}", ran.err);
}

#[test]
fn the_exit_code_speaks_of_what_is_printed_only() {
    let user = User::new();
    user.write("a.py", "password = \"correct-horse-battery\"\n");
    let all = scan(&user, &["--min-confidence", "low", "a.py"]).ends_with(1);
    assert!(all.out.contains("generic"), "{}", all.out);
    let high = scan(&user, &["--min-confidence", "high", "a.py"]).ends_with(0);
    assert_eq!(high.out, "");
    assert!(high.err.contains("not shown"), "{}", high.err);
    scan(&user, &["--no-generic", "--min-confidence", "low", "a.py"]).ends_with(0);
}

#[test]
fn what_the_command_line_cannot_mean_is_2_and_says_so_in_a_line() {
    let user = User::new();
    for (args, says) in [
        (&["--fromat", "text", "."][..], "--fromat"),
        (&["--format", "xml", "."], "expected text, jsonl or sarif"),
        (&["--min-confidence", "certain", "."], "expected low, medium or high"),
        (&["--threads", "0", "."], "expected a number"),
        (&["--format"], "missing argument"),
        (&[], "nothing to scan"),
    ] {
        let ran = scan(&user, args).ends_with(2);
        assert!(ran.err.contains(says) && ran.err.lines().count() == 1, "{args:?}: {}", ran.err);
    }
    let help = scan(&user, &["--help"]).ends_with(0);
    assert!(help.out.starts_with("scan [--format"), "{}", help.out);
}

#[cfg(unix)]
#[test]
fn the_pepper_is_made_once_for_its_user_only_and_named() {
    use std::os::unix::fs::PermissionsExt;

    let user = User::new();
    user.write("a.env", line());
    let print = |ran: Ran| findings(&ran)[0]["fingerprint"].clone();
    let first = scan(&user, &["--format", "jsonl", "a.env"]).ends_with(1);
    let file = user.home().join(".config/nhi/pepper");
    assert!(first.err.contains(&file.display().to_string()), "{}", first.err);
    assert_eq!(std::fs::metadata(&file).expect("made").permissions().mode() & 0o777, 0o600);
    let again = scan(&user, &["--format", "jsonl", "a.env"]).ends_with(1);
    assert!(!again.err.contains("pepper"), "{}", again.err);
    assert_eq!(print(first), print(again));
    let other = scan(&user, &["--format", "jsonl", "--pepper-file", "other", "a.env"]).ends_with(1);
    assert!(user.path("other").exists() && other.err.contains("other"), "{}", other.err);
    let bad = scan(user.write("bad", "not a pepper"), &["--pepper-file", "bad", "a.env"]).ends_with(2);
    assert!(bad.err.contains("bad: pepper: "), "{}", bad.err);
}

#[test]
fn without_a_home_there_is_no_fingerprint_and_that_is_said() {
    let user = User::new();
    user.write("a.env", line());
    let mut command = user.command(SCAN, &["--format", "jsonl", "a.env"]);
    let ran = Ran::from(command.env_remove("HOME").output().expect("scan starts")).ends_with(1);
    assert!(ran.err.contains("no fingerprints: neither XDG_CONFIG_HOME nor HOME is set"), "{}", ran.err);
    assert!(findings(&ran)[0].get("fingerprint").is_none());
}

#[test]
fn what_is_repeated_of_the_command_line_cannot_steer_a_terminal() {
    let user = User::new();
    for args in [&["--\u{1b}[31mred"][..], &["--threads", "\u{1b}[31m"], &["no\u{202e}file"]] {
        let ran = scan(&user, args).ends_with(2);
        assert!(!ran.err.contains(['\u{1b}', '\u{202e}']) && ran.err.contains("\\u{"), "{}", ran.err);
    }
}

#[test]
fn text_in_utf_16_is_named_and_counted() {
    let user = User::new();
    let wide: Vec<u8> = line().encode_utf16().flat_map(u16::to_le_bytes).collect();
    user.write("a.txt", [&[0xff, 0xfe][..], &wide].concat()).write("b.env", line());
    let ran = scan(&user, &["."]).ends_with(1);
    assert_eq!(paths(&ran), ["b.env"]);
    assert!(ran.err.contains("scan: a.txt: UTF-16 text was not scanned\n"), "{}", ran.err);
    assert!(ran.err.contains("1 in UTF-16 not scanned"), "{}", ran.err);
}

/// What was found waits for an input that is slow; the threads pause meanwhile, and go on.
#[test]
fn findings_behind_a_slow_input_are_all_told_in_their_turn() {
    let user = User::new();
    for n in 10..50 {
        user.write(&format!("f{n}"), line().repeat(600));
    }
    let mut command = user.command(SCAN, &["--threads", "3", "-", "."]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().expect("scan starts");
    let slow = child.stdin.take();
    std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        drop(slow);
    });
    let ran = Ran::from(child.wait_with_output().expect("scan ends")).ends_with(1);
    let told = paths(&ran);
    assert_eq!(told.len(), 24_000);
    assert!(told.is_sorted());
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_no_panic() {
    let user = User::new();
    user.write("a.env", line());
    let full = || std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let code = |args: &[&str], out: bool| {
        let mut command = user.command(SCAN, args);
        let command = if out { command.stdout(full()) } else { command.stderr(full()) };
        command.output().expect("scan starts").status.code()
    };
    assert_eq!(code(&["a.env"], false), Some(1));
    assert_eq!(code(&["--unknown"], false), Some(2));
    assert_eq!(code(&["--help"], true), Some(2));
    assert_eq!(code(&["a.env"], true), Some(2));
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_by_name_and_never_waited_for() {
    let user = User::new();
    user.write("a.env", line());
    let made = std::process::Command::new("mkfifo").arg(user.path("pipe")).status();
    assert!(made.expect("Unix has mkfifo").success());
    let ran = scan(&user, &["a.env", "pipe", "/dev/zero"]).ends_with(2);
    assert_eq!(paths(&ran), ["a.env"]);
    for name in ["pipe", "/dev/zero"] {
        assert!(ran.err.contains(&format!("scan: {name}: is not a regular file")), "{}", ran.err);
    }
    for file in ["pipe", "/dev/zero"] {
        let ran = scan(&user, &["--pepper-file", file, "a.env"]).ends_with(2);
        assert!(ran.err.contains(&format!("{file}: is not a regular file")), "{}", ran.err);
    }
    user.write("long", "x".repeat(5000));
    let ran = scan(&user, &["--pepper-file", "long", "a.env"]).ends_with(2);
    assert!(ran.err.contains("long: has more than 4096 bytes"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_pepper_that_others_can_read_is_complained_of_and_a_link_to_nothing_is_not_filled() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let user = User::new();
    user.write("a.env", line());
    scan(&user, &["--pepper-file", "keys/own", "a.env"]).ends_with(1);
    let mode = |name: &str| std::fs::metadata(user.path(name)).expect("made").permissions().mode() & 0o777;
    assert_eq!((mode("keys"), mode("keys/own")), (0o700, 0o600));
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(user.path("keys/own"), open).expect("it is ours");
    let ran = scan(&user, &["--pepper-file", "keys/own", "a.env"]).ends_with(1);
    assert!(ran.err.contains("others on this machine can read"), "{}", ran.err);
    symlink("nowhere", user.path("link")).expect("a link can be made");
    let ran = scan(&user, &["--pepper-file", "link", "a.env"]).ends_with(2);
    assert!(ran.err.contains("link: a symbolic link") && !ran.err.contains("made"), "{}", ran.err);
    assert!(!user.path("nowhere").exists());
}
