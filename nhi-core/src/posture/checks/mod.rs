//! The checks, one file each. A new one is a file and a line here.

use super::check::Check;

/// Declares the modules and the table; in tests also the text of each file, whose head is its page.
macro_rules! checks {
    ($($module:ident)*) => {
        $(mod $module;)*
        /// Every check, in the order of the OWASP NHI items, then the further ones.
        pub const CHECKS: &[&Check] = &[$(&$module::CHECK),*];
        #[cfg(test)]
        const SOURCES: &[&str] = &[$(include_str!(concat!(stringify!($module), ".rs"))),*];
    };
}

checks! {
    nhi1_a nhi1_b nhi1_c nhi1_f
    nhi2_a nhi2_b nhi2_e
    nhi5_a nhi5_b
    nhi7_a nhi7_b nhi7_c
    nhi8
    nhi9
    s_1
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests;
