//! End to end: the real command, a real server, real requests.

mod analyze;
mod check;
mod corpus;
mod diff;
mod generate;
mod inspect;
mod run;
mod sources;
mod steer;
