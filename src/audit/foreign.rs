//! What other loaders than unpicklers would run: modules and libraries in archives, executables and marshalled code in
//! bytes, the tags of YAML and jsonpickle, the names that skops imports, headers of arrays that are more than a header.

use serde_json::Value;

use super::finding::{Collector, Executed, Place};
use super::names::{self, Standing};
use super::rules;
use crate::array::Literal;
use crate::bytes::{Bytes, ErrorKind, Problem};
use crate::formats::{Artifact, Body};
use crate::view::escape;

/// Longest schema and longest source that are read.
const MAX_BYTES: u64 = 32 << 20;
/// Values of one schema that are looked at.
const MAX_VALUES: usize = 2_000_000;
/// Blanks that a writer leaves in the header of an array, for the shape to grow.
const MAX_BLANKS: usize = 256;

/// What bytes are, if they begin like an executable or a script.
fn program(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x7f, b'E', b'L', b'F', 1 | 2, 1 | 2, 1, ..] => Some("an executable for Linux"),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, ..] => Some("an executable for macOS"),
        [b'M', b'Z', ..] if memchr::memmem::find(head, b"PE\0\0").is_some() => Some("an executable for Windows"),
        [b'#', b'!', b'/', ..] => Some("a script"),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Some("WebAssembly"),
        [b'd', b'e', b'x', b'\n', b'0', b'3', _, 0, ..] => Some("an executable for Android"),
        [b'L', 0, 0, 0, 1, 0x14, 2, 0, ..] => Some("a shortcut of Windows"),
        _ => None,
    }
}

/// What stands behind the end of something, if a program does.
pub(super) fn behind(artifact: &Artifact, problem: &Problem) -> Option<&'static str> {
    const HEAD: u64 = 4096;
    if matches!(problem.kind, ErrorKind::Limit { .. } | ErrorKind::Ratio { .. } | ErrorKind::NotSupported(_)) {
        return None;
    }
    let stream = artifact.streams.get(problem.at.stream)?;
    let (start, len) = (problem.at.start, stream.bytes.len());
    let head = stream.bytes.read_vec(start, len.checked_sub(start)?.min(HEAD)).ok()?;
    let blank = head.iter().take_while(|b| matches!(b, 0 | b'\n' | b'\r' | b' ')).count();
    // An archive may have a script in front that unpacks it.
    (start > 0).then(|| program(head.get(blank..)?)).flatten()
}

/// What content of a pickle is, if another loader would run it.
pub(super) fn content(kept: &[u8], is_text: bool) -> Option<&'static str> {
    if is_text {
        let calls = |tag: &[u8], words: &[&[u8]]| {
            memchr::memmem::find(kept, tag).is_some_and(|at| {
                let word = kept.get(at + tag.len()..).unwrap_or_default();
                words.iter().any(|wanted| word.starts_with(wanted))
            })
        };
        let (yaml, json): (&[u8], &[u8]) = (b"!!python/", b"\"py/");
        let json_begins = matches!(kept.first(), Some(b'{' | b'['));
        return match () {
            () if memchr::memchr(b'!', kept).is_some() && calls(yaml, &[b"object/", b"name:", b"module:"]) => {
                Some("YAML that makes its loader call functions")
            }
            () if json_begins && calls(json, &[b"reduce\":", b"function\":", b"repr\":"]) => {
                Some("JSON that makes jsonpickle call functions")
            }
            () => None,
        };
    }
    match kept {
        // The magic of compiled modules, and flags of which two bits are used.
        [_, 0x0b..=0x0f, 0x0d, 0x0a, 0..=3, 0, 0, 0, ..] => Some("a compiled Python module"),
        // TYPE_CODE, with its reference flag or without, and the number of arguments.
        [0x63 | 0xe3, _, 0, 0, 0, _, 0, 0, 0, _, 0, 0, 0, ..] => Some("marshalled Python code"),
        [b'#', b'!', ..] => None,
        _ => program(kept),
    }
}

/// Looks at the members of archives that are code by their names, and at the schemas of skops.
pub(super) fn members(collector: &mut Collector<'_>) {
    let artifact = collector.artifact;
    let torch = artifact.container.iter().any(|word| matches!(*word, "torch" | "torchscript"));
    for (i, part) in artifact.parts.iter().enumerate() {
        let Some(stream) = artifact.streams.get(part.stream).filter(|_| !part.name.is_empty()) else { continue };
        let place = Place { part: i, at: stream.bytes.span(0, stream.bytes.len()), node: None, op: None };
        let file = part.name.rsplit('/').next().unwrap_or(&part.name);
        if let Some(words) = by_name(&part.name, file, torch) {
            collector.add(&rules::CODE_BESIDE, escape::plain(&part.name), words.to_owned(), place, Executed::No);
        } else if is_torchscript(&part.name) && touches_files(&stream.bytes) {
            let words = "TorchScript that reads or writes files when the model is run".to_owned();
            collector.add(&rules::CODE_BESIDE, escape::plain(&part.name), words, place, Executed::No);
        } else if file == "schema.json" && !matches!(part.body, Body::Pickle(_)) {
            schema(collector, &stream.bytes, place);
        } else if [".yaml", ".yml", ".json"].iter().any(|end| file.ends_with(end)) {
            targets(collector, &stream.bytes, place);
        }
    }
}

