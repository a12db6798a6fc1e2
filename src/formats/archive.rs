//! Archives: every member that is a model is read, to the depth that the limits name; the rest is listed as what it looks
//! to be. PyTorch's zips and tars are archives whose members belong together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::torch::Storages;
use super::torch::tar::{Between, MEMBERS, Member as TorchMember, Tensors};
use super::{Body, Part, Raw, Reader, joblib};
use crate::bytes::{Bytes, Error, ErrorKind, StreamId};
use crate::container::{Archive, Codec, Kind, Member, tar, zip};
use crate::pickle::{decode, decode_first};

impl Reader<'_> {
    /// Reads the members of the archive that `id` is. Gives the end of the last one.
    pub(super) fn archive(&mut self, id: StreamId, words: &mut Vec<&'static str>) -> u64 {
        let Some(stream) = self.streams.get(id) else { return 0 };
        let bytes = stream.bytes.clone();
        let archive = match stream.kind {
            Kind::Tar => tar::list(&bytes, self.limits),
            _ => zip::list(&bytes, self.limits),
        };
        self.problems.extend(archive.problems.iter().cloned());
        self.members(id, &archive, words);
        if archive.end < bytes.len() {
            self.behind(id, archive.end);
        }
        archive.members.iter().map(Member::end).max().unwrap_or(0)
    }

    /// Reads the members of an archive that begins somewhere in the stream `id`.
    pub(super) fn members(&mut self, id: StreamId, archive: &Archive, words: &mut Vec<&'static str>) {
        let named = |name: &str| archive.members.iter().find(|member| own_name(member) == name);
        if MEMBERS.iter().skip(1).all(|name| named(name).is_some()) {
            words.extend(["torch", "pickle"]);
            return self.torch_tar(id, archive);
        }
        let root = torch_root(archive);
        if let Some(root) = &root {
            let script = archive.members.iter().any(|m| m.name.strip_prefix(root.as_str()) == Some("constants.pkl"));
            words.extend([if script { "torchscript" } else { "torch" }, "pickle"]);
        } else if words.last() == Some(&"zip") && archive.members.iter().any(|m| m.name.ends_with(".npy")) {
            words.push("npz");
        }
        let shelves = self.shelves(id, archive, root.as_deref());
        let outer = std::mem::take(&mut self.outside.storages);
        // The object first, since it is what people open the file for; its constants; last what only debuggers read.
        let rank = |member: &&Member| match root.as_deref().and_then(|root| member.name.strip_prefix(root)) {
            Some("data.pkl") => 0,
            Some("constants.pkl") => 1,
            Some(name) if name.ends_with(".debug_pkl") => 3,
            _ => 2,
        };
        let mut members: Vec<&Member> = archive.members.iter().collect();
        members.sort_by_key(rank);
        for member in members {
            if self.progress.is_cancelled() {
                break;
            }
            let record =
                root.as_deref().is_some_and(|root| is_record(&member.name, root)) || shelf_of(member).is_some();
            if member.is_folder() && member.data_len == 0 || record {
                continue;
            }
            let folder = member.name.strip_suffix(".pkl").unwrap_or(&member.name);
            let packaged = || shelves.iter().find(|(folder, _)| folder.ends_with(".data")).map(|(_, shelf)| shelf);
            let shelf = shelves.iter().find(|(name, _)| name == folder).map(|(_, shelf)| shelf).or_else(packaged);
            self.outside.storages = shelf.cloned().unwrap_or_default();
            self.member(id, member);
        }
        self.outside.storages = outer;
    }

    /// Reads one member as what it looks to be.
    fn member(&mut self, id: StreamId, member: &Member) {
        match self.streams.member(id, member, self.progress) {
            Ok(inner) => self.stream(inner, &mut Vec::new()),
            Err(error) => {
                self.problems.push(error);
                let name = self.streams.member_name(id, &member.name).into();
                self.parts.push(Part { name, stream: id, body: Body::Opaque("a member that is not read") });
            }
        }
    }

    /// Where the storages of an archive lie, by the folder they are in: ranges of it, since they are stored as they are.
    fn shelves(&mut self, id: StreamId, archive: &Archive, root: Option<&str>) -> Vec<(String, Arc<Storages>)> {
        let mut shelves: Vec<(String, Storages)> = Vec::new();
        let mut at: HashMap<&str, usize> = HashMap::new();
        let mut big = false;
        for member in &archive.members {
            if self.progress.is_cancelled() {
                break;
            }
            let shelf = shelf_of(member).filter(|(folder, _)| root.is_some() || folder.ends_with(".data"));
            let fact = root.filter(|root| is_record(&member.name, root));
            if shelf.is_none() && fact.is_none() {
                continue;
            }
            let bytes = match self.data_of(id, member) {
                Ok(bytes) => bytes,
                Err(error) => {
                    self.problems.push(error);
                    continue;
                }
            };
            self.hidden(id, member, &bytes);
            if let Some((folder, key)) = shelf {
                let i = *at.entry(folder).or_insert_with(|| {
                    shelves.push((folder.to_owned(), Storages::default()));
                    shelves.len() - 1
                });
                if let Some((_, shelf)) = shelves.get_mut(i) {
                    shelf.insert(key, bytes);
                }
            } else if member.name.ends_with("byteorder") {
                big |= bytes.head(8).is_ok_and(|text| text.starts_with(b"big"));
            }
        }
        let finish = |(folder, mut shelf): (String, Storages)| {
            if big {
                shelf.set_big();
            }
            if folder.ends_with("traced_inputs") {
                shelf.set_emptied();
            }
            (folder, Arc::new(shelf))
        };
        shelves.into_iter().map(finish).collect()
    }

    /// The content of a member that is no stream of its own.
    fn data_of(&mut self, id: StreamId, member: &Member) -> Result<Bytes, Error> {
        match self.streams.get(id) {
            Some(stream) if member.codec == Some(Codec::Stored) => stream.bytes.slice(member.data_at, member.data_len),
            // PyTorch never compresses them; whoever did pays for it here.
            _ => {
                let inner = self.streams.member(id, member, self.progress)?;
                self.streams
                    .get(inner)
                    .map(|stream| stream.bytes.clone())
                    .ok_or_else(|| Error { at: crate::bytes::Span::default(), kind: ErrorKind::Unrecognised })
            }
        }
    }

    /// PyTorch's first format. Its members are read in the order in which they need each other; shown is the object first.
    fn torch_tar(&mut self, id: StreamId, archive: &Archive) {
        let mut tensors = Tensors::default();
        let first = self.parts.len();
        for name in MEMBERS {
            for member in archive.members.iter().filter(|member| own_name(member) == name) {
                let inner = match self.streams.member(id, member, self.progress) {
                    Ok(inner) => inner,
                    Err(error) => {
                        self.problems.push(error);
                        continue;
                    }
                };
                let Some(stream) = self.streams.get(inner) else { continue };
                let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
                let between = match own_name(member) {
                    "storages" => Some(TorchMember::Storages),
                    "tensors" => Some(TorchMember::Tensors),
                    _ => None,
                };
                let decoded = match between {
                    Some(member) => {
                        let mut between = Between::new(member);
                        let decoded = decode(&bytes, Some(&mut between), self.limits, self.progress);
                        tensors.take(between);
                        decoded
                    }
                    None => {
                        // The object: by now it is known what its persistent ids mean.
                        self.outside.tensors = Arc::new(tensors.clone());
                        decode(&bytes, Some(&mut joblib::Joblib), self.limits, self.progress)
                    }
                };
                self.add_pickle(name, inner, decoded, 0, between.map_or(Raw::Joblib, Raw::TorchTar));
            }
        }
        self.outside.tensors = Arc::default();
        self.object_first(first);
        for member in &archive.members {
            if !MEMBERS.contains(&own_name(member)) && !member.is_folder() {
                self.member(id, member);
            }
        }
    }

    /// Moves the part read last to the front of those from `first` on, arrays included.
    fn object_first(&mut self, first: usize) {
        let n = self.parts.len() - first;
        if n < 2 {
            return;
        }
        if let Some(parts) = self.parts.get_mut(first..) {
            parts.rotate_right(1);
        }
        for array in self.arrays.iter_mut().filter(|array| array.part >= first) {
            array.part = if array.part + 1 == first + n { first } else { array.part + 1 };
        }
    }

    /// The stream PyTorch wrote before 1.6: five pickles, then storages.
    pub(super) fn torch_legacy(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get(id) else { return };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        let decoded = decode_first(5, &bytes, None, self.limits, self.progress);
        let (storages, end) = super::torch::legacy_storages(&decoded);
        let outer = std::mem::replace(&mut self.outside.storages, Arc::new(storages));
        self.add_pickle(name, id, decoded, 3, Raw::Joblib);
        self.outside.storages = outer;
        if end < bytes.len() {
            let left = bytes.len() - end;
            self.problems.push(Error { at: bytes.span(end, left), kind: ErrorKind::Trailing(left) });
            self.behind(id, end);
        }
    }
}

