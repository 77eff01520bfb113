//! Which operations a text names.

use crate::descriptor::{ApiDescriptor, EndpointDescriptor};

/// The operations that a text names: by id, by method and path, by a pattern of these, or all.
pub(super) fn select(api: &ApiDescriptor, text: &str) -> Vec<&'static EndpointDescriptor> {
    let bases: Vec<&str> = api.servers.iter().map(|url| base_path(url)).collect();
    api.endpoints.iter().filter(|endpoint| names(text, endpoint, &bases)).collect()
}

fn names(text: &str, endpoint: &EndpointDescriptor, bases: &[&str]) -> bool {
    if text == "*" || text == endpoint.id {
        return true;
    }
    let Some((method, path)) = text.split_once(' ') else { return false };
    let path = path.trim();
    let mut paths =
        std::iter::once("").chain(bases.iter().copied()).map(|base| format!("{base}{}", endpoint.path));
    let is_pattern = path.starts_with('/') && text.contains('*');
    let is_method = method.eq_ignore_ascii_case(endpoint.method) || is_pattern && method == "*";
    is_method && if is_pattern { paths.any(|each| fits(path, &each)) } else { paths.any(|each| each == path) }
}

/// The path of a server's URL, without a slash at its end.
fn base_path(url: &str) -> &str {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
        None => url,
    };
    path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/')
}

/// Whether a path is as a pattern says: `*` is anything within a segment; `**`, or `*` at the end, is
/// anything at all.
fn fits(pattern: &str, path: &str) -> bool {
    let path: Vec<char> = path.chars().collect();
    // Where in the path the pattern may have come to; one step of it at a time.
    let mut places = vec![false; path.len() + 1];
    if let Some(first) = places.first_mut() {
        *first = true;
    }
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        let after = rest.trim_start_matches('*');
        let is_wide = rest.starts_with("**") || after.is_empty();
        rest = if next == '*' { after } else { rest.get(next.len_utf8()..).unwrap_or_default() };
        let mut reached = vec![false; places.len()];
        let mut is_open = false;
        for (at, was) in places.iter().enumerate() {
            if next == '*' {
                is_open = *was
                    || is_open && (is_wide || at.checked_sub(1).and_then(|at| path.get(at)) != Some(&'/'));
                if let Some(place) = reached.get_mut(at) {
                    *place = is_open;
                }
            } else if *was
                && path.get(at) == Some(&next)
                && let Some(place) = reached.get_mut(at + 1)
            {
                *place = true;
            }
        }
        places = reached;
    }
    places.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_its_segment_but_at_the_end() {
        for (pattern, path, expected) in [
            ("/pets/*", "/pets/{petId}", true),
            ("/pets/*", "/pets/{petId}/owner", true),
            ("/pets/*/owner", "/pets/{petId}/owner", true),
            ("/*/owner", "/pets/{petId}/owner", false),
            ("/**/owner", "/pets/{petId}/owner", true),
            ("/pets/*", "/pets", false),
            ("/pets*", "/pets", true),
            ("/p*s", "/pets", true),
            ("/a*a*a*a*a*b", &format!("/{}", "a".repeat(60)), false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn servers_give_the_paths_in_front() {
        assert_eq!(base_path("https://example.com/v1/"), "/v1");
        assert_eq!(base_path("https://example.com"), "");
        assert_eq!(base_path("/api"), "/api");
    }
}
