//! An estimator as a card: what it is, what it was fitted on, its parameters beside their defaults, what it learned.

use crate::array::Elements;
use crate::bytes::{Progress, Result, Span};
use crate::formats::boosters::{Library, Model};
use crate::formats::children::object_items;
use crate::formats::estimator::{Attribute, Estimator, Standing, is_estimator, named};
use crate::formats::structure::{Fitted, fitted};
use crate::formats::{Artifact, Pickled};
use crate::pickle::{NodeId, Value};
use crate::view::describe::{Class, Detail, describe};
use crate::view::{escape, number};

/// Names of features or classes that are listed.
const NAMES: u64 = 10_000;
/// Names that a line of facts shows.
const NAMES_IN_A_LINE: usize = 12;

/// A parameter in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What kind of value: decides the colour.
    pub class: Class,
    /// The type's name.
    pub type_name: String,
    /// How it stands to its default.
    pub standing: Standing,
    /// Its position among the children of the estimator.
    pub position: usize,
}

impl Parameter {
    /// What there is to say of its default; nothing where it has it.
    pub fn remark(&self) -> String {
        match self.standing {
            Standing::Set(Some(default)) => format!("default {default}"),
            Standing::Set(None) => "must be given".to_owned(),
            _ => String::new(),
        }
    }

    /// All of it: `C 0.5 (default 1.0)`.
    pub fn sentence(&self) -> String {
        let value = if self.value.is_empty() { &self.type_name } else { &self.value };
        match (self.standing, self.remark()) {
            (Standing::Default(_), _) => format!("{} {value} (its default)", self.name),
            (_, remark) if remark.is_empty() => format!("{} {value}", self.name),
            (_, remark) => format!("{} {value} ({remark})", self.name),
        }
    }
}

/// Something that fit learned, or that is private.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// Its name.
    pub name: String,
    /// `ndarray`, `list`, `float`.
    pub type_name: String,
    /// Shape, for arrays.
    pub shape: String,
    /// Element type, for arrays.
    pub dtype: String,
    /// Its value, where it is short.
    pub value: String,
    /// What kind of value: decides the colour.
    pub class: Class,
    /// Size of the data, for arrays and long bytes.
    pub size: Option<u64>,
    /// Its position among the children of the estimator.
    pub position: usize,
}

/// A line of the card. All are equally high, so that a long card costs what is visible of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// Nothing.
    Space,
    /// A fact: what, how much, and the child it comes from.
    Fact(&'static str, String, Option<usize>),
    /// The beginning of a table, with a remark.
    Heading(&'static str, String),
    /// The names of the columns of the parameters.
    ParameterColumns,
    /// A parameter.
    Parameter(Parameter),
    /// The names of the columns of what was learned.
    LearnedColumns,
    /// Something learned.
    Learned(Learned),
    /// A name of a feature or class with its number.
    Name(u64, String),
}

/// An estimator in words.
#[derive(Clone, Debug)]
pub struct Card {
    /// The name of its class.
    pub class: String,
    /// The library that has it, with the version that wrote it where the file says.
    pub library: String,
    /// Whether it is fitted.
    pub fitted: Fitted,
    /// The object.
    pub node: NodeId,
    /// What is said of it.
    pub lines: Vec<Line>,
}

/// Library and version: `scikit-learn 1.9.1`, `XGBoost, version not stated`.
pub fn library_text(estimator: &Estimator<'_>) -> String {
    let library = escape::plain(estimator.library());
    match estimator.version {
        Some(version) => format!("{library} {}", escape::plain(version)),
        None => format!("{library}, version not stated"),
    }
}

/// The parameters of an estimator, those first that are not known to have their default.
pub fn parameters(artifact: &Artifact, part: usize, pickled: &Pickled, estimator: &Estimator<'_>) -> Vec<Parameter> {
    let words = |a: Attribute<'_>| {
        let d = describe(artifact, part, pickled, a.node, Detail::Row);
        Parameter {
            name: escape::plain(a.name),
            value: d.value,
            class: d.class,
            type_name: d.type_name,
            standing: a.standing,
            position: a.position,
        }
    };
    let mut all: Vec<Parameter> = estimator.attributes().filter(|a| a.standing.is_parameter()).map(words).collect();
    // Stable: within each kind the order of the file stays.
    all.sort_by_key(|parameter| parameter.standing.is_default());
    all
}

