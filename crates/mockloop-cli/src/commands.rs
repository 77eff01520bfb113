//! One module per command: its arguments, and what it does.

pub(crate) mod analyze;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod generate;
pub(crate) mod inspect;
pub(crate) mod run;
