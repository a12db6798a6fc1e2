//! How much each feature counts in a tree and in an ensemble, as the library that grew it would say.

use super::{DecisionTree, Ensemble};
use crate::bytes::{Progress, Result};

/// What the importance of a feature is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Decrease of weighted impurity; trees count alike (scikit-learn's forests).
    ImpurityMean,
    /// Decrease of weighted impurity; what a tree decreased counts as it is (scikit-learn's gradient boosting).
    ImpuritySum,
    /// Summed gain of the splits.
    Gain,
    /// Number of splits.
    Splits,
}

/// A feature and its part of the whole, between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Importance {
    /// The feature.
    pub feature: u32,
    /// Its part: all parts sum to 1, unless nothing was gained at all.
    pub part: f64,
    /// Number of splits on it.
    pub splits: u64,
}

/// Sums over features; their numbers come from the file, so they are kept sparse.
#[derive(Default)]
struct Sums(std::collections::BTreeMap<u32, (f64, u64)>);

impl Sums {
    fn of(tree: &DecisionTree, rule: Rule) -> Self {
        let mut sums = Self::default();
        for id in tree.order() {
            let Some((node, [left, right])) = tree.node(*id).and_then(|node| Some((node, node.children?))) else {
                continue;
            };
            let Some(feature) = node.feature else { continue };
            let mass = |id: u32| {
                let impurity = tree.node(id).and_then(|node| node.impurity);
                tree.weight(id).zip(impurity).map(|(weight, impurity)| weight * impurity)
            };
            let amount = match rule {
                Rule::ImpurityMean | Rule::ImpuritySum => {
                    let parts = mass(*id).zip(mass(left)).zip(mass(right));
                    parts.map_or(0.0, |((own, left), right)| own - left - right)
                }
                Rule::Gain => node.gain.unwrap_or(0.0),
                Rule::Splits => 1.0,
            };
            let entry = sums.0.entry(feature).or_default();
            entry.0 += if amount.is_finite() { amount } else { 0.0 };
            entry.1 += 1;
        }
        if let (Rule::ImpurityMean | Rule::ImpuritySum, Some(whole)) = (rule, tree.weight(tree.root()))
            && whole > 0.0
        {
            sums.0.values_mut().for_each(|(sum, _)| *sum /= whole);
        }
        sums
    }

    fn normalise(&mut self) {
        let whole: f64 = self.0.values().map(|(sum, _)| sum).sum();
        if whole > 0.0 {
            self.0.values_mut().for_each(|(sum, _)| *sum /= whole);
        }
    }

    fn add(&mut self, other: &Self, voice: f64) {
        for (feature, (sum, splits)) in &other.0 {
            let entry = self.0.entry(*feature).or_default();
            entry.0 += sum * voice;
            entry.1 += splits;
        }
    }

    /// Largest first; equal ones by number.
    fn ranked(mut self) -> Vec<Importance> {
        self.normalise();
        let mut all: Vec<Importance> = self
            .0
            .iter()
            .map(|(feature, (part, splits))| Importance { feature: *feature, part: *part, splits: *splits })
            .collect();
        all.sort_by(|a, b| b.part.total_cmp(&a.part).then(a.feature.cmp(&b.feature)));
        all
    }
}

/// What one tree splits on, most important first. Features it never asks about are not listed.
pub fn tree_importance(tree: &DecisionTree, rule: Rule) -> Vec<Importance> {
    Sums::of(tree, rule).ranked()
}

/// The same over all trees of an ensemble; for a job. Trees that cannot be read do not count.
pub fn forest_importance(ensemble: &Ensemble, progress: &Progress) -> Result<Vec<Importance>> {
    let mut sums = Sums::default();
    for i in 0..ensemble.trees.count() {
        progress.check(crate::bytes::Span::default())?;
        let Ok(tree) = ensemble.trees.tree(i) else { continue };
        let mut one = Sums::of(&tree, ensemble.rule);
        if ensemble.rule == Rule::ImpurityMean {
            one.normalise();
        }
        let voice = ensemble.trees.voice(i);
        sums.add(&one, if voice.is_finite() { voice } else { 0.0 });
        progress.add(1);
    }
    Ok(sums.ranked())
}
