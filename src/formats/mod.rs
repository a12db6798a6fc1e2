//! Layer 2: what streams are, and what objects stand for. [`open`] goes from a path to an [`Artifact`].

pub mod arrays;
pub mod boosters;
pub mod children;
pub mod known;
pub mod trees;
pub mod walk;

mod artifact;
mod catboost;
mod document;
mod held;
mod joblib;
mod json;
mod lightgbm;
mod numpy;
mod safetensors;
mod scan;
mod torch;
mod ubjson;
mod xgboost;

use std::collections::HashMap;
use std::path::Path;

pub use artifact::{Artifact, Body, Part, Pickled};
pub use document::Document;

use crate::array::{ArrayRef, Elements, Order, layout};
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Problem, Progress, Result, Span, StreamId};
use crate::container::{Codec, Kind, Streams, zip};
use crate::pickle::{Decoded, Dialect as _, End, NodeId, decode, decode_first};
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
        parts: Vec::new(),
        arrays: Vec::new(),
        held_arrays: Vec::new(),
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
        own,
        by_holder,
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
    outside: Outside,
    /// Where companions lie.
    folder: Option<std::path::PathBuf>,
    parts: Vec<Part>,
    arrays: Vec<ArrayRef>,
    /// Arrays of documents that objects hold: not the file's own.
    held_arrays: Vec<ArrayRef>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Reads the stream the file peels to.
    fn stream(&mut self, id: StreamId, container: &mut Vec<&'static str>) {
        let Some(stream) = self.streams.get(id) else { return };
        let (kind, bytes) = (stream.kind, stream.bytes.clone());
        match kind {
            Kind::Empty => {
                // Nothing says otherwise, and what opens such files is pickle.load.
                container.push("pickle");
                self.problem(&bytes, ErrorKind::Empty);
            }
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
                self.torch_legacy(id);
            }
            Kind::Tar => self.opaque(id, "a tar archive"),
            Kind::Safetensors => {
                container.push("safetensors");
                self.safetensors(id);
            }
            Kind::Booster(form) => container.push(self.booster_file(id, form)),
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
        self.add_pickle(name, id, decoded, 0);
        Some(if joblib { "joblib" } else { "pickle" })
    }

    fn add_pickle(&mut self, name: Box<str>, stream: StreamId, decoded: Decoded, main: usize) {
        let part = self.parts.len();
        let known = Known::of(&decoded.graph);
        self.problems.extend(decoded.problems.iter().cloned());
        let mut arrays = arrays::arrays_of(&decoded, &known, main, &self.outside);
        for array in &mut arrays {
            array.part = part;
            let companion = array.node.map(NodeId::from_raw).and_then(|id| arrays::companion_of(&decoded, &known, id));
            if let Some(companion) = companion {
                self.companion(&companion, array);
            }
        }
        self.arrays.append(&mut arrays);
        let body = Body::Pickle(Box::new(Pickled { decoded, known, main, base: None }));
        self.parts.push(Part { name, stream, body });
        self.held(part);
    }

    /// Takes an array from the file that joblib before 0.10 wrote beside this one.
    fn companion(&mut self, companion: &arrays::Companion, array: &mut ArrayRef) {
        // The name is the file's word: it must not lead anywhere else.
        let bare = Path::new(&companion.name).file_name().is_some_and(|name| name == companion.name.as_str());
        let Some(bytes) =
            self.folder.as_ref().filter(|_| bare).and_then(|folder| Bytes::open(&folder.join(&companion.name)).ok())
        else {
            return;
        };
        match &companion.described {
            None => match numpy::read(&bytes, &array.path, self.limits) {
                Ok(npy) => {
                    let found = npy.array;
                    (array.dtype, array.shape, array.strides) = (found.dtype, found.shape, found.strides);
                    (array.order, array.elements) = (found.order, found.elements);
                    // An npy file knows no subclass: joblib reads a plain array back.
                    array.kind = found.kind;
                    if matches!(array.elements, Elements::Objects) {
                        array.n_items = layout::count(&array.shape);
                        let message =
                            format!("the objects of this array lie in {}; open that file to see them", companion.name);
                        self.problems.push(Error { at: array.span, kind: ErrorKind::Oddity(message) });
                    }
                }
                Err(error) => array.elements = Elements::Missing(Error { at: array.span, ..error }),
            },
            Some((shape, dtype, order)) => {
                let companion = Streams::open(bytes, self.limits, self.progress);
                let data = companion.innermost().and_then(|id| companion.get(id)).map(|stream| stream.bytes.clone());
                let strides = match order {
                    Order::F => layout::f_strides(shape, dtype.size),
                    _ => layout::c_strides(shape, dtype.size),
                };
                let needed = layout::count(shape).and_then(|n| n.checked_mul(dtype.size));
                let at = array.span;
                let lie = |message: &str| Error {
                    at,
                    kind: ErrorKind::Header { what: "companion", message: message.to_owned() },
                };
                array.elements = match data.filter(|data| Some(data.len()) == needed && !dtype.has_objects()) {
                    Some(data) => Elements::Bytes(data),
                    None if dtype.has_objects() => {
                        array.n_items = Some(0);
                        Elements::Missing(lie(
                            "joblib 0.8 wrote the text of the objects instead of them; they are lost",
                        ))
                    }
                    None => Elements::Missing(lie("its data do not fit the array")),
                };
                (array.shape, array.order) = (shape.clone(), *order);
                array.strides = strides.unwrap_or_else(|| vec![0; shape.len()]);
                array.dtype = Some(std::sync::Arc::new(dtype.clone()));
            }
        }
    }

    /// The stream PyTorch wrote before 1.6: five pickles (magic, protocol, system, object, storage keys), then storages.
    fn torch_legacy(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get(id) else { return };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        let decoded = decode_first(5, &bytes, None, self.limits, self.progress);
        self.outside.storages = torch::legacy_storages(&decoded);
        self.add_pickle(name, id, decoded, 3);
    }

    fn safetensors(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get(id) else { return };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        match safetensors::read(&bytes, self.limits) {
            Ok((arrays, problems)) => {
                self.problems.extend(problems);
                for array in arrays {
                    let array = ArrayRef { part: self.parts.len(), ..array };
                    self.parts.push(Part { name: name.clone(), stream: id, body: Body::Array(self.arrays.len()) });
                    self.arrays.push(array);
                }
            }
            Err(error) => {
                self.problems.push(error);
                self.opaque_part(id, "a damaged safetensors file");
            }
        }
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
        self.add_pickle(name, stored, decoded, 0);
        // The pickle's root is the array; its path is the file's, not the pickle's.
        for array in self.arrays.iter_mut().skip(first) {
            if let Some(rest) = array.path.strip_prefix('$') {
                array.path = format!("{path}{rest}").into();
            }
        }
    }

    fn zip(&mut self, id: StreamId, container: &mut Vec<&'static str>) {
        let Some(stream) = self.streams.get(id) else { return };
        let mut archive = zip::list(&stream.bytes.clone(), self.limits);
        self.problems.append(&mut archive.problems);
        let torch = archive.members.iter().any(|m| &*m.name == "data.pkl" || m.name.ends_with("/data.pkl"));
        let npz = !torch && archive.members.iter().any(|m| m.name.ends_with(".npy"));
        if torch {
            let script = archive.members.iter().any(|m| m.name.ends_with("constants.pkl"));
            container.extend([if script { "torchscript" } else { "torch" }, "pickle"]);
            self.torch_storages(id, &archive);
        } else if npz {
            container.push("npz");
        }
        for member in &archive.members {
            if self.progress.is_cancelled() {
                return;
            }
            if member.name.ends_with('/') || (torch && is_torch_record(&member.name)) {
                continue;
            }
            match self.streams.member(id, member, self.progress) {
                Ok(inner) => self.member(inner, &member.name),
                Err(error) => self.problems.push(error),
            }
        }
    }

    /// Where PyTorch's storages lie: ranges of the archive, since they are stored as they are.
    fn torch_storages(&mut self, id: StreamId, archive: &zip::Archive) {
        let root = archive.members.iter().find_map(|m| m.name.strip_suffix("data.pkl")).unwrap_or("").to_owned();
        for member in &archive.members {
            let Some(name) = member.name.strip_prefix(&root) else { continue };
            if let Some(key) = name.strip_prefix("data/") {
                let stored = self.streams.get(id).filter(|_| member.codec == Some(Codec::Stored));
                let bytes = match stored.map(|stream| stream.bytes.slice(member.data_at, member.data_len)) {
                    Some(bytes) => bytes,
                    // PyTorch never compresses them; whoever did pays for it here.
                    None => self.streams.member(id, member, self.progress).map(|inner| {
                        self.streams
                            .get(inner)
                            .map_or_else(|| Bytes::from_vec(Vec::new()), |stream| stream.bytes.clone())
                    }),
                };
                match bytes {
                    Ok(bytes) => self.outside.storages.insert(key, bytes),
                    Err(error) => self.problems.push(error),
                }
            } else if name == "byteorder"
                && let Some(stream) = self.streams.get(id)
                && stream
                    .bytes
                    .read_vec(member.data_at, member.data_len.min(8))
                    .is_ok_and(|text| text.starts_with(b"big"))
            {
                self.outside.storages.set_big();
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
            Some(Kind::Booster(form)) => drop(self.booster_file(id, form)),
            Some(Kind::Other(what)) => self.opaque_part(id, what),
            Some(Kind::Zip | Kind::Tar) => self.opaque_part(id, "an archive"),
            Some(Kind::Empty) => self.opaque_part(id, "an empty file"),
            _ => self.opaque_part(id, "a file picklescope does not read"),
        }
    }
}

/// Members of a checkpoint that are no models of their own: storages and one-line facts.
fn is_torch_record(name: &str) -> bool {
    let name = name.split_once('/').map_or(name, |(_, rest)| rest);
    let fact = matches!(name, "version" | "byteorder" | ".format_version" | ".storage_alignment");
    fact || name.starts_with("data/") || name.starts_with("constants/") || name.starts_with(".data/")
}

/// What the paths into a pickle begin with: `$` for the main one, `$#n` for the others.
pub(crate) fn prefix(pickle: usize, main: usize) -> String {
    if pickle == main { "$".to_owned() } else { format!("$#{pickle}") }
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
