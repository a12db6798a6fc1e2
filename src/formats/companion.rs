//! Arrays of joblib before 0.10 in files of their own, `NAME_01.npy` and `NAME_01.npy.z`: taken in when the main file is
//! opened, and opened by themselves when only they are.

use std::path::Path;
use std::sync::Arc;

use super::known::Known;
use super::{Body, Part, Reader, arrays, joblib, numpy};
use crate::array::{ArrayRef, Dtype, Elements, Order, layout};
use crate::bytes::{Bytes, Error, ErrorKind};
use crate::container::{Codec, Kind, Streams};
use crate::pickle::{NodeId, decode};

/// Endings of files that joblib writes: without one of them, or the file itself, `NAME_01.npy` is just a name.
const ENDINGS: [&str; 8] = [".pkl", ".pickle", ".joblib", ".jl", ".jbl", ".z", ".gz", ".model"];

/// The name of the main file that a companion of this name belongs to.
fn main_of<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let (main, number) = name.strip_suffix(ending)?.rsplit_once('_')?;
    (number.len() >= 2 && number.bytes().all(|b| b.is_ascii_digit()) && !main.is_empty()).then_some(main)
}

impl Reader<'_> {
    /// Says which main file an opened `NAME_01.npy` belongs to.
    pub(super) fn belongs(&mut self, path: &Path, bytes: &Bytes) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return };
        let Some(main) = main_of(name, ".npy") else { return };
        let there = self.folder.as_ref().is_some_and(|folder| folder.join(main).is_file());
        if there || ENDINGS.iter().any(|ending| main.ends_with(ending)) {
            let words = if there { "open that file to see where" } else { "which is not beside it" };
            let message =
                format!("joblib before 0.10 names the arrays of {main} like this file: it belongs to {main}, {words}");
            self.problems.push(Error { at: bytes.span(0, 0), kind: ErrorKind::Oddity(message) });
        }
    }

    /// Opens a `NAME_01.npy.z` by itself. It holds bytes alone; the shape and dtype are in the main file. False if the file
    /// is none of these.
    pub(super) fn z_companion(&mut self, path: &Path) -> bool {
        let file = self.streams.get(crate::bytes::StreamId::FILE).map(|stream| stream.kind);
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let (Some(Kind::Compressed(Codec::Zfile | Codec::Zlib)), Some(main)) = (file, main_of(name, ".npy.z")) else {
            return false;
        };
        let Some(inner) = self.streams.innermost() else { return false };
        let Some(data) = self.streams.get(inner).map(|stream| stream.bytes.clone()) else { return false };
        let described = self.described_in(main, name);
        let (shape, dtype, order) = described.clone().unwrap_or_else(|| {
            (vec![data.len()], Dtype::parse("|u1").unwrap_or_else(|| Dtype::opaque("bytes")), Order::C)
        });
        let mut array = ArrayRef {
            part: self.parts.len(),
            node: None,
            path: "$".into(),
            kind: "ndarray".into(),
            dtype: None,
            shape: Vec::new(),
            strides: Vec::new(),
            order,
            elements: Elements::Objects,
            n_items: None,
            storage: None,
            span: data.span(0, data.len()),
            preview: Vec::new(),
        };
        fill(&mut array, shape, dtype, order, Some(data.clone()));
        let message = match described {
            Some(_) => {
                format!("joblib before 0.10 wrote this array beside {main}: open that file to see where it belongs")
            }
            None => format!(
                "joblib before 0.10 wrote this array beside {main}, which is not there; its shape and dtype are in that file, \
                 so these are its bytes"
            ),
        };
        self.problems.push(Error { at: data.span(0, 0), kind: ErrorKind::Oddity(message) });
        self.parts.push(Part { name: "".into(), stream: inner, body: Body::Array(self.arrays.len()) });
        self.arrays.push(array);
        true
    }

    /// What the main file says of the companion `name`.
    fn described_in(&self, main: &str, name: &str) -> Option<(Vec<u64>, Dtype, Order)> {
        let bytes = Bytes::open(&self.folder.as_ref()?.join(main)).ok()?;
        let streams = Streams::open(bytes, self.limits, self.progress);
        let inner = streams.get(streams.innermost()?)?;
        let decoded = decode(&inner.bytes, Some(&mut joblib::Joblib), self.limits, self.progress);
        let known = Known::of(&decoded.graph);
        let all = arrays::arrays_of(&decoded, &known, 0, &arrays::Outside::default());
        let nodes = all.iter().filter_map(|array| array.node.map(NodeId::from_raw));
        let mut companions = nodes.filter_map(|id| arrays::companion_of(&decoded, &known, id));
        companions.find(|companion| companion.name == name)?.described
    }

    /// The objects of an array are a pickle in its companion, which joblib loads with the main file: a part like any other.
    fn companion_objects(&mut self, name: &str, bytes: Bytes, at: u64) {
        let stream = self.streams.beside(name, bytes, self.progress).and_then(|file| self.streams.behind(file, at));
        let Some(stream) = stream.map_err(|error| self.problems.push(error)).ok() else { return };
        let Some(bytes) = self.streams.get(stream).map(|stream| stream.bytes.clone()) else { return };
        let decoded = decode(&bytes, Some(&mut joblib::Joblib), self.limits, self.progress);
        self.companions.push((name.into(), stream, decoded));
    }

    /// Takes an array from the file that joblib before 0.10 wrote beside this one.
    pub(super) fn companion(&mut self, companion: &arrays::Companion, array: &mut ArrayRef) {
        // The name is the file's word: it must not lead anywhere else.
        let bare = Path::new(&companion.name).file_name().is_some_and(|name| name == companion.name.as_str());
        let Some(bytes) =
            self.folder.as_ref().filter(|_| bare).and_then(|folder| Bytes::open(&folder.join(&companion.name)).ok())
        else {
            // What is compressed is described in the main file all the same.
            if let Some((shape, dtype, order)) = &companion.described {
                let missing = array.elements.clone();
                fill(array, shape.clone(), dtype.clone(), *order, None);
                array.elements = missing;
            }
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
                        self.companion_objects(&companion.name, bytes, npy.data_at);
                    }
                }
                Err(error) => array.elements = Elements::Missing(Error { at: array.span, ..error }),
            },
            Some((shape, dtype, order)) => {
                let companion = Streams::open(bytes, self.limits, self.progress);
                let data = companion.innermost().and_then(|id| companion.get(id)).map(|stream| stream.bytes.clone());
                fill(array, shape.clone(), dtype.clone(), *order, data);
            }
        }
    }
}

/// Describes `array` and gives it its data, if they are what the description needs.
fn fill(array: &mut ArrayRef, shape: Vec<u64>, dtype: Dtype, order: Order, data: Option<Bytes>) {
    let strides = match order {
        Order::F => layout::f_strides(&shape, dtype.size),
        _ => layout::c_strides(&shape, dtype.size),
    };
    let needed = layout::count(&shape).and_then(|n| n.checked_mul(dtype.size));
    let at = array.span;
    let lie = |message: &str| Error { at, kind: ErrorKind::Header { what: "companion", message: message.to_owned() } };
    array.elements = match data.filter(|data| Some(data.len()) == needed && !dtype.has_objects()) {
        Some(data) => Elements::Bytes(data),
        None if dtype.has_objects() => {
            array.n_items = Some(0);
            Elements::Missing(lie("joblib 0.8 wrote the text of the objects instead of them; they are lost"))
        }
        None => Elements::Missing(lie("its data do not fit the array")),
    };
    array.strides = strides.unwrap_or_else(|| vec![0; shape.len()]);
    (array.shape, array.order, array.dtype) = (shape, order, Some(Arc::new(dtype)));
}
