//! Layer 2: what streams are, and what objects stand for. [`open`] goes from a path to an [`Artifact`].

pub mod arrays;
pub mod boosters;
pub mod bytecode;
pub mod children;
pub mod code;
pub mod defaults;
pub mod estimator;
pub mod frame;
pub mod known;
pub mod python;
pub mod sizes;
pub mod sparse;
pub mod state_dict;
pub mod structure;
pub mod torch;
pub mod trees;
pub mod walk;

mod archive;
mod artifact;
mod catboost;
mod companion;
mod document;
mod held;
mod hidden;
mod joblib;
mod json;
mod lightgbm;
mod marshal;
mod numpy;
mod safetensors;
mod scan;
mod sharded;
mod ubjson;
mod xgboost;

use std::collections::HashMap;
use std::path::Path;

use artifact::Raw;
pub use artifact::{Artifact, Body, Part, Pickled};
pub use document::Document;

use crate::array::{ArrayRef, Elements};
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Problem, Progress, Result, Span, StreamId};
use crate::container::{Kind, Streams};
use crate::pickle::{Decoded, Dialect as _, EffectKind, End, NodeId, decode, moment_at};
use arrays::{Buffers, Outside};
use known::Known;

/// Opens a file and reads what it is. Only a file that cannot be read at all is an error; everything else is an
/// artifact with problems.
pub fn open(path: &Path, limits: &Limits, progress: &Progress) -> Result<Artifact> {
    let bytes = Bytes::open(path).map_err(|e| Error { at: Span::default(), kind: ErrorKind::Io(io_text(&e)) })?;
    Ok(read(path, bytes, limits, progress))
}

/// Reads bytes that are already there (standard input, a sample, a test).
pub fn read(path: &Path, bytes: Bytes, limits: &Limits, progress: &Progress) -> Artifact {
    let mut reader = Reader {
        streams: Streams::open(bytes.clone(), limits, progress),
        limits,
        progress,
        folder: bytes.source().path().and_then(Path::parent).map(Path::to_owned),
        outside: Outside { buffers: companions(path), ..Outside::default() },
        companions: Vec::new(),
        parts: Vec::new(),
        arrays: Vec::new(),
        held_arrays: Vec::new(),
        problems: Vec::new(),
        whole: Vec::new(),
    };
    // Unpacking that was stopped leaves something to read.
    progress.resume();
    let mut container = Vec::new();
    if let Some(inner) = reader.streams.innermost() {
        container.extend(reader.streams.codecs(inner).into_iter().map(|codec| codec.name()));
        if reader.z_companion(path) {
            container.push("joblib");
        } else {
            reader.stream(inner, &mut container);
        }
        if inner != StreamId::FILE {
            // What is compressed may have an archive behind it that no decompressor sees, and be the first bytes of a tar.
            reader.other_beginning(StreamId::FILE);
            reader.zip_at_end(StreamId::FILE, 0, &mut Vec::new());
        } else if container == ["npy"] {
            reader.belongs(path, &bytes);
        }
        reader.belongs_to_index(path, &bytes);
    }
    let mut problems = std::mem::take(&mut reader.streams.problems);
    problems.append(&mut reader.problems);
    if bytes.source().changed() {
        problems.push(Error { at: bytes.span(0, 0), kind: ErrorKind::Changed });
    }
    let own = reader.arrays.len();
    reader.arrays.append(&mut reader.held_arrays);
    reader.arrays.iter_mut().take(PREVIEWS).for_each(ArrayRef::read_preview);
    let mut by_holder = HashMap::new();
    for (i, part) in reader.parts.iter().enumerate() {
        if let Body::Document(document) = &part.body
            && let Some((holder, node)) = document.inside
        {
            by_holder.insert((holder, node.raw()), i);
        }
    }
    let mut by_node = HashMap::new();
    for (i, array) in reader.arrays.iter().enumerate() {
        if let Some(node) = array.node {
            by_node.insert((array.part, node), i);
        }
        if let Elements::Missing(error) = &array.elements {
            problems.push(error.clone());
        }
    }
    let mut artifact = Artifact {
        path: path.to_owned(),
        bytes,
        streams: reader.streams,
        container,
        parts: reader.parts,
        arrays: reader.arrays,
        problems,
        in_whole: reader.whole.iter().map(|(_, i)| *i).collect(),
        whole: reader.whole,
        by_node,
        own,
        by_holder,
    };
    let sparse = sparse::problems(&artifact);
    artifact.problems.extend(sparse);
    artifact.problems.truncate(PROBLEMS_KEPT);
    artifact
}

/// Arrays of which the values are read for a preview, if they are few.
const PREVIEWS: usize = 1000;

