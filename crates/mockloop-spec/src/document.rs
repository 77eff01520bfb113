//! The documents of a description: the root and everything that it refers to, each read once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use elsa::{FrozenMap, FrozenVec};
use serde_json::Value;
use url::Url;

use crate::load::{self, Fetch, FetchError, LocalFiles, Source, SourceFile};
use crate::tree::{self, Problem, Syntax};

/// A document that was read.
#[derive(Debug)]
pub(crate) struct Document {
    /// Its place in the order of reading; 0 is the root.
    pub(crate) index: usize,
    pub(crate) url: Url,
    /// What diagnostics call it.
    pub(crate) name: String,
    /// Its name as seen from the root's folder, the same wherever the description is read.
    pub(crate) relative: String,
    pub(crate) text: String,
    pub(crate) syntax: Syntax,
    pub(crate) value: Value,
    pub(crate) problems: Vec<Problem>,
}

/// Why a document is not there.
#[derive(Clone, Debug)]
pub(crate) enum Missing {
    /// It can't be had.
    Unreachable(String),
    /// It was read, but is neither JSON nor YAML.
    Unreadable(Box<Unreadable>),
}

/// A document that is neither JSON nor YAML, and why.
#[derive(Clone, Debug)]
pub(crate) struct Unreadable {
    pub(crate) file: SourceFile,
    pub(crate) problem: Problem,
}

/// All documents by URL, read on demand.
pub(crate) struct Documents<'f> {
    by_url: FrozenMap<String, Box<Document>>,
    /// Addresses that were asked for, where the document was found at another.
    moved: RefCell<HashMap<String, Url>>,
    order: RefCell<Vec<String>>,
    missing: RefCell<HashMap<String, Missing>>,
    /// Files that are no documents.
    texts: RefCell<Vec<SourceFile>>,
    /// Pointers that must live as long as the documents.
    pointers: FrozenVec<String>,
    /// The root's folder, and how its name began before the file's name.
    base: RefCell<Option<(Url, String)>>,
    fetch: Option<&'f dyn Fetch>,
    local: &'f LocalFiles,
    /// Files that may not be read.
    outside: RefCell<Vec<PathBuf>>,
}

impl<'f> Documents<'f> {
    pub(crate) fn new(fetch: Option<&'f dyn Fetch>, local: &'f LocalFiles) -> Self {
        Self {
            by_url: FrozenMap::new(),
            moved: RefCell::default(),
            order: RefCell::default(),
            missing: RefCell::default(),
            texts: RefCell::default(),
            pointers: FrozenVec::new(),
            base: RefCell::default(),
            fetch,
            local,
            outside: RefCell::default(),
        }
    }

    /// Reads the root.
    pub(crate) fn root(&self, source: &Source) -> Result<&Document, Missing> {
        let url = root_url(source).ok_or_else(|| Missing::Unreachable("has no valid path".to_owned()))?;
        let name = source.name();
        let loaded = match source {
            Source::Text { text, .. } => Ok((url.clone(), text.clone())),
            Source::File(path) | Source::Named { path, .. } => {
                load::read_file(path).and_then(load::decode).map(|text| (url.clone(), text))
            }
            Source::Url(url) => self.fetch(url),
        };
        let found = loaded.as_ref().map_or(&url, |(found, _)| found);
        if let Ok(folder) = found.join(".") {
            let cut = name.rfind(['/', '\\']).map_or(0, |slash| slash + 1);
            *self.base.borrow_mut() = Some((folder, name.get(..cut).unwrap_or_default().to_owned()));
        }
        self.add(&url, name, loaded)
    }

    /// The document at `url`, which `from` refers to.
    pub(crate) fn get(&self, url: &Url, from: &Document) -> Result<&Document, Missing> {
        if let Some(document) = self.known(url) {
            return Ok(document);
        }
        if let Some(missing) = self.missing.borrow().get(url.as_str()) {
            return Err(missing.clone());
        }
        let loaded = self.load(url, from);
        self.add(url, self.name(url), loaded)
    }

    /// The text at `address`, which need not be a document: the value of an example. It counts as
    /// one of the files of the description.
    pub(crate) fn text(&self, address: &str, from: &Document) -> Result<String, String> {
        let url = from.url.join(address).map_err(|error| format!("is no valid address: {error}"))?;
        let (_, text) = self.load(&url, from).map_err(|error| error.to_string())?;
        self.texts.borrow_mut().push(SourceFile {
            name: self.name(&url),
            path: url.to_file_path().ok(),
            text: text.clone(),
        });
        Ok(text)
    }

    fn known(&self, url: &Url) -> Option<&Document> {
        self.by_url.get(self.moved.borrow().get(url.as_str()).unwrap_or(url).as_str())
    }

