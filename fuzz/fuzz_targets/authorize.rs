#![no_main]

libfuzzer_sys::fuzz_target!(init: nhi_fuzz::start(&nhi_fuzz::authorize::TARGET), |data: &[u8]| nhi_fuzz::authorize::run(data));