/// Problems of one file that are kept: a file of millions of lies is no more instructive than its first thousand.
const PROBLEMS_KEPT: usize = 1000;

fn io_text(e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => e.to_string(),
    }
}

/// Out-of-band buffers of protocol 5 that lie beside `NAME_main.pkl` as `NAME_buffer_0.bin`, and so on. There is no
/// standard for them; this is how our corpus and several public examples name them.
fn companions(path: &Path) -> Buffers {
    let Some(stem) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix("_main.pkl"))
    else {
        return Vec::new();
    };
    let beside = |i: usize| Bytes::open(&path.with_file_name(format!("{stem}_buffer_{i}.bin"))).ok();
    (0..1000).map_while(beside).collect()
}

struct Reader<'a> {
    streams: Streams,
    limits: &'a Limits,
    progress: &'a Progress,
    outside: Outside,
    /// Where companions lie.
    folder: Option<std::path::PathBuf>,
    /// Pickles of object arrays in companions, found while the main file's arrays are listed.
    companions: Vec<(Box<str>, StreamId, Decoded)>,
    parts: Vec<Part>,
    arrays: Vec<ArrayRef>,
    /// Arrays of documents that objects hold: not the file's own.
    held_arrays: Vec<ArrayRef>,
    problems: Vec<Problem>,
    /// The tensors that shards make together.
    whole: Vec<(Box<str>, usize)>,
}

