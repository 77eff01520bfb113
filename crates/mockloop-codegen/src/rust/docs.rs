//! Text of a description as documentation.

use proc_macro2::TokenStream;
use quote::quote;

/// The most lines that a description gives to a documentation comment.
const LINES: usize = 40;

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

/// A line as text without meaning of its own; code spans stay, since they can't hold any.
fn plain(line: &str) -> String {
    let mut out = String::new();
    // Every other piece between backticks is code, if all of them have a partner.
    let is_paired = line.matches('`').count().is_multiple_of(2) && !line.contains("``");
    for (at, piece) in line.trim().split('`').enumerate() {
        if is_paired && at % 2 == 1 {
            out.push('`');
            out.extend(piece.chars().filter(|c| !c.is_control()));
            out.push('`');
        } else {
            if at > 0 && !is_paired {
                out.push_str("\\`");
            }
            escape(piece, &mut out);
        }
    }
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        if c.is_control() || is_bidi(c) {
            continue;
        }
        // A colon would make a bare address of `https://`, which is worth a warning.
        if "\\*_[]<>#~|&$".contains(c)
            || (c == ':' && out.ends_with("http"))
            || (c == ':' && out.ends_with("https"))
        {
            out.push('\\');
        }
        out.push(c);
    }
    // What would begin a list or a rule at the start of a line.
    if let Some(first) = out.chars().next()
        && "-+=".contains(first)
    {
        out.insert(0, '\\');
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
        let tokens = doc(["# A [link] <b>\n    code\n```\nlet x;", "", "see `Pet` at https://a.b\u{202E}"]);
        let expected = quote! {
            #[doc = " \\# A \\[link\\] \\<b\\>"]
            #[doc = " code"]
            #[doc = " \\`\\`\\`"]
            #[doc = " let x;"]
            #[doc = ""]
            #[doc = " see `Pet` at https\\://a.b"]
        };
        assert_eq!(tokens.to_string(), expected.to_string());
    }
}
