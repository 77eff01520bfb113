//! Counts by name that remember in which order the names came.

use std::hash::Hash;

use indexmap::IndexMap;

use super::spread::rate;
use crate::admin::models::{Counts, Shares};

/// How many there are of each, in the order in which they came.
#[derive(Clone, Debug)]
pub(super) struct Tally<K>(IndexMap<K, i64>);

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(IndexMap::new())
    }
}

impl<K: Hash + Eq + Clone> Tally<K> {
    /// So many more of it.
    pub(super) fn add(&mut self, key: K, count: i64) {
        let counted = self.0.entry(key).or_insert(0);
        *counted = counted.saturating_add(count);
    }

    /// How many there are of it.
    pub(super) fn of(&self, key: &K) -> i64 {
        self.0.get(key).copied().unwrap_or(0)
    }

    /// How many different ones there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many there are of all.
    pub(super) fn total(&self) -> i64 {
        self.0.values().sum()
    }

    /// Each with how many there are, as they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, i64)> {
        self.0.iter().map(|(key, count)| (key, *count))
    }

    /// Without those of which there is none.
    pub(super) fn without_none(&self) -> Self {
        self.iter().filter(|(_, count)| *count > 0).map(|(key, count)| (key.clone(), count)).collect()
    }

    /// Those with most first; of equal ones, the one that came first.
    pub(super) fn descending(&self) -> Vec<(K, i64)> {
        let mut sorted: Vec<(K, i64)> = self.iter().map(|(key, count)| (key.clone(), count)).collect();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        sorted
    }

    /// The one with most; of several, the one that came first.
    pub(super) fn most(&self) -> Option<K> {
        self.descending().into_iter().next().map(|(key, _)| key)
    }
}

impl Tally<String> {
    /// As the admin API tells it.
    pub(super) fn counts(&self) -> Counts {
        self.descending().into_iter().collect()
    }

    /// Each as a share of all.
    pub(super) fn shares(&self, total: i64) -> Shares {
        let shares = self.descending().into_iter();
        shares.filter_map(|(name, count)| Some((name, rate(count, total)?))).collect()
    }
}

impl<K: Hash + Eq + Clone> FromIterator<(K, i64)> for Tally<K> {
    fn from_iter<I: IntoIterator<Item = (K, i64)>>(pairs: I) -> Self {
        let mut tally = Self::default();
        for (key, count) in pairs {
            tally.add(key, count);
        }
        tally
    }
}