impl Reader<'_> {
    /// Reads a stream: the one the file peels to, which has no name, or a member of an archive.
    fn stream(&mut self, id: StreamId, words: &mut Vec<&'static str>) {
        let Some(stream) = self.streams.get(id) else { return };
        let (kind, bytes, name) = (stream.kind, stream.bytes.clone(), stream.name.clone());
        // How far it was understood: what stands behind that is somebody else's.
        let mut known = 0;
        match kind {
            Kind::Empty if name.is_empty() => {
                // Nothing says otherwise, and what opens such files is pickle.load.
                words.push("pickle");
                self.problem(&bytes, ErrorKind::Empty);
            }
            Kind::Empty => self.opaque_part(id, "an empty file"),
            Kind::Npy => {
                words.push("npy");
                known = self.npy(id);
            }
            Kind::Zip | Kind::Tar => {
                words.push(if kind == Kind::Zip { "zip" } else { "tar" });
                known = self.archive(id, words);
            }
            Kind::Pickle | Kind::Unknown => match self.pickle(id, kind == Kind::Pickle) {
                Some((word, end)) => {
                    words.push(word);
                    known = end;
                }
                None => return self.unknown(id, words),
            },
            Kind::TorchLegacy => {
                words.extend(["torch-legacy", "pickle"]);
                self.torch_legacy(id);
            }
            Kind::Safetensors => {
                words.push("safetensors");
                self.safetensors(id);
            }
            Kind::Booster(form) => words.push(self.booster_file(id, form)),
            Kind::Other(what) if name.is_empty() => self.opaque(id, what, what),
            Kind::Other(what) => self.opaque_part(id, what),
            Kind::OtherArchive(what) => {
                let remark = format!("{what} (models have been hidden from scanners in such archives)");
                self.opaque(id, &remark, what);
            }
            // Peeling stopped here, and said why.
            Kind::Compressed(_) => self.opaque_part(id, "compressed data"),
        }
        self.other_beginning(id);
        // Members that are arrays are many, and nobody opens them by their end.
        let alone = name.is_empty() || !matches!(kind, Kind::Npy | Kind::Empty | Kind::Compressed(_));
        if kind != Kind::Zip
            && alone
            && !self.zip_at_end(id, known, &mut Vec::new())
            && (1..bytes.len()).contains(&known)
        {
            self.behind(id, known);
        }
    }

    /// Names what is no format of ours by itself.
    fn unknown(&mut self, id: StreamId, words: &mut Vec<&'static str>) {
        let Some(stream) = self.streams.get(id) else { return };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        if name.is_empty() {
            // Bytes before a zip archive are what self-extracting ones have.
            let before = words.len();
            words.push("zip");
            if !self.sharded(id, words, before) && !self.zip_at_end(id, 0, words) {
                words.truncate(before);
                // Of what was refused or stopped only the beginning is here: nobody can know what it is.
                if !self.problems.iter().any(|problem| problem.kind.is_stop()) {
                    self.problem(&bytes, ErrorKind::Unrecognised);
                }
            }
        } else if !self.zip_at_end(id, 0, &mut Vec::new()) {
            match is_text(&bytes) {
                true => self.parts.push(Part { name, stream: id, body: Body::Text }),
                false => self.opaque_part(id, "a file picklescope does not read"),
            }
        }
    }

    fn problem(&mut self, bytes: &Bytes, kind: ErrorKind) {
        self.problems.push(Error { at: bytes.span(0, bytes.len()), kind });
    }

    /// Names something and says that it is not read.
    fn opaque(&mut self, id: StreamId, remark: &str, what: &'static str) {
        if let Some(stream) = self.streams.get(id) {
            let at = stream.bytes.span(0, stream.bytes.len());
            self.problems.push(Error { at, kind: ErrorKind::NotSupported(remark.to_owned()) });
        }
        self.opaque_part(id, what);
    }

    fn opaque_part(&mut self, id: StreamId, what: &'static str) {
        let name = self.streams.get(id).map(|stream| stream.name.clone()).unwrap_or_default();
        self.parts.push(Part { name, stream: id, body: Body::Opaque(what) });
    }

    /// Reads a stream of pickles and gives its container word and the end of the last one. Without a magic, a stream that
    /// breaks at once is none.
    fn pickle(&mut self, id: StreamId, sure: bool) -> Option<(&'static str, u64)> {
        let stream = self.streams.get(id)?;
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        let decoded = decode(&bytes, Some(&mut joblib::Joblib), self.limits, self.progress);
        if !sure && !looks_like_a_pickle(&decoded, !name.is_empty()) {
            return None;
        }
        let joblib = decoded.graph.symbols().iter().any(|symbol| {
            joblib::Joblib.wants(symbol)
                || matches!(known::Role::of(symbol), known::Role::JoblibCompanion | known::Role::JoblibZCompanion)
        });
        let end = decoded.top().filter(|pickle| pickle.is_complete()).map(|pickle| pickle.end).max().unwrap_or(0);
        self.add_pickle(name, id, decoded, 0, Raw::Joblib);
        Some((if joblib { "joblib" } else { "pickle" }, end))
    }

    fn add_pickle(&mut self, name: Box<str>, stream: StreamId, decoded: Decoded, main: usize, raw: Raw) {
        let part = self.parts.len();
        let known = Known::of(&decoded.graph);
        self.problems.extend(decoded.problems.iter().cloned());
        self.problems.extend(torch::storage_problems(&decoded, &self.outside.storages));
        let mut arrays = arrays::arrays_of(&decoded, &known, main, &self.outside);
        for array in &mut arrays {
            array.part = part;
            let companion = array.node.map(NodeId::from_raw).and_then(|id| arrays::companion_of(&decoded, &known, id));
            if let Some(companion) = companion {
                self.companion(&companion, array);
            }
        }
        self.arrays.append(&mut arrays);
        let body = Body::Pickle(Box::new(Pickled { decoded, known, main, raw, base: None }));
        self.parts.push(Part { name, stream, body });
        self.held(part);
        self.held_code(part);
        // One level only: what lies in a companion has none of its own.
        for (name, stream, decoded) in std::mem::take(&mut self.companions) {
            let known = Known::of(&decoded.graph);
            self.problems.extend(decoded.problems.iter().cloned());
            let part = Pickled { decoded, known, main: 0, raw: Raw::Joblib, base: None };
            self.parts.push(Part { name, stream, body: Body::Pickle(Box::new(part)) });
        }
    }

    fn safetensors(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get(id) else { return };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        match safetensors::read(&bytes, self.limits) {
            Ok(found) => {
                self.problems.extend(found.problems);
                for array in found.arrays {
                    let array = ArrayRef { part: self.parts.len(), ..array };
                    self.parts.push(Part { name: name.clone(), stream: id, body: Body::Array(self.arrays.len()) });
                    self.arrays.push(array);
                }
                if !found.metadata.is_empty() {
                    let name = self.streams.member_name(id, "__metadata__").into();
                    self.parts.push(Part { name, stream: id, body: Body::Facts(found.metadata) });
                }
            }
            Err(error) => {
                self.problems.push(error);
                self.opaque_part(id, "a damaged safetensors file");
            }
        }
    }

    /// Reads an npy stream, and further arrays behind the first as `numpy.save` writes them into one file. Gives the end of
    /// what was understood.
    fn npy(&mut self, id: StreamId) -> u64 {
        let Some(stream) = self.streams.get(id) else { return 0 };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        let member = name.strip_suffix(".npy").unwrap_or(&name);
        let path = match member {
            "" => "$".to_owned(),
            member => key_path(member),
        };
        let mut at = 0;
        for i in 0.. {
            let path = if i == 0 { path.clone() } else { format!("{path}#{i}") };
            let rest = match bytes.slice(at, bytes.len() - at) {
                Ok(rest) if i == 0 || rest.head(6).is_ok_and(|magic| magic == b"\x93NUMPY") => rest,
                _ => break,
            };
            match numpy::read(&rest, &path, self.limits) {
                Ok(npy) if matches!(npy.array.elements, Elements::Objects) => {
                    self.npy_objects(id, at + npy.data_at, &path, npy.array.span);
                    return 0;
                }
                Ok(npy) => {
                    let array = ArrayRef { part: self.parts.len(), ..npy.array };
                    at += npy.data_at + array.nbytes().unwrap_or(rest.len() - npy.data_at);
                    let body = Body::Array(self.arrays.len());
                    self.parts.push(Part { name: name.clone(), stream: id, body });
                    self.arrays.push(array);
                }
                Err(error) => {
                    self.problems.push(error);
                    if i == 0 {
                        self.opaque_part(id, "a damaged NumPy array");
                    }
                    return 0;
                }
            }
            if at >= bytes.len() || self.progress.is_cancelled() {
                return bytes.len();
            }
        }
        self.problems.push(Error { at: bytes.span(at, bytes.len() - at), kind: ErrorKind::Trailing(bytes.len() - at) });
        at
    }

    /// An object array: a pickle of the array stands where the data would, at `at`.
    fn npy_objects(&mut self, id: StreamId, at: u64, path: &str, header: Span) {
        let stored = match self.streams.behind(id, at) {
            Ok(stored) => stored,
            Err(error) => return self.problems.push(error),
        };
        let Some(stream) = self.streams.get(stored) else { return };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        let decoded = decode(&bytes, Some(&mut joblib::Joblib), self.limits, self.progress);
        let first = self.arrays.len();
        self.add_pickle(name, stored, decoded, 0, Raw::Joblib);
        // The pickle's root is the array; its path is the file's, not the pickle's.
        for array in self.arrays.iter_mut().skip(first) {
            if let Some(rest) = array.path.strip_prefix('$') {
                array.path = format!("{path}{rest}").into();
            }
        }
        if self.arrays.len() == first {
            // The pickle gives no array, whatever the header says.
            let message = "the header announces objects, the pickle behind it gives no array".to_owned();
            let kind = ErrorKind::Header { what: "npy", message };
            self.problems.push(Error { at: header, kind });
        }
    }
}

