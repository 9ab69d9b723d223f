//! The programs, run as a user runs them: arguments in, output and exit code out.

mod govern;
mod inspect;
mod scan;
mod user;
