//! Texts.

use serde_json::Value;

use super::build::{Builder, Built, Site};
use super::conjunction::Conjunction;
use super::keywords::limit;
use super::{format, pattern, plausible};

/// How long texts become at most.
const LONGEST: usize = 10_000;

impl<'a> Builder<'a> {
    /// A text that follows `all`.
    pub(super) fn text<'s>(&mut self, all: &Conjunction<'s>, site: Site) -> Built
    where
        'a: 's,
    {
        let known = site.name.and_then(|name| plausible::text(name, site.variant));
        if !all.has(&["minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"]) {
            return Built::valid(known.unwrap_or_else(|| plausible::phrase(site.name, site.variant)));
        }
        let least = all.arguments("minLength").filter_map(limit).max().unwrap_or(0);
        let most = all.arguments("maxLength").filter_map(limit).min().unwrap_or(usize::MAX);
        if least > most {
            return Built::invalid("", format!("`minLength` {least} is above `maxLength` {most}"));
        }
        if least > LONGEST {
            return Built::invalid(
                "",
                format!("`minLength` {least} is above {LONGEST}, the most that is made"),
            );
        }

        let formats: Vec<&str> = all.arguments("format").filter_map(Value::as_str).collect();
        let patterns: Vec<&str> = all.arguments("pattern").filter_map(Value::as_str).collect();
        let mut texts: Vec<String> = encoded(all, site.variant, least);
        texts.extend(
            known.clone().filter(|_| formats.is_empty() || !patterns.is_empty() || is_date(&formats)),
        );
        texts.extend(formats.iter().flat_map(|format| format::texts(format, site.variant, least)));
        texts.extend(known.clone());
        texts.extend(formats.iter().filter_map(|format| plausible::text(format, site.variant)));
        if let Some(built) = self.first_text(all, texts) {
            return built;
        }
        for pattern in &patterns {
            let texts = pattern::texts(pattern, least, most, site.variant);
            if let Some(built) = self.first_text(all, texts) {
                return built;
            }
        }
        let word = known.unwrap_or_else(|| plausible::phrase(site.name, site.variant));
        let texts =
            vec![fitted(&word, least, most), fitted(&plausible::phrase(None, site.variant), least, most)];
        match self.first_text(all, texts) {
            Some(built) => built,
            None => Built::invalid(fitted(&word, least, most), unmatched(&formats, &patterns, least, most)),
        }
    }

    /// The first of `texts` that `all` allows.
    fn first_text(&mut self, all: &Conjunction, texts: Vec<String>) -> Option<Built> {
        let mut texts = texts.into_iter().map(Value::String);
        texts
            .find(|text| all.members.iter().all(|member| self.checker.allows_keywords(member, text)))
            .map(Built::valid)
    }

    /// A text that `pattern` matches.
    pub(super) fn matching(&mut self, pattern: &str, variant: usize) -> Option<String> {
        let texts = pattern::texts(pattern, 1, usize::MAX, variant);
        let numbered = texts.iter().filter(|_| variant > 0).map(|text| format!("{text}{}", variant + 1));
        let mut texts = numbered.chain(texts.iter().cloned());
        texts.find(|text| self.checker.leaves.matches(pattern, &Value::from(text.as_str())))
    }
}

/// Names tell a date of birth from a date of creation, formats do not.
fn is_date(formats: &[&str]) -> bool {
    formats.iter().all(|format| matches!(*format, "date" | "date-time" | "time" | "uri" | "url"))
}

/// Texts as `contentEncoding` and `contentMediaType` want them.
fn encoded(all: &Conjunction, variant: usize, least: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for encoding in all.arguments("contentEncoding").filter_map(Value::as_str) {
        match encoding {
            "base64" | "base64url" => texts.extend(format::texts("byte", variant, least)),
            "base16" => texts.push("53616d706c65".to_owned()),
            "base32" => texts.push("ONQW24DMMU======".to_owned()),
            _ => {}
        }
    }
    if texts.is_empty()
        && all.arguments("contentMediaType").any(|media_type| *media_type == "application/json")
    {
        texts.push("{}".to_owned());
    }
    texts
}

/// `word`, cut or repeated so that its length is allowed.
fn fitted(word: &str, least: usize, most: usize) -> String {
    let length = word.chars().count();
    if length > most {
        let cut: String = word.chars().take(most).collect();
        let trimmed = cut.trim_end();
        return if trimmed.chars().count() >= least { trimmed.to_owned() } else { cut };
    }
    if length >= least {
        return word.to_owned();
    }
    let mut text: String = word.chars().chain([' ']).cycle().take(least).collect();
    if text.ends_with(' ') {
        text.pop();
        text.push('s');
    }
    text
}

fn unmatched(formats: &[&str], patterns: &[&str], least: usize, most: usize) -> String {
    let mut words: Vec<String> = Vec::new();
    words.extend(formats.iter().map(|format| format!("`format` {format}")));
    words.extend(patterns.iter().map(|pattern| format!("`pattern` {pattern}")));
    words.extend((least > 0).then(|| format!("`minLength` {least}")));
    words.extend((most < usize::MAX).then(|| format!("`maxLength` {most}")));
    format!("no text was found for {}", words.join(" and "))
}
