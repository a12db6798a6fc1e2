//! A function or code object in words: its `def` line, facts, constants, names, and its bytecode as `dis` lists it.

use crate::formats::bytecode::{Instruction, OPERATORS, Operand, Version};
use crate::formats::code::{Code, FLAGS, How, WrittenOut, code_of, function_of, written_out};
use crate::formats::{Artifact, Pickled};
use crate::pickle::NodeId;
use crate::view::python::repr;
use crate::view::{escape, number};

/// Characters of a constant or default that are shown.
const ROOM: usize = 200;

/// A line of the lens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The head of a section.
    Section(String),
    /// The `def` line.
    Definition(String),
    /// A name and a value; the value is text of the file.
    Fact(String, String),
    /// An instruction: offset, another one jumps here, name, argument, what it means.
    Op {
        /// Offset in the bytecode.
        offset: u64,
        /// Another instruction jumps here.
        target: bool,
        /// Name of the opcode.
        name: &'static str,
        /// Its argument.
        arg: Option<u64>,
        /// What the argument means.
        text: String,
    },
    /// A remark of ours.
    Note(String),
    /// Something that is wrong.
    Wrong(String),
}

/// The `def` line of a function, without defaults: short, for rows.
pub fn signature(pickled: &Pickled, code: NodeId) -> Option<String> {
    let code = code_of(&pickled.decoded.graph, code)?;
    Some(escape::plain(&format!("{}({})", code.name, arguments(&code, &|_| None))))
}

fn arguments(code: &Code, default: &dyn Fn(usize) -> Option<String>) -> String {
    let all = code.signature();
    let mut out: Vec<String> = Vec::new();
    let mut bare = false;
    for (i, argument) in all.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| all.get(i)).map(|argument| argument.how);
        if before == Some(How::Position) && argument.how != How::Position {
            out.push("/".to_owned());
        }
        bare |= argument.how == How::Rest;
        if argument.how == How::Keyword && !bare {
            out.push("*".to_owned());
            bare = true;
        }
        out.push(match default(i) {
            Some(value) => format!("{}={value}", argument.name),
            None => argument.name.clone(),
        });
    }
    if all.last().is_some_and(|last| last.how == How::Position) {
        out.push("/".to_owned());
    }
    out.join(", ")
}

/// Where the function or code object stands that an object is or holds: itself, in its bytes, or in the bytes that
/// `marshal.loads` is called with.
pub fn place(artifact: &Artifact, part: usize, node: NodeId) -> Option<(usize, NodeId)> {
    let is_one = |part: usize, node: NodeId| {
        written_out(&artifact.pickled(part)?.decoded.graph, node).is_some().then_some((part, node))
    };
    let held = |node: NodeId| artifact.inside(part, node).and_then(|(inner, root)| is_one(inner, root));
    let loaded = || {
        let graph = &artifact.pickled(part)?.decoded.graph;
        let call = graph.object(node).filter(|_| graph.class(node).is_some_and(|name| name.is("marshal", "loads")))?;
        held(*graph.items(call.args)?.first()?)
    };
    is_one(part, node).or_else(|| held(node)).or_else(loaded)
}

/// Everything about a function or code object, line by line; for a job.
pub fn lines(artifact: &Artifact, part: usize, node: NodeId) -> Option<Vec<Line>> {
    let (part, node) = place(artifact, part, node)?;
    let pickled = artifact.pickled(part)?;
    let graph = &pickled.decoded.graph;
    let (code_node, is_function) = match written_out(graph, node)? {
        WrittenOut::Function(code) => (code, true),
        WrittenOut::Code => (node, false),
    };
    let mut all = Vec::new();
    let value = |id: NodeId| constant(pickled, id);
    let Some(code) = code_of(graph, code_node) else {
        all.push(Line::Note("The arguments of its code object are none that a known Python writes.".to_owned()));
        return Some(all);
    };
    if is_function {
        let function = function_of(graph, node);
        let positional = code.n_positional;
        let first = positional.saturating_sub(function.defaults.len());
        let signature = code.signature();
        let default = |i: usize| {
            let argument = signature.get(i)?;
            match argument.how {
                How::Position | How::Either => function.defaults.get(i.checked_sub(first)?).map(|id| value(*id)),
                How::Keyword => graph.get(function.keyword_defaults?, &argument.name).map(value),
                How::Rest | How::Keywords => None,
            }
        };
        let words = if code.name == "<lambda>" {
            format!("lambda {}", arguments(&code, &default))
        } else {
            format!("def {}({})", code.name, arguments(&code, &default))
        };
        all.push(Line::Definition(escape::plain(&words)));
        let mut said = Vec::new();
        for (label, id) in function.facts {
            if !said.contains(&label) {
                said.push(label);
                all.push(Line::Fact(label.to_owned(), value(id)));
            }
        }
        let globals = function.globals.and_then(|globals| graph.pairs(globals)).filter(|pairs| !pairs.is_empty());
        if let Some(globals) = globals {
            all.push(Line::Section("Globals saved with it".to_owned()));
            all.extend(globals.iter().take(100).map(|(key, id)| {
                let name = crate::formats::arrays::any_text(graph, key).unwrap_or_default();
                Line::Fact(escape::plain(&name), value(id))
            }));
        }
    } else {
        all.push(Line::Definition(escape::plain(&format!("{}({})", code.name, arguments(&code, &|_| None)))));
    }
    let bytes = code.bytes(&pickled.decoded);
    let listings = bytes.as_ref().map(|bytes| code.listings(bytes)).unwrap_or_default();
    facts(&code, &listings, &mut all);
    if !code.consts.is_empty() {
        all.push(Line::Section("Constants".to_owned()));
        all.extend(code.consts.iter().enumerate().map(|(i, id)| Line::Fact(i.to_string(), value(*id))));
    }
    bytecode(pickled, &code, bytes, &listings, &mut all);
    Some(all)
}

