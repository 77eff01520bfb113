//! What of a call may be a secret, and is not recorded.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

const MASK: &str = "***";

/// What the name of a secret has in it, without what stands between its words.
const PARTS: [&str; 11] = [
    "token",
    "secret",
    "passw",
    "auth",
    "credential",
    "cookie",
    "session",
    "bearer",
    "jwt",
    "pwd",
    "passphrase",
];

/// A value in which nothing stands that may be a secret.
pub(super) fn masked(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let each = |(name, value): (String, Value)| {
                let value = if is_secret(&name) { json!(MASK) } else { masked(value) };
                (name, value)
            };
            Value::Object(members.into_iter().map(each).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(masked).collect()),
        Value::String(text) => Value::String(match document(&text) {
            Some(document) => masked(document).to_string(),
            None => without_secrets(&text),
        }),
        other => other,
    }
}

/// The JSON that a text is, such as a body that was given as a text.
fn document(text: &str) -> Option<Value> {
    text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok())?
}

/// Whether a value of this name may be a secret.
fn is_secret(name: &str) -> bool {
    let mut squeezed = String::new();
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let is_end = !c.is_alphanumeric() || (was_lower && c.is_uppercase());
        if is_end {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            squeezed.extend(c.to_lowercase());
            words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase()));
        }
        was_lower = c.is_lowercase();
    }
    PARTS.iter().any(|part| squeezed.contains(part))
        || squeezed.ends_with("key")
        || squeezed.contains("apikey")
        || words.iter().any(|word| matches!(word.as_str(), "key" | "keys" | "pin"))
}

/// What the next word of a text is.
enum Next {
    Plain,
    /// The credentials of a scheme, as in `Bearer xyz`.
    Credentials,
    /// A secret up to this quote, as in `password="a b"`.
    Quoted(char),
}

/// A text in which no URL has a secret, no `name=value` tells one, and no `Bearer` or `Basic` is followed by one.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut next = Next::Plain;
    for piece in text.split_inclusive(is_gap) {
        let (word, gap) = piece.split_at(piece.trim_end_matches(is_gap).len());
        let (plain, stops) = word.split_at(word.trim_end_matches([':', ',', ';', '.', ')']).len());
        next = match next {
            Next::Quoted(quote) if gap.starts_with(quote) => {
                out.push_str(MASK);
                out.push(quote);
                Next::Plain
            }
            Next::Quoted(quote) => Next::Quoted(quote),
            Next::Credentials if plain.is_empty() => {
                out.push_str(piece);
                Next::Credentials
            }
            Next::Credentials => {
                out.extend([MASK, stops, gap]);
                Next::Plain
            }
            Next::Plain => {
                out.extend([&without_values(&without_credentials(plain)), stops, gap]);
                after(word, gap)
            }
        };
    }
    if matches!(next, Next::Quoted(_)) {
        out.push_str(MASK);
    }
    out
}

/// What ends a word.
fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`')
}

/// What follows a word.
fn after(word: &str, gap: &str) -> Next {
    let Some(gap) = gap.chars().next() else { return Next::Plain };
    let last = word.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_scheme = ["bearer", "basic"].iter().any(|scheme| last.eq_ignore_ascii_case(scheme));
    if is_scheme && gap.is_whitespace() {
        return Next::Credentials;
    }
    match word.strip_suffix('=') {
        Some(before) if matches!(gap, '"' | '\'' | '`') && is_secret(&name_at_end(before)) => {
            Next::Quoted(gap)
        }
        _ => Next::Plain,
    }
}

/// A word such as a form's body, without the values of secrets.
fn without_values(word: &str) -> String {
    let parts: Vec<String> = word.split('&').map(without_value).collect();
    parts.join("&")
}

