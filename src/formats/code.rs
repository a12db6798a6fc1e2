//! Functions that are written out instead of named: cloudpickle's and dill's calls, and the code objects in them. They are
//! read as data; nothing is compiled, called or imported.

use super::arrays::{any_text, content};
use super::bytecode::{Counts, Instruction, VERSIONS, Version};
use super::python::{name_of, writes_out};
use crate::pickle::{Decoded, Graph, NodeId, Value};

/// Longest bytecode that is read: a function of a megabyte is no function.
const MOST_CODE: u64 = 1 << 20;

/// What an object is that is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenOut {
    /// A function; the node is its code object.
    Function(NodeId),
    /// A code object.
    Code,
}

/// What `id` is, if it is a function or a code object that is written out.
pub fn written_out(graph: &Graph, id: NodeId) -> Option<WrittenOut> {
    let object = graph.object(id)?;
    let name = name_of(graph, object.callee)?;
    let args = graph.items(object.args)?;
    if name.is("types", "CodeType") || name.is("new", "code") {
        return Some(WrittenOut::Code);
    }
    if !writes_out(&name.module) {
        return None;
    }
    match &*name.name {
        "_create_code" => Some(WrittenOut::Code),
        // (code, globals, name, defaults, closure)
        "_make_function" | "_create_function" | "_make_skel_func" => Some(WrittenOut::Function(*args.first()?)),
        // cloudpickle before 1.3: (a skeleton, its state)
        "_fill_function" => {
            let skeleton = graph.object(*args.first()?)?;
            let inner = name_of(graph, skeleton.callee)?;
            let code = graph.items(skeleton.args)?.first()?;
            (&*inner.name == "_make_skel_func").then_some(WrittenOut::Function(*code))
        }
        _ => None,
    }
}

/// A code object, in its own terms.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// Number of arguments its constructor was given: tells generations of Python apart.
    pub arguments: usize,
    /// Positional arguments, those that are positional only among them.
    pub n_positional: usize,
    /// Arguments that are positional only.
    pub n_positional_only: usize,
    /// Arguments that are keyword only.
    pub n_keyword_only: usize,
    /// `co_flags`
    pub flags: i64,
    /// `co_stacksize`
    pub stack: i64,
    /// `co_code`
    pub code: Option<NodeId>,
    /// `co_consts`
    pub consts: Vec<NodeId>,
    /// `co_names`
    pub names: Vec<String>,
    /// `co_varnames`
    pub variables: Vec<String>,
    /// `co_cellvars`
    pub cells: Vec<String>,
    /// `co_freevars`
    pub free: Vec<String>,
    /// `co_filename`
    pub file: String,
    /// `co_name`
    pub name: String,
    /// `co_qualname`, from 3.11 on.
    pub qualified: Option<String>,
    /// `co_firstlineno`
    pub line: i64,
}

/// Flags of code objects that say how arguments and results are meant.
pub const FLAGS: &[(i64, &str)] = &[
    (0x1, "OPTIMIZED"),
    (0x2, "NEWLOCALS"),
    (0x4, "VARARGS"),
    (0x8, "VARKEYWORDS"),
    (0x10, "NESTED"),
    (0x20, "GENERATOR"),
    (0x40, "NOFREE"),
    (0x80, "COROUTINE"),
    (0x100, "ITERABLE_COROUTINE"),
    (0x200, "ASYNC_GENERATOR"),
];

/// Names or variables that are kept: a tuple of ten thousand is no function's.
const MOST_NAMES: usize = 2000;

