//! YAML as people write it: the 1.2 core schema over granit's events, with merge keys.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, StrInput};
use serde_json::{Map, Number, Value};

use super::{MAX_DEPTH, Position, Problem};

/// How many nodes aliases may add to a document, against bombs.
const MAX_ALIASED: usize = 2_000_000;

/// Reads the first document of a text.
pub(super) fn parse(text: &str) -> Result<(Value, Vec<Problem>), Problem> {
    let mut builder = Builder::new(text, None);
    let value = builder.document()?;
    Ok((value, builder.problems))
}

/// Calls `found` with every pointer of a valid text and where it stands.
pub(super) fn scan(text: &str, found: &mut dyn FnMut(&str, Position)) {
    // The text was read before, so an error can only repeat what is known.
    let _ = Builder::new(text, Some(found)).document();
}

pub(super) fn duplicate_key(key: &str, position: Position) -> Problem {
    Problem {
        code: "duplicate-key",
        message: format!("the key `{key}` stands twice in this object"),
        position,
        hint: Some("remove or rename one of the two; the last one counts".to_owned()),
    }
}

/// Gets pointers and where they stand.
type Found<'f> = dyn FnMut(&str, Position) + 'f;

struct Builder<'t, 'f> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    /// Anchored nodes, with their size in nodes.
    anchors: HashMap<usize, (Value, usize)>,
    aliased: usize,
    nodes: usize,
    pointer: String,
    problems: Vec<Problem>,
    found: Option<&'f mut Found<'f>>,
}

impl<'t, 'f> Builder<'t, 'f> {
    fn new(text: &'t str, found: Option<&'f mut Found<'f>>) -> Self {
        Self {
            parser: Parser::new_from_str(text.trim_start_matches('\u{feff}')),
            text,
            anchors: HashMap::new(),
            aliased: 0,
            nodes: 0,
            pointer: String::new(),
            problems: Vec::new(),
            found,
        }
    }

    fn document(&mut self) -> Result<Value, Problem> {
        let value = loop {
            match self.next()? {
                Some((Event::StreamStart | Event::DocumentStart(..), _)) => {}
                Some((Event::StreamEnd, _)) | None => break Value::Null,
                Some((event, at)) => break self.node(event, at, None, 0)?,
            }
        };
        while let Some((event, at)) = self.next()? {
            if let Event::DocumentStart(..) = event {
                self.problems.push(Problem {
                    code: "multiple-documents",
                    message: "the file holds several YAML documents; only the first is read".to_owned(),
                    position: at,
                    hint: Some("put each document into a file of its own".to_owned()),
                });
                break;
            }
        }
        Ok(value)
    }

