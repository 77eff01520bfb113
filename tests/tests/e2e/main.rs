//! End to end: the real command, a real server, real requests.

#[cfg(unix)]
mod background;
mod check;
mod corpus;
mod diff;
mod generate;
mod inspect;
mod run;
mod sources;
mod steer;
