#![no_main]

libfuzzer_sys::fuzz_target!(init: nhi_fuzz::start(&nhi_fuzz::assess::TARGET), |data: &[u8]| nhi_fuzz::assess::run(data));
