//! Layer 2: what streams are, and what objects stand for. [`open`] goes from a path to an [`Artifact`].

pub mod arrays;
pub mod children;
pub mod known;
pub mod walk;

mod artifact;
mod joblib;
mod numpy;

use std::collections::HashMap;
use std::path::Path;

pub use artifact::{Artifact, Body, Part, Pickled};

use crate::array::{ArrayRef, Elements};
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Problem, Progress, Result, Span, StreamId};
use crate::container::{Kind, Streams, zip};
use crate::pickle::{Decoded, Dialect as _, End, decode};
use arrays::Buffers;
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
        buffers: companions(path),
        parts: Vec::new(),
        arrays: Vec::new(),
        problems: Vec::new(),
    };
    let mut container = Vec::new();
    if let Some(inner) = reader.streams.innermost() {
        container.extend(reader.streams.codecs(inner).into_iter().map(|codec| codec.name()));
        reader.stream(inner, &mut container);
    }
    let mut problems = std::mem::take(&mut reader.streams.problems);
    problems.append(&mut reader.problems);
    if bytes.source().changed() {
        problems.push(Error { at: bytes.span(0, 0), kind: ErrorKind::Changed });
    }
    reader.arrays.iter_mut().take(PREVIEWS).for_each(ArrayRef::read_preview);
    let mut by_node = HashMap::new();
    for (i, array) in reader.arrays.iter().enumerate() {
        if let Some(node) = array.node {
            by_node.insert((array.part, node), i);
        }
        if let Elements::Missing(error) = &array.elements {
            problems.push(error.clone());
        }
    }
    problems.truncate(PROBLEMS_KEPT);
    Artifact {
        path: path.to_owned(),
        bytes,
        streams: reader.streams,
        container,
        parts: reader.parts,
        arrays: reader.arrays,
        problems,
        by_node,
    }
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
    buffers: Buffers,
    parts: Vec<Part>,
    arrays: Vec<ArrayRef>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Reads the stream the file peels to.
    fn stream(&mut self, id: StreamId, container: &mut Vec<&'static str>) {
        let Some(stream) = self.streams.get(id) else { return };
        let (kind, bytes) = (stream.kind, stream.bytes.clone());
        match kind {
            Kind::Empty => self.problem(&bytes, ErrorKind::Empty),
            Kind::Npy => {
                container.push("npy");
                self.npy(id, "$");
            }
            Kind::Zip => {
                container.push("zip");
                self.zip(id, container);
            }
            Kind::Pickle => container.push(self.pickle(id, true).unwrap_or("pickle")),
            Kind::Unknown => match self.pickle(id, false) {
                Some(word) => container.push(word),
                None => self.problem(&bytes, ErrorKind::Unrecognised),
            },
            Kind::TorchLegacy => {
                container.extend(["torch-legacy", "pickle"]);
                self.pickle(id, true);
            }
            Kind::Tar => self.opaque(id, "a tar archive"),
            Kind::Safetensors => {
                container.push("safetensors");
                self.opaque(id, "a safetensors file");
            }
            Kind::Other(what) => self.opaque(id, what),
            // Peeling stopped here, and said why.
            Kind::Compressed(_) => self.opaque_part(id, "compressed data"),
        }
    }

    fn problem(&mut self, bytes: &Bytes, kind: ErrorKind) {
        self.problems.push(Error { at: bytes.span(0, bytes.len()), kind });
    }

    fn opaque(&mut self, id: StreamId, what: &'static str) {
        if let Some(stream) = self.streams.get(id) {
            let at = stream.bytes.span(0, stream.bytes.len());
            self.problems.push(Error { at, kind: ErrorKind::NotSupported(what.to_owned()) });
        }
        self.opaque_part(id, what);
    }

    fn opaque_part(&mut self, id: StreamId, what: &'static str) {
        let name = self.streams.get(id).map(|stream| stream.name.clone()).unwrap_or_default();
        self.parts.push(Part { name, stream: id, body: Body::Opaque(what) });
    }

    /// Reads a stream of pickles and gives its container word. Without a magic, a stream that breaks at once is none.
    fn pickle(&mut self, id: StreamId, sure: bool) -> Option<&'static str> {
        let stream = self.streams.get(id)?;
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        let decoded = decode(&bytes, Some(&mut joblib::Joblib), self.limits, self.progress);
        if !sure && !looks_like_a_pickle(&decoded) {
            return None;
        }
        let joblib = decoded.graph.symbols().iter().any(|symbol| {
            joblib::Joblib.wants(symbol)
                || matches!(known::Role::of(symbol), known::Role::JoblibCompanion | known::Role::JoblibZCompanion)
        });
        self.add_pickle(name, id, decoded);
        Some(if joblib { "joblib" } else { "pickle" })
    }

    fn add_pickle(&mut self, name: Box<str>, stream: StreamId, decoded: Decoded) -> usize {
        let part = self.parts.len();
        let known = Known::of(&decoded.graph);
        self.problems.extend(decoded.problems.iter().cloned());
        let mut arrays = arrays::arrays_of(&decoded, &known, &self.buffers);
        arrays.iter_mut().for_each(|array| array.part = part);
        self.arrays.append(&mut arrays);
        self.parts.push(Part { name, stream, body: Body::Pickle(Box::new(Pickled { decoded, known })) });
        part
    }

    /// Reads an npy stream; the array gets `path`.
    fn npy(&mut self, id: StreamId, path: &str) {
        let Some(stream) = self.streams.get(id) else { return };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        match numpy::read(&bytes, path, self.limits) {
            Ok(npy) if matches!(npy.array.elements, Elements::Objects) => self.npy_objects(id, path, npy),
            Ok(npy) => {
                let array = ArrayRef { part: self.parts.len(), ..npy.array };
                self.parts.push(Part { name, stream: id, body: Body::Array(self.arrays.len()) });
                self.arrays.push(array);
            }
            Err(error) => {
                self.problems.push(error);
                self.opaque_part(id, "a damaged NumPy array");
            }
        }
    }

    /// An object array: a pickle of the array stands where the data would.
    fn npy_objects(&mut self, id: StreamId, path: &str, npy: numpy::Npy) {
        let stored = match self.streams.range(id, npy.data_at) {
            Ok(stored) => stored,
            Err(error) => return self.problems.push(error),
        };
        let Some(stream) = self.streams.get(stored) else { return };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        let decoded = decode(&bytes, Some(&mut joblib::Joblib), self.limits, self.progress);
        let first = self.arrays.len();
        self.add_pickle(name, stored, decoded);
        // The pickle's root is the array; its path is the file's, not the pickle's.
        for array in self.arrays.iter_mut().skip(first) {
            if let Some(rest) = array.path.strip_prefix('$') {
                array.path = format!("{path}{rest}").into();
            }
        }
    }

    fn zip(&mut self, id: StreamId, container: &mut Vec<&'static str>) {
        let Some(stream) = self.streams.get(id) else { return };
        let archive = zip::list(&stream.bytes.clone(), self.limits);
        self.problems.extend(archive.problems);
        let torch = archive.members.iter().any(|m| &*m.name == "data.pkl" || m.name.ends_with("/data.pkl"));
        let npz = !torch && archive.members.iter().any(|m| m.name.ends_with(".npy"));
        if torch {
            let script = archive.members.iter().any(|m| m.name.ends_with("constants.pkl"));
            container.extend([if script { "torchscript" } else { "torch" }, "pickle"]);
        } else if npz {
            container.push("npz");
        }
        for member in &archive.members {
            if self.progress.is_cancelled() {
                return;
            }
            let storage = torch && member.name.contains("/data/");
            if member.name.ends_with('/') || storage {
                continue;
            }
            match self.streams.member(id, member, self.progress) {
                Ok(inner) => self.member(inner, &member.name),
                Err(error) => self.problems.push(error),
            }
        }
    }

    /// A member of an archive: read if it is a model, else named.
    fn member(&mut self, id: StreamId, name: &str) {
        match self.streams.get(id).map(|stream| stream.kind) {
            Some(Kind::Npy) => {
                let key = serde_json::to_string(name.strip_suffix(".npy").unwrap_or(name)).unwrap_or_default();
                self.npy(id, &format!("$[{key}]"));
            }
            Some(Kind::Pickle | Kind::TorchLegacy) => {
                self.pickle(id, true);
            }
            Some(Kind::Unknown) => {
                if self.pickle(id, false).is_none() {
                    self.opaque_part(id, "a file picklescope does not read");
                }
            }
            Some(Kind::Other(what)) => self.opaque_part(id, what),
            Some(Kind::Zip | Kind::Tar) => self.opaque_part(id, "an archive"),
            Some(Kind::Empty) => self.opaque_part(id, "an empty file"),
            _ => self.opaque_part(id, "a file picklescope does not read"),
        }
    }
}

/// For streams without a magic: text is full of bytes that are opcodes, so more than one of them must make sense.
fn looks_like_a_pickle(decoded: &Decoded) -> bool {
    let Some(first) = decoded.pickles.first() else { return false };
    match &first.how {
        End::Stop { .. } => true,
        End::Broke(error) => first.n_ops >= 2 || !decoded.effects.is_empty() || error.kind == ErrorKind::Cancelled,
    }
}

/// Stack and memo of a pickle just before the opcode at `offset`: runs its stream again up to there.
pub fn moment(pickled: &Pickled, offset: u64, limits: &Limits, progress: &Progress) -> crate::pickle::Moment {
    crate::pickle::moment_at(&pickled.decoded.bytes, Some(&mut joblib::Joblib), limits, progress, offset)
}
