//! What a call through the C border costs beside the same call in Rust, in nanoseconds: the best of many runs, which the
//! other languages compare with, and the median of the runs and of their differences.
//!
//! `cargo run --release -p nhi-ffi --example border`
#![expect(unsafe_code, reason = "calls the functions as C does")]

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::time::Instant;

use nhi::classify::{nhi_findings_data, nhi_findings_free, nhi_scanner_new, nhi_scanner_scan};
use nhi_core::classify::{Scanner, mint};

/// Nanoseconds of one call of each in 400 runs of 100; they take turns, so that both meet the same machine.
fn runs(calls: &mut [&mut dyn FnMut(); 2]) -> [Vec<f64>; 2] {
    const CALLS: u32 = 100;
    let mut all = [vec![], vec![]];
    for _ in 0..400 {
        for (call, all) in calls.iter_mut().zip(&mut all) {
            let start = Instant::now();
            (0..CALLS).for_each(|_| call());
            all.push(start.elapsed().as_nanos() as f64 / f64::from(CALLS));
        }
    }
    all
}

/// The least and the one in the middle.
fn least_and_median(mut all: Vec<f64>) -> (f64, f64) {
    all.sort_by(f64::total_cmp);
    (all[0], all[all.len() / 2])
}

fn main() -> Result<(), nhi_core::Error> {
    let clean =
        "2026-11-02T10:15:00Z INFO request served in 12 ms by worker 7; ".repeat(17)[..1024].to_string();
    let token = mint("gitlab.personal-access-token", 7)?;
    let found = format!("{} {token} {}", &clean[..499], &clean[501 + token.len()..]);
    let scanner = Scanner::default();
    assert_eq!((scanner.scan(clean.as_bytes()).len(), scanner.scan(found.as_bytes()).len()), (0, 1));
    let mut c_scanner = MaybeUninit::uninit();
    let status = nhi_scanner_new(3, None, Some(&mut c_scanner), None);
    assert_eq!(status as i32, 0);
    // SAFETY: the call succeeded, so the scanner is there, and it is never freed.
    let c_scanner = unsafe { &*c_scanner.assume_init() };
    for (what, line) in [("a clean 1 KB line", &clean), ("1 KB with a finding", &found)] {
        let bytes = line.as_bytes();
        let mut in_rust = || {
            black_box(scanner.scan(black_box(bytes)));
        };
        let mut in_c = || {
            let mut out = MaybeUninit::uninit();
            let bytes = black_box(bytes);
            // SAFETY: pointer and length are those of a slice; on success the findings are there, and are freed once.
            unsafe {
                nhi_scanner_scan(Some(c_scanner), bytes.as_ptr(), bytes.len(), Some(&mut out), None);
                let findings = Box::from_raw(out.assume_init());
                black_box(nhi_findings_data(Some(&findings)));
                nhi_findings_free(Some(findings));
            }
        };
        let [rust, c] = runs(&mut [&mut in_rust, &mut in_c]);
        let (_, over) = least_and_median(c.iter().zip(&rust).map(|(c, rust)| c - rust).collect());
        let ((rust, usual_rust), (c, usual_c)) = (least_and_median(rust), least_and_median(c));
        println!(
            "{what}: Rust {rust:.0} ns, C {c:.0} ns, the border {:.0} ns; medians: Rust {usual_rust:.0} ns, C {usual_c:.0} \
             ns, the border {over:.0} ns",
            c - rust
        );
    }
    Ok(())
}
