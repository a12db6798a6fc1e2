//! Estimators: objects that keep what their constructor was given and what `fit` learned as attributes, as scikit-learn
//! and the libraries that follow it do. What is what is told by names, and by the table of defaults where it has the
//! class.

use std::collections::HashSet;

use super::children::{Children, Edge};
use super::defaults::{self, Preset, Signature};
use super::known::Role;
use super::{Pickled, arrays, known};
use crate::pickle::{Graph, NodeId, Symbol, Value, text};

/// Attributes that are looked at: an estimator has dozens.
const MOST: usize = 10_000;
/// Attributes among which the marks of an estimator of an unknown library are looked for.
const MARKS_AMONG: usize = 256;

/// Attributes that `fit` of scikit-learn's base classes sets, whoever wrote the subclass.
const MARKS: &[&str] = &["n_features_in_", "feature_names_in_", "classes_"];

/// How an attribute came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A parameter that has its default.
    Default(&'static str),
    /// A parameter that must be given, or has another value than its default.
    Set(Option<&'static str>),
    /// A parameter of which the default is not known.
    Unknown,
    /// Learned by fit, or private.
    Fitted,
}

impl Standing {
    /// True for parameters of the constructor.
    pub fn is_parameter(self) -> bool {
        self != Self::Fitted
    }

    /// True for parameters that are known to have their default.
    pub fn is_default(self) -> bool {
        matches!(self, Self::Default(_))
    }
}

/// An attribute of an estimator.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'g> {
    /// How it hangs on the estimator.
    pub edge: Edge,
    /// Its position among the children.
    pub position: usize,
    /// Its name; empty for what is no attribute (arguments, items).
    pub name: &'g str,
    /// Its value.
    pub node: NodeId,
    /// How it came about.
    pub standing: Standing,
}

/// An estimator.
#[derive(Clone, Debug)]
pub struct Estimator<'g> {
    pickled: &'g Pickled,
    /// The object.
    pub node: NodeId,
    /// Its class.
    pub class: &'g Symbol,
    /// The version of the library that wrote it, if it says.
    pub version: Option<&'g str>,
    signature: Option<Signature>,
}

/// True for estimators.
pub fn is_estimator(graph: &Graph, id: NodeId) -> bool {
    let Some(class) = known::class_of(graph, id) else { return false };
    let Some(state) = graph.object(id).and_then(|object| object.state) else { return false };
    let (module, name) = (&*class.module, bare(class));
    let package = module.split('.').next().unwrap_or(module);
    match package {
        "sklearn" if module.starts_with("sklearn.externals.") => false,
        // The stamp came with 0.18.
        "sklearn" => {
            graph.attribute(id, "_sklearn_version").is_some()
                || graph.pairs(state).is_some() && (defaults::has_class(package, name) || has_mark(graph, state))
        }
        "xgboost" => module == "xgboost.sklearn" && graph.pairs(state).is_some(),
        "lightgbm" => module == "lightgbm.sklearn" && graph.pairs(state).is_some(),
        "imblearn" => !name.starts_with('_') && graph.pairs(state).is_some(),
        // What is fundamental never is one, and may hold much.
        "builtins" | "__builtin__" | "collections" | "copyreg" | "numpy" | "scipy" | "pandas" | "torch" | "joblib" => {
            false
        }
        _ => has_mark(graph, state),
    }
}

fn has_mark(graph: &Graph, state: NodeId) -> bool {
    graph.pairs(state).is_some_and(|pairs| {
        pairs.iter().take(MARKS_AMONG).any(|(key, _)| graph.str(key).is_some_and(|key| MARKS.contains(&key)))
    })
}

/// The last part of a class's name.
fn bare(class: &Symbol) -> &str {
    class.name.rsplit('.').next().unwrap_or(&class.name)
}

impl<'g> Estimator<'g> {
    /// Understands `node`, if it is an estimator.
    pub fn of(pickled: &'g Pickled, node: NodeId) -> Option<Self> {
        let graph = &pickled.decoded.graph;
        if !is_estimator(graph, node) {
            return None;
        }
        let class = known::class_of(graph, node)?;
        let version = graph.attribute(node, "_sklearn_version").and_then(|version| graph.str(version));
        let package = class.module.split('.').next().unwrap_or("");
        // Asked for every parameter of every version: looked up, not searched for.
        let state = graph.object(node).and_then(|object| object.state).and_then(|state| graph.pairs(state));
        let stored: HashSet<&str> =
            state.unwrap_or_default().iter().take(MOST).filter_map(|(key, _)| graph.str(key)).collect();
        let signature = Signature::of(package, bare(class), version, |name| stored.contains(name));
        Some(Self { pickled, node, class, version, signature })
    }

