/*!
A fixed amount of work for counting instructions: `instructions SCENARIO TIMES`.

Does the scenario's work `TIMES` times, on inputs that are the same in every run. `cargo xtask bench instructions` runs it
under callgrind with two different numbers of times; the difference is what the work costs, without its preparation.
`instructions` alone lists the scenarios.
*/

mod scenarios;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.as_slice() {
        [] => {
            scenarios::ALL.iter().for_each(|(name, _)| println!("{name}"));
            ExitCode::SUCCESS
        }
        [name, times] => {
            let scenario = scenarios::ALL.iter().find(|(known, _)| known == name);
            match (scenario, times.parse()) {
                (Some((_, work)), Ok(times)) => {
                    work(times);
                    ExitCode::SUCCESS
                }
                _ => usage(),
            }
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: instructions [SCENARIO TIMES]");
    ExitCode::from(2)
}