/// The name of a member of a tar, which may begin with `./`.
fn own_name(member: &Member) -> &str {
    member.name.strip_prefix("./").unwrap_or(&member.name)
}

/// What the names of a PyTorch zip begin with, the slash included. None if the archive is none: `data.pkl` alone may be
/// anybody's, so one of PyTorch's own records must stand beside it.
fn torch_root(archive: &Archive) -> Option<String> {
    let names: HashSet<&str> = archive.members.iter().map(|member| &*member.name).collect();
    let roots = archive.members.iter().filter_map(|member| member.name.strip_suffix("data.pkl"));
    let mut roots = roots.filter(|root| root.is_empty() || root.ends_with('/'));
    let beside = ["version", "byteorder", ".format_version", ".data/serialization_id", "data/0", "constants.pkl"];
    roots.find(|root| beside.iter().any(|name| names.contains(format!("{root}{name}").as_str()))).map(str::to_owned)
}

/// Members of a checkpoint that are one-line facts of PyTorch's.
fn is_record(name: &str, root: &str) -> bool {
    let name = name.strip_prefix(root).unwrap_or(name);
    matches!(name, "version" | "byteorder" | ".format_version" | ".storage_alignment") || name.starts_with(".data/")
}

/// For a storage: the folder it is in, and its key.
fn shelf_of(member: &Member) -> Option<(&str, &str)> {
    let (folder, file) = member.name.rsplit_once('/')?;
    let digits = |key: &str| !key.is_empty() && key.bytes().all(|b| b.is_ascii_digit());
    match folder.rsplit('/').next()? {
        "data" | "constants" | "traced_inputs" if digits(file) => Some((folder, file)),
        ".data" => file.strip_suffix(".storage").map(|key| (folder, key)),
        _ => None,
    }
}
