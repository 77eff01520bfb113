//! How far a call is, for clients that ask to be told.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext, RoleServer};

/// How long a call may be silent.
const BEAT: Duration = Duration::from_secs(1);

/// The least by which each number has to be larger than the one before.
const LEAST: f64 = 0.001;

/// The progress of one call. It goes with the request's context, so that each tool can name its steps; between these
/// the client is told that the call goes on.
#[derive(Clone)]
pub(crate) struct Progress {
    peer: Peer<RoleServer>,
    /// Where the client asked for none, none is told.
    token: Option<ProgressToken>,
    state: Arc<Mutex<State>>,
}

struct State {
    begun: Instant,
    steps: u32,
    total: Option<u32>,
    /// How often it was told since the last step that the call goes on.
    beats: u32,
    value: f64,
    doing: String,
}

impl Progress {
    /// The progress of a call that begins.
    pub(crate) fn begin(doing: &str, context: &mut RequestContext<RoleServer>) -> Self {
        let (begun, doing) = (Instant::now(), doing.to_owned());
        let state = State { begun, steps: 0, total: None, beats: 0, value: -1.0, doing };
        let token = context.meta.get_progress_token();
        let progress = Self { peer: context.peer.clone(), token, state: Arc::new(Mutex::new(state)) };
        context.extensions.insert(progress.clone());
        progress
    }

    /// The progress of the call that a request is, which will have so many steps.
    pub(crate) fn of(context: &RequestContext<RoleServer>, total: u32) -> Self {
        let known = context.extensions.get::<Self>().cloned();
        let progress = known.unwrap_or_else(|| Self::begin("Working", &mut context.clone()));
        progress.change(|state| state.total = Some(total));
        progress
    }

    /// Says what is done next.
    pub(crate) async fn step(&self, message: impl Into<String>) {
        let message = message.into();
        let (value, total) = self.change(|state| {
            state.reach(f64::from(state.steps));
            state.steps += 1;
            state.beats = 0;
            state.doing.clone_from(&message);
            (state.value, state.total)
        });
        self.tell(value, total, message).await;
    }

    /// Says from time to time that the call goes on.
    pub(crate) async fn beat(&self) -> Infallible {
        loop {
            tokio::time::sleep(BEAT).await;
            let (value, total, message) = self.change(|state| {
                state.beats += 1;
                let beats = f64::from(state.beats);
                // More and more of the step, and never all of it.
                state.reach(f64::from(state.steps.saturating_sub(1)) + beats / (beats + 10.0));
                let message = format!("{} ({} s)", state.doing, state.begun.elapsed().as_secs());
                (state.value, state.total, message)
            });
            self.tell(value, total, message).await;
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn tell(&self, value: f64, total: Option<u32>, message: String) {
        let Some(token) = self.token.clone() else { return };
        let mut param = ProgressNotificationParam::new(token, value).with_message(message);
        if let Some(total) = total {
            param = param.with_total(f64::from(total).max(value));
        }
        // A client that does not listen any more is told nothing.
        let _ = self.peer.notify_progress(param).await;
    }
}

impl State {
    fn reach(&mut self, value: f64) {
        self.value = value.max(self.value + LEAST);
    }
}