    /// A document's text, and the address that it was found at.
    fn load(&self, url: &Url, from: &Document) -> Result<(Url, String), FetchError> {
        match url.scheme() {
            "file" if from.url.scheme() != "file" => Err(FetchError::LocalFromRemote),
            "file" => match url.to_file_path() {
                Ok(path) => self.local_file(&path).map(|text| (url.clone(), text)),
                Err(()) => Err(FetchError::NotAFile),
            },
            "http" | "https" => self.fetch(url),
            scheme => Err(FetchError::Scheme(scheme.to_owned())),
        }
    }

    fn local_file(&self, path: &Path) -> Result<String, FetchError> {
        let admitted = self.local.admit(path);
        if matches!(admitted, Err(FetchError::Outside { .. })) {
            self.outside.borrow_mut().push(path.to_owned());
        }
        load::read_file(&admitted?).and_then(load::decode)
    }

    fn fetch(&self, url: &Url) -> Result<(Url, String), FetchError> {
        let fetched = self.fetch.ok_or(FetchError::NoNetwork)?.fetch(url)?;
        Ok((fetched.url, load::decode(fetched.bytes)?))
    }

    fn add(
        &self,
        asked: &Url,
        name: String,
        loaded: Result<(Url, String), FetchError>,
    ) -> Result<&Document, Missing> {
        if let Ok((url, _)) = &loaded
            && url != asked
        {
            self.moved.borrow_mut().insert(asked.to_string(), url.clone());
            if let Some(document) = self.by_url.get(url.as_str()) {
                return Ok(document);
            }
        }
        let missing = match loaded.map(|(url, text)| (tree::parse(&text), url, text)) {
            Ok((Ok(parsed), url, text)) => {
                let key = url.to_string();
                let index = self.order.borrow().len();
                self.order.borrow_mut().push(key.clone());
                let (value, syntax, problems) = (parsed.value, parsed.syntax, parsed.problems);
                let relative = self.relative(&url);
                let document = Document { index, url, name, relative, text, syntax, value, problems };
                return Ok(self.by_url.insert(key, Box::new(document)));
            }
            Ok((Err(problem), url, text)) => {
                let file = SourceFile { name, path: url.to_file_path().ok(), text };
                Missing::Unreadable(Box::new(Unreadable { file, problem }))
            }
            Err(error) => Missing::Unreachable(error.to_string()),
        };
        self.missing.borrow_mut().insert(asked.to_string(), missing.clone());
        Err(missing)
    }

    /// What diagnostics call a document: relative to the root as the person named it, where it can be.
    fn name(&self, url: &Url) -> String {
        let relative = self.relative(url);
        let base = self.base.borrow();
        let prefix =
            base.as_ref().filter(|_| relative != url.as_str()).map_or("", |(_, prefix)| prefix.as_str());
        format!("{prefix}{relative}")
    }

    fn relative(&self, url: &Url) -> String {
        let base = self.base.borrow();
        let relative = base.as_ref().and_then(|(folder, _)| folder.make_relative(url));
        match relative {
            Some(relative) => {
                percent_encoding::percent_decode_str(&relative).decode_utf8_lossy().into_owned()
            }
            None => url.to_string(),
        }
    }

    /// Keeps a pointer for as long as the documents live.
    pub(crate) fn keep(&self, pointer: String) -> &str {
        self.pointers.push_get(pointer)
    }

    pub(crate) fn by_index(&self, index: usize) -> Option<&Document> {
        self.order.borrow().get(index).and_then(|url| self.by_url.get(url))
    }

    pub(crate) fn len(&self) -> usize {
        self.order.borrow().len()
    }

    /// Files that it refers to and that may not be read.
    pub(crate) fn outside(&self) -> Vec<PathBuf> {
        self.outside.borrow().clone()
    }

    /// Every document that was read, in order, and those that are neither JSON nor YAML.
    pub(crate) fn into_files(self) -> Vec<SourceFile> {
        let mut files: Vec<_> = self.by_url.into_map().into_values().collect();
        files.sort_by_key(|document| document.index);
        let unreadable = self.missing.into_inner().into_values().filter_map(|missing| match missing {
            Missing::Unreadable(unreadable) => Some(unreadable.file),
            Missing::Unreachable(_) => None,
        });
        let mut others: Vec<_> = unreadable.chain(self.texts.into_inner()).collect();
        others.sort_by(|a, b| a.name.cmp(&b.name));
        others.dedup_by(|a, b| a.name == b.name);
        let read = files.into_iter().map(|document| SourceFile {
            path: document.url.to_file_path().ok().filter(|path| path.is_file()),
            name: document.name,
            text: document.text,
        });
        read.chain(others).collect()
    }
}

/// Texts and files are addressed as `file:` URLs, so that one way of joining serves all references.
fn root_url(source: &Source) -> Option<Url> {
    let path = match source {
        Source::Url(url) => return Some(url.clone()),
        Source::File(path) | Source::Named { path, .. } => path.clone(),
        Source::Text { name, .. } => {
            let name = Path::new(name).file_name().unwrap_or_default();
            PathBuf::from(if name.is_empty() { "-".as_ref() } else { name })
        }
    };
    Url::from_file_path(std::path::absolute(path).ok()?).ok()
}
