//! The programs, run as a user runs them: arguments in, output and exit code out.

mod estate;
mod govern;
mod guard;
mod inspect;
mod lifecycle;
mod sarif;
mod scan;
mod score;
mod user;
