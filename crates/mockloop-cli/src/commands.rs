//! One module per command: its arguments, and what it does.

pub(crate) mod analyze;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod discover;
pub(crate) mod generate;
pub(crate) mod inspect;
pub(crate) mod logs;
pub(crate) mod ps;
pub(crate) mod respond;
pub(crate) mod restart;
pub(crate) mod run;
pub(crate) mod scenario;
pub(crate) mod start;
pub(crate) mod stop;
