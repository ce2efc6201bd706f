#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| opslint_fuzz::run("xml", data));
