//! Embedded files.
