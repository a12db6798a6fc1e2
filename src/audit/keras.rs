//! Keras models: their configuration names the layers, and a layer may be code. It stands in `config.json` of an archive, and
//! as an attribute of an HDF5 file. What the weights are in is not read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::finding::{Collector, Executed, Place};
use super::hidden;
use super::names::{self, Standing};
use super::rules::{self, Rule};
use crate::bytes::Bytes;
use crate::view::escape;

/// Longest configuration that is read: a hundred layers have some hundred kilobytes.
const MAX_BYTES: u64 = 32 << 20;
/// Values of one configuration that are looked at.
const MAX_VALUES: usize = 2_000_000;
/// Shortest text that can be a file in an encoding.
const LEAST: usize = 20;
/// Bytes that the first key of a configuration takes at most, with what is around it.
const KEY: usize = 64;
/// Documents of one HDF5 file that are looked at.
const MAX_DOCUMENTS: usize = 64;

/// Looks at the configurations of the file.
pub(super) fn layers(collector: &mut Collector<'_>, depth: usize) {
    let artifact = collector.artifact;
    for (part, config) in artifact.parts.iter().enumerate() {
        let name = config.name.rsplit('/').next().unwrap_or(&config.name);
        let Some(stream) = artifact.streams.get(config.stream).filter(|_| name == "config.json") else { continue };
        let bytes = &stream.bytes;
        let Ok(raw) = bytes.read_vec(0, bytes.len().min(MAX_BYTES)) else { continue };
        // serde_json ends by itself at 128 levels.
        let Ok(found) = serde_json::from_slice::<Value>(&raw) else { continue };
        let place = Place { part, at: bytes.span(0, bytes.len()), node: None, op: None };
        document(collector, place, &found, depth);
    }
    hdf5(collector, depth);
}

/// HDF5 keeps a text as it is: the configuration is found without the tables that lead to it.
fn hdf5(collector: &mut Collector<'_>, depth: usize) {
    let artifact = collector.artifact;
    let bytes = &artifact.bytes;
    if !bytes.head(8).is_ok_and(|head| head == *b"\x89HDF\r\n\x1a\n") {
        return;
    }
    let Ok(raw) = bytes.read_vec(0, bytes.len().min(MAX_BYTES)) else { return };
    let mut from = 0;
    for _ in 0..MAX_DOCUMENTS {
        let Some(at) = object(&raw, from) else { return };
        let mut documents =
            serde_json::Deserializer::from_slice(raw.get(at..).unwrap_or_default()).into_iter::<Value>();
        match documents.next() {
            Some(Ok(found)) => {
                let length = documents.byte_offset();
                let span = bytes.span(at as u64, length as u64);
                document(collector, Place { part: 0, at: span, node: None, op: None }, &found, depth);
                from = at + length;
            }
            _ => from = at + 1,
        }
    }
}

/// Where the next JSON object begins, from `from` on: a brace, a key that is a name, a colon. Weights hold as many braces as
/// any numbers.
fn object(raw: &[u8], from: usize) -> Option<usize> {
    let begins = |at: &usize| {
        let rest = raw.get(at + 1..).unwrap_or_default();
        let rest = rest.get(..rest.len().min(KEY)).unwrap_or_default().trim_ascii_start();
        let Some(key) = rest.strip_prefix(b"\"") else { return false };
        let end = key.iter().position(|b| !b.is_ascii_alphanumeric() && *b != b'_').unwrap_or(key.len());
        let behind = key.get(end..).and_then(|rest| rest.strip_prefix(b"\"")).unwrap_or_default();
        behind.trim_ascii_start().first() == Some(&b':')
    };
    memchr::memchr_iter(b'{', raw.get(from..)?).map(|at| from + at).find(begins)
}

