//! Answers that come piece by piece.

use std::collections::VecDeque;
use std::time::Duration;

use super::client::{AdminError, MockClient, SILENCE};
use super::contract::TailLogs;
use super::contract::models::LogEntry;
use crate::descriptor::EndpointDescriptor;

/// How long to wait before a tail is opened anew.
const PAUSE: Duration = Duration::from_millis(500);

/// How often a tail is opened anew before it is given up.
const TRIES: u32 = 10;

/// The most bytes of one event.
const LARGEST: usize = 16 * 1024 * 1024;

/// A file that is exported.
#[derive(Debug)]
pub struct Export {
    response: reqwest::Response,
    asked: &'static EndpointDescriptor,
    url: String,
}

impl Export {
    pub(super) fn new(response: reqwest::Response, asked: &'static EndpointDescriptor, url: &str) -> Self {
        Self { response, asked, url: url.to_owned() }
    }

    /// How many requests the file will hold, where that is told.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.response.headers().get("mockloop-total-count")?.to_str().ok()?.parse().ok()
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, AdminError> {
        let piece = self.response.chunk().await;
        piece.map(|piece| piece.map(|bytes| bytes.to_vec())).map_err(|source| AdminError::Unreachable {
            asked: self.asked.to_string(),
            url: self.url.clone(),
            limit: SILENCE,
            source,
        })
    }
}

/// The log as it grows.
#[derive(Debug)]
pub struct Tail {
    client: MockClient,
    asked: TailLogs,
    response: reqwest::Response,
    received: Vec<u8>,
    /// As much of it has no end of an event.
    searched: usize,
    ready: VecDeque<LogEntry>,
    is_bounded: bool,
}

impl Tail {
    pub(super) async fn open(client: MockClient, tail: TailLogs) -> Result<Self, AdminError> {
        let response = client.stream(&tail).await?;
        let is_bounded = tail.seconds.is_some();
        let (received, ready) = (Vec::new(), VecDeque::new());
        Ok(Self { client, asked: tail, response, received, searched: 0, ready, is_bounded })
    }

    /// The next request; none where the time that was asked for is over.
    ///
    /// # Errors
    /// Where the mock is gone and does not come back, or refuses.
    pub async fn next(&mut self) -> Result<Option<LogEntry>, AdminError> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Ok(Some(entry));
            }
            match self.response.chunk().await {
                Ok(Some(piece)) => self.take(&piece),
                Ok(None) if self.is_bounded => return Ok(None),
                Ok(None) | Err(_) => self.reopen().await?,
            }
        }
    }

    /// Opens the stream anew, behind the last request that was seen.
    async fn reopen(&mut self) -> Result<(), AdminError> {
        self.forget();
        for _ in 1..TRIES {
            tokio::time::sleep(PAUSE).await;
            match self.client.stream(&self.asked).await {
                Ok(response) => {
                    self.response = response;
                    return Ok(());
                }
                Err(AdminError::Unreachable { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.response = self.client.stream(&self.asked).await?;
        Ok(())
    }

    /// Takes the events that are whole by now (HTML, 9.2.6: an empty line ends one).
    fn take(&mut self, piece: &[u8]) {
        self.received.extend_from_slice(piece);
        while let Some(end) = self.end_of_event() {
            let event: Vec<u8> = self.received.drain(..end).collect();
            self.searched = 0;
            let text = String::from_utf8_lossy(&event);
            let field =
                |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim_start);
            if let Some(id) = field("id:").and_then(|id| id.parse().ok()) {
                self.asked.last_event_id = Some(id);
            }
            self.ready.extend(field("data:").and_then(|data| serde_json::from_str(data).ok()));
        }
        self.searched = self.received.len().saturating_sub(1);
        if self.received.len() > LARGEST {
            self.forget();
        }
    }

    fn end_of_event(&self) -> Option<usize> {
        let rest = self.received.get(self.searched..)?;
        rest.windows(2).position(|pair| pair == b"\n\n").map(|at| self.searched + at + 2)
    }

    fn forget(&mut self) {
        self.received.clear();
        self.searched = 0;
    }
}
