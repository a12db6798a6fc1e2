//! Looking for objects by key, type, shape or value: a scan of the model, not of the rows that happen to be visible.

use crate::bytes::{Progress, Span};
use crate::formats::Artifact;
use crate::formats::children::Children;
use crate::formats::walk::Walk;
use crate::pickle::NodeId;
use crate::view::describe::{Description, Detail, describe, describe_array};
use crate::view::{escape, paths};

/// An object that matches.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The part it is in.
    pub part: usize,
    /// Which pickle of it.
    pub pickle: usize,
    /// The node; None for an array that belongs to no pickle.
    pub node: Option<NodeId>,
    /// The array, where it belongs to no pickle.
    pub array: Option<usize>,
    /// (parent, position) from the root.
    pub steps: Vec<(NodeId, usize)>,
    /// Its path.
    pub path: String,
    /// The object in words.
    pub description: Description,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// The first matches in the order of the file.
    pub hits: Vec<Hit>,
    /// Matches in all.
    pub total: u64,
    /// Objects looked at.
    pub looked: u64,
}

/// Matches kept: nobody reads more, and the count says how many there are.
const KEPT: usize = 5000;

/// Finds the objects of which key, value or type contains `query`, whatever the case. Stops when cancelled.
pub fn search(artifact: &Artifact, query: &str, progress: &Progress) -> Hits {
    let query = query.to_lowercase();
    let mut found = Hits::default();
    for (part, _, pickled) in artifact.graphs() {
        let graph = &pickled.decoded.graph;
        progress.phase("Searching", graph.len() as u64);
        let mut walk = Walk::new(graph, &pickled.known);
        for (pickle, p) in pickled.decoded.top().enumerate() {
            let prefix = pickled.prefix(pickle);
            let Some(root) = p.root.filter(|root| walk.enter(*root, &prefix)) else { continue };
            let mut next = Some(root);
            while let Some(parent) = next {
                let children = Children::of(graph, &pickled.known, parent);
                for position in 0..children.positions() {
                    let Some((edge, child)) = children.get(graph, position) else { continue };
                    found.looked += 1;
                    if found.looked.is_multiple_of(4096) {
                        progress.set(found.looked);
                        if progress.check(Span::default()).is_err() {
                            return found;
                        }
                    }
                    let mut key = String::new();
                    edge.write(graph, &mut key);
                    let description = describe(artifact, part, pickled, child, Detail::Row);
                    let matches = |text: &str| text.to_lowercase().contains(&query);
                    if !(matches(&key) || matches(&description.value) || matches(&description.type_name)) {
                        continue;
                    }
                    found.total += 1;
                    if found.hits.len() < KEPT {
                        let mut steps = walk.steps();
                        steps.push((parent, position));
                        let path = escape::plain(&format!("{}{key}", walk.path()));
                        found.hits.push(Hit { part, pickle, node: Some(child), array: None, steps, path, description });
                    }
                }
                next = walk.advance();
            }
        }
    }
    // Tensors of safetensors, arrays of npz.
    for (i, array) in artifact.arrays.iter().enumerate().filter(|(_, array)| array.node.is_none()) {
        found.looked += 1;
        let description = describe_array(array);
        let matches = |text: &str| text.to_lowercase().contains(&query);
        if !(matches(&array.path) || matches(&description.value) || matches(&description.type_name)) {
            continue;
        }
        found.total += 1;
        if found.hits.len() < KEPT {
            let path = escape::plain(&array.path);
            let (part, array) = (array.part, Some(i));
            found.hits.push(Hit { part, pickle: 0, node: None, array, steps: Vec::new(), path, description });
        }
    }
    found
}

/// The place a typed path or offset means.
pub fn place(artifact: &Artifact, text: &str) -> Option<paths::Place> {
    let text = text.trim();
    let dollar = if let Some(rest) = text.strip_prefix("obj").or_else(|| text.strip_prefix("root")) {
        format!("${rest}")
    } else {
        text.to_owned()
    };
    paths::resolve(artifact, &dollar)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bytes::Limits;

    #[test]
    fn keys_values_and_types_are_found() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/logistic_model.pkl");
        let artifact = crate::formats::open(&path, &Limits::default(), &Progress::new()).unwrap();
        let of = |query: &str| search(&artifact, query, &Progress::new());
        assert!(of("COEF").hits.iter().any(|hit| hit.path == "$.coef_"));
        assert!(of("lbfgs").hits.iter().any(|hit| hit.path == "$.solver"));
        assert!(of("float64").hits.iter().any(|hit| hit.path == "$.intercept_"));
        assert_eq!(of("no such thing").total, 0);
        assert!(place(&artifact, "obj.coef_").is_some() && place(&artifact, "$.nothing").is_none());
    }
}