fn without_value(part: &str) -> String {
    let is_told =
        |(at, _): &(usize, &str)| part.get(..*at).is_some_and(|before| is_secret(&name_at_end(before)));
    match part.match_indices('=').find(is_told) {
        Some((at, _)) if at + 1 < part.len() => format!("{}={MASK}", part.get(..at).unwrap_or_default()),
        _ => part.to_owned(),
    }
}

/// The name that a text ends with, decoded.
fn name_at_end(text: &str) -> String {
    let is_other =
        |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '%' | '[' | ']' | '+' | '$'));
    let name = text.rsplit(is_other).next().unwrap_or_default();
    percent_decode_str(name).decode_utf8_lossy().into_owned()
}

/// A word with a URL in it, without its user, its password and its query, where secrets stand.
fn without_credentials(word: &str) -> String {
    let Some(colon) = word.find("://") else { return word.to_owned() };
    let (scheme, _) = word.split_at(colon);
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let (before, text) = word.split_at(scheme.trim_end_matches(is_scheme).len());
    let Ok(mut url) = url::Url::parse(text) else { return word.to_owned() };
    let has_user = !url.username().is_empty() || url.password().is_some();
    if !url.has_host() || !(has_user || url.query().is_some()) {
        return word.to_owned();
    }
    if has_user {
        let _ = url.set_username(MASK);
        let _ = url.set_password(None);
    }
    if url.query().is_some() {
        url.set_query(Some(MASK));
    }
    format!("{before}{url}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_at_any_depth() {
        let value = json!({"env": {"ADMIN_TOKEN": "x"}, "headers": [{"Authorization": "Bearer x"}],
            "url": "https://user:x@example.com/a?key=x", "kept": "text",
            "body": "{\"a\": [{\"user_password\": \"x\"}]}"});
        let expected = json!({"env": {"ADMIN_TOKEN": "***"}, "headers": [{"Authorization": "***"}],
            "url": "https://***@example.com/a?***", "kept": "text",
            "body": "{\"a\":[{\"user_password\":\"***\"}]}"});
        assert_eq!(masked(value), expected);
    }

    #[test]
    fn names_of_secrets_are_known_however_they_are_written() {
        for name in [
            "api_key",
            "api-key",
            "apiKey",
            "APIKEY",
            "api.key",
            "X-Key",
            "key",
            "private_key",
            "sshKeyId",
            "session",
            "JSESSIONID",
            "jwt",
            "id_jwt",
            "bearer",
            "pwd",
            "userPin",
            "pin",
            "X-API-Keys",
            "pass_word",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["keyword", "spinner", "shipping", "name", "petId", "limit", "operation", "", "keyboard"]
        {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn secrets_in_a_text_are_masked_and_the_rest_stays() {
        for (text, expected) in [
            (
                "https://a:x@b.c/d?x=y: can't be read: see <http://b.c/?x>, or so",
                "https://***@b.c/d?***: can't be read: see <http://b.c/?***>, or so",
            ),
            ("user=me&password=x&api%5Fkey=x&page=2", "user=me&password=***&api%5Fkey=***&page=2"),
            ("POST /a?api_key=x failed", "POST /a?api_key=*** failed"),
            ("a=1;session=x", "a=1;session=***"),
            ("next=https://a:x@b.c/&a=1", "next=https://***@b.c/&a=1"),
            ("https://b.c/#access_token=x", "https://b.c/#access_token=***"),
            ("password=\"x y\" name=\"z\"", "password=\"***\" name=\"z\""),
            ("password='x y", "password='***"),
            ("sent Authorization: Bearer x, then", "sent Authorization: Bearer ***, then"),
            ("{'a': 'basic  x', 'b': 1", "{'a': 'basic  ***', 'b': 1"),
            ("Authorization=Bearer x.y", "Authorization=*** ***"),
            ("the bearer", "the bearer"),
            ("a = b, c == d & ä=ö", "a = b, c == d & ä=ö"),
            ("pwd=", "pwd="),
        ] {
            assert_eq!(without_secrets(text), expected);
        }
    }
}
