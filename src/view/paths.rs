//! Finding objects by the path of the command line, and paths by object.

use crate::formats::children::{Children, Edge};
use crate::formats::walk::Walk;
use crate::formats::{Artifact, Pickled};
use crate::pickle::NodeId;

/// An object of an artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The part it is in.
    pub part: usize,
    /// Which of the part's pickles.
    pub pickle: usize,
    /// The node.
    pub node: NodeId,
}

/// The roots of an artifact: every pickle that is not nested in another, and every document, with the beginning of its
/// paths.
pub fn roots(artifact: &Artifact) -> Vec<(Place, String)> {
    let mut all = Vec::new();
    for (part, _, pickled) in artifact.graphs() {
        for (pickle, p) in pickled.decoded.top().enumerate() {
            let Some(node) = p.root else { continue };
            let prefix = pickled.prefix(pickle);
            all.push((Place { part, pickle, node }, prefix));
        }
    }
    all
}

/// Finds the object at a path such as `$.steps[0][1].coef_`.
pub fn resolve(artifact: &Artifact, path: &str) -> Option<Place> {
    let mut roots = roots(artifact);
    // `$#1` must not be taken for `$` with something behind it, nor what an object holds for the object.
    roots.sort_by_key(|(_, prefix)| std::cmp::Reverse(prefix.len()));
    // Each part of an archive has a `$` of its own: the first that has such an object is meant.
    roots.iter().find_map(|(place, prefix)| below(artifact, *place, path.strip_prefix(prefix.as_str())?))
}

/// The object at the end of the steps that `rest` writes, from `place` on.
fn below(artifact: &Artifact, place: Place, rest: &str) -> Option<Place> {
    let (mut place, mut rest) = (place, rest);
    let pickled = artifact.pickled(place.part)?;
    let graph = &pickled.decoded.graph;
    let mut text = String::new();
    while !rest.is_empty() {
        let children = Children::of(graph, &pickled.known, place.node);
        // The longest step that fits: an attribute may be the beginning of another's name.
        let mut best: Option<(usize, NodeId)> = None;
        for (edge, child) in children.iter(graph) {
            text.clear();
            edge.write(graph, &mut text);
            if rest.starts_with(&text) && best.is_none_or(|(len, _)| text.len() > len) {
                best = Some((text.len(), child));
            }
        }
        let (len, child) = best?;
        place.node = child;
        rest = rest.get(len..)?;
    }
    Some(place)
}

/// The steps from a root to `node` by the first path that reaches it: (parent, position among its children).
pub fn steps_to(pickled: &Pickled, node: NodeId) -> Option<(usize, Vec<(NodeId, usize)>)> {
    let graph = &pickled.decoded.graph;
    let mut walk = Walk::new(graph, &pickled.known);
    for (pickle, p) in pickled.decoded.top().enumerate() {
        let Some(root) = p.root else { continue };
        if root == node {
            return Some((pickle, Vec::new()));
        }
        if !walk.enter(root, "") {
            continue;
        }
        let mut next = Some(root);
        while let Some(at) = next {
            // Plain leaves are passed over by the walk: look for them among the children.
            let children = Children::of(graph, &pickled.known, at);
            let found = (0..children.positions()).find(|i| children.get(graph, *i).is_some_and(|(_, c)| c == node));
            if let Some(position) = found {
                let mut steps = walk.steps();
                steps.push((at, position));
                return Some((pickle, steps));
            }
            next = walk.advance();
        }
    }
    None
}

/// The text of a path from steps (parent, position) of a pickle.
pub fn steps_text(pickled: &Pickled, pickle: usize, steps: &[(NodeId, usize)]) -> String {
    let graph = &pickled.decoded.graph;
    let edge = |(parent, position): &(NodeId, usize)| {
        Children::of(graph, &pickled.known, *parent).get(graph, *position).map(|(edge, _)| edge)
    };
    let edges: Vec<Edge> = steps.iter().filter_map(edge).collect();
    let prefix = pickled.prefix(pickle);
    text(pickled, &prefix, &edges)
}

/// The text of a path from its edges.
pub fn text(pickled: &Pickled, prefix: &str, edges: &[Edge]) -> String {
    let mut out = prefix.to_owned();
    edges.iter().for_each(|edge| edge.write(&pickled.decoded.graph, &mut out));
    out
}