/// True if the beginning of `bytes` is text that people write: UTF-8 without control characters.
fn is_text(bytes: &Bytes) -> bool {
    let Ok(head) = bytes.head(4096) else { return false };
    let text = match std::str::from_utf8(&head) {
        Ok(text) => text,
        // The last character may be cut.
        Err(e) if e.error_len().is_none() && e.valid_up_to() > 0 => {
            std::str::from_utf8(head.get(..e.valid_up_to()).unwrap_or(&[])).unwrap_or("\0")
        }
        Err(_) => return false,
    };
    text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\x0c'))
}

/// What the paths into a pickle begin with: `$` for the main one, `$#n` for the others.
pub(crate) fn prefix(pickle: usize, main: usize) -> String {
    if pickle == main { "$".to_owned() } else { format!("$#{pickle}") }
}

/// The path of what has the key `name` at the root.
pub(crate) fn key_path(name: &str) -> String {
    format!("$[{}]", serde_json::to_string(name).unwrap_or_default())
}

/// For streams without a magic: text is full of bytes that are opcodes, so more than one of them must make sense. In an
/// archive, where notes and source code lie beside the models, one that breaks must import something by a name that could
/// be one.
fn looks_like_a_pickle(decoded: &Decoded, strict: bool) -> bool {
    let Some(first) = decoded.pickles.first() else { return false };
    let is_name =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.<>".contains(&b));
    match &first.how {
        End::Stop { .. } => true,
        End::Broke(error) if error.kind == ErrorKind::Cancelled => true,
        End::Broke(_) if strict => {
            let named = decoded.graph.symbols().iter().any(|s| is_name(&s.module) && is_name(&s.name));
            // Words in lines ("cat", "dog") are an import to an unpickler, and a text to everybody else.
            let acts = decoded.effects.iter().any(|effect| effect.kind() != EffectKind::Import);
            named && (acts || !is_text(&decoded.bytes))
        }
        End::Broke(_) => {
            let calls = decoded.effects.iter().any(|effect| effect.kind() != EffectKind::Import);
            first.n_ops >= 3 || calls
        }
    }
}

/// Stack and memo of a pickle just before the opcode at `offset`: runs its stream again up to there.
pub fn moment(pickled: &Pickled, offset: u64, limits: &Limits, progress: &Progress) -> crate::pickle::Moment {
    let bytes = &pickled.decoded.bytes;
    match pickled.raw {
        Raw::Joblib => moment_at(bytes, Some(&mut joblib::Joblib), limits, progress, offset),
        Raw::TorchTar(member) => {
            moment_at(bytes, Some(&mut torch::tar::Between::new(member)), limits, progress, offset)
        }
    }
}
