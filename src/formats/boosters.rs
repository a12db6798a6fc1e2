//! What a model of gradient boosting is at a glance, whichever library wrote it: objective, booster, trees, features.

use super::{Artifact, Pickled};
use crate::array::ArrayView;
use crate::bytes::{Progress, Result};
use crate::pickle::{Graph, NodeId, Value};

/// Names read of a model's features.
const NAMES: usize = 100_000;

/// The library that wrote a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// XGBoost.
    Xgboost,
    /// LightGBM.
    Lightgbm,
    /// CatBoost.
    Catboost,
}

impl Library {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xgboost => "XGBoost",
            Self::Lightgbm => "LightGBM",
            Self::Catboost => "CatBoost",
        }
    }
}

/// A model of gradient boosting: the document it is written in, and where in it the model stands.
#[derive(Clone, Copy, Debug)]
pub struct Model<'a> {
    /// The artifact.
    pub artifact: &'a Artifact,
    /// The part that is the document.
    pub part: usize,
    /// Its root.
    pub root: NodeId,
    /// The library.
    pub library: Library,
    pickled: &'a Pickled,
    /// XGBoost: the dict `learner`; else the root.
    body: NodeId,
}

/// What a model says of itself. What its form does not tell is None.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// What is minimised: `binary:logistic`, `regression`.
    pub objective: Option<String>,
    /// `gbtree`, `dart`, `gblinear`, `gbdt`.
    pub booster: Option<String>,
    /// Number of trees.
    pub trees: Option<u64>,
    /// Rounds of boosting.
    pub rounds: Option<u64>,
    /// Number of classes, where there are more than two.
    pub classes: Option<u64>,
    /// Number of targets, where there are several.
    pub targets: Option<u64>,
    /// Number of features.
    pub features: Option<u64>,
    /// Names of the features; empty if the model has none.
    pub names: Vec<String>,
    /// The best round, where early stopping looked for it.
    pub best_round: Option<i64>,
    /// Its score.
    pub best_score: Option<String>,
    /// Where the prediction starts.
    pub base_score: Option<String>,
    /// Version of the library or of its format.
    pub version: Option<String>,
    /// Weights of a linear model.
    pub weights: Option<u64>,
}

impl<'a> Model<'a> {
    /// The model that is the document of a part.
    pub fn of_part(artifact: &'a Artifact, part: usize) -> Option<Self> {
        let pickled = &artifact.document(part)?.pickled;
        let root = pickled.root()?;
        let graph = &pickled.decoded.graph;
        let whole = graph.get(root, "Model").unwrap_or(root);
        let (library, body) = if let Some(learner) = graph.get(whole, "learner") {
            (Library::Xgboost, learner)
        } else if graph.get(root, "catboost").is_some() {
            (Library::Catboost, root)
        } else if graph.get(root, "tree_sizes").is_some() || graph.get(root, "num_tree_per_iteration").is_some() {
            (Library::Lightgbm, root)
        } else {
            return None;
        };
        Some(Self { artifact, part, root, library, pickled, body })
    }

    /// The model that an object is or holds: a root of a document, the bytes or text of a Booster, a Booster, or an
    /// estimator around one.
    pub fn of(artifact: &'a Artifact, part: usize, node: NodeId) -> Option<Self> {
        if artifact.document(part).is_some() {
            let model = Self::of_part(artifact, part)?;
            let graph = model.graph();
            let whole = graph.get(model.root, "Model");
            return [Some(model.root), whole, Some(model.body)].contains(&Some(node)).then_some(model);
        }
        if let Some((inner, _)) = artifact.inside(part, node) {
            return Self::of_part(artifact, inner);
        }
        let graph = &artifact.pickled(part)?.decoded.graph;
        graph.class(node)?;
        let held = |object: NodeId| {
            ["handle", "_handle", "__model"].iter().find_map(|name| {
                let (inner, _) = artifact.inside(part, graph.attribute(object, name)?)?;
                Self::of_part(artifact, inner)
            })
        };
        held(node).or_else(|| held(graph.attribute(node, "_Booster")?))
    }

