//! Text of a description as documentation.

use proc_macro2::TokenStream;
use quote::quote;

/// The most lines that a description gives to a documentation comment.
const LINES: usize = 40;

/// What means something in Markdown wherever it stands.
const MARKS: &str = "\\*[]<>#~|&$";

/// Schemes that make an address of what follows, even without slashes.
const SCHEMES: [&str; 6] = ["http", "https", "file", "ftp", "ws", "wss"];

/// A documentation comment of paragraphs, each plain text.
///
/// Markdown is escaped: an indented line would be a test, a bracket a broken link, a tag a warning.
pub(crate) fn doc<'a>(paragraphs: impl IntoIterator<Item = &'a str>) -> TokenStream {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in paragraphs {
        let text: Vec<String> = paragraph.trim().lines().map(plain).collect();
        if text.iter().all(String::is_empty) {
            continue;
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(text);
    }
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines.push("…".to_owned());
    }
    let lines = lines.iter().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote! { #(#[doc = #lines])* }
}

/// A text of one line as code, with all that it has.
pub(super) fn span(text: &str) -> String {
    let mut out = String::from("`");
    for c in text.chars() {
        match c {
            '`' => out.push('\''),
            c if c != ' ' && visible(c) != Some(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out.push('`');
    out
}

/// A line as text without meaning of its own. Code spans stay, since they can't hold any, and names become
/// some.
fn plain(line: &str) -> String {
    let mut out = String::new();
    // Every other piece between backticks is code, if all of them have a partner.
    let is_paired = line.matches('`').count().is_multiple_of(2) && !line.contains("``");
    for (at, piece) in line.trim().split('`').enumerate() {
        if is_paired && at % 2 == 1 {
            code(piece, &mut out);
        } else {
            if at > 0 && !is_paired {
                out.push_str("\\`");
            }
            escape(piece, &mut out);
        }
    }
    // What would begin a list or a rule.
    let digits = out.len() - out.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let marks: &[char] = if digits == 0 { &['-', '+', '='] } else { &['.', ')'] };
    if out[digits..].starts_with(marks) {
        out.insert(digits, '\\');
    }
    out
}

fn code(text: &str, out: &mut String) {
    let text: String = text.chars().filter_map(visible).collect();
    if text.is_empty() {
        return;
    }
    // The end of another would make one of both.
    if out.ends_with('`') {
        out.push(' ');
    }
    out.push('`');
    out.push_str(&text);
    out.push('`');
}

/// Text outside of code spans.
fn escape(mut text: &str, out: &mut String) {
    while !text.is_empty() {
        let (word, rest) = text.split_at(text.find(ends_word).unwrap_or(text.len()));
        escape_word(word, rest.starts_with("()"), out);
        let mut rest = rest.chars();
        if let Some(c) = rest.next().and_then(visible) {
            if MARKS.contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
        text = rest.as_str();
    }
}

/// A word; as code, where it is a name of some program.
fn escape_word(word: &str, is_called: bool, out: &mut String) {
    let name = word.trim_matches(|c: char| !c.is_alphanumeric() && c != ':');
    let name = if name.contains("::") { name } else { name.trim_matches(':') };
    let is_name = is_called || name.contains('_') || name.contains("::") || is_mixed_case(name);
    match word.split_once(name) {
        Some((before, after)) if is_name && !name.is_empty() => {
            letters(before, out);
            code(name, out);
            letters(after, out);
        }
        _ => letters(word, out),
    }
}

fn letters(text: &str, out: &mut String) {
    for (at, c) in text.char_indices() {
        // A colon would make a bare address of `https://`, which is worth a warning.
        let is_address = |before: &str, after: &str| {
            after.starts_with('/') || SCHEMES.iter().any(|scheme| before.ends_with(scheme))
        };
        if c == '_' || (c == ':' && is_address(&text[..at], &text[at + 1..])) {
            out.push('\\');
        }
        out.push(c);
    }
}

/// Whether a word is written like `PetStore`; plurals such as `IDs` are not.
fn is_mixed_case(word: &str) -> bool {
    let one = word.strip_suffix('s').unwrap_or(word);
    !one.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_lowercase())
        && one.chars().all(char::is_alphanumeric)
        && one.chars().filter(|c| c.is_uppercase()).count() > 1
        && one.chars().any(char::is_lowercase)
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || visible(c).is_none() || MARKS.contains(c) || "'\"(),;={}".contains(c)
}

/// A character as it may stand in a comment.
fn visible(c: char) -> Option<char> {
    match c {
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() || is_bidi(c) => None,
        c => Some(c),
    }
}

/// Marks that change the direction of text, which the compiler refuses in comments.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_has_no_meaning() {
        let text = "# A [link] <b>\n    code\n```\nlet x;\n1. one\n- two\n12) three\n=== 1.5";
        let tokens = doc([text, "", "see `Pet` at https://a.b\u{202E}\tor s3://c"]);
        let expected = quote! {
            #[doc = " \\# A \\[link\\] \\<b\\>"]
            #[doc = " code"]
            #[doc = " \\`\\`\\`"]
            #[doc = " let x;"]
            #[doc = " 1\\. one"]
            #[doc = " \\- two"]
            #[doc = " 12\\) three"]
            #[doc = " \\=== 1.5"]
            #[doc = ""]
            #[doc = " see `Pet` at https\\://a.b or s3\\://c"]
        };
        assert_eq!(tokens.to_string(), expected.to_string());
    }

    #[test]
    fn names_are_code() {
        for (text, expected) in [
            ("A PetStore, with petIds and IDs.", "A `PetStore`, with petIds and IDs."),
            ("FooBar's (FooBar)|BazQux", "`FooBar`'s (`FooBar`)\\|`BazQux`"),
            ("user_id=_x_ std::vec: a::", "`user_id`=\\_x\\_ `std::vec:` `a::`"),
            ("`\u{202E}` nothing", " nothing"),
            (&span("a`\u{202E}\tb"), "`a'\\u{202e}\\tb`"),
            ("max(a_b) of list()", "max(`a_b`) of `list`()"),
            ("FooBar`x` and` BazQux", "`FooBar`\\`x\\` and\\` `BazQux`"),
            ("FooBar`x`BazQux", "`FooBar` `x` `BazQux`"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
