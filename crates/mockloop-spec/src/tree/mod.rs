//! Text to a plain tree, and pointers back to lines.

mod json;
mod yaml;

use std::collections::HashMap;

use serde_json::Value;

/// The deepest nesting that is read, as in `serde_json`.
const MAX_DEPTH: usize = 128;

/// The notation of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    Json,
    Yaml,
}

/// A place in a text, both from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Something wrong in a text that could be read all the same, or why it could not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) position: Position,
    pub(crate) hint: Option<String>,
}

/// A text that was read.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) value: Value,
    pub(crate) syntax: Syntax,
    pub(crate) problems: Vec<Problem>,
}

/// Reads JSON or YAML, told apart by content: what begins like a JSON object or array is JSON.
pub(crate) fn parse(text: &str) -> Result<Parsed, Problem> {
    if !looks_like_json(text) {
        let (value, problems) = yaml::parse(text)?;
        return Ok(Parsed { value, syntax: Syntax::Yaml, problems });
    }
    match json::parse(text) {
        Ok((value, problems)) => Ok(Parsed { value, syntax: Syntax::Json, problems }),
        // A flow mapping with comments or single quotes is YAML; what is neither gets JSON's message.
        Err(problem) if problem.code == "json-syntax" && text.len() < 1 << 20 => match yaml::parse(text) {
            Ok((value, problems)) => Ok(Parsed { value, syntax: Syntax::Yaml, problems }),
            Err(_) => Err(problem),
        },
        Err(problem) => Err(problem),
    }
}

/// Where pointers stand in a text: the key of a member whose value is an object or array, else the
/// value itself. A pointer that leads nowhere gets the place of its longest part that does.
pub(crate) fn locate<'p>(
    text: &str,
    syntax: Syntax,
    pointers: impl IntoIterator<Item = &'p str>,
) -> HashMap<&'p str, Position> {
    let mut wanted: HashMap<&'p str, Option<Position>> = HashMap::new();
    for pointer in pointers {
        let mut part = Some(pointer);
        while let Some(here) = part {
            if wanted.insert(here, None).is_some() {
                break;
            }
            part = crate::pointer::parent(here);
        }
    }
    let found = &mut |pointer: &str, position: Position| {
        if let Some(slot) = wanted.get_mut(pointer) {
            slot.get_or_insert(position);
        }
    };
    match syntax {
        Syntax::Json => json::scan(text, found),
        Syntax::Yaml => yaml::scan(text, found),
    }
    let at = |pointer: &'p str| {
        std::iter::successors(Some(pointer), |p| crate::pointer::parent(p))
            .find_map(|p| wanted.get(p).copied().flatten())
            .unwrap_or(Position { line: 1, column: 1 })
    };
    wanted.keys().map(|pointer| (*pointer, at(pointer))).collect()
}

fn looks_like_json(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start().chars();
    match rest.next() {
        Some('[') => true,
        Some('{') => matches!(rest.find(|c| !c.is_whitespace()), Some('"' | '}')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn content_decides_between_json_and_yaml() {
        for (text, syntax) in [
            ("{\"a\": 1}", Syntax::Json),
            ("\u{feff} {\n \"a\": 1}", Syntax::Json),
            ("{a: 1}", Syntax::Yaml),
            ("{\"a\": 1, # why\n}", Syntax::Yaml),
            ("a: 1", Syntax::Yaml),
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!((parsed.value, parsed.syntax), (json!({"a": 1}), syntax), "{text}");
        }
    }

    #[test]
    fn pointers_lead_back_to_lines_in_both_notations() {
        let json = "{\n  \"é\": [1, {\"a/b\": true}],\n  \"x\": {\"y\": 2}\n}";
        let yaml = "é:\n- 1\n- {a/b: true}\nx:\n  y: 2\n";
        let pointers = ["/é/0", "/é/1/a~1b", "/x", "/x/y", "/x/missing"];
        let at = |text, syntax| {
            let found = locate(text, syntax, pointers);
            pointers.map(|p| (found[p].line, found[p].column))
        };
        assert_eq!(at(json, Syntax::Json), [(2, 9), (2, 20), (3, 3), (3, 14), (3, 3)]);
        assert_eq!(at(yaml, Syntax::Yaml), [(2, 3), (3, 9), (4, 1), (5, 6), (4, 1)]);
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        for text in ["[".repeat(10_000), "{\"a\":".repeat(10_000), "a: ".to_owned() + &"[".repeat(10_000)] {
            assert_eq!(parse(&text).unwrap_err().code, "too-deep", "{}", &text[..9]);
        }
        let blocks: String = (0..10_000).map(|depth| " ".repeat(depth) + "a:\n").collect();
        assert_eq!(parse(&blocks).unwrap_err().code, "too-deep");
    }
}