/// Reads the arguments of a code object's constructor.
pub fn code_of(graph: &Graph, id: NodeId) -> Option<Code> {
    written_out(graph, id).filter(|what| *what == WrittenOut::Code)?;
    let mut args = graph.items(graph.object(id)?.args)?;
    // dill puts the line table of 3.10 and earlier first, so that other versions can read it.
    if let [first, second, ..] = args
        && matches!(graph.value(*first), Value::Bytes(_))
        && graph.int(*second).is_some()
    {
        args = args.get(1..)?;
    }
    let names = |id: &NodeId| -> Option<Vec<String>> {
        let all = graph.items(*id)?.iter().take(MOST_NAMES);
        all.map(|name| any_text(graph, *name).map(|text| text.into_owned())).collect()
    };
    let int = |id: &NodeId| graph.int(*id);
    let count = |id: &NodeId| int(id).and_then(|n| usize::try_from(n).ok());
    let text = |id: &NodeId| any_text(graph, *id).map(|text| text.into_owned());
    // (the counts), nlocals, stacksize, flags, code, consts, names, varnames, filename, name, [qualname], line ..
    let (counts, rest): (&[NodeId], &[NodeId]) = match args.len() {
        14 => args.split_at_checked(1)?,
        15 => args.split_at_checked(2)?,
        16 | 18 => args.split_at_checked(3)?,
        _ => return None,
    };
    let [_, stack, flags, code, consts, names_id, variables, file, name, rest @ ..] = rest else { return None };
    let (qualified, line) = if args.len() == 18 { (rest.first(), rest.get(1)?) } else { (None, rest.first()?) };
    let [.., free, cells] = rest else { return None };
    let (positional_only, keyword_only) = match counts {
        [_, only, keyword] => (count(only)?, count(keyword)?),
        [_, keyword] => (0, count(keyword)?),
        _ => (0, 0),
    };
    Some(Code {
        arguments: args.len(),
        n_positional: count(counts.first()?)?,
        n_positional_only: positional_only,
        n_keyword_only: keyword_only,
        flags: int(flags)?,
        stack: int(stack)?,
        code: Some(*code),
        consts: graph.items(*consts)?.iter().take(MOST_NAMES).copied().collect(),
        names: names(names_id)?,
        variables: names(variables)?,
        cells: names(cells)?,
        free: names(free)?,
        file: text(file)?,
        name: text(name)?,
        qualified: qualified.and_then(text),
        line: int(line)?,
    })
}

/// An argument of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name; with stars for the rest.
    pub name: String,
    /// How it is given.
    pub how: How,
}

/// How an argument is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By position only.
    Position,
    /// By position or name.
    Either,
    /// The rest of the positions.
    Rest,
    /// By name only.
    Keyword,
    /// The rest of the names.
    Keywords,
}

impl Code {
    /// The arguments in the order of the `def` line.
    pub fn signature(&self) -> Vec<Argument> {
        let mut all = Vec::new();
        let mut names = self.variables.iter();
        let mut push = |name: Option<&String>, stars: &str, how| {
            if let Some(name) = name {
                all.push(Argument { name: format!("{stars}{name}"), how });
            }
        };
        let positional: Vec<_> = names.by_ref().take(self.n_positional).collect();
        let keyword: Vec<_> = names.by_ref().take(self.n_keyword_only).collect();
        for (i, name) in positional.into_iter().enumerate() {
            push(Some(name), "", if i < self.n_positional_only { How::Position } else { How::Either });
        }
        // In co_varnames they stand behind the keyword-only ones.
        let rest = if self.flags & 4 != 0 { names.next() } else { None };
        let keywords = if self.flags & 8 != 0 { names.next() } else { None };
        push(rest, "*", How::Rest);
        keyword.into_iter().for_each(|name| push(Some(name), "", How::Keyword));
        push(keywords, "**", How::Keywords);
        all
    }

    /// The bytes of the bytecode.
    pub fn bytes(&self, decoded: &Decoded) -> Option<Vec<u8>> {
        let bytes = content(decoded, self.code?, &Vec::new()).ok()??;
        bytes.read_vec(0, bytes.len().min(MOST_CODE)).ok().filter(|_| bytes.len() <= MOST_CODE)
    }

