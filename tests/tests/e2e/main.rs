//! End to end: the real command, a real server, real requests.

mod analyze;
#[cfg(unix)]
mod background;
mod check;
mod corpus;
mod diff;
mod generate;
mod inspect;
mod logs;
mod respond;
mod run;
mod scenario;
mod sources;
mod steer;
