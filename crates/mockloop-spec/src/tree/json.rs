//! JSON: `serde_json` reads it; a small scanner finds lines, only when there is something to say.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

use super::{Position, Problem};

/// Reads a text. A key that stands twice in an object is a problem; its last value counts.
pub(super) fn parse(text: &str) -> Result<(Value, Vec<Problem>), Problem> {
    let text = text.trim_start_matches('\u{feff}');
    let duplicates = Cell::new(false);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Tree { duplicates: &duplicates }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| problem(&error))?;
    Ok((value, if duplicates.get() { find_duplicates(text) } else { Vec::new() }))
}

fn problem(error: &serde_json::Error) -> Problem {
    let full = error.to_string();
    let message = full.rsplit_once(" at line ").map_or(full.as_str(), |(message, _)| message);
    let position = Position {
        line: u32::try_from(error.line()).unwrap_or(u32::MAX),
        // The end of a text that ends with a line is column 0 of the next.
        column: u32::try_from(error.column()).unwrap_or(u32::MAX).max(1),
    };
    if message.contains("recursion limit") {
        let message = format!("nested deeper than {} levels", super::MAX_DEPTH);
        return Problem { code: "too-deep", message, position, hint: None };
    }
    let hint = match error.classify() {
        Category::Eof => Some("the document ends too early: is it cut off?".to_owned()),
        _ if message.contains("number out of range") => Some("write it as a string".to_owned()),
        _ => None,
    };
    Problem { code: "json-syntax", message: format!("not valid JSON: {message}"), position, hint }
}

/// Builds a [`Value`] as `serde_json` does, and notices duplicate keys.
#[derive(Clone, Copy)]
struct Tree<'a> {
    duplicates: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if key.len() > 1 << 20 {
                return Err(A::Error::custom("a key of over a megabyte"));
            }
            if members.insert(key, map.next_value_seed(self)?).is_some() {
                self.duplicates.set(true);
            }
        }
        Ok(Value::Object(members))
    }
}

/// Calls `found` with every pointer of a valid text and where it stands.
pub(super) fn scan(text: &str, found: &mut dyn FnMut(&str, Position)) {
    Scanner::new(text, &mut |pointer, position, _| found(pointer, position)).value(None);
}

fn find_duplicates(text: &str) -> Vec<Problem> {
    let mut seen = HashSet::new();
    let mut problems = Vec::new();
    Scanner::new(text, &mut |pointer, _, key| {
        if let Some(position) = key
            && !seen.insert(pointer.to_owned())
        {
            let key = pointer.rsplit_once('/').map_or("", |(_, key)| key);
            problems.push(super::yaml::duplicate_key(&crate::pointer::unescape(key), position));
        }
    })
    .value(None);
    problems
}

/// Walks a text that is known to be valid JSON.
struct Scanner<'t, 'f> {
    text: &'t str,
    at: usize,
    /// Line and the byte at which it begins.
    line: (u32, usize),
    /// A byte, and how many characters are before it in its line; a line may be the whole text.
    column: (usize, usize),
    pointer: String,
    /// Gets pointer, place, and the key's place where the value is a member of an object.
    found: &'f mut dyn FnMut(&str, Position, Option<Position>),
}

impl<'t, 'f> Scanner<'t, 'f> {
    fn new(text: &'t str, found: &'f mut dyn FnMut(&str, Position, Option<Position>)) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self { text, at, line: (1, at), column: (at, 0), pointer: String::new(), found }
    }

    fn position(&mut self) -> Position {
        let (from, before) = if self.column.0 < self.line.1 { (self.line.1, 0) } else { self.column };
        let column = before + self.text.get(from..self.at).map_or(0, |text| text.chars().count());
        self.column = (self.at, column);
        Position { line: self.line.0, column: u32::try_from(column).unwrap_or(u32::MAX - 1) + 1 }
    }

    /// The next byte that is neither space, comma nor colon.
    fn next(&mut self) -> Option<u8> {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'\n' => self.line = (self.line.0 + 1, self.at + 1),
                b' ' | b'\t' | b'\r' | b',' | b':' => {}
                _ => return Some(*byte),
            }
            self.at += 1;
        }
        None
    }

    /// The text of the string that begins here, between its quotes.
    fn string(&mut self) -> &'t str {
        let start = self.at + 1;
        let mut escaped = false;
        let length = self.text.as_bytes().iter().skip(start).position(|byte| {
            let end = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            end
        });
        let end = start + length.unwrap_or(0);
        self.at = end + 1;
        self.text.get(start..end).unwrap_or_default()
    }

    fn value(&mut self, key: Option<Position>) {
        let Some(first) = self.next() else { return };
        let position = self.position();
        let container = matches!(first, b'{' | b'[');
        (self.found)(&self.pointer, key.filter(|_| container).unwrap_or(position), key);
        match first {
            b'{' | b'[' => self.members(first == b'{'),
            b'"' => {
                self.string();
            }
            _ => {
                let rest = self.text.as_bytes().iter().skip(self.at);
                self.at += rest.take_while(|b| !b", \t\r\n]}".contains(b)).count().max(1);
            }
        }
    }

    fn members(&mut self, object: bool) {
        self.at += 1;
        let length = self.pointer.len();
        let mut index = 0_usize;
        while let Some(byte) = self.next() {
            if matches!(byte, b'}' | b']') {
                self.at += 1;
                return;
            }
            let key = object.then(|| self.position());
            if object {
                let quoted = self.string();
                let decoded = serde_json::from_str::<String>(&format!("\"{quoted}\""));
                crate::pointer::push(&mut self.pointer, decoded.as_deref().unwrap_or(quoted));
            } else {
                crate::pointer::push(&mut self.pointer, &index.to_string());
            }
            self.value(key);
            self.pointer.truncate(length);
            index += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_key_is_named_with_its_place_and_the_last_value_counts() {
        let (value, problems) = parse("{\"a\": 1,\n \"b\": {},\n \"a\": 2}").unwrap();
        assert_eq!(value["a"], 2);
        assert_eq!(problems.len(), 1);
        assert_eq!((problems[0].position.line, problems[0].position.column), (3, 2));
    }

    #[test]
    fn a_number_that_no_float_holds_is_an_error_with_a_hint() {
        let problem = parse("{\"a\": 1e999}").unwrap_err();
        assert!(problem.hint.is_some(), "{problem:?}");
    }
}
