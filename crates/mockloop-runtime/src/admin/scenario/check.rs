//! What is wrong with a scenario, told before it is sent: what a mock would refuse, and what its API's
//! description does not have.

mod rules;

use crate::admin::contract::models::{Finding, NewScenario, ProblemViolationsItemSeverity as Severity};
use crate::descriptor::{ApiDescriptor, EndpointDescriptor};

use super::select::select;

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 10_000;

/// Paths of the admin API that stand where a name stands.
const RESERVED: [&str; 6] = ["active", "history", "import", "validate", ".", ".."];

/// How alike a name has to be to be meant, from 0 to 1.
const ALIKE: f64 = 0.6;

pub(super) fn findings(scenario: &NewScenario, api: &ApiDescriptor) -> Vec<Finding> {
    let mut findings = Findings::default();
    name(&scenario.name, &mut findings);
    if scenario.description.as_ref().is_some_and(|text| text.chars().count() > LONGEST_DESCRIPTION) {
        let message = format!("must be a text of {LONGEST_DESCRIPTION} characters at most");
        findings.error("value", "/description", message, None);
    }
    for (operation, rules) in &scenario.operations {
        let at = format!("/operations/{}", escaped(operation));
        let endpoints = select(api, operation);
        if endpoints.is_empty() {
            findings.error("unknown-operation", &at, "names no operation", meant(operation, api));
        }
        for (index, rule) in rules.iter().enumerate() {
            rules::check(rule, &endpoints, &format!("{at}/{index}"), &mut findings);
        }
    }
    findings.0
}

fn name(name: &str, findings: &mut Findings) {
    let is_odd = |c: char| c == '/' || c.is_control() || c.is_whitespace() && c != ' ';
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        findings.error("value", "/name", format!("must be a text of 1 to {LONGEST_NAME} characters"), None);
    } else if name.contains(is_odd) || name.trim() != name {
        let message = "must be printable, without `/` and without spaces at its ends";
        findings.error("value", "/name", message, None);
    } else if RESERVED.contains(&name.to_lowercase().as_str()) {
        findings.error("reserved-name", "/name", "is a path of the admin API", None);
    }
}

/// The operation that a wrong name may mean.
fn meant(wrong: &str, api: &ApiDescriptor) -> Option<String> {
    let wrong = wrong.to_lowercase();
    let likeness = |known: &str| strsim::normalized_levenshtein(&wrong, &known.to_lowercase());
    let names = |endpoint: &EndpointDescriptor| [endpoint.id.to_owned(), endpoint.to_string()];
    let known = api.endpoints.iter().take(2000).flat_map(names);
    let rated = known.map(|known| (likeness(&known), known)).filter(|(likeness, _)| *likeness >= ALIKE);
    let (_, best) = rated.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    Some(format!("did you mean {best}?"))
}

/// A name as a part of a JSON pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Gathers findings.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    /// What a mock would refuse.
    fn error(&mut self, code: &str, at: &str, message: impl Into<String>, hint: Option<String>) {
        self.0.push(Finding { hint, ..Finding::new(Severity::Error, code, at, message) });
    }

    /// What may not do what is meant.
    fn warning(&mut self, code: &str, at: &str, message: impl Into<String>, hint: Option<String>) {
        self.0.push(Finding { hint, ..Finding::new(Severity::Warning, code, at, message) });
    }
}