/// What Hydra calls for a configuration: the names behind `_target_`, as NeMo's archives hold them.
fn targets(collector: &mut Collector<'_>, bytes: &Bytes, place: Place) {
    let Ok(raw) = bytes.read_vec(0, bytes.len().min(MAX_BYTES)) else { return };
    for at in memchr::memmem::find_iter(&raw, b"_target_").take(MAX_VALUES) {
        let rest = raw.get(at + 8..).unwrap_or_default().iter().skip_while(|b| b" :\"'".contains(b));
        let dotted: String =
            rest.map(|b| char::from(*b)).take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')).collect();
        let Some((module, name)) = dotted.rsplit_once('.') else { continue };
        if matches!(names::standing(module, name), Standing::Danger(_) | Standing::Walks) {
            let words = "Hydra would call it for the configuration".to_owned();
            collector.add(&rules::CODE_BESIDE, escape::plain(&dotted), words, place, Executed::No);
        }
    }
}

/// TorchScript compiles these itself; Python never imports them.
fn is_torchscript(name: &str) -> bool {
    name.ends_with(".py") && name.split('/').any(|folder| folder == "code")
}

/// Why a member of this name is code that somebody's loader runs. Source beside a model is no more than that; a checkpoint has
/// no place for it, and some names are run by who finds them.
fn by_name(name: &str, file: &str, torch: bool) -> Option<&'static str> {
    let ends = |end: &str| file.len() > end.len() && file.to_ascii_lowercase().ends_with(end);
    let root = !name.contains('/');
    match () {
        () if [".so", ".dll", ".dylib", ".pyd", ".exe"].iter().any(|end| ends(end)) => {
            Some("A library of machine code")
        }
        () if [".pyc", ".pyo", ".pth"].iter().any(|end| ends(end)) && !(torch && ends(".pth")) => {
            Some("A compiled module, or a file of paths that Python runs lines of")
        }
        () if root
            && matches!(file, "__main__.py" | "setup.py" | "conftest.py" | "sitecustomize.py" | "hubconf.py") =>
        {
            Some("A module that is run by its name")
        }
        () if torch && ends(".py") && !is_torchscript(name) => {
            Some("Python in a checkpoint, which has no place for it")
        }
        () => None,
    }
}

/// True if TorchScript calls the operators that save or map files.
fn touches_files(bytes: &Bytes) -> bool {
    const CALLS: [&[u8]; 5] =
        [b"aten.save(", b"aten.from_file(", b"torch.from_file(", b"torch.save(", b"aten._save_to_file("];
    bytes
        .read_vec(0, bytes.len().min(MAX_BYTES))
        .is_ok_and(|source| CALLS.iter().any(|call| memchr::memmem::find(&source, call).is_some()))
}

/// The names in a schema of skops, which imports them when the model is loaded.
fn schema(collector: &mut Collector<'_>, bytes: &Bytes, place: Place) {
    let Ok(raw) = bytes.read_vec(0, bytes.len().min(MAX_BYTES)) else { return };
    // serde_json ends by itself at 128 levels.
    let Ok(document) = serde_json::from_slice::<Value>(&raw) else { return };
    let mut open = vec![&document];
    for _ in 0..MAX_VALUES {
        let Some(value) = open.pop() else { return };
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                let text = |key: &str| fields.get(key).and_then(Value::as_str);
                let pairs = [(text("__module__"), text("__class__")), (text("module_path"), text("function"))];
                for (module, name) in pairs {
                    let (Some(module), Some(name)) = (module, name) else { continue };
                    let words = match names::standing(module, name) {
                        Standing::Danger(_)
                        | Standing::Held(_)
                        | Standing::Walks
                        | Standing::LibraryOutside
                        | Standing::Standard => "skops would import it, and it does more than build data",
                        Standing::Unknown => "skops would import it, and nothing is known of it",
                        _ => continue,
                    };
                    let callable = escape::plain(&format!("{module}.{name}"));
                    collector.add(&rules::CODE_BESIDE, callable, words.to_owned(), place, Executed::No);
                }
                open.extend(fields.values());
            }
            _ => {}
        }
    }
}

/// The headers of npy files hold three facts and blanks; NumPy refuses others, and other readers do not.
pub(super) fn headers(collector: &mut Collector<'_>) {
    let artifact = collector.artifact;
    for (i, part) in artifact.parts.iter().enumerate() {
        let (Body::Array(_), Some(stream)) = (&part.body, artifact.streams.get(part.stream)) else { continue };
        let Some(text) = header(&stream.bytes) else { continue };
        let Some((Literal::Dict(facts), rest)) = Literal::parse(&text) else { continue };
        let odd = match () {
            () if facts.len() != 3 => "has other facts than NumPy's three",
            () if rest.iter().any(|b| !b.is_ascii_whitespace()) => "goes on behind its end",
            () if rest.len() > MAX_BLANKS => "is much longer than what it says",
            () => continue,
        };
        let place = Place { part: i, at: stream.bytes.span(0, text.len() as u64), node: None, op: None };
        let words = format!("The header of the array {odd}");
        collector.add(&rules::READERS_DISAGREE, "npy header".to_owned(), words, place, Executed::No);
    }
}

/// The text of the header of an npy file.
fn header(bytes: &Bytes) -> Option<Vec<u8>> {
    let head = bytes.head(12).ok()?;
    let head = head.strip_prefix(b"\x93NUMPY")?;
    let (at, len) = match head {
        [1, _, a, b, ..] => (10, u64::from(u16::from_le_bytes([*a, *b]))),
        [_, _, a, b, c, d] => (12, u64::from(u32::from_le_bytes([*a, *b, *c, *d]))),
        _ => return None,
    };
    bytes.read_vec(at, len).ok()
}
