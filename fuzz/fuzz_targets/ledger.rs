#![no_main]

libfuzzer_sys::fuzz_target!(init: nhi_fuzz::start(&nhi_fuzz::ledger::TARGET), |data: &[u8]| nhi_fuzz::ledger::run(data));