    /// Variables as instructions of a version count them.
    pub fn variables_of(&self, version: &Version) -> Vec<&str> {
        let mut all: Vec<&str> = self.variables.iter().map(String::as_str).collect();
        if version.counts_through() {
            // A cell that is an argument has its place already.
            let cells = self.cells.iter().filter(|cell| !self.variables.contains(cell));
            all.extend(cells.chain(&self.free).map(String::as_str));
        }
        all
    }

    /// The listings of the versions that `code` can be of, oldest first.
    pub fn listings(&self, code: &[u8]) -> Vec<(&'static Version, Vec<Instruction>)> {
        let fitting = VERSIONS.iter().filter(|version| version.has_arguments(self.arguments));
        let list = |version: &'static Version| {
            let counts = Counts {
                consts: self.consts.len(),
                names: self.names.len(),
                locals: self.variables_of(version).len(),
                free: self.cells.len() + self.free.len(),
            };
            version.list(code, counts).map(|listing| (version, listing))
        };
        fitting.filter_map(list).collect()
    }

    /// The generation of Python that the number of arguments tells.
    pub fn generation(&self) -> &'static str {
        match self.arguments {
            14 => "Python 2",
            15 => "Python 3.0 to 3.7",
            16 => "Python 3.8 to 3.10",
            _ => "Python 3.11 or later",
        }
    }
}

/// What is known of a function beside its code.
#[derive(Clone, Debug, Default)]
pub struct Function {
    /// Name, qualified name, module, docstring: as far as they are said.
    pub facts: Vec<(&'static str, NodeId)>,
    /// Defaults of the last positional arguments.
    pub defaults: Vec<NodeId>,
    /// Defaults of keyword-only arguments: a dict.
    pub keyword_defaults: Option<NodeId>,
    /// Globals it uses, which are saved with it: a dict.
    pub globals: Option<NodeId>,
}

/// Reads what is said of a function: in its call, in its state, and (cloudpickle) in a call that sets its state and whose
/// result is thrown away. Looks at every object of the graph.
pub fn function_of(graph: &Graph, id: NodeId) -> Function {
    let mut made = Function::default();
    let Some(object) = graph.object(id) else { return made };
    let args = graph.items(object.args).unwrap_or(&[]);
    if let Some(defaults) = args.get(3).and_then(|defaults| graph.items(*defaults)) {
        made.defaults = defaults.to_vec();
    }
    let set = |arg: &NodeId| graph.items(*arg).unwrap_or(&[]).to_vec();
    let mut states: Vec<NodeId> = object.state.iter().flat_map(set).collect();
    for other in graph.ids() {
        if let Some(call) = graph.object(other)
            && graph.symbol(call.callee).is_some_and(|symbol| {
                writes_out(&symbol.module) && matches!(&*symbol.name, "_function_setstate" | "_fill_function")
            })
            && let Some([target, state]) = graph.items(call.args)
            && (*target == id || other == id)
        {
            // (attributes, slots), or one dict.
            states.extend(if graph.items(*state).is_some() { set(state) } else { vec![*state] });
        }
    }
    for state in states {
        for (key, label) in [
            ("__qualname__", "Qualified name"),
            ("qualname", "Qualified name"),
            ("__module__", "Module"),
            ("module", "Module"),
            ("__doc__", "Docstring"),
            ("doc", "Docstring"),
        ] {
            let said = graph.get(state, key).filter(|value| !matches!(graph.value(*value), Value::None));
            if let Some(value) = said {
                made.facts.push((label, value));
            }
        }
        let either = |a: &str, b: &str| graph.get(state, a).or_else(|| graph.get(state, b));
        if let Some(defaults) = either("__defaults__", "defaults").and_then(|defaults| graph.items(defaults)) {
            made.defaults = defaults.to_vec();
        }
        made.keyword_defaults = either("__kwdefaults__", "kwdefaults").or(made.keyword_defaults);
        made.globals = either("__globals__", "globals").or(made.globals);
    }
    made
}
