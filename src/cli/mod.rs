//! The command line: the same facts as the window, as text or JSON. The contract is the table in the README; fields may
//! be added, never renamed.

mod arrays;
mod info;
mod ops;
mod sarif;
mod scan;
mod tree;
mod watch;

use std::ffi::OsString;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::bytes::{Bytes, Limits, Problem, Progress};
use crate::formats::{self, Artifact};

/// See what is in a model file before anything loads it. Nothing in a file is ever run.
#[derive(Debug, Parser)]
#[command(name = "picklescope", version, about, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Files to open in the window, each in a tab
    paths: Vec<PathBuf>,
    #[command(flatten)]
    caps: Caps,
}

/// What reading a file may cost.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Caps {
    /// Unpacked data kept in memory, in MiB; what is beyond goes to a temporary file [default: 1024]
    #[arg(long, value_name = "MIB", global = true)]
    memory: Option<u32>,
    /// Unpack however much there is, also what looks like a bomb
    #[arg(long, global = true)]
    raise_limits: bool,
}

impl Caps {
    /// The limits they ask for, if they ask for any.
    fn limits(self) -> Option<Limits> {
        let usual = Limits::default();
        let memory_bytes = self.memory.map_or(usual.memory_bytes, |mib| u64::from(mib) << 20);
        let limits = Limits { memory_bytes, ..usual };
        match self {
            Self { raise_limits: true, .. } => Some(limits.raised()),
            Self { memory, .. } => memory.map(|_| limits),
        }
    }
}