/// The versions that a piece of code can be of, with its instructions as they read it.
type Listings = [(&'static Version, Vec<Instruction>)];

fn facts(code: &Code, listings: &Listings, all: &mut Vec<Line>) {
    let list = |names: &[String]| escape::plain(&names.join(", "));
    all.push(Line::Section("Code".to_owned()));
    let names: Vec<&str> = listings.iter().map(|(version, _)| version.name).collect();
    let written =
        if names.is_empty() { code.generation().to_owned() } else { format!("Python {}", names.join(" or ")) };
    all.push(Line::Fact("Written by".to_owned(), written));
    all.push(Line::Fact("File".to_owned(), escape::plain(&code.file)));
    if let Some(qualified) = &code.qualified {
        all.push(Line::Fact("Qualified name".to_owned(), escape::plain(qualified)));
    }
    all.push(Line::Fact("First line".to_owned(), code.line.to_string()));
    for (label, names) in
        [("Variables", &code.variables), ("Names", &code.names), ("Closed over", &code.free), ("Cells", &code.cells)]
    {
        if !names.is_empty() {
            all.push(Line::Fact(label.to_owned(), list(names)));
        }
    }
    let flags: Vec<&str> = FLAGS.iter().filter(|(bit, _)| code.flags & bit != 0).map(|(_, name)| *name).collect();
    all.push(Line::Fact("Flags".to_owned(), flags.join(", ")));
    all.push(Line::Fact("Stack".to_owned(), number::count(code.stack.unsigned_abs(), "value")));
}

fn bytecode(pickled: &Pickled, code: &Code, bytes: Option<Vec<u8>>, listings: &Listings, all: &mut Vec<Line>) {
    all.push(Line::Section("Bytecode".to_owned()));
    let Some(bytes) = bytes else {
        all.push(Line::Note("Its bytecode cannot be read.".to_owned()));
        return;
    };
    let Some((version, listing)) = listings.last() else {
        all.push(Line::Note(
            "It is no bytecode of Python 3.8 to 3.13, of which picklescope has the opcodes.".to_owned(),
        ));
        let shown = bytes.get(..ROOM).unwrap_or(&bytes);
        let whole = shown.len() == bytes.len();
        all.push(Line::Fact(number::count(bytes.len() as u64, "byte"), escape::bytes_repr(shown, whole, ROOM)));
        return;
    };
    if listings.iter().any(|(_, other)| other != listing) {
        let words = format!("It reads differently in these versions; this is how {} reads it.", version.name);
        all.push(Line::Note(words));
    }
    let variables = code.variables_of(version);
    all.extend(listing.iter().map(|one| Line::Op {
        offset: one.offset,
        target: one.target,
        name: one.name,
        arg: one.arg,
        text: operand(pickled, code, version, &variables, one),
    }));
}

/// What the argument of an instruction means, as `dis` says it.
fn operand(pickled: &Pickled, code: &Code, version: &Version, variables: &[&str], one: &Instruction) -> String {
    let variable = |i: usize| escape::plain(variables.get(i).copied().unwrap_or_default());
    match one.operand {
        Operand::None | Operand::Number => String::new(),
        Operand::Const(i) => code.consts.get(i).map(|id| constant(pickled, *id)).unwrap_or_default(),
        Operand::Name(i) => code.names.get(i).map(|name| escape::plain(name)).unwrap_or_default(),
        Operand::Local(i) => variable(i),
        Operand::Locals(i, j) => format!("{}, {}", variable(i), variable(j)),
        Operand::Free(i) if version.counts_through() => variable(i),
        Operand::Free(i) => {
            let name = code.cells.get(i).or_else(|| code.free.get(i.checked_sub(code.cells.len())?));
            name.map(|name| escape::plain(name)).unwrap_or_default()
        }
        Operand::Compare(i, bool) => {
            let word = version.comparison(i).unwrap_or_default();
            if bool { format!("bool({word})") } else { word.to_owned() }
        }
        Operand::Jump(to) => format!("to {to}"),
        Operand::Operator(i) => OPERATORS.get(i).copied().unwrap_or_default().to_owned(),
    }
}

/// A constant as Python writes it; code inside code by its name.
fn constant(pickled: &Pickled, id: NodeId) -> String {
    match code_of(&pickled.decoded.graph, id) {
        Some(code) => format!("code {}", escape::plain(&code.name)),
        None => repr(pickled, id, ROOM).unwrap_or_else(|| "<object>".to_owned()),
    }
}