    fn next(&mut self) -> Result<Option<(Event<'t>, Position)>, Problem> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((event, position(&span.start)))),
            Some(Err(error)) => Err(self.syntax_error(&error)),
        }
    }

    fn syntax_error(&self, error: &ScanError) -> Problem {
        let position = position(error.marker());
        let message = error.info();
        if message.contains("nest") || message.contains("recursion") {
            return too_deep(position);
        }
        let line = self.text.lines().nth(position.line.saturating_sub(1) as usize).unwrap_or_default();
        let indent = &line[..line.len() - line.trim_start().len()];
        let hint = if indent.contains('\t') {
            Some("YAML is indented with spaces; this line has a tab".to_owned())
        } else if message.contains("alias") || message.contains("anchor") {
            Some("an alias `*name` needs an anchor `&name` before it".to_owned())
        } else if message.contains("mapping values") {
            Some("a text with `: ` in it needs quotes".to_owned())
        } else {
            None
        };
        Problem { code: "yaml-syntax", message: format!("not valid YAML: {message}"), position, hint }
    }

    /// The node that begins with `event`; `key` is where its key stands.
    fn node(
        &mut self,
        event: Event<'t>,
        at: Position,
        key: Option<Position>,
        depth: usize,
    ) -> Result<Value, Problem> {
        if depth >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        self.nodes += 1;
        let first = self.nodes;
        if let Some(found) = &mut self.found {
            let container = matches!(event, Event::MappingStart(..) | Event::SequenceStart(..));
            found(&self.pointer, key.filter(|_| container).unwrap_or(at));
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_ref().and_then(|tag| tag.core_suffix());
                (scalar(text, style, tag), anchor)
            }
            Event::SequenceStart(_, anchor, _) => (self.sequence(depth)?, anchor),
            Event::MappingStart(_, anchor, _) => (self.mapping(depth)?, anchor),
            Event::Alias(anchor) => return self.alias(anchor, at),
            _ => (Value::Null, 0),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), self.nodes - first + 1));
        }
        Ok(value)
    }

    fn alias(&mut self, anchor: usize, at: Position) -> Result<Value, Problem> {
        let Some((value, size)) = self.anchors.get(&anchor) else {
            return Err(Problem {
                code: "yaml-alias",
                message: "this alias stands inside the node that it names".to_owned(),
                position: at,
                hint: Some("use `$ref` for a recursive structure".to_owned()),
            });
        };
        self.aliased += size;
        self.nodes += size;
        if self.aliased > MAX_ALIASED {
            return Err(Problem {
                code: "yaml-alias",
                message: format!("aliases make this document larger by over {MAX_ALIASED} nodes"),
                position: at,
                hint: Some("use `$ref` in place of aliases".to_owned()),
            });
        }
        Ok(value.clone())
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut items = Vec::new();
        let length = self.pointer.len();
        while let Some((event, at)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            if self.found.is_some() {
                crate::pointer::push(&mut self.pointer, &items.len().to_string());
            }
            items.push(self.node(event, at, None, depth + 1)?);
            self.pointer.truncate(length);
        }
        Ok(Value::Array(items))
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, Problem> {
        let mut members = Map::new();
        let mut merged = Vec::new();
        let length = self.pointer.len();
        while let Some((event, at)) = self.next()? {
            let (key, merge) = match event {
                Event::MappingEnd => break,
                Event::Scalar(key, style, ..) => {
                    let merge = style == ScalarStyle::Plain && key == "<<";
                    (key.into_owned(), merge)
                }
                Event::Alias(anchor) => match self.alias(anchor, at)? {
                    Value::String(key) => (key, false),
                    other => (other.to_string(), false),
                },
                event => {
                    let key = self.node(event, at, None, depth + 1)?;
                    self.problems.push(Problem {
                        code: "yaml-key",
                        message: "a key has to be a text".to_owned(),
                        position: at,
                        hint: Some("quote it; `{name}` without quotes is a mapping in YAML".to_owned()),
                    });
                    (key.to_string(), false)
                }
            };
            let Some((event, value_at)) = self.next()? else { break };
            if self.found.is_some() {
                crate::pointer::push(&mut self.pointer, &key);
            }
            let value = self.node(event, value_at, Some(at), depth + 1)?;
            self.pointer.truncate(length);
            if merge {
                merged.push((value, at));
            } else if members.contains_key(&key) {
                self.problems.push(duplicate_key(&key, at));
                members.insert(key, value);
            } else {
                members.insert(key, value);
            }
        }
        for (value, at) in merged {
            self.merge(&mut members, value, at);
        }
        Ok(Value::Object(members))
    }

    /// `<<: *base` or `<<: [*a, *b]`: what is there already wins.
    fn merge(&mut self, members: &mut Map<String, Value>, value: Value, at: Position) {
        match value {
            Value::Object(base) => {
                for (key, value) in base {
                    members.entry(key).or_insert(value);
                }
            }
            Value::Array(bases) if bases.iter().all(Value::is_object) => {
                for base in bases {
                    self.merge(members, base, at);
                }
            }
            _ => self.problems.push(Problem {
                code: "yaml-merge",
                message: "`<<` takes a mapping or a list of mappings".to_owned(),
                position: at,
                hint: None,
            }),
        }
    }
}

fn too_deep(position: Position) -> Problem {
    let message = format!("nested deeper than {MAX_DEPTH} levels");
    Problem { code: "too-deep", message, position, hint: None }
}

fn position(mark: &Marker) -> Position {
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: narrow(mark.line()), column: narrow(mark.col().saturating_add(1)) }
}

