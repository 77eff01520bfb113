//! Scenario packs: ready scenarios for a purpose, made of one API.

use std::path::Path;
use std::time::SystemTime;

use mockloop_spec::model::{Api, Operation};
use serde_json::{Map, Value, json};

use super::pack_rules as rules;
use crate::failure::Failure;
use crate::projects;

/// A pack; what it does to an operation is a function of that operation.
pub(crate) struct Pack {
    pub(crate) category: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    scenarios: &'static [Scenario],
}

/// A scenario of a pack.
struct Scenario {
    name: &'static str,
    description: &'static str,
    rules: Rules,
}

/// How the rules of a scenario are made.
enum Rules {
    /// Rules for each operation; none where it is left alone.
    Each(fn(&Operation) -> Option<Value>),
    /// Rules for all operations.
    All(fn() -> Value),
}

use Rules::{All, Each};

static PACKS: &[Pack] = &[
    Pack {
        category: "error-simulation",
        name: "4xx-client-errors",
        description: "Every operation answers a client error that it documents",
        scenarios: &[Scenario {
            name: "pack-client-errors",
            description: "The first documented 4xx of each operation, else 400",
            rules: Each(rules::client_error),
        }],
    },
    Pack {
        category: "error-simulation",
        name: "5xx-server-errors",
        description: "Every operation fails, or fails now and then",
        scenarios: &[
            Scenario {
                name: "pack-server-errors",
                description: "The first documented 5xx of each operation, else 503",
                rules: Each(rules::server_error),
            },
            Scenario {
                name: "pack-server-errors-then-well",
                description: "Two server errors, then the usual answer: shows whether a client tries again",
                rules: Each(rules::server_error_then_well),
            },
        ],
    },
    Pack {
        category: "error-simulation",
        name: "network-timeouts",
        description: "Answers that come late, in part, or not at all",
        scenarios: &[
            Scenario {
                name: "pack-stalls",
                description: "Three of ten answers do not come for 10 s",
                rules: All(rules::stalls),
            },
            Scenario {
                name: "pack-broken-connections",
                description: "One of ten connections is reset, one of ten bodies is cut off",
                rules: All(rules::broken),
            },
        ],
    },
    Pack {
        category: "error-simulation",
        name: "rate-limiting",
        description: "429 with Retry-After for what comes too often",
        scenarios: &[Scenario {
            name: "pack-rate-limit",
            description: "10 requests a second",
            rules: All(rules::rate_limit),
        }],
    },
    Pack {
        category: "performance-testing",
        name: "load-testing",
        description: "Latency as networks have it",
        scenarios: &[Scenario {
            name: "pack-load",
            description: "Reads around 60 ms, writes around 150 ms, with a long tail",
            rules: Each(rules::usual_latency),
        }],
    },
    Pack {
        category: "performance-testing",
        name: "stress-testing",
        description: "A server that is over its limit",
        scenarios: &[Scenario {
            name: "pack-stress",
            description: "Slow answers, one of five fails, 50 requests a second at the most",
            rules: All(rules::stress),
        }],
    },
    Pack {
        category: "performance-testing",
        name: "spike-testing",
        description: "Answers that get slow for a while and recover",
        scenarios: &[Scenario {
            name: "pack-spike",
            description: "20 fast answers, 10 slow ones, again and again, by operation",
            rules: All(rules::spike),
        }],
    },
    Pack {
        category: "performance-testing",
        name: "endurance-testing",
        description: "Rare failures over a long time",
        scenarios: &[Scenario {
            name: "pack-endurance",
            description: "One of 500 answers fails, one of 500 connections breaks",
            rules: All(rules::endurance),
        }],
    },
    Pack {
        category: "security-testing",
        name: "auth-bypass",
        description: "Credentials that are refused where the API asks for some",
        scenarios: &[
            Scenario {
                name: "pack-expired-credentials",
                description: "401 once, then the usual answer: shows whether a client gets new credentials",
                rules: Each(rules::expired_once),
            },
            Scenario {
                name: "pack-forbidden",
                description: "403 for every secured operation",
                rules: Each(rules::forbidden),
            },
        ],
    },
    Pack {
        category: "security-testing",
        name: "injection-attacks",
        description: "Answers whose texts hold SQL and shell commands: shows whether a client trusts them",
        scenarios: &[Scenario {
            name: "pack-injection",
            description: "Texts of JSON answers are replaced",
            rules: Each(rules::injection),
        }],
    },
    Pack {
        category: "security-testing",
        name: "xss-attacks",
        description: "Answers whose texts hold markup and script: shows whether a client shows them as text",
        scenarios: &[Scenario {
            name: "pack-xss",
            description: "Texts of JSON answers are replaced",
            rules: Each(rules::script),
        }],
    },
    Pack {
        category: "security-testing",
        name: "csrf-attacks",
        description: "Changes without an X-CSRF-Token are refused",
        scenarios: &[Scenario {
            name: "pack-csrf",
            description: "403 for POST, PUT, PATCH and DELETE that lack the header",
            rules: Each(rules::csrf),
        }],
    },
    Pack {
        category: "business-logic",
        name: "edge-cases",
        description: "Lists that are empty",
        scenarios: &[Scenario {
            name: "pack-empty-lists",
            description: "JSON answers with every list empty",
            rules: Each(rules::empty_lists),
        }],
    },
    Pack {
        category: "business-logic",
        name: "data-validation",
        description: "The first request with a body is refused as invalid",
        scenarios: &[Scenario {
            name: "pack-invalid-once",
            description: "A documented 422 or 400 once, then the usual answer",
            rules: Each(rules::invalid_once),
        }],
    },
    Pack {
        category: "business-logic",
        name: "workflow-testing",
        description: "Items that are not there yet, and that are gone once they are deleted",
        scenarios: &[Scenario {
            name: "pack-workflow",
            description: "GET of an item: 404 once, then the item. DELETE: once, then 404",
            rules: Each(rules::workflow),
        }],
    },
];

