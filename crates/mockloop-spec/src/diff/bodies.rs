//! Bodies of requests, and responses.

use super::{At, Comparison, Direction, Effect};
use crate::model::{Header, MediaType, RequestBody, Response};

impl<'a> Comparison<'a> {
    pub(super) fn request_body(
        &mut self,
        at: &At<'_>,
        direction: Direction,
        old: Option<&'a RequestBody>,
        new: Option<&'a RequestBody>,
    ) {
        let at = at.below("request");
        match (old, new) {
            (None, None) => {}
            (Some(_), None) => {
                self.breaking(&at, "request-body-removed", "the request has no body any more".to_owned());
            }
            (None, Some(body)) if body.required => {
                let message = "the request must have a body now".to_owned();
                self.say(&at, direction.judge(Effect::Narrower), "required-request-body-added", message);
            }
            (None, Some(_)) => {
                self.compatible(&at, "request-body-added", "the request may have a body now".to_owned());
            }
            (Some(old), Some(new)) => {
                if old.required != new.required {
                    let (effect, code, message) = if new.required {
                        (Effect::Narrower, "request-body-became-required", "the body must be sent now")
                    } else {
                        (Effect::Wider, "request-body-became-optional", "the body need no longer be sent")
                    };
                    self.say(&at, direction.judge(effect), code, message.to_owned());
                }
                self.content(&at, direction, "request", &old.content, &new.content);
            }
        }
    }

    /// Compares bodies by media type. Which one is sent is for the client to choose in either
    /// direction, so that none may go and more may come.
    fn content(
        &mut self,
        at: &At<'_>,
        direction: Direction,
        of: &str,
        old: &'a [MediaType],
        new: &'a [MediaType],
    ) {
        let (removed, added) = match of {
            "request" => ("request-media-type-removed", "request-media-type-added"),
            _ => ("response-media-type-removed", "response-media-type-added"),
        };
        for media in old {
            let here = at.below(&media.media_type);
            if let Some(kept) = counterpart(media, new) {
                self.schemas(&here, direction, media.schema.as_ref(), kept.schema.as_ref());
            } else {
                let message = format!("the {of} is no longer described in `{}`", media.media_type);
                self.breaking(&here, removed, message);
            }
        }
        for media in new.iter().filter(|media| counterpart(media, old).is_none()) {
            let message = format!("the {of} may be in `{}` now", media.media_type);
            self.compatible(&at.below(&media.media_type), added, message);
        }
    }

    pub(super) fn responses(
        &mut self,
        at: &At<'_>,
        direction: Direction,
        old: &'a [Response],
        new: &'a [Response],
    ) {
        for response in old {
            let here = at.below(format_args!("response {}", response.status));
            if let Some(kept) = standing_in(&response.status, new) {
                if kept.status != response.status {
                    let message = format!("the response {} is part of {} now", response.status, kept.status);
                    self.compatible(&here, "response-status-removed", message);
                }
                self.headers(&here, direction, &response.headers, &kept.headers);
                self.content(&here, direction, "response", &response.content, &kept.content);
            } else {
                let message = format!("the response {} is gone", response.status);
                // What clients did on an error that no longer comes, they need not do.
                let is_success = matches!(response.status.as_bytes().first(), Some(b'2' | b'3' | b'd'));
                let effect = if is_success { Effect::Breaking } else { Effect::Harmless };
                self.say(&here, direction.judge(effect), "response-status-removed", message);
            }
        }
        // Clients know a status that they have not seen before by its class (RFC 9110, section 15).
        for response in new.iter().filter(|response| !old.iter().any(|other| other.status == response.status))
        {
            let here = at.below(format_args!("response {}", response.status));
            let message = format!("the response {} is new", response.status);
            self.compatible(&here, "response-status-added", message);
        }
    }

    fn headers(&mut self, at: &At<'_>, direction: Direction, old: &'a [Header], new: &'a [Header]) {
        let find = |name: &str, headers: &'a [Header]| {
            headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))
        };
        for header in old {
            let here = at.below(format_args!("header {}", header.name));
            let Some(kept) = find(&header.name, new) else {
                let message = format!("the header `{}` is gone", header.name);
                self.breaking(&here, "response-header-removed", message);
                continue;
            };
            if header.required != kept.required {
                let (effect, code, rest) = if kept.required {
                    (Effect::Narrower, "response-header-became-required", "must always be there now")
                } else {
                    (Effect::Wider, "response-header-became-optional", "need no longer be there")
                };
                let message = format!("the header `{}` {rest}", header.name);
                self.say(&here, direction.judge(effect), code, message);
            }
            self.schemas(&here, direction, header.schema.as_ref(), kept.schema.as_ref());
        }
        for header in new.iter().filter(|header| find(&header.name, old).is_none()) {
            let here = at.below(format_args!("header {}", header.name));
            let message = format!("the header `{}` is new", header.name);
            self.compatible(&here, "response-header-added", message);
        }
    }
}

/// The body in the same media type, else in a range that has it.
fn counterpart<'a>(media: &MediaType, among: &'a [MediaType]) -> Option<&'a MediaType> {
    let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    let wanted = plain(&media.media_type);
    let covers = |range: &str| {
        range == "*/*"
            || range.strip_suffix('*').is_some_and(|main| main.ends_with('/') && wanted.starts_with(main))
    };
    let same = among.iter().find(|other| plain(&other.media_type) == wanted);
    same.or_else(|| among.iter().find(|other| covers(&plain(&other.media_type))))
}

/// The response for a status: its own, else that of its range, else `default` where that does not
/// stand for errors.
fn standing_in<'a>(status: &str, among: &'a [Response]) -> Option<&'a Response> {
    let find = |wanted: &str| among.iter().find(|response| response.status == wanted);
    let range = || find(&format!("{}XX", status.get(..1)?));
    let is_success = status.starts_with('2');
    let has_success = among.iter().any(|response| response.status.starts_with('2'));
    let default = || find("default").filter(|_| !is_success || !has_success);
    find(status).or_else(range).or_else(default)
}
