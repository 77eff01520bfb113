//! What is done with a request: rules and their steps, faults and delays.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::admin::contract::models::{
    Delay, DripFault, DripFaultKind, EndingFault, EndingFaultKind, Fault, GarbleFault, GarbleFaultKind,
    LogNormalDelay, LogNormalDelayLogNormal, NormalDelay, NormalDelayNormal, OverrideResponse,
    ResponseHeaders, ResponseHeadersValue, ResponseHeadersValueArrayItem, ResponseHeadersValueString, Rule,
    RuleRateLimit, RuleThen, StallFault, StallFaultKind, Step, StorageStep, StorageStepAction, UniformDelay,
    UniformDelayUniform, When,
};
use crate::number::Number;

/// Methods of all that has an answer; `$place` is where the answer's members are.
macro_rules! answers {
    ($($type:ty: $this:ident => $place:expr;)+) => {$(
        impl $type {
            /// An answer with a status. Without a body it is the one that is described for the status.
            #[must_use]
            pub fn respond(status: impl Into<i64>) -> Self {
                let mut made = Self::default();
                let $this = &mut made;
                $place.status = Some(status.into());
                made
            }

            /// With JSON as its body.
            #[must_use]
            pub fn body(mut self, body: impl Into<Value>) -> Self {
                let $this = &mut self;
                $place.body = Some(body.into());
                self
            }

            /// With a text as its body.
            #[must_use]
            pub fn text(mut self, text: impl Into<String>) -> Self {
                let $this = &mut self;
                $place.text = Some(text.into());
                self
            }

            /// With bytes as its body.
            #[must_use]
            pub fn bytes(mut self, bytes: impl AsRef<[u8]>) -> Self {
                let $this = &mut self;
                $place.base64 = Some(STANDARD.encode(bytes));
                self
            }

            /// With an example of the description as its body, by name.
            #[must_use]
            pub fn example(mut self, name: impl Into<String>) -> Self {
                let $this = &mut self;
                $place.example = Some(name.into());
                self
            }

            /// With a media type.
            #[must_use]
            pub fn content_type(mut self, media_type: impl Into<String>) -> Self {
                let $this = &mut self;
                $place.content_type = Some(media_type.into());
                self
            }

            /// With a header; one that is given several times is sent several times.
            #[must_use]
            pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                let $this = &mut self;
                add($place.headers.get_or_insert_default(), name.into(), value.into());
                self
            }

            /// Sent after so many milliseconds.
            #[must_use]
            pub fn delay_ms(self, milliseconds: impl Into<f64>) -> Self {
                self.delayed(Delay::Number(Number::from(milliseconds.into())))
            }

            /// Sent after a time, or a time that is drawn for each request.
            #[must_use]
            pub fn delayed(mut self, delay: impl Into<Delay>) -> Self {
                self.delay = Some(delay.into());
                self
            }
        }
    )+};
}

answers! {
    Rule: rule => rule.respond.get_or_insert_default();
    Step: step => step.respond.get_or_insert_default();
    OverrideResponse: response => response;
}

fn add(headers: &mut ResponseHeaders, name: String, value: String) {
    use ResponseHeadersValueArrayItem as Item;
    use ResponseHeadersValueString as Single;

    let added = match headers.get_mut(&name) {
        None => ResponseHeadersValue::String(Single::String(value)),
        Some(ResponseHeadersValue::Array(values)) => return values.push(Item::String(value)),
        Some(ResponseHeadersValue::String(first)) => {
            let first = match first {
                Single::String(text) => Item::String(std::mem::take(text)),
                Single::Number(number) => Item::Number(*number),
            };
            ResponseHeadersValue::Array(vec![first, Item::String(value)])
        }
    };
    headers.insert(name, added);
}

impl Rule {
    /// A rule that answers from a collection of the mock's storage.
    #[must_use]
    pub fn storage(step: StorageStep) -> Self {
        Self { storage: Some(step), ..Self::new() }
    }

    /// A rule that lets the sending of the mock's own answer go wrong.
    #[must_use]
    pub fn fault(fault: Fault) -> Self {
        Self::new().failing(fault)
    }

    /// A rule that goes through steps, one per request, and then stays at the last one.
    #[must_use]
    pub fn sequence(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { sequence: Some(steps.into_iter().collect()), ..Self::new() }
    }

    /// A rule that refuses with 429 what comes more often than so many times in a window of time.
    #[must_use]
    pub fn rate_limit(requests: u32, window: Duration) -> Self {
        let window_ms = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
        Self { rate_limit: Some(RuleRateLimit::new(requests, window_ms)), ..Self::new() }
    }

    /// With a fault when the answer is sent.
    #[must_use]
    pub fn failing(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Only for requests for which all of this holds.
    #[must_use]
    pub fn when(mut self, when: When) -> Self {
        self.when = Some(match self.when.take() {
            Some(before) => before.and(when),
            None => when,
        });
        self
    }

    /// Only for a share of the requests, from 0 to 1, by chance.
    #[must_use]
    pub fn probability(mut self, share: f64) -> Self {
        self.probability = Some(share);
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times.into());
        self
    }