/// Text for people or JSON for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What a file is made of
    Info {
        /// Files or folders; - is standard input
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Digest of the file also where it is longer than 64 MiB, which reads all of it
        #[arg(long)]
        sha256: bool,
        /// How to print it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// The objects as a tree
    Tree {
        /// The file; - is standard input
        path: PathBuf,
        /// Levels to print
        #[arg(long, default_value_t = 4)]
        depth: usize,
        /// Begin at this object, e.g. '$.steps[0]'
        #[arg(long, value_name = "EXPR")]
        at: Option<String>,
        /// How to print it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// The opcodes of a pickle
    Ops {
        /// The file; - is standard input
        path: PathBuf,
        /// One stream of a container (`where` of info)
        #[arg(long, value_name = "NAME")]
        stream: Option<String>,
        /// One of several pickles, from 0
        #[arg(long, value_name = "N")]
        pickle: Option<usize>,
        /// Lines of offset, name and argument in a form for programs
        #[arg(long)]
        canonical: bool,
        /// How to print it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// The arrays, with statistics or digests if asked
    Arrays {
        /// The file; - is standard input
        path: PathBuf,
        /// Read the values: min, max, mean, std, NaN, zeros
        #[arg(long)]
        stats: bool,
        /// Digest of the values as C-order little-endian bytes
        #[arg(long)]
        sha256: bool,
        /// Only arrays below this object
        #[arg(long, value_name = "EXPR")]
        at: Option<String>,
        /// How to print it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// What loading files would do
    Scan(scan::Options),
    /// A completion script for a shell
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
}

/// What the arguments ask for.
pub enum Asked {
    /// A subcommand; run it with [`run_command`].
    Print(Box<Arguments>),
    /// The window, with these files.
    Window(Vec<PathBuf>, Option<Limits>),
    /// Nothing further: help, version or a mistake was printed; the exit status.
    Done(u8),
}

/// Understands the arguments (without the program's name).
pub fn parse(arguments: impl IntoIterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> Asked {
    let all = std::iter::once(OsString::from("picklescope")).chain(arguments);
    match Arguments::try_parse_from(all) {
        Ok(Arguments { command: None, paths, caps }) => Asked::Window(paths, caps.limits()),
        Ok(arguments) => Asked::Print(Box::new(arguments)),
        Err(e) => {
            // There is nobody to tell if even this cannot be written.
            let _ = if e.use_stderr() { write!(err, "{}", e.render()) } else { write!(out, "{}", e.render()) };
            Asked::Done(if e.use_stderr() { 2 } else { 0 })
        }
    }
}

/// Runs a command line that opens no window and gives its exit status: 0 nothing to report, 1 `scan` found something,
/// 2 an input could not be read or the command line is wrong.
pub fn run(arguments: impl IntoIterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    match parse(arguments, out, err) {
        Asked::Print(arguments) => run_command(*arguments, out, err),
        Asked::Window(paths, limits) => without_window(&paths, limits.as_ref(), out, err),
        Asked::Done(status) => status,
    }
}

/// Runs a subcommand.
pub fn run_command(arguments: Arguments, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let Some(command) = arguments.command else { return 2 };
    let limits = &arguments.caps.limits().unwrap_or_default();
    let done = match command {
        Command::Info { paths, sha256, format } => info::run(&paths, sha256, limits, format, out, err),
        Command::Tree { path, depth, at, format } => tree::run(&path, depth, at.as_deref(), limits, format, out, err),
        Command::Ops { path, stream, pickle, canonical, format } => {
            ops::run(&path, ops::Wanted { stream, pickle, canonical }, limits, format, out, err)
        }
        Command::Arrays { path, stats, sha256, at, format } => {
            arrays::run(&path, arrays::Wanted { stats, sha256, at }, limits, format, out, err)
        }
        Command::Scan(options) => scan::run(&options, limits, out, err),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "picklescope", out);
            Ok(0)
        }
    };
    done.unwrap_or_else(|e| {
        // A reader that closed the pipe (`| head`) has what it wanted.
        if e.kind() == io::ErrorKind::BrokenPipe {
            return 0;
        }
        let _ = writeln!(err, "picklescope: {e}");
        2
    })
}

/// Without a display: says so, and prints what the window would show.
pub fn without_window(paths: &[PathBuf], limits: Option<&Limits>, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let limits = &limits.cloned().unwrap_or_default();
    let _ = writeln!(err, "picklescope: no window can be opened here (no display); this is `info` and `tree` instead");
    if paths.is_empty() {
        let _ = write!(out, "{}", Arguments::command().render_help());
        return 0;
    }
    let mut status = info::run(paths, false, limits, Format::Text, out, err).unwrap_or(2);
    for path in paths {
        let _ = writeln!(out);
        status = status.max(tree::run(path, 4, None, limits, Format::Text, out, err).unwrap_or(2));
    }
    status
}

/// Opens a path, or standard input for `-`. What cannot be read at all is said on `err`.
fn open(path: &Path, limits: &Limits, err: &mut dyn Write) -> Option<Artifact> {
    let progress = Progress::new();
    if path == Path::new("-") {
        let mut all = Vec::new();
        if let Err(e) = io::stdin().lock().take(limits.inflated_bytes).read_to_end(&mut all) {
            let _ = writeln!(err, "picklescope: standard input cannot be read: {e}");
            return None;
        }
        return Some(formats::read(path, Bytes::from_vec(all), limits, &progress));
    }
    match watch::watched(&progress, || formats::open(path, limits, &progress)) {
        Ok(artifact) => Some(artifact),
        Err(error) => {
            let name = crate::view::escape::name(path.as_os_str());
            let _ = writeln!(err, "picklescope: {name}: {error}");
            None
        }
    }
}

/// The files a path stands for: itself, or all below it in the order of their names. Links are not followed.
fn files(path: &Path, err: &mut dyn Write) -> Vec<PathBuf> {
    if path == Path::new("-") || !path.is_dir() {
        return vec![path.to_owned()];
    }
    let (mut found, mut folders) = (Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) => {
                let name = crate::view::escape::name(folder.as_os_str());
                let _ = writeln!(err, "picklescope: {name}: {e}");
                continue;
            }
        };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    if found.is_empty() {
        let name = crate::view::escape::name(path.as_os_str());
        let _ = writeln!(err, "picklescope: {name}: this folder holds no files");
    }
    found.sort();
    found
}

fn problem_json(artifact: &Artifact, problem: &Problem) -> serde_json::Value {
    serde_json::json!({
        "where": artifact.stream_name(problem.at.stream),
        "offset": problem.at.start,
        "kind": problem.kind.name(),
        "message": problem.to_string(),
    })
}

/// `0x1f4: BINUNICODE needs 4,096 bytes, 12 are left`
fn problem_text(artifact: &Artifact, problem: &Problem) -> String {
    let stream = artifact.stream_name(problem.at.stream);
    let of = if stream.is_empty() { String::new() } else { format!(" of {}", crate::view::escape::plain(stream)) };
    format!("{:#x}{of}: {problem}", problem.at.start)
}

fn write_json(out: &mut dyn Write, document: &serde_json::Value) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}
