//! The server as a client sees it, over a connection in memory, with real mocks behind it.

mod audit;
mod bounds;
mod broken;
mod calls;
mod contract;
mod given;
mod http;
mod refused;
mod resources;
mod rooted;
mod roots;
mod sides;
mod stdio;
mod story;
mod support;