    /// The objects of the document.
    pub fn graph(&self) -> &'a Graph {
        &self.pickled.decoded.graph
    }

    /// What is found by these keys, from the model's body on.
    pub fn get(&self, keys: &[&str]) -> Option<NodeId> {
        let graph = self.graph();
        keys.iter().try_fold(self.body, |node, key| graph.get(node, key))
    }

    /// The list of trees.
    pub fn trees(&self) -> Option<NodeId> {
        match self.library {
            Library::Xgboost => {
                let direct = self.get(&["gradient_booster", "model", "trees"]);
                // DART wraps the model once more.
                direct.or_else(|| self.get(&["gradient_booster", "gbtree", "model", "trees"]))
            }
            Library::Lightgbm => self.get(&["trees"]),
            Library::Catboost => None,
        }
    }

    /// What is found by a key of XGBoost's tree model.
    pub fn in_trees(&self, key: &str) -> Option<NodeId> {
        let direct = self.get(&["gradient_booster", "model", key]);
        direct.or_else(|| self.get(&["gradient_booster", "gbtree", "model", key]))
    }

    /// A text or number as text.
    pub fn text(&self, node: NodeId) -> Option<String> {
        let graph = self.graph();
        match graph.value(node) {
            Value::Text(text) => Some(String::from_utf8_lossy(text.kept).into_owned()),
            Value::Int(int) => Some(int.to_string()),
            Value::Float(float) => Some(crate::pickle::text::float_repr(float)),
            _ => None,
        }
    }

    /// An integer, which XGBoost writes as text.
    pub fn int(&self, node: NodeId) -> Option<i64> {
        let graph = self.graph();
        graph.int(node).or_else(|| graph.str(node)?.trim().parse().ok())
    }

    /// The array that a list is.
    pub fn array(&self, node: NodeId) -> Option<ArrayView> {
        self.artifact.arrays.get(self.artifact.array_of(self.part, node)?)?.view()
    }

    /// The numbers of a list, whether it is an array or holds them as items.
    pub fn numbers(&self, node: NodeId) -> Result<Vec<f64>> {
        if let Some(view) = self.array(node) {
            return view.numbers(&Progress::new());
        }
        let graph = self.graph();
        let number = |id: &NodeId| match graph.value(*id) {
            #[expect(clippy::cast_precision_loss, reason = "numbers of a model are floats, or small integers")]
            Value::Int(int) => int as f64,
            Value::Float(float) => float,
            _ => f64::NAN,
        };
        Ok(graph.items(node).unwrap_or(&[]).iter().map(number).collect())
    }

    /// Number of entries of a list, whether it is an array or not.
    fn len(&self, node: NodeId) -> u64 {
        let items = self.graph().items(node).map_or(0, <[NodeId]>::len) as u64;
        self.array(node).map_or(items, |view| view.len())
    }

    /// Names of the features. XGBoost before 1.0 kept them in the Booster of the pickle.
    pub fn names(&self) -> Vec<String> {
        let texts = |graph: &Graph, node: NodeId| -> Vec<String> {
            let items = graph.items(node).unwrap_or(&[]).iter().take(NAMES);
            items.filter_map(|id| graph.str(*id).map(str::to_owned)).collect()
        };
        let names = self.get(&["feature_names"]).map(|node| texts(self.graph(), node)).unwrap_or_default();
        if !names.is_empty() {
            return names;
        }
        let outer =
            self.holder().and_then(|(graph, booster)| Some(texts(graph, graph.attribute(booster, "feature_names")?)));
        outer.unwrap_or_default()
    }

    /// The Booster object of the pickle that holds the document.
    fn holder(&self) -> Option<(&'a Graph, NodeId)> {
        let (part, node) = self.artifact.document(self.part)?.inside?;
        let graph = &self.artifact.pickled(part)?.decoded.graph;
        let holds = |id: &NodeId| {
            graph.class(*id).is_some()
                && ["handle", "_handle", "__model"].iter().any(|name| graph.attribute(*id, name) == Some(node))
        };
        graph.ids().find(holds).map(|booster| (graph, booster))
    }

    /// What it says of itself. For a job: looks through the objects of the pickle for the Booster.
    pub fn summary(&self) -> Summary {
        match self.library {
            Library::Xgboost => self.xgboost(),
            Library::Lightgbm => self.lightgbm(),
            Library::Catboost => self.catboost(),
        }
    }

    fn text_at(&self, keys: &[&str]) -> Option<String> {
        self.text(self.get(keys)?)
    }

    /// A count; None for 0, which stands for "not so".
    fn count_at(&self, keys: &[&str]) -> Option<u64> {
        let count = self.int(self.get(keys)?)?;
        u64::try_from(count).ok().filter(|count| *count > 0)
    }

    fn xgboost(&self) -> Summary {
        let graph = self.graph();
        let trees = self.trees().map(|trees| self.len(trees));
        let classes = self.count_at(&["learner_model_param", "num_class"]).filter(|n| *n > 1);
        let targets = self.count_at(&["learner_model_param", "num_target"]).filter(|n| *n > 1);
        let boosted = ["gblinear_model_param", "boosted_rounds"]
            .iter()
            .find_map(|key| self.count_at(&["gradient_booster", "model", key]));
        // One more boundary than rounds; before 2.0 a round grows one tree a class and parallel tree.
        let rounds = match self.in_trees("iteration_indptr") {
            Some(bounds) => self.len(bounds).checked_sub(1),
            None => trees.map(|n| n / u64::from(self.round()).max(1)),
        };
        let version = graph.get(graph.get(self.root, "Model").unwrap_or(self.root), "version");
        let version = match version.and_then(|node| self.numbers(node).ok()) {
            Some(numbers) => {
                Some(numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")).filter(|v| !v.is_empty())
            }
            None => {
                let part = |key: &str| self.int(self.get(&["learner_model_param", key])?);
                let found = part("major_version").zip(part("minor_version")).filter(|(major, _)| *major > 0);
                found.map(|(major, minor)| format!("{major}.{minor}"))
            }
        };
        let linear = self.get(&["gradient_booster", "model", "weights"]);
        Summary {
            objective: self.text_at(&["objective", "name"]),
            booster: self.text_at(&["gradient_booster", "name"]),
            trees,
            rounds: rounds.or(boosted),
            classes,
            targets,
            features: self.count_at(&["learner_model_param", "num_feature"]),
            names: self.names(),
            best_round: self.get(&["attributes", "best_iteration"]).and_then(|node| self.int(node)),
            best_score: self.text_at(&["attributes", "best_score"]),
            base_score: self.base_score(),
            version,
            weights: linear.map(|weights| self.len(weights)),
        }
    }

    /// Where XGBoost's predictions start, as the parameter says it. The binary form before 1.0 holds what the objective made
    /// of the parameter, which is another number.
    fn base_score(&self) -> Option<String> {
        let node = self.get(&["learner_model_param", "base_score"])?;
        let binary = self.get(&["learner_model_param", "major_version"]);
        match (binary.and_then(|major| self.int(major)), self.graph().value(node)) {
            (Some(major), Value::Float(score)) => {
                #[expect(clippy::cast_possible_truncation, reason = "the file holds a float of 32 bits")]
                let score = score as f32 + 0.0;
                Some(if major == 0 { format!("{score} (margin)") } else { score.to_string() })
            }
            // Since 3.1 a list in text: `[5.675E-1]`.
            _ => self.text(node).map(|text| plain_list(&text)),
        }
    }

    fn lightgbm(&self) -> Summary {
        let trees = self.trees().map(|trees| self.len(trees));
        let round = u64::from(self.round()).max(1);
        let best = self.holder().and_then(|(graph, booster)| graph.int(graph.attribute(booster, "best_iteration")?));
        Summary {
            objective: self.text_at(&["objective"]),
            booster: self.text_at(&["parameters", "boosting"]),
            trees: trees.or(Some(0)),
            rounds: trees.map(|n| n / round),
            classes: self.count_at(&["num_class"]).filter(|n| *n > 1),
            features: self
                .get(&["max_feature_idx"])
                .and_then(|node| self.int(node))
                .and_then(|last| u64::try_from(last).ok()?.checked_add(1)),
            names: self.names(),
            // -1 and 0 stand for "not looked for".
            best_round: best.filter(|best| *best > 0),
            version: self.text_at(&["version"]),
            ..Summary::default()
        }
    }

    fn catboost(&self) -> Summary {
        let count = |key: &str| self.count_at(&["trees", key]);
        Summary {
            objective: self.text_at(&["objective"]),
            booster: self.text_at(&["boosting_type"]),
            trees: count("count"),
            rounds: count("count"),
            classes: count("approx_dimension").filter(|n| *n > 1),
            features: self.count_at(&["features"]),
            names: self.names(),
            version: self.text_at(&["format_version"]),
            ..Summary::default()
        }
    }

    /// Trees grown in one round: one a class, or several in parallel.
    pub fn round(&self) -> u32 {
        let classes = match self.library {
            Library::Xgboost => {
                let classes = self.count_at(&["learner_model_param", "num_class"]).unwrap_or(1);
                let parallel = self
                    .in_trees("gbtree_model_param")
                    .and_then(|param| self.int(self.graph().get(param, "num_parallel_tree")?));
                let targets = self.count_at(&["learner_model_param", "num_target"]).unwrap_or(1);
                // Trees with a vector a leaf speak for all targets.
                let targets = if self.vector() > 1 { 1 } else { targets };
                let parallel = u64::try_from(parallel.unwrap_or(1)).unwrap_or(1).max(1);
                classes.saturating_mul(parallel).saturating_mul(targets)
            }
            Library::Lightgbm => self.count_at(&["num_tree_per_iteration"]).unwrap_or(1),
            Library::Catboost => 1,
        };
        u32::try_from(classes).unwrap_or(1)
    }

    /// Values of a leaf of XGBoost's first tree.
    fn vector(&self) -> i64 {
        let graph = self.graph();
        let first = self.trees().and_then(|trees| graph.items(trees)?.first().copied());
        let size = first.and_then(|tree| self.int(graph.get(graph.get(tree, "tree_param")?, "size_leaf_vector")?));
        size.unwrap_or(1)
    }
}

/// Numbers of a list that is written as text, in plain digits: `[1.5213348E2]` is `152.13348`.
fn plain_list(text: &str) -> String {
    let numbers = text.trim_start_matches('[').trim_end_matches(']').split(',');
    let numbers: Option<Vec<String>> = numbers.map(|word| Some(word.trim().parse::<f32>().ok()?.to_string())).collect();
    numbers.map_or_else(|| text.to_owned(), |numbers| numbers.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_scores_are_read_in_all_their_spellings() {
        assert_eq!(plain_list("[1.5213348E2]"), "152.13348");
        assert_eq!(plain_list("5E-1"), "0.5");
        assert_eq!(plain_list("[1,2.5E0]"), "1, 2.5");
        assert_eq!(plain_list("what"), "what");
    }
}