/// Every pack that is made of an API.
pub(crate) fn all() -> impl Iterator<Item = &'static Pack> {
    PACKS.iter()
}

/// A pack for a project; for the one that was generated last, where none is named.
pub(crate) fn read(root: &Path, category: &str, name: &str, project: Option<&str>) -> Result<Value, Failure> {
    if (category, name) == ("discovery", "list-all") {
        return Ok(json!({ "packs": all().map(brief).collect::<Vec<_>>() }));
    }
    let pack = all().find(|pack| pack.category == category && pack.name == name).ok_or_else(|| {
        Failure::new(format!("there is no scenario pack {category}/{name}"))
            .next("scenario-pack://discovery/list-all lists them")
    })?;
    let project = match project {
        Some(name) => name.to_owned(),
        None => latest(root).ok_or_else(|| {
            Failure::new("a pack is made of a project's description, and there is no project")
                .next("make one with generate_mock_api")
        })?,
    };
    let api = projects::api(&projects::existing(root, &project)?)?;
    Ok(pack.of(&api, &project))
}

impl Pack {
    /// The pack's scenarios for an API.
    fn of(&self, api: &Api, project: &str) -> Value {
        let scenarios: Vec<Value> = self.scenarios.iter().map(|scenario| scenario.of(api)).collect();
        json!({
            "metadata": {"pack_id": format!("{}/{}", self.category, self.name), "name": self.name,
                "category": self.category, "description": self.description, "project": project},
            "scenarios": scenarios,
            "how_to_use": "manage_mock_data with operation create_scenario, scenario_name and scenario_config of one of \
                the scenarios; then switch_scenario",
        })
    }
}

impl Scenario {
    fn of(&self, api: &Api) -> Value {
        let operations: Map<String, Value> = match self.rules {
            All(rules) => [("*".to_owned(), rules())].into_iter().collect(),
            Each(rules) => api
                .operations
                .iter()
                .filter_map(|operation| Some((operation.id.clone(), rules(operation)?)))
                .collect(),
        };
        json!({"scenario_name": self.name,
            "scenario_config": {"description": self.description, "operations": operations}})
    }
}

fn brief(pack: &Pack) -> Value {
    json!({"uri": format!("scenario-pack://{}/{}", pack.category, pack.name), "description": pack.description})
}

/// The project that was written last.
fn latest(root: &Path) -> Option<String> {
    let written = |name: &String| {
        let manifest = root.join(name).join("mockloop.json");
        manifest.metadata().and_then(|found| found.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
    };
    projects::names(root).into_iter().max_by_key(written)
}

#[cfg(test)]
mod tests {
    use mockloop_spec::Source;

    use super::*;

    #[test]
    fn every_pack_has_rules_for_an_ordinary_api() {
        let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/specs/petstore.yaml");
        let api = mockloop_spec::read(&Source::File(spec), None).api.unwrap_or_default();
        for pack in all() {
            let made = pack.of(&api, "petstore_mock");
            for scenario in made["scenarios"].as_array().into_iter().flatten() {
                let operations = scenario["scenario_config"]["operations"].as_object();
                assert!(
                    operations.is_some_and(|operations| !operations.is_empty()),
                    "{}/{}",
                    pack.category,
                    pack.name
                );
            }
        }
    }
}