    /// What comes after the last step of a sequence.
    #[must_use]
    pub fn then(mut self, then: RuleThen) -> Self {
        self.then = Some(then);
        self
    }
}

impl Step {
    /// A step that answers from a collection of the mock's storage.
    #[must_use]
    pub fn storage(step: StorageStep) -> Self {
        Self { storage: Some(step), ..Self::new() }
    }

    /// A step that lets the sending of the mock's own answer go wrong.
    #[must_use]
    pub fn fault(fault: Fault) -> Self {
        Self::new().failing(fault)
    }

    /// With a fault when the answer is sent.
    #[must_use]
    pub fn failing(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }
}

impl StorageStep {
    /// Lists documents.
    #[must_use]
    pub fn list(collection: impl Into<String>) -> Self {
        Self::new(collection, StorageStepAction::List)
    }

    /// Adds the request's body as a document.
    #[must_use]
    pub fn create(collection: impl Into<String>) -> Self {
        Self::new(collection, StorageStepAction::Create)
    }

    /// Answers with a document: the one whose id is the last parameter of the path, unless `id` says another.
    #[must_use]
    pub fn read(collection: impl Into<String>) -> Self {
        Self::new(collection, StorageStepAction::Read)
    }

    /// Puts the request's body in the place of a document.
    #[must_use]
    pub fn replace(collection: impl Into<String>) -> Self {
        Self::new(collection, StorageStepAction::Replace)
    }

    /// Changes a document by a JSON Merge Patch.
    #[must_use]
    pub fn patch(collection: impl Into<String>) -> Self {
        Self::new(collection, StorageStepAction::Patch)
    }

    /// Forgets a document.
    #[must_use]
    pub fn delete(collection: impl Into<String>) -> Self {
        Self::new(collection, StorageStepAction::Delete)
    }
}

impl Fault {
    /// The connection is closed.
    #[must_use]
    pub fn close() -> Self {
        Self::EndingFault(EndingFault::new(EndingFaultKind::Close))
    }

    /// The connection is reset.
    #[must_use]
    pub fn reset() -> Self {
        Self::EndingFault(EndingFault::new(EndingFaultKind::Reset))
    }

    /// The connection ends within the body.
    #[must_use]
    pub fn truncate() -> Self {
        Self::EndingFault(EndingFault::new(EndingFaultKind::Truncate))
    }

    /// Nothing is sent for a time, then the connection ends.
    #[must_use]
    pub fn stall(time: Duration) -> Self {
        let stall_ms = Some(milliseconds(time));
        Self::StallFault(StallFault { stall_ms, ..StallFault::new(StallFaultKind::Stall) })
    }

    /// Some bytes of the body are replaced.
    #[must_use]
    pub fn garble() -> Self {
        Self::GarbleFault(GarbleFault::new(GarbleFaultKind::Garble))
    }

    /// The body is sent slowly.
    #[must_use]
    pub fn drip(bytes_per_second: impl Into<f64>) -> Self {
        let bytes_per_second = Some(bytes_per_second.into());
        Self::DripFault(DripFault { bytes_per_second, ..DripFault::new(DripFaultKind::Drip) })
    }

    /// After so many bytes of the body, where the fault ends the connection.
    #[must_use]
    pub fn after_bytes(mut self, bytes: u32) -> Self {
        match &mut self {
            Self::EndingFault(fault) => fault.after_bytes = Some(bytes.into()),
            Self::StallFault(fault) => fault.after_bytes = Some(bytes.into()),
            Self::GarbleFault(_) | Self::DripFault(_) => {}
        }
        self
    }
}

impl Delay {
    /// Any time between two, in milliseconds.
    #[must_use]
    pub fn uniform(min: impl Into<f64>, max: impl Into<f64>) -> Self {
        Self::UniformDelay(UniformDelay::new(UniformDelayUniform::new(min.into(), max.into())))
    }

    /// Times around a mean, in milliseconds.
    #[must_use]
    pub fn normal(mean: impl Into<f64>, deviation: impl Into<f64>) -> Self {
        Self::NormalDelay(NormalDelay::new(NormalDelayNormal::new(mean.into(), deviation.into())))
    }

    /// Times around a median, in milliseconds, with a long tail, as networks have them; `sigma` is the
    /// deviation of their logarithm.
    #[must_use]
    pub fn log_normal(median: impl Into<f64>, sigma: impl Into<f64>) -> Self {
        let times = LogNormalDelayLogNormal::new(median.into(), sigma.into());
        Self::LogNormalDelay(LogNormalDelay::new(times))
    }
}

impl From<Duration> for Delay {
    fn from(time: Duration) -> Self {
        Self::Number(milliseconds(time).into())
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