/// A scalar by the core schema (YAML 1.2.2, section 10.3). What JSON can't hold stays a text:
/// `.inf`, numbers with a leading zero, dates.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&str>) -> Value {
    match (style, tag) {
        (_, Some("str")) => Value::String(text.into_owned()),
        (ScalarStyle::Plain, _) | (_, Some("int" | "float" | "bool" | "null")) => {
            plain(&text).unwrap_or_else(|| Value::String(text.into_owned()))
        }
        _ => Value::String(text.into_owned()),
    }
}

fn plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(rest) = text.strip_prefix(prefix) {
            return u64::from_str_radix(rest, radix).ok().map(Value::from);
        }
    }
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if leading_zero || !digits.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c)) {
        return None;
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    unsigned
        .parse::<u64>()
        .map(Value::from)
        .or_else(|_| unsigned.parse::<i64>().map(Value::from))
        .ok()
        .or_else(|| unsigned.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> Value {
        parse(text).unwrap().0
    }

    #[test]
    fn scalars_are_what_people_mean() {
        let text = "200: ok\nversion: 1.0\nday: 2024-01-31\nenum: [on, off, yes, no, y, ~, null, true]\n\
                    zero: 007\nkey: 012345678912345678\ntime: 22:22\nver: 1.10.0\nbig: 123456789012345678901234567890\n\
                    low: -9223372036854775809\nquoted: '1'\nhex: 0x1F\ntagged: !!str 1\nexp: 1e3\nplus: +5\ninf: .inf\n";
        assert_eq!(
            value(text),
            json!({"200": "ok", "version": 1.0, "day": "2024-01-31",
                "enum": ["on", "off", "yes", "no", "y", null, null, true], "zero": "007",
                "key": "012345678912345678", "time": "22:22", "ver": "1.10.0",
                "big": 1.234_567_890_123_456_8e29, "low": -9_223_372_036_854_775_809_f64, "quoted": "1",
                "hex": 31, "tagged": "1", "exp": 1e3, "plus": 5, "inf": ".inf"})
        );
    }

    #[test]
    fn comments_stand_anywhere() {
        let text = "# a\n---\n# b\na: # c\n  # d\n  b: 1 # e\n# f\nc: # g\n- 1\n# h\n- 2\n";
        let (value, problems) = parse(text).unwrap();
        assert_eq!((value, problems), (json!({"a": {"b": 1}, "c": [1, 2]}), Vec::new()));
    }

    #[test]
    fn anchors_and_merge_keys() {
        let text = "base: &b {a: 1, b: 2}\none: {<<: *b, b: 3}\ntwo:\n  <<: [*b, {c: 4}]\nlist: [*b]\n";
        let value = value(text);
        assert_eq!(value["one"], json!({"b": 3, "a": 1}));
        assert_eq!(value["two"], json!({"a": 1, "b": 2, "c": 4}));
        assert_eq!(value["list"], json!([{"a": 1, "b": 2}]));
    }

    #[test]
    fn errors_name_the_place_and_the_way_out() {
        for (text, code, line) in [
            ("a:\n\tb: 1\n", "yaml-syntax", 2),
            ("a: &x\n  b: *x\n", "yaml-alias", 2),
            ("a: *nowhere\n", "yaml-syntax", 1),
            ("a: b: c\n", "yaml-syntax", 1),
        ] {
            let problem = parse(text).unwrap_err();
            assert_eq!((problem.code, problem.position.line), (code, line), "{problem:?}");
            assert!(problem.hint.is_some(), "{problem:?}");
        }
        let problems = parse("a: 1\nb: 2\na: 3\n").unwrap().1;
        assert_eq!((problems[0].code, problems[0].position.line), ("duplicate-key", 3));
        assert_eq!(parse("a: 1\n---\nb: 2\n").unwrap().1[0].code, "multiple-documents");
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let uses = vec![format!("*a{}", n - 1); 10].join(", ");
            text.extend([format!("a{n}: &a{n} [{uses}]\n")]);
        }
        assert_eq!(parse(&text).unwrap_err().code, "yaml-alias");
    }
}
