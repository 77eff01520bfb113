//! What a person decides about the server.

use std::path::PathBuf;
use std::time::Duration;

/// What the server may do, and where.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// The one folder that projects are written to; without it, `generated_mocks` in the client's first root, or
    /// in the current folder.
    pub output_root: Option<PathBuf>,
    /// Whether descriptions may be read from addresses that are not on the public internet.
    pub allow_private_urls: bool,
    /// Hosts besides this machine whose mocks may be called.
    pub mock_hosts: Vec<String>,
    /// The token of the mocks' admin API. It is sent to this machine and to `mock_hosts` alone.
    pub admin_token: Option<String>,
    /// How long a mock may take to answer; where it is absent, 30 seconds for its admin API, and 60 for a request that
    /// `call_mock` sends.
    pub mock_timeout: Option<Duration>,
    /// Where tool calls are recorded; nowhere where it is absent.
    pub audit: Option<PathBuf>,
    /// Where running mocks are recorded, in place of the user's state folder.
    pub state_dir: Option<PathBuf>,
}