/// Looks at the values of one configuration.
fn document(collector: &mut Collector<'_>, place: Place, found: &Value, depth: usize) {
    let (mut open, mut read) = (vec![found], 0);
    for _ in 0..MAX_VALUES {
        let Some(value) = open.pop() else { break };
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                if let Some((rule, what, words)) = code(fields) {
                    collector.add(rule, what, words.to_owned(), place, Executed::No);
                }
                open.extend(fields.values());
            }
            // A wrapper of PyTorch's keeps its file so.
            Value::String(text) if text.len() >= LEAST && read < MAX_BYTES => {
                read += text.len() as u64;
                if let Some(inner) = hidden::decoded(text.as_bytes()) {
                    hidden::open(collector, Bytes::from_vec(inner), place, "encoded in its configuration", depth);
                }
            }
            _ => {}
        }
    }
}

/// What a layer or function of the configuration is, if it is code or lies outside Keras.
fn code(fields: &Map<String, Value>) -> Option<(&'static Rule, String, &'static str)> {
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    let class = text("class_name")?;
    if matches!(class, "Lambda" | "__lambda__") {
        let words = "A function is stored as marshalled code, which Keras runs with the model";
        return Some(match fields.get("config").and_then(reached) {
            Some(name) => (&rules::KERAS_RUNS, format!("{class} with {name}"), words),
            None => (&rules::KERAS_CODE, class.to_owned(), words),
        });
    }
    if class == "TorchModuleWrapper" {
        let words = "It holds a pickle, which torch.load runs when the model is loaded";
        return Some((&rules::KERAS_CODE, class.to_owned(), words));
    }
    let module = text("module")?;
    let own = matches!(module.split('.').next(), Some("keras" | "tf_keras" | "tensorflow" | "builtins" | "keras_hub"));
    // builtins is where Keras says that plain types are from.
    let builtin = module == "builtins" && !matches!(class, "function" | "builtin_function_or_method");
    if own && (module != "builtins" || builtin) {
        return None;
    }
    let name = text("config").unwrap_or(class);
    let named = [name, class].map(|name| names::standing(module, name));
    let rule = match named.iter().any(|standing| matches!(standing, Standing::Danger(_) | Standing::Walks)) {
        true => &rules::KERAS_RUNS,
        false => &rules::KERAS_CODE,
    };
    Some((rule, escape::plain(&format!("{module}.{name}")), "Keras imports it by name when it loads the model"))
}

/// The first name in the marshalled code of a layer that leads out of computing with arrays.
fn reached(config: &Value) -> Option<&'static str> {
    const NAMES: &[&str] = &[
        "system",
        "popen",
        "subprocess",
        "exec",
        "eval",
        "compile",
        "__import__",
        "importlib",
        "open",
        "socket",
        "ctypes",
        "urlopen",
        "urllib",
        "requests",
        "builtins",
        "__builtins__",
        "__globals__",
        "__subclasses__",
        "getattr",
        "pickle",
        "marshal",
        "shutil",
        "posix",
        "os",
        "sys",
        "base64",
        "tempfile",
        "pty",
        "webbrowser",
        "runpy",
        "threading",
    ];
    let mut open = vec![config];
    for _ in 0..MAX_VALUES {
        match open.pop()? {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values()),
            Value::String(text) => {
                let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
                let Ok(raw) = STANDARD.decode(&digits) else { continue };
                // TYPE_CODE, with its reference flag or without.
                if !matches!(raw.first(), Some(0x63 | 0xe3)) {
                    continue;
                }
                if let Some(name) = NAMES.iter().copied().find(|name| has_name(&raw, name)) {
                    return Some(name);
                }
            }
            _ => {}
        }
    }
    None
}

/// True if marshalled code has this text: its length stands before it in one byte or four.
fn has_name(raw: &[u8], name: &str) -> bool {
    memchr::memmem::find_iter(raw, name.as_bytes()).any(|at| {
        let before = raw.get(at.saturating_sub(5)..at).unwrap_or_default();
        let short = |kind: u8| matches!(kind & 0x7f, b'z' | b'Z');
        let long = |kind: u8| matches!(kind & 0x7f, b't' | b'u' | b's' | b'a' | b'A');
        let length = u32::try_from(name.len()).unwrap_or(0).to_le_bytes();
        let one = matches!(before, [.., kind, length] if short(*kind) && usize::from(*length) == name.len());
        one || matches!(before, [kind, rest @ ..] if long(*kind) && rest == length)
    })
}