/// How many of the parameters are set: `3 of 23 set`.
pub fn set_text(standings: &[Standing]) -> String {
    let count = |wanted: fn(Standing) -> bool| standings.iter().filter(|s| wanted(**s)).count();
    let (all, unknown) = (standings.len(), count(|s| s == Standing::Unknown));
    let set = count(|s| !s.is_default());
    let grouped = |n: usize| number::grouped(n as u64);
    match unknown {
        0 => format!("{} of {} set", grouped(set), grouped(all)),
        _ if unknown == all => grouped(all),
        _ => format!("at most {} of {} set", grouped(set), grouped(all)),
    }
}

/// Columns that a ColumnTransformer gives to a branch, in words.
pub fn columns_text(artifact: &Artifact, part: usize, pickled: &Pickled, columns: NodeId, detail: Detail) -> String {
    let graph = &pickled.decoded.graph;
    // The columns of the remainder come in a list of scikit-learn's own.
    let columns = graph.attribute(columns, "data").filter(|data| graph.items(*data).is_some()).unwrap_or(columns);
    let most = if detail == Detail::Row { 6 } else { 100 };
    match graph.value(columns) {
        Value::List(items) if !items.is_empty() => {
            let shown = items.iter().take(most).map(|item| describe(artifact, part, pickled, *item, Detail::Row).value);
            let mut text = shown.collect::<Vec<_>>().join(", ");
            if items.len() > most {
                text.push_str(&format!(" … {} in all", number::grouped(items.len() as u64)));
            }
            format!("[{text}]")
        }
        _ => {
            let d = describe(artifact, part, pickled, columns, detail);
            if d.value.is_empty() { d.type_name } else { d.value }
        }
    }
}

/// The first of the names that an array or list holds, and how many there are in all.
fn names(
    artifact: &Artifact,
    part: usize,
    pickled: &Pickled,
    node: NodeId,
    progress: &Progress,
) -> Result<(Vec<String>, u64)> {
    let graph = &pickled.decoded.graph;
    let one = |node: NodeId| {
        let d = describe(artifact, part, pickled, node, Detail::Row);
        if d.value.is_empty() { d.type_name } else { d.value }
    };
    let array = artifact.array_of(part, node).and_then(|i| artifact.arrays.get(i));
    let items = match array {
        Some(array) if matches!(array.elements, Elements::Objects) => object_items(graph, &pickled.known, node),
        Some(array) => {
            let Some(view) = array.view().filter(|view| view.shape().len() == 1) else { return Ok((Vec::new(), 0)) };
            let mut all = Vec::new();
            for i in 0..view.len().min(NAMES) {
                if i.is_multiple_of(256) {
                    progress.check(Span::default())?;
                }
                all.push(escape::plain(&view.text(&[i])?));
            }
            return Ok((all, view.len()));
        }
        None => graph.items(node),
    };
    let items = items.unwrap_or(&[]);
    Ok((items.iter().take(usize::try_from(NAMES).unwrap_or(0)).map(|item| one(*item)).collect(), items.len() as u64))
}

/// A name as it stands in a list: without the quotes of its literal.
fn bare(name: &str) -> &str {
    name.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(name)
}

