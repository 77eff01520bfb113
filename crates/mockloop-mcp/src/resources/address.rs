//! Addresses of resources.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

/// What an address names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Address {
    /// All projects.
    Projects,
    /// The description of a project.
    OpenApi(String),
    /// An operation of a project.
    Operation(String, String),
    /// A view of a running mock, by its port.
    Server(u16, View),
    /// A scenario pack, made of a project.
    Pack { category: String, name: String, project: Option<String> },
}

/// What is to be seen of a running mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum View {
    Logs,
    Analysis,
    Scenarios,
}

impl View {
    pub(crate) const ALL: [Self; 3] = [Self::Logs, Self::Analysis, Self::Scenarios];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Analysis => "analysis",
            Self::Scenarios => "scenarios",
        }
    }

    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Logs => "The newest requests with their answers",
            Self::Analysis => "Numbers about all requests",
            Self::Scenarios => "The scenarios, and which is active",
        }
    }
}

impl Address {
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        let url = Url::parse(uri).ok()?;
        let decoded =
            |text: &str| percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned);
        let path = url.path().trim_start_matches('/');
        let segments: Vec<String> =
            path.split('/').filter(|part| !part.is_empty()).map(decoded).collect::<Option<_>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (url.scheme(), url.host_str()?, segments.as_slice()) {
            ("mockloop", "projects", []) => Some(Self::Projects),
            ("mockloop", "projects", [name, "openapi"]) => Some(Self::OpenApi((*name).to_owned())),
            ("mockloop", "projects", [name, "operations", id]) => {
                Some(Self::Operation((*name).to_owned(), (*id).to_owned()))
            }
            ("mockloop", "servers", [port, view]) => {
                let view = View::ALL.into_iter().find(|known| known.name() == *view)?;
                Some(Self::Server(port.parse().ok()?, view))
            }
            ("scenario-pack", category, [name]) => {
                let project = url.query_pairs().find(|(key, _)| key == "project");
                Some(Self::Pack {
                    category: category.to_owned(),
                    name: (*name).to_owned(),
                    project: project.map(|(_, name)| name.into_owned()),
                })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = mockloop_runtime::encode::escaped;
        match self {
            Self::Projects => f.write_str("mockloop://projects"),
            Self::OpenApi(name) => write!(f, "mockloop://projects/{}/openapi", escaped(name)),
            Self::Operation(name, id) => {
                write!(f, "mockloop://projects/{}/operations/{}", escaped(name), escaped(id))
            }
            Self::Server(port, view) => write!(f, "mockloop://servers/{port}/{}", view.name()),
            Self::Pack { category, name, project } => {
                write!(f, "scenario-pack://{category}/{name}")?;
                project.as_ref().map_or(Ok(()), |project| write!(f, "?project={}", escaped(project)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_it_is_written_as() {
        let addresses = [
            Address::Projects,
            Address::OpenApi("petstore_mock".to_owned()),
            Address::Operation("petstore_mock".to_owned(), "GET /pets/{id}".to_owned()),
            Address::Server(8000, View::Scenarios),
            Address::Pack {
                category: "error-simulation".to_owned(),
                name: "rate-limiting".to_owned(),
                project: Some("a b".to_owned()),
            },
        ];
        for address in addresses {
            assert_eq!(Address::parse(&address.to_string()), Some(address));
        }
    }

    #[test]
    fn other_addresses_are_none() {
        for uri in [
            "",
            "mockloop://",
            "mockloop://servers/x/logs",
            "mockloop://servers/1/all",
            "file:///etc/passwd",
            "mockloop://projects/a/b",
        ] {
            assert_eq!(Address::parse(uri), None, "{uri}");
        }
    }
}
