//! Where bytes come from: a file read at positions, memory, or an unlinked temporary file.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// What tells whether a file is still the one that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStamp {
    /// Length in bytes.
    pub len: u64,
    /// Time of the last change, where the file system knows it.
    pub modified: Option<SystemTime>,
}

impl FileStamp {
    fn of(meta: &Metadata) -> Self {
        Self { len: meta.len(), modified: meta.modified().ok() }
    }
}

/// An owner of bytes.
#[derive(Debug)]
pub enum Source {
    /// A file of the user's, read at positions.
    File {
        /// The path it was opened by.
        path: PathBuf,
        /// The open file.
        file: File,
        /// Length and time at opening.
        stamp: FileStamp,
    },
    /// Bytes in memory.
    Memory(Vec<u8>),
    /// What was inflated past the memory budget: a part of a temporary file that has no name any more.
    Spill {
        /// The open file, which all such streams share.
        file: Arc<File>,
        /// Where the stream begins in it.
        start: u64,
        /// Length when it was complete.
        len: u64,
    },
}

fn be_a_file(meta: &std::fs::Metadata) -> io::Result<()> {
    if meta.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "this is a folder"));
    }
    if !meta.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a regular file"));
    }
    Ok(())
}

impl Source {
    /// Opens `path`; a folder is an error that says so.
    pub fn open(path: &Path) -> io::Result<Self> {
        // Asked before as well: to open a named pipe is to wait for whoever writes into it.
        be_a_file(&std::fs::metadata(path)?)?;
        let file = File::open(path)?;
        let meta = file.metadata()?;
        be_a_file(&meta)?;
        Ok(Self::File { path: path.to_owned(), file, stamp: FileStamp::of(&meta) })
    }

    /// Number of bytes (for a file, at opening).
    pub fn len(&self) -> u64 {
        match self {
            Self::File { stamp, .. } => stamp.len,
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Spill { len, .. } => *len,
        }
    }

    /// True if there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The file's path, if it is a user's file.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => Some(path),
            _ => None,
        }
    }

    /// True if the file on disk is no longer the one that was opened: other length, other time, or gone.
    pub fn changed(&self) -> bool {
        match self {
            Self::File { path, stamp, .. } => {
                std::fs::metadata(path).map_or(true, |meta| FileStamp::of(&meta) != *stamp)
            }
            _ => false,
        }
    }

    /// True if nothing has the name of the opened file any more. What is open can still be read.
    pub fn is_gone(&self) -> bool {
        let Self::File { path, .. } = self else { return false };
        std::fs::metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// One read at a position; may return fewer bytes than asked, 0 at the end.
    pub(super) fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File { file, .. } => read_file_at(file, at, buf),
            Self::Spill { file, start, len } => {
                // What follows belongs to another stream.
                let n = usize::try_from(len.saturating_sub(at)).unwrap_or(usize::MAX).min(buf.len());
                match buf.get_mut(..n) {
                    Some(part) => read_file_at(file, start.saturating_add(at), part),
                    None => Ok(0),
                }
            }
            Self::Memory(bytes) => {
                let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[]);
                let n = rest.len().min(buf.len());
                if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
                    to.copy_from_slice(from);
                }
                Ok(n)
            }
        }
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, at: u64, buf: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, at)
}

#[cfg(windows)]
fn read_file_at(file: &File, at: u64, buf: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buf, at)
}
