//! Path templates as people write them.

use crate::model::{Part, Segment};

/// A path template, taken apart.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Template {
    pub(crate) segments: Vec<Segment>,
    pub(crate) fixed_query: Vec<(String, String)>,
    /// What is odd about it.
    pub(crate) problem: Option<&'static str>,
}

impl Template {
    /// Names of the parameters, in order.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().flatten().filter_map(|part| match part {
            Part::Param(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }
}

/// Takes a path apart: `/lists/{id}.{format}?type=a#b`. A fragment only tells operations apart.
pub(crate) fn parse(path: &str) -> Template {
    let mut template = Template::default();
    let path = cut(path, '#').0;
    let (path, query) = cut(path, '?');
    for pair in query.split('&').filter(|pair| !pair.is_empty() && !pair.contains('{')) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        template.fixed_query.push((decode(name), decode(value)));
    }
    let mut segment = Segment::new();
    let mut text = String::new();
    let mut rest = path.strip_prefix('/').unwrap_or(path);
    if !path.starts_with('/') {
        template.problem = Some("the path does not begin with a slash");
    }
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        match (c, after.split_once('}')) {
            ('{', Some((name, tail))) if !name.is_empty() && !name.contains('{') => {
                flush(&mut text, &mut segment);
                if matches!(segment.last(), Some(Part::Param(_))) {
                    template.problem = Some("nothing stands between two parameters");
                }
                segment.push(Part::Param(name.to_owned()));
                rest = tail;
                continue;
            }
            ('/', _) => {
                flush(&mut text, &mut segment);
                template.segments.push(finish(&mut segment));
            }
            ('{' | '}', _) => {
                template.problem = Some("a brace has no partner");
                text.push(c);
            }
            _ => text.push(c),
        }
        rest = after;
    }
    flush(&mut text, &mut segment);
    template.segments.push(finish(&mut segment));
    template
}

fn flush(text: &mut String, segment: &mut Segment) {
    if !text.is_empty() {
        segment.push(Part::Text(decode(text)));
        text.clear();
    }
}

fn finish(segment: &mut Segment) -> Segment {
    if segment.is_empty() {
        segment.push(Part::Text(String::new()));
    }
    std::mem::take(segment)
}

/// Cuts at the first `mark` outside of braces.
fn cut(path: &str, mark: char) -> (&str, &str) {
    let mut depth = 0_usize;
    for (at, c) in path.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if c == mark && depth == 0 => {
                return (path.get(..at).unwrap_or(path), path.get(at + 1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (path, "")
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `/` between segments, `{}` around parameters, as the parsed form reads.
    fn show(path: &str) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Param(name) => format!("<{name}>"),
        };
        let segment = |segment: &Segment| segment.iter().map(part).collect::<Vec<_>>().join("·");
        parse(path).segments.iter().map(segment).collect::<Vec<_>>().join(" / ")
    }

    #[test]
    fn paths_as_people_write_them() {
        for (path, expected) in [
            ("/", ""),
            ("/pets", "pets"),
            ("/pets/", "pets / "),
            ("/a/{b}.{ext}", "a / <b>·.·<ext>"),
            ("/users/{id}:activate", "users / <id>·:activate"),
            ("/{a}-{b}", "<a>·-·<b>"),
            ("/e/{enterprise-team}", "e / <enterprise-team>"),
            ("/caf%C3%A9", "café"),
            ("/a#part", "a"),
            ("/x/{a/b}/y", "x / <a/b> / y"),
            ("//x", " / x"),
        ] {
            assert_eq!(show(path), expected, "{path}");
        }
    }

    #[test]
    fn a_fixed_query_is_kept_and_a_templated_one_is_left_to_the_parameters() {
        let template = parse("/list?type=a%20b&flag&q={q}#x");
        assert_eq!(template.fixed_query, [("type".into(), "a b".into()), ("flag".into(), String::new())]);
        assert_eq!(template.problem, None);
    }

    #[test]
    fn odd_templates_are_named() {
        for path in ["pets", "/{a}{b}", "/{a", "/a}"] {
            assert!(parse(path).problem.is_some(), "{path}");
        }
    }
}
