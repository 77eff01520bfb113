//! Text as Python source: the only way by which text of a description gets into a Python file.

use std::collections::HashSet;
use std::fmt::Write as _;

/// The longest line that is written, as in the project's `pyproject.toml`.
pub(crate) const LINE: usize = 100;

/// Words that can't be names, and builtins that a name should not hide.
const RESERVED: &[&str] = &[
    "false",
    "none",
    "true",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
    "match",
    "case",
    "type",
    "_",
    "all",
    "any",
    "bool",
    "bytes",
    "call",
    "dict",
    "dir",
    "eval",
    "exec",
    "filter",
    "float",
    "format",
    "hash",
    "help",
    "id",
    "input",
    "int",
    "iter",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "object",
    "open",
    "print",
    "range",
    "routes",
    "set",
    "str",
    "sum",
    "super",
    "tuple",
    "vars",
    "zip",
    "answer",
    "annotations",
    "hex",
    "oct",
    "ord",
    "pow",
    "repr",
    "round",
    "slice",
    "sorted",
    "abs",
    "ascii",
    "bin",
    "breakpoint",
    "callable",
    "chr",
    "compile",
    "complex",
    "delattr",
    "divmod",
    "enumerate",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "isinstance",
    "issubclass",
    "locals",
    "memoryview",
    "property",
    "reversed",
    "setattr",
    "staticmethod",
    "classmethod",
    "bytearray",
    "aiter",
    "anext",
    "copyright",
    "credits",
    "exit",
    "license",
    "quit",
];

/// A valid Python identifier in `snake_case`, neither reserved nor a builtin.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Identifier(String);

impl Identifier {
    /// Makes an identifier of any text, one that `taken` does not have, and adds it there.
    pub(crate) fn unique(text: &str, fallback: &str, taken: &mut HashSet<Self>) -> Self {
        let base = snake_case(text);
        let base = if base.is_empty() { fallback.to_owned() } else { base };
        let base = if base.starts_with(|c: char| c.is_ascii_digit()) { format!("n{base}") } else { base };
        let base = if RESERVED.contains(&base.as_str()) { base + "_" } else { base };
        let mut name = Self(base.clone());
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = Self(format!("{}_{number}", base.trim_end_matches('_')));
            number += 1;
        }
        name
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// `getPetById` and `GET Pet-by.ID` become `get_pet_by_id`; 60 characters at most.
pub(crate) fn snake_case(text: &str) -> String {
    let mut out = String::new();
    let chars: Vec<char> = text.chars().take(300).collect();
    for (index, c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            out.push('_');
            continue;
        }
        let before = index.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(index + 1);
        let starts_word = c.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if starts_word {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    let words: Vec<&str> = out.split('_').filter(|word| !word.is_empty()).collect();
    let mut name = words.join("_");
    name.truncate(60);
    name.trim_end_matches('_').to_owned()
}

/// A string literal, with the quotes that need fewer escapes, as formatters prefer it.
pub(crate) fn literal(text: &str) -> String {
    let (double, single) = (text.matches('"').count(), text.matches('\'').count());
    let quote = if double > single { '\'' } else { '"' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote || c == '\\' => {
                out.push('\\');
                out.push(c);
            }
            c => push_visible(&mut out, c),
        }
    }
    out.push(quote);
    out
}

/// A docstring at an indentation, over several lines where it has to be: paragraphs, wrapped.
pub(crate) fn docstring(paragraphs: &[String], indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines: Vec<String> = Vec::new();
    for paragraph in paragraphs.iter().map(|paragraph| paragraph.trim()).filter(|p| !p.is_empty()) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        for line in paragraph.lines() {
            wrap(line, LINE - indent - 4, &mut lines);
        }
    }
    // Formatters take the spaces before the text away.
    if let Some(first) = lines.first_mut() {
        *first = first.trim_start().to_owned();
    }
    if lines.is_empty() {
        lines.push("No description.".to_owned());
    }
    let single = lines.len() == 1;
    let mut out = "\"\"\"".to_owned();
    // A quote right behind the quotes would be taken for one of them.
    if lines.first().is_some_and(|line| line.starts_with('"')) {
        out.push(' ');
    }
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            out.push('\n');
            if !line.is_empty() {
                out.push_str(&margin);
            }
        }
        push_docstring_line(&mut out, line);
    }
    if single && !out.ends_with(['"', '\\']) {
        out.push_str("\"\"\"");
    } else {
        let _ = write!(out, "\n{margin}\"\"\"");
    }
    out
}

