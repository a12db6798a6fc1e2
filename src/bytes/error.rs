//! What can go wrong with bytes, as data: the place and the kind. Words are made here once, for every surface.

use super::{INFLATED, Span};

/// `Result` with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// `12,408`
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Something that could not be understood, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// The place it concerns.
    pub at: Span,
    /// What it is.
    pub kind: ErrorKind,
}

/// An [`Error`] that did not stop the reading: the rest is shown, and this beside the thing it concerns.
pub type Problem = Error;

/// The kinds of trouble. [`ErrorKind::name`] is the stable word of the JSON documents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The data end inside something.
    #[error("{what} needs {} bytes, {} are left", grouped(*needed), grouped(*left))]
    Truncated {
        /// What ends early (an opcode's name, "zip header").
        what: &'static str,
        /// Bytes it needs.
        needed: u64,
        /// Bytes there are.
        left: u64,
    },
    /// There is nothing at all.
    #[error("the file is empty")]
    Empty,
    /// The file became shorter while it was read.
    #[error("the file became shorter while it was read")]
    Shrunk,
    /// The file was rewritten while it was read.
    #[error("the file changed on disk while it was read")]
    Changed,
    /// The operating system refused.
    #[error("cannot be read: {0}")]
    Io(String),
    /// The user cancelled.
    #[error("stopped before the end")]
    Cancelled,
    /// A limit of ours refused.
    #[error("refused: more than {limit} of {what}")]
    Limit {
        /// What there would be too much of.
        what: &'static str,
        /// The limit, in its own unit.
        limit: u64,
    },
    /// Compressed data expand suspiciously.
    #[error("refused: unpacks to more than {ratio} times its size")]
    Ratio {
        /// The allowed ratio.
        ratio: u64,
    },
    /// A compressed stream is damaged.
    #[error("{codec} data are damaged: {message}")]
    Codec {
        /// The codec's name as in `info`.
        codec: &'static str,
        /// What the decoder says.
        message: String,
    },
    /// An archive's structure contradicts itself.
    #[error("{what}: {message}")]
    Archive {
        /// "zip", "tar".
        what: &'static str,
        /// What contradicts.
        message: String,
    },
    /// A byte that is no opcode in any protocol.
    #[error("0x{0:02x} is not an opcode")]
    UnknownOpcode(u8),
    /// An opcode's argument cannot be read.
    #[error("{op} has a bad argument: {message}")]
    BadArgument {
        /// The opcode's name.
        op: &'static str,
        /// What is wrong.
        message: String,
    },
    /// An opcode popped past the bottom of the stack, or past a mark.
    #[error("{op} needs {needed} on the stack, {have} are there")]
    StackUnderflow {
        /// The opcode's name.
        op: &'static str,
        /// Items it pops.
        needed: u64,
        /// Items there are.
        have: u64,
    },
    /// An opcode needs a MARK and there is none.
    #[error("{op} finds no MARK on the stack")]
    NoMark {
        /// The opcode's name.
        op: &'static str,
    },
    /// A memo entry that was never stored.
    #[error("{op} asks for memo entry {index}, which was never stored")]
    MissingMemo {
        /// The opcode's name.
        op: &'static str,
        /// The index asked for.
        index: u64,
    },
    /// An unpickler would raise here for another reason.
    #[error("{op}: {message}")]
    Unpickler {
        /// The opcode's name.
        op: &'static str,
        /// What a real unpickler would say.
        message: String,
    },
    /// The stream ends without STOP.
    #[error("the pickle ends without STOP")]
    NoStop,
    /// Bytes that no reader looks at.
    #[error("{} bytes after the end that no unpickler reads", grouped(*.0))]
    Trailing(u64),
    /// Something unusual that real readers accept.
    #[error("{0}")]
    Oddity(String),
    /// Built so that readers disagree about it: one loads what another does not see.
    #[error("{message}")]
    Ambiguous {
        /// What they disagree about: "frame", "memo", "protocol", "polyglot".
        what: &'static str,
        /// How.
        message: String,
    },
    /// A header says something impossible.
    #[error("{what}: {message}")]
    Header {
        /// The format or part.
        what: &'static str,
        /// What is impossible.
        message: String,
    },
    /// A file that should lie beside this one is missing.
    #[error("{0} is missing beside this file")]
    MissingCompanion(String),
    /// A tensor's storage that the file does not hold.
    #[error("storage {0} is not in the file")]
    MissingStorage(String),
    /// Recognised, but not read by picklescope.
    #[error("this is {0}, which picklescope does not read")]
    NotSupported(String),
    /// Nothing known.
    #[error("this is not a format picklescope knows")]
    Unrecognised,
}

impl ErrorKind {
    /// A limit refused that [`Limits::raised`](super::Limits::raised) takes away.
    pub fn is_raisable(&self) -> bool {
        matches!(self, Self::Ratio { .. } | Self::Limit { what: INFLATED, .. })
    }

    /// True if the reading was ended by a limit or by the user: what came before is all there is.
    pub fn is_stop(&self) -> bool {
        matches!(self, Self::Ratio { .. } | Self::Limit { .. } | Self::Cancelled)
    }

    /// The stable word for this kind, as the JSON documents print it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "truncated",
            Self::Empty => "empty",
            Self::Shrunk | Self::Changed => "changed",
            Self::Io(_) => "io",
            Self::Cancelled => "cancelled",
            Self::Limit { .. } | Self::Ratio { .. } => "limit",
            Self::Codec { .. } => "damaged-compression",
            Self::Archive { .. } => "archive",
            Self::UnknownOpcode(_) => "unknown-opcode",
            Self::BadArgument { .. } => "bad-argument",
            Self::StackUnderflow { .. } => "stack-underflow",
            Self::NoMark { .. } => "no-mark",
            Self::MissingMemo { .. } => "missing-memo",
            Self::Unpickler { .. } => "unpickler-error",
            Self::NoStop => "no-stop",
            Self::Trailing(_) => "trailing-bytes",
            Self::Oddity(_) => "oddity",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Header { .. } => "bad-header",
            Self::MissingCompanion(_) => "missing-companion",
            Self::MissingStorage(_) => "missing-storage",
            Self::NotSupported(_) => "not-supported",
            Self::Unrecognised => "unrecognised",
        }
    }

    /// True if the thing was read to its end all the same.
    pub fn is_remark(&self) -> bool {
        matches!(self, Self::Trailing(_) | Self::Oddity(_) | Self::Ambiguous { .. })
    }
}