/// Builds the card of an estimator; None if it is none.
pub fn card(artifact: &Artifact, part: usize, node: NodeId, progress: &Progress) -> Result<Option<Card>> {
    let Some(pickled) = artifact.pickled(part) else { return Ok(None) };
    let Some(estimator) = Estimator::of(pickled, node) else { return Ok(None) };
    let learned: Vec<Attribute<'_>> = estimator.attributes().filter(|a| a.standing == Standing::Fitted).collect();
    let get = |names: &[&str]| names.iter().find_map(|name| learned.iter().find(|a| a.name == *name));
    let value = |a: &Attribute<'_>| describe(artifact, part, pickled, a.node, Detail::Row).value;
    let mut lines = Vec::new();
    let mut lists = Vec::new();
    let mut library = library_text(&estimator);
    // The pickle of an XGBoost wrapper states no version, the model in it does.
    if estimator.version.is_none()
        && let Some(model) = Model::of(artifact, part, node).filter(|model| model.library == Library::Xgboost)
        && let Some(version) = model.summary().version
    {
        library = format!("{} {}", escape::plain(estimator.library()), escape::plain(&version));
    }
    let fitted = fitted(pickled, node).unwrap_or(Fitted::No);
    let class = escape::plain(&estimator.class.dotted());
    lines.push(Line::Fact("Class", class, None));
    lines.push(Line::Fact("Library", library.clone(), None));
    lines.push(Line::Fact("State", fitted_text(fitted).to_owned(), None));
    let mut list = |what: &'static str, count: Option<&Attribute<'_>>, from: Option<&Attribute<'_>>| -> Result<()> {
        let (all, total) = match from {
            Some(a) => names(artifact, part, pickled, a.node, progress)?,
            None => (Vec::new(), 0),
        };
        let mut words = match count {
            Some(count) => value(count),
            None if total > 0 => number::grouped(total),
            None => return Ok(()),
        };
        if !all.is_empty() {
            let few: Vec<&str> = all.iter().take(NAMES_IN_A_LINE).map(|name| bare(name)).collect();
            let more = if all.len() > few.len() { ", …" } else { "" };
            words.push_str(&format!(": {}{more}", few.join(", ")));
        }
        lines.push(Line::Fact(what, words, from.or(count).map(|a| a.position)));
        if all.len() > 1 {
            lists.push(Line::Space);
            lists.push(Line::Heading(if what == "Classes" { "Classes" } else { "Features" }, number::grouped(total)));
            lists.extend((0u64..).zip(all).map(|(i, name)| Line::Name(i, bare(&name).to_owned())));
            if total > NAMES {
                lists.push(Line::Fact("", format!("{} more", number::grouped(total - NAMES)), None));
            }
        }
        Ok(())
    };
    list(
        "Features",
        get(&["n_features_in_", "n_features_", "_n_features_in", "_n_features"]),
        get(&["feature_names_in_"]),
    )?;
    // A list of arrays is how several outputs have their classes: the fields show it.
    // LightGBM's regressors and rankers say -1.
    let counted = |a: &&Attribute<'_>| pickled.decoded.graph.int(a.node).is_none_or(|n| n >= 0);
    list("Classes", get(&["n_classes_", "_n_classes"]).filter(counted), get(&["classes_", "_classes"]))?;
    if let Some(outputs) = get(&["n_outputs_"]) {
        lines.push(Line::Fact("Outputs", value(outputs), Some(outputs.position)));
    }
    let parameters = parameters(artifact, part, pickled, &estimator);
    if !parameters.is_empty() {
        let standings: Vec<Standing> = parameters.iter().map(|p| p.standing).collect();
        lines.extend([Line::Space, Line::Heading("Parameters", set_text(&standings)), Line::ParameterColumns]);
        lines.extend(parameters.into_iter().map(Line::Parameter));
    }
    if !learned.is_empty() {
        lines.extend([
            Line::Space,
            Line::Heading("Fitted", number::count(learned.len() as u64, "attribute")),
            Line::LearnedColumns,
        ]);
        for attribute in &learned {
            lines.push(Line::Learned(learned_words(artifact, part, pickled, attribute)));
        }
    }
    lines.append(&mut lists);
    Ok(Some(Card { class: escape::plain(estimator.name()), library, fitted, node, lines }))
}

/// Whether it is fitted, in words.
pub fn fitted_text(fitted: Fitted) -> &'static str {
    match fitted {
        Fitted::Yes => "fitted",
        Fitted::No => "not fitted",
        Fitted::Stateless => "needs no fitting",
        Fitted::Unread => "not known: the file breaks off",
    }
}

fn learned_words(artifact: &Artifact, part: usize, pickled: &Pickled, attribute: &Attribute<'_>) -> Learned {
    let graph = &pickled.decoded.graph;
    let d = describe(artifact, part, pickled, attribute.node, Detail::Row);
    let name = match attribute.name {
        "" => {
            let mut text = String::new();
            attribute.edge.write(graph, &mut text);
            escape::plain(&text)
        }
        name => escape::plain(name),
    };
    let array = artifact.array_of(part, attribute.node).and_then(|i| artifact.arrays.get(i));
    let (shape, dtype, type_name) = match array {
        Some(array) => (array.shape_text(), d.type_name, escape::plain(&array.kind)),
        None => (String::new(), String::new(), d.type_name),
    };
    let value = d.value.strip_prefix(&shape).unwrap_or(&d.value).trim_start().to_owned();
    Learned { name, type_name, shape, dtype, value, class: d.class, size: d.size, position: attribute.position }
}

/// True for values that the structure of an estimator shows better than a parameter does.
pub fn is_structure(pickled: &Pickled, value: NodeId) -> bool {
    let graph = &pickled.decoded.graph;
    is_estimator(graph, value) || named(graph, value).is_some()
}
