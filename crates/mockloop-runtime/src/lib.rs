//! Typed endpoints of API descriptions, clients for them, and mock servers to call.
