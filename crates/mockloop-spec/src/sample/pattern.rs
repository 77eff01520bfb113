//! Texts that match a regular expression.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

/// How long texts become at most.
const LONGEST: usize = 20_000;

/// Texts that `pattern`, an ECMA 262 regular expression, likely matches, plain ones first. Anchors
/// and look-around are not followed: the texts have to be checked.
pub(super) fn texts(pattern: &str, least: usize, most: usize, variant: usize) -> Vec<String> {
    let (plain, ahead) = without_look_around(pattern);
    let Some(hir) = parse(&plain) else { return Vec::new() };
    let mut found = Vec::new();
    if plain != pattern {
        found.extend(["Passw0rd!", "Sample1!", "sample-1", "Sample"].map(str::to_owned));
    }
    let natural = Writer::new(variant, None).text(&hir);
    let shortest = Writer::new(variant, Some(0)).text(&hir);
    let length = shortest.chars().count();
    let filled = Writer::new(variant, Some(least.saturating_sub(length))).text(&hir);
    let longer = Writer::new(variant, Some(least.max(8.min(most)).saturating_sub(length))).text(&hir);
    found.extend([natural, filled, longer, shortest]);
    found.extend((1..6).map(|other| Writer::new(variant + other, None).text(&hir)));

    // What is asked for ahead, put before the rest.
    let asked: String = ahead
        .iter()
        .filter_map(|part| parse(part))
        .map(|part| Writer::new(variant, Some(0)).text(&part))
        .collect();
    if !asked.is_empty() {
        let rest: Vec<String> = found
            .iter()
            .flat_map(|text| {
                let kept = text.chars().skip(asked.chars().count()).collect::<String>();
                [format!("{asked}{text}"), format!("{asked}{kept}")]
            })
            .collect();
        found.extend(rest);
        found.push(asked);
    }
    found
}

fn parse(pattern: &str) -> Option<Hir> {
    let pattern = jsonschema_regex::to_rust_regex(pattern).ok()?;
    ParserBuilder::new().nest_limit(100).build().parse(&pattern).ok()
}

/// The pattern without look-around, and what its look-aheads ask for.
fn without_look_around(pattern: &str) -> (String, Vec<String>) {
    let (mut plain, mut ahead) = (String::new(), Vec::new());
    let mut rest = pattern;
    while let Some(char) = rest.chars().next() {
        let skipped = ["(?=", "(?!", "(?<=", "(?<!"].iter().find(|start| rest.starts_with(**start));
        let taken = match skipped {
            Some(start) => {
                let end = closing(rest);
                if *start == "(?=" {
                    ahead.extend(rest.get(start.len()..end.saturating_sub(1)).map(str::to_owned));
                }
                end
            }
            None if char == '\\' => {
                let taken = rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at);
                plain.push_str(rest.get(..taken).unwrap_or_default());
                taken
            }
            None if char == '[' => {
                let taken = class_end(rest);
                plain.push_str(rest.get(..taken).unwrap_or_default());
                taken
            }
            None => {
                plain.push(char);
                char.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    (plain, ahead)
}

/// Where the group that `text` starts with ends.
fn closing(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => drop(chars.next()),
            '[' => {
                let end = at + text.get(at..).map_or(1, class_end);
                while chars.as_str().len() > text.len() - end {
                    chars.next();
                }
            }
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Where the character class that `text` starts with ends.
fn class_end(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => drop(chars.next()),
            ']' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";

/// Writes one text for an expression.
struct Writer {
    out: String,
    letter: usize,
    digit: usize,
    variant: usize,
    /// How many characters are to be added to the shortest text; `None` for as many as look natural.
    extra: Option<usize>,
}

impl Writer {
    fn new(variant: usize, extra: Option<usize>) -> Self {
        Self { out: String::new(), letter: variant, digit: variant + 1, variant, extra }
    }

    fn text(mut self, hir: &Hir) -> String {
        self.write(hir);
        self.out
    }

    fn write(&mut self, hir: &Hir) {
        if self.out.len() > LONGEST {
            return;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.out.push_str(&String::from_utf8_lossy(&literal.0)),
            HirKind::Class(class) => {
                let char = self.pick(class);
                self.out.extend(char);
            }
            HirKind::Repetition(repetition) => {
                for _ in 0..self.times(repetition).min(LONGEST) {
                    self.write(&repetition.sub);
                }
            }
            HirKind::Capture(capture) => self.write(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.write(part)),
            HirKind::Alternation(branches) => {
                let taken = match self.extra {
                    Some(0) => branches.iter().min_by_key(|branch| branch.properties().minimum_len()),
                    Some(_) => branches
                        .iter()
                        .max_by_key(|branch| branch.properties().maximum_len().unwrap_or(usize::MAX)),
                    None => branches.get(self.variant.checked_rem(branches.len()).unwrap_or(0)),
                };
                if let Some(branch) = taken {
                    self.write(branch);
                }
            }
        }
    }

    fn times(&mut self, repetition: &Repetition) -> usize {
        let least = repetition.min as usize;
        let most = repetition.max.map_or(usize::MAX, |most| most as usize);
        match &mut self.extra {
            Some(extra) => {
                let unit = repetition.sub.properties().minimum_len().unwrap_or(1).max(1);
                let more = (*extra / unit).min(most - least);
                *extra -= more * unit;
                least + more
            }
            None if most == 1 => least,
            None if matches!(repetition.sub.kind(), HirKind::Class(_)) => least.max(3.min(most)),
            None => least,
        }
    }

    /// A character of a class: the next letter, the next digit, or something printable.
    fn pick(&mut self, class: &Class) -> Option<char> {
        let ranges: Vec<(char, char)> = match class {
            Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
            Class::Bytes(class) => {
                class.iter().map(|range| (range.start().into(), range.end().into())).collect()
            }
        };
        let has = |char: char| ranges.iter().any(|(start, end)| (*start..=*end).contains(&char));
        let from = |chars: &str, start: usize| {
            let start = start.checked_rem(chars.len()).unwrap_or(0);
            chars
                .chars()
                .cycle()
                .skip(start)
                .take(chars.len())
                .position(&has)
                .map(|steps| (start + steps) % chars.len())
        };
        for letters in [LETTERS, CAPITALS] {
            if let Some(at) = from(letters, self.letter) {
                self.letter = at + 1;
                return letters.chars().nth(at);
            }
        }
        if let Some(at) = from(DIGITS, self.digit) {
            self.digit = at + 1;
            return DIGITS.chars().nth(at);
        }
        let printable = "-_.:/+ !#$%&()*,;<=>?@[]^{|}~'\"`\\".chars().find(|char| has(*char));
        let first = || ranges.iter().map(|(start, _)| *start).find(|char| !char.is_control());
        printable.or_else(first).or_else(|| ranges.first().map(|(start, _)| *start))
    }
}
