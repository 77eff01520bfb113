//! End to end: the real command, a real server, real requests.

#[cfg(unix)]
mod analyze;
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
