//! Reads OpenAPI and Swagger descriptions into one resolved, typed model.

pub mod model;
pub mod sample;