    /// The name of its class.
    pub fn name(&self) -> &'g str {
        bare(self.class)
    }

    /// The library, as people call it; its package, where that is all that is known.
    pub fn library(&self) -> &'g str {
        match self.class.module.split('.').next().unwrap_or("") {
            "sklearn" => "scikit-learn",
            "xgboost" => "XGBoost",
            "lightgbm" => "LightGBM",
            "imblearn" => "imbalanced-learn",
            other => other,
        }
    }

    /// All attributes in the order of the file.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'g>> {
        let graph = &self.pickled.decoded.graph;
        let children = Children::of(graph, &self.pickled.known, self.node);
        (0..children.positions().min(MOST)).filter_map(move |position| {
            let (edge, node) = children.get(graph, position)?;
            let name = match edge {
                Edge::Attribute(key) => graph.str(key).unwrap_or(""),
                // The empty tuple that __newobj__ is called with.
                Edge::Arguments => return None,
                _ => "",
            };
            Some(Attribute { edge, position, name, node, standing: self.standing(name, node) })
        })
    }

    fn standing(&self, name: &str, value: NodeId) -> Standing {
        if name.is_empty() || name.starts_with('_') || name.ends_with('_') {
            return Standing::Fitted;
        }
        let Some(signature) = &self.signature else { return Standing::Unknown };
        match signature.preset(name) {
            // Other libraries take more by keyword than their signatures name.
            None if self.library() != "scikit-learn" => Standing::Unknown,
            None => Standing::Fitted,
            Some(Preset::Unknown) => Standing::Unknown,
            Some(Preset::Required) => Standing::Set(None),
            Some(Preset::Value(default)) if self.is(value, default) => Standing::Default(default),
            Some(Preset::Value(default)) => Standing::Set(Some(default)),
        }
    }

    /// An attribute by its name.
    pub fn attribute(&self, name: &str) -> Option<Attribute<'g>> {
        self.attributes().find(|attribute| attribute.name == name)
    }

    /// True if Python's repr of a value is `default`: `1` is not `1.0`, as scikit-learn decides it too.
    fn is(&self, value: NodeId, default: &str) -> bool {
        let graph = &self.pickled.decoded.graph;
        match graph.value(value) {
            // Functions and classes move between modules; their names stay.
            Value::Global(symbol) => bare(symbol) == default,
            Value::Tuple(items) => {
                let texts: Option<Vec<String>> = items.iter().take(16).map(|item| plain_repr(graph, *item)).collect();
                texts.is_some_and(|texts| match texts.as_slice() {
                    [one] => default == format!("({one},)"),
                    all => items.len() == all.len() && default == format!("({})", all.join(", ")),
                })
            }
            Value::Object(_) => {
                default.starts_with("np.float64(") && self.scalar_repr(value).as_deref() == Some(default)
            }
            _ => plain_repr(graph, value).as_deref() == Some(default),
        }
    }

    /// repr of a NumPy double.
    fn scalar_repr(&self, value: NodeId) -> Option<String> {
        let graph = &self.pickled.decoded.graph;
        let object = graph.object(value)?;
        if self.pickled.known.role_of_callee(graph, object.callee) != Role::Scalar {
            return None;
        }
        let [dtype, data] = graph.items(object.args)? else { return None };
        let dtype = arrays::dtype_of(graph, *dtype)?;
        let Value::Bytes(data) = graph.value(*data) else { return None };
        let bytes: [u8; 8] = data.kept.try_into().ok()?;
        (dtype.human() == "float64").then(|| format!("np.float64({})", text::float_repr(f64::from_le_bytes(bytes))))
    }
}

/// repr of what has no parts; None for the rest.
fn plain_repr(graph: &Graph, value: NodeId) -> Option<String> {
    Some(match graph.value(value) {
        Value::None => "None".to_owned(),
        Value::Bool(b) => if b { "True" } else { "False" }.to_owned(),
        Value::Int(i) => i.to_string(),
        Value::Float(f) => text::float_repr(f),
        Value::Text(_) | Value::Str8(_) => {
            let text = graph.str(value)?;
            let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
            let mut out = String::from(quote);
            for c in text.chars() {
                match c {
                    '\\' => out.push_str("\\\\"),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    '\t' => out.push_str("\\t"),
                    c if c == quote => out.extend(['\\', c]),
                    c => out.push(c),
                }
            }
            out.push(quote);
            out
        }
        _ => return None,
    })
}

/// A list of (name, estimator) or (name, estimator, columns), as pipelines and their kin keep their steps: the pairs by
/// their names. None if any item is something else, or none holds an estimator.
pub fn named<'g>(graph: &'g Graph, list: NodeId) -> Option<Vec<Named<'g>>> {
    const MOST_STEPS: usize = 1000;
    let (Value::List(items) | Value::Tuple(items)) = graph.value(list) else { return None };
    if items.is_empty() || items.len() > MOST_STEPS {
        return None;
    }
    let all = items.iter().map(|item| Named::of(graph, *item)).collect::<Option<Vec<_>>>()?;
    all.iter().any(|named| is_estimator(graph, named.object)).then_some(all)
}

/// An item of such a list.
#[derive(Clone, Copy, Debug)]
pub struct Named<'g> {
    /// The tuple.
    pub pair: NodeId,
    /// The name of the step.
    pub name: &'g str,
    /// The same as a node.
    pub name_node: NodeId,
    /// The estimator, or 'passthrough', 'drop', None.
    pub object: NodeId,
    /// The columns it gets, in a ColumnTransformer.
    pub columns: Option<NodeId>,
}

impl<'g> Named<'g> {
    /// Reads a tuple of a name, an object, and perhaps columns.
    pub fn of(graph: &'g Graph, pair: NodeId) -> Option<Self> {
        let Value::Tuple([name, object, rest @ ..]) = graph.value(pair) else { return None };
        let columns = match rest {
            [] => None,
            [columns] => Some(*columns),
            _ => return None,
        };
        Some(Self { pair, name: graph.str(*name)?, name_node: *name, object: *object, columns })
    }

    /// True if the object does nothing: 'passthrough', 'drop', None.
    pub fn is_idle(&self, graph: &Graph) -> bool {
        matches!(graph.value(self.object), Value::None)
            || matches!(graph.str(self.object), Some("passthrough" | "drop"))
    }
}
