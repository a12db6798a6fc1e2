//! What leaves the program because its user asks for it: text for the clipboard, an array as a file. Made beside the window.

use std::io::{self, BufWriter};
use std::path::PathBuf;
use std::sync::Arc;

use egui::Context;

use super::jobs::{Job, Poll};
use super::workspace::{Notice, Workspace};
use crate::array::export;
use crate::bytes::Progress;
use crate::formats::Artifact;
use crate::pickle::NodeId;
use crate::view::{escape, json, number};

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Gift {
    /// The array with this number as the Python that makes it again.
    Python(usize),
    /// An object of a part as JSON, and its path.
    Json(usize, NodeId, String),
    /// The array with this number as an npy file.
    File(usize),
}

/// What came of it.
#[derive(Debug)]
pub enum Given {
    /// Text for the clipboard.
    Text(String),
    /// A file of so many bytes.
    Saved(PathBuf, u64),
    /// The user thought better of it.
    Nothing,
    /// It could not be done: why.
    Failed(String),
}

/// Starts to make what is asked for; what is being made for an earlier wish is given up.
pub fn give(ctx: &Context, w: &mut Workspace, gift: Gift) {
    let Some(artifact) = w.doc().map(|doc| Arc::clone(&doc.artifact)) else { return };
    let title = if matches!(gift, Gift::File(_)) { "Writing" } else { "Copying" };
    w.giving = Some(Job::spawn(ctx, title, move |progress| make(&artifact, &gift, progress)));
}

/// Takes in what was made.
pub fn poll(ctx: &Context, w: &mut Workspace) {
    let Some(job) = &mut w.giving else { return };
    let given = match job.poll() {
        Poll::Working => return,
        Poll::Done(given) => given,
        Poll::Panicked(words) => Given::Failed(words),
    };
    w.giving = None;
    match given {
        Given::Nothing => {}
        Given::Text(text) => ctx.copy_text(text),
        Given::Saved(path, size) => {
            let name = escape::name(path.file_name().unwrap_or(path.as_os_str()));
            w.notice = Some(Notice::good(format!("Saved {name}, {}", number::size(size))));
        }
        Given::Failed(why) => w.notice = Some(Notice::from(why)),
    }
}

fn make(artifact: &Artifact, gift: &Gift, progress: &Progress) -> Given {
    let text = |made: crate::bytes::Result<String>| match made {
        Ok(text) => Given::Text(text),
        Err(error) => Given::Failed(format!("This cannot be copied: {error}")),
    };
    match gift {
        Gift::Python(array) => match artifact.arrays.get(*array).and_then(|array| array.view()) {
            Some(view) => text(export::python(&view, progress)),
            None => Given::Failed("This cannot be copied: its values are not in this file".to_owned()),
        },
        Gift::Json(part, node, path) => text(json::json(artifact, *part, *node, path, progress)),
        Gift::File(array) => {
            let dialog =
                rfd::FileDialog::new().set_file_name(file_name(artifact, *array)).add_filter("NumPy", &["npy"]);
            match dialog.save_file() {
                Some(path) => save(artifact, *array, path, progress),
                None => Given::Nothing,
            }
        }
    }
}

/// Writes an array beside `path` and puts it there once it is whole.
fn save(artifact: &Artifact, array: usize, path: PathBuf, progress: &Progress) -> Given {
    let written = || -> io::Result<u64> {
        let view = artifact.arrays.get(array).and_then(|array| array.view());
        let view = view.ok_or_else(|| io::Error::other("its values are not in this file"))?;
        let folder = path.parent().ok_or_else(|| io::Error::other("there is no such folder"))?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        export::npy(&view, &mut BufWriter::new(&mut file), progress)?;
        Ok(file.persist(&path)?.metadata()?.len())
    };
    match written() {
        Ok(size) => Given::Saved(path, size),
        Err(_) if progress.is_cancelled() => Given::Nothing,
        Err(error) => Given::Failed(format!("The array cannot be saved: {error}")),
    }
}

/// `model.coef_.npy` for the array at `$.coef_` of `model.joblib`.
fn file_name(artifact: &Artifact, array: usize) -> String {
    let path = artifact.arrays.get(array).map(|array| array.path.replacen('$', "", 1)).unwrap_or_default();
    let plain =
        |text: &str| text.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { ' ' }).collect::<String>();
    let stem = artifact.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let words = format!("{} {}", plain(&stem), plain(&path));
    let all: Vec<&str> = words.split_whitespace().collect();
    let name: String = all.join(".").chars().take(80).collect();
    format!("{}.npy", if name.is_empty() { "array" } else { &name })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bytes::{Bytes, Limits};

    #[test]
    fn an_array_is_saved_as_numpy_wrote_it() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files/numpy/big_f8.npy");
        let data = std::fs::read(&path).unwrap();
        let progress = Progress::new();
        let artifact = crate::formats::read(&path, Bytes::from_vec(data.clone()), &Limits::default(), &progress);
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join(file_name(&artifact, 0));
        let given = save(&artifact, 0, to.clone(), &progress);
        assert!(matches!(given, Given::Saved(..)), "{given:?}");
        assert_eq!(std::fs::read(to).unwrap(), data);
        // Nothing else stays in the folder.
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
