#![no_main]

libfuzzer_sys::fuzz_target!(init: nhi_fuzz::start(&nhi_fuzz::adapters::TARGET), |data: &[u8]| nhi_fuzz::adapters::run(data));