/// Breaks a line at spaces; its own indentation stays.
fn wrap(line: &str, width: usize, lines: &mut Vec<String>) {
    let line: String = line.replace('\t', "    ");
    let line = line.trim_end();
    let margin: String = line.chars().take_while(|c| *c == ' ').take(20).collect();
    if line.trim().is_empty() {
        if lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(String::new());
        }
        return;
    }
    let mut current = margin.clone();
    let mut length = margin.len();
    for word in line.split_whitespace() {
        let word_length = visible_length(word);
        if length > margin.len() && length + 1 + word_length > width {
            lines.push(std::mem::replace(&mut current, margin.clone()));
            length = margin.len();
        }
        if length > margin.len() {
            current.push(' ');
            length += 1;
        }
        current.push_str(word);
        length += word_length;
    }
    lines.push(current);
}

/// How long a word is when it stands in a docstring, escapes and wide characters included.
fn visible_length(word: &str) -> usize {
    if word.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"')) {
        return word.len();
    }
    let mut out = String::new();
    push_docstring_line(&mut out, word);
    out.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

fn push_docstring_line(out: &mut String, line: &str) {
    if line.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'\\' | b'"')) {
        out.push_str(line);
        return;
    }
    let mut quotes = 0;
    for c in line.chars() {
        quotes = if c == '"' { quotes + 1 } else { 0 };
        match c {
            '\\' => out.push_str("\\\\"),
            '"' if quotes == 3 => {
                out.push_str("\\\"");
                quotes = 0;
            }
            c => push_visible(out, c),
        }
    }
}

/// A character as itself, or escaped where it would not be seen or would change what is seen:
/// controls, separators, marks that turn the direction of text.
fn push_visible(out: &mut String, c: char) {
    if matches!(c, ' '..='~') {
        out.push(c);
        return;
    }
    let hidden = c.is_control()
        || matches!(c as u32,
            0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF
            | 0xFFF0..=0xFFFF | 0xE0000..=0xE0FFF)
        || (c.is_whitespace() && c != ' ');
    let _ = match (hidden, c as u32) {
        (false, _) => write!(out, "{c}"),
        (true, code @ 0..=0xFF) => write!(out, "\\x{code:02x}"),
        (true, code @ 0..=0xFFFF) => write!(out, "\\u{code:04x}"),
        (true, code) => write!(out, "\\U{code:08x}"),
    };
}

/// Order of names in an import, as isort has it: digits count as numbers.
pub(crate) fn natural_order(a: &str, b: &str) -> std::cmp::Ordering {
    let (mut a, mut b) = (a.chars().peekable(), b.chars().peekable());
    loop {
        match (a.peek().copied(), b.peek().copied()) {
            (None, None) => return std::cmp::Ordering::Equal,
            (None, _) => return std::cmp::Ordering::Less,
            (_, None) => return std::cmp::Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
                    let mut digits = String::new();
                    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                        digits.push(digit);
                    }
                    let digits = digits.trim_start_matches('0').to_owned();
                    (digits.len(), digits)
                };
                let order = number(&mut a).cmp(&number(&mut b));
                if order.is_ne() {
                    return order;
                }
            }
            (Some(x), Some(y)) if x == y => {
                a.next();
                b.next();
            }
            (Some(x), Some(y)) => return x.cmp(&y),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_a_person_would_write() {
        for (text, name) in [
            ("getPetById", "get_pet_by_id"),
            ("GET Pet-by.ID", "get_pet_by_id"),
            ("HTTPServer2Go", "http_server2_go"),
            ("class", "class_"),
            ("list", "list_"),
            ("3d", "n3d"),
            ("приве́т", "operation"),
            ("../../etc/passwd", "etc_passwd"),
        ] {
            let name_of = Identifier::unique(text, "operation", &mut HashSet::new());
            assert_eq!(name_of.as_str(), name, "{text}");
        }
    }

    #[test]
    fn names_that_clash_get_numbers() {
        let mut taken = HashSet::new();
        let names = ["getPet", "get_pet", "GetPet"].map(|text| Identifier::unique(text, "x", &mut taken));
        assert_eq!(names.map(|name| name.0), ["get_pet", "get_pet_2", "get_pet_3"]);
    }

    #[test]
    fn literals_hold_hostile_text() {
        assert_eq!(literal("a\"b"), "'a\"b'");
        assert_eq!(literal("it's"), "\"it's\"");
        assert_eq!(literal("\"\"\"); import os #\n\u{0}\u{202e}"), "'\"\"\"); import os #\\n\\x00\\u202e'");
    }

    #[test]
    fn docstrings_can_not_be_left() {
        assert_eq!(docstring(&["\"quoted\" text".into()], 0), "\"\"\" \"quoted\" text\"\"\"");
        let text = docstring(&["a \"\"\"\" \\ b\u{0}".into(), "ends with \"".into()], 4);
        assert_eq!(text, "\"\"\"a \"\"\\\"\" \\\\ b\\x00\n\n    ends with \"\n    \"\"\"");
    }
}
