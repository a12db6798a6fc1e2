//! `arrays`: every array by its path, with statistics and digests if asked.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::watch::with_progress;
use super::{Format, open, problem_json, problem_text, write_json};
use crate::array::{ArrayRef, ArrayView, Number, Scalar, Stats, sha256, stats};
use crate::bytes::{Limits, Problem, Progress};
use crate::formats::{Artifact, sparse};
use crate::view::{escape, number};

/// What to compute beside the description.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub stats: bool,
    pub sha256: bool,
    /// Only arrays below this object.
    pub at: Option<String>,
}

pub(super) fn run(
    path: &Path,
    wanted: Wanted,
    limits: &Limits,
    format: Format,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let Some(artifact) = open(path, limits, err) else { return Ok(2) };
    let below = |array: &&ArrayRef| {
        wanted.at.as_ref().is_none_or(|at| {
            array
                .path
                .strip_prefix(at.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '<']))
        })
    };
    let arrays = artifact.own_arrays().iter().filter(below);
    match format {
        Format::Json => {
            let all: Vec<Value> = arrays.map(|array| entry(&artifact, array, &wanted)).collect();
            let mut document = json!({"schema": "picklescope.arrays/1", "path": path.to_string_lossy(), "arrays": all});
            let wrong = if wanted.stats { indices(&artifact) } else { Vec::new() };
            if let (false, Some(object)) = (wrong.is_empty(), document.as_object_mut()) {
                let wrong: Vec<Value> = wrong.iter().map(|problem| problem_json(&artifact, problem)).collect();
                object.insert("problems".to_owned(), wrong.into());
            }
            write_json(out, &document)?;
        }
        Format::Text => {
            for array in arrays {
                let dtype = array.dtype.as_ref().map_or_else(|| "?".to_owned(), |dtype| dtype.human());
                let size = array.nbytes().map(|n| format!("  {}", number::size(n))).unwrap_or_default();
                writeln!(
                    out,
                    "{}  {} {}{size}",
                    escape::plain(&array.path),
                    escape::plain(&dtype),
                    array.shape_text()
                )?;
                let Some(view) = array.view() else { continue };
                if wanted.stats
                    && let Ok(s) = with_progress("Statistics", |progress| stats(&view, progress))
                    && let (Some(min), Some(max)) = (s.min, s.max)
                {
                    let show = |n: Number| match n {
                        Number::Int(i) => i.to_string(),
                        Number::Float(f) => number::short(f),
                    };
                    let mean = s.mean.map(|m| format!("  mean {}", number::short(m))).unwrap_or_default();
                    let std = s.std.map(|v| format!("  std {}", number::short(v))).unwrap_or_default();
                    let nan = s.nan.filter(|n| *n > 0).map(|n| format!("  {n} NaN")).unwrap_or_default();
                    writeln!(out, "    min {}  max {}{mean}{std}{nan}", show(min), show(max))?;
                }
                if wanted.sha256
                    && let Ok(digest) = with_progress("Hashing", |progress| sha256(&view, progress))
                {
                    writeln!(out, "    sha256 {digest}")?;
                }
            }
            let read = if wanted.stats { indices(&artifact) } else { Vec::new() };
            for problem in artifact.problems.iter().chain(&read) {
                writeln!(out, "problem at {}", problem_text(&artifact, problem))?;
            }
        }
    }
    Ok(0)
}

/// What is wrong with the indices of sparse matrices, which are read for that.
fn indices(artifact: &Artifact) -> Vec<Problem> {
    let sound = sparse::all(artifact).filter(|sparse| sparse.shape_problems().is_empty());
    let problems = sound.map(|sparse| {
        with_progress("Checking indices", |progress| sparse.value_problems(progress))
            .unwrap_or_else(|error| vec![error])
    });
    problems.flatten().collect()
}

fn entry(artifact: &Artifact, array: &ArrayRef, wanted: &Wanted) -> Value {
    let stream = artifact.stream_name(array.span.stream);
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| {
        object.insert(key.to_owned(), value);
    };
    put("path", json!(array.path));
    put("kind", json!(array.kind));
    // A dtype that is an object of its own has no text of NumPy's.
    let dtype = array.dtype.as_ref().filter(|dtype| !matches!(dtype.scalar, Scalar::Opaque(_)));
    put("dtype", json!(dtype.map(|dtype| dtype.text())));
    let titles = dtype.map(|dtype| dtype.titles()).unwrap_or_default();
    if !titles.is_empty() {
        let titles = titles.into_iter().map(|(name, title)| (name, json!(title)));
        put("titles", Value::Object(titles.collect()));
    }
    put("shape", json!(array.shape));
    put("order", json!(array.order.text()));
    put("strides", json!(array.strides));
    put("nbytes", json!(array.nbytes()));
    put("where", json!(stream));
    put("offset", json!(array.span.start));
    if let Some(n) = array.n_items {
        put("n_items", json!(n));
    }
    let view = array.view();
    if let (true, Some(view)) = (wanted.stats, &view) {
        match array.dtype.as_ref().map(|dtype| &dtype.scalar) {
            Some(Scalar::Struct(_)) => put("fields", fields(view)),
            _ => {
                if let Ok(stats) = with_progress("Statistics", |progress| stats(view, progress)) {
                    put_stats(&stats, &mut put);
                }
            }
        }
    }
    if wanted.sha256 {
        let digest = view.and_then(|view| with_progress("Hashing", |progress| sha256(&view, progress)).ok());
        put("sha256", json!(digest));
    }
    Value::Object(object)
}

/// The statistics of each field of a record.
fn fields(view: &ArrayView) -> Value {
    let Scalar::Struct(fields) = &view.dtype().scalar else { return Value::Null };
    let mut all = Map::new();
    for field in fields {
        let mut object = Map::new();
        if let Some(part) = view.field(field)
            && let Ok(stats) = stats(&part, &Progress::new())
        {
            put_stats(&stats, &mut |key, value| {
                object.insert(key.to_owned(), value);
            });
        }
        all.insert(field.name.to_string(), Value::Object(object));
    }
    Value::Object(all)
}

fn put_stats(s: &Stats, put: &mut impl FnMut(&str, Value)) {
    let float = |f: f64| match f {
        f if f.is_nan() => json!("nan"),
        f if f.is_infinite() => json!(if f > 0.0 { "inf" } else { "-inf" }),
        f => json!(f),
    };
    let exact = |n: Number| match n {
        Number::Int(i) => {
            i64::try_from(i).map_or_else(|_| u64::try_from(i).map_or(Value::Null, |i| json!(i)), |i| json!(i))
        }
        Number::Float(f) => float(f),
    };
    let counts = [("nan", s.nan), ("posinf", s.posinf), ("neginf", s.neginf), ("zeros", s.zeros), ("nat", s.nat)];
    for (key, value) in [("min", s.min), ("max", s.max)] {
        if let Some(value) = value {
            put(key, exact(value));
        }
    }
    for (key, value) in [("mean", s.mean), ("std", s.std)] {
        if let Some(value) = value {
            put(key, float(value));
        }
    }
    for (key, value) in counts {
        if let Some(value) = value {
            put(key, json!(value));
        }
    }
    if let Some((re, im)) = s.complex_mean {
        put("mean_re", float(re));
        put("mean_im", float(im));
    }
}
