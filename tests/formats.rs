//! Formats that hold formats: PyTorch in all its containers, archives in archives, what hides in them, and what they lie
//! about. The files are built here, byte by byte, from the formats' definitions; those of real writers are the corpus'.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use picklescope::array::{ArrayRef, Elements, layout};
use picklescope::bytes::{Bytes, ErrorKind, Limits, Problem, Progress};
use picklescope::formats::sparse::Sparse;
use picklescope::formats::state_dict::{Child, StateDict};
use picklescope::formats::{self, Artifact, Body};
use picklescope::view::lens::{Lens, build, lenses};
use picklescope::view::outline::{Outline, What};
use picklescope::view::paths;

// ---- writers ----

/// A member of a zip, with what its two headers say.
#[derive(Clone)]
struct Member {
    name: &'static str,
    data: Vec<u8>,
    local_name: &'static str,
    method: u16,
    local_method: u16,
    flags: u16,
    local_flags: u16,
    crc: u32,
    listed: bool,
}

fn member(name: &'static str, data: &[u8]) -> Member {
    let mut crc = flate2::Crc::new();
    crc.update(data);
    Member {
        name,
        data: data.to_vec(),
        local_name: name,
        method: 0,
        local_method: 0,
        flags: 0,
        local_flags: 0,
        crc: crc.sum(),
        listed: true,
    }
}

/// A zip as APPNOTE.TXT describes it: local headers with data, the directory, the end record.
fn zip(members: &[Member]) -> Vec<u8> {
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0u16);
    for m in members {
        let at = u32::try_from(out.len()).unwrap();
        let size = u32::try_from(m.data.len()).unwrap().to_le_bytes();
        out.extend(b"PK\x03\x04\x14\0");
        for number in [m.local_flags, m.local_method, 0, 0] {
            out.extend(number.to_le_bytes());
        }
        out.extend([m.crc.to_le_bytes(), size, size].concat());
        out.extend(u16::try_from(m.local_name.len()).unwrap().to_le_bytes());
        out.extend([0, 0]);
        out.extend(m.local_name.as_bytes());
        out.extend(&m.data);
        if m.listed {
            count += 1;
            directory.extend(b"PK\x01\x02\x14\0\x14\0");
            for number in [m.flags, m.method, 0, 0] {
                directory.extend(number.to_le_bytes());
            }
            directory.extend([m.crc.to_le_bytes(), size, size].concat());
            directory.extend(u16::try_from(m.name.len()).unwrap().to_le_bytes());
            directory.extend([0; 12]);
            directory.extend(at.to_le_bytes());
            directory.extend(m.name.as_bytes());
        }
    }
    let at = u32::try_from(out.len()).unwrap();
    let size = u32::try_from(directory.len()).unwrap();
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend([size.to_le_bytes(), at.to_le_bytes()].concat());
    out.extend([0, 0]);
    out
}

/// A tar as POSIX describes it.
fn tar(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, data) in members {
        let mut header = vec![0u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", data.len()).as_bytes());
        header[148..156].fill(b' ');
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend(header);
        out.extend(data);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}

fn text(value: &str) -> Vec<u8> {
    [b"X".as_slice(), &u32::try_from(value.len()).unwrap().to_le_bytes(), value.as_bytes()].concat()
}

fn int(value: i64) -> Vec<u8> {
    [b"\x8a\x08".as_slice(), &value.to_le_bytes()].concat()
}

fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [b"(".as_slice(), &items.concat(), b"t"].concat()
}

fn ints(values: &[i64]) -> Vec<u8> {
    tuple(&values.iter().map(|value| int(*value)).collect::<Vec<_>>())
}

/// `_rebuild_tensor_v2` of a float32 tensor, as torch.save writes it.
fn tensor(key: &str, numel: i64, offset: i64, size: &[i64], stride: &[i64]) -> Vec<u8> {
    let pid = [text("storage"), b"ctorch\nFloatStorage\n".to_vec(), text(key), text("cpu"), int(numel)];
    let hooks = b"ccollections\nOrderedDict\n)R".to_vec();
    let args = [[tuple(&pid), b"Q".to_vec()].concat(), int(offset), ints(size), ints(stride), b"\x89".to_vec(), hooks];
    [b"ctorch._utils\n_rebuild_tensor_v2\n".to_vec(), tuple(&args), b"R".to_vec()].concat()
}

/// A protocol 2 pickle of a dict.
fn dict(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<Vec<u8>> = entries.iter().map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [b"\x80\x02}(".as_slice(), &entries.concat(), b"u."].concat()
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// `os.system('x')`: never run, only read.
const ATTACK: &[u8] = b"\x80\x02cos\nsystem\nX\x01\0\0\0x\x85R.";

fn checkpoint(object: &[u8], storages: &[(&'static str, Vec<u8>)]) -> Vec<Member> {
    let mut all = vec![member("m/data.pkl", object), member("m/version", b"3\n")];
    all.extend(storages.iter().map(|(name, data)| member(name, data)));
    all
}

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    [(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), &vec![0; data]].concat()
}

// ---- readers ----

fn read(data: Vec<u8>) -> Artifact {
    formats::read(Path::new("test"), Bytes::from_vec(data), &Limits::default(), &Progress::new())
}

fn open(path: &Path) -> Artifact {
    formats::open(path, &Limits::default(), &Progress::new()).unwrap()
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files").join(name)
}

fn names(artifact: &Artifact) -> Vec<&str> {
    artifact.parts.iter().map(|part| &*part.name).collect()
}

fn values(array: &ArrayRef) -> Vec<String> {
    let view = array.view().unwrap_or_else(|| panic!("{} has no values: {:?}", array.path, array.elements));
    (0..view.len()).map(|i| view.text(&layout::unravel(i, &array.shape)).unwrap()).collect()
}

fn array<'a>(artifact: &'a Artifact, path: &str) -> &'a ArrayRef {
    artifact.arrays.iter().find(|array| &*array.path == path).unwrap_or_else(|| panic!("no array {path}"))
}

/// The problem that says something, wherever it is.
fn problem<'a>(artifact: &'a Artifact, words: &str) -> &'a Problem {
    let found = artifact.problems.iter().find(|problem| problem.to_string().contains(words));
    found.unwrap_or_else(|| panic!("no problem says {words:?}: {:#?}", artifact.problems))
}

fn calls_system(artifact: &Artifact, part: &str) -> bool {
    artifact.pickles().any(|(_, p, pickled)| {
        &*p.name == part && pickled.decoded.graph.symbols().iter().any(|symbol| symbol.is("os", "system"))
    })
}

// ---- PyTorch ----

#[test]
fn the_tar_of_2016_is_read_with_all_its_tensors() {
    // torch/serialization.py, legacy_load: counts, tuples, and raw numbers behind each tuple.
    let p = |body: Vec<u8>| [b"\x80\x02".as_slice(), &body, b"."].concat();
    let entry = |key: i64, second: Vec<u8>, class: &str| p(tuple(&[int(key), second, class.as_bytes().to_vec()]));
    let storages = [
        p(int(2)),
        entry(7, text("cpu"), "ctorch\nFloatStorage\n"),
        6i64.to_le_bytes().to_vec(),
        floats(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
        entry(8, text("cpu"), "ctorch\nLongStorage\n"),
        1i64.to_le_bytes().to_vec(),
        (-9i64).to_le_bytes().to_vec(),
        p(b"]".to_vec()),
    ]
    .concat();
    let laid = |numbers: &[i64]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let tensors = [
        p(int(3)),
        entry(100, int(7), "ctorch\nFloatTensor\n"),
        laid(&[2, 2, 3, 3, 1, 0]),
        entry(101, int(7), "ctorch\nFloatTensor\n"),
        // The second column: two elements, three apart, from the second on.
        laid(&[1, 2, 3, 1]),
        entry(102, int(8), "ctorch\nLongTensor\n"),
        laid(&[1, 1, 1, 0]),
    ]
    .concat();
    let persistent = |key: i64| [int(key), b"Q".to_vec()].concat();
    let object = dict(&[("w", persistent(100)), ("column", persistent(101)), ("n", persistent(102))]);
    let sys_info = dict(&[("protocol_version", int(1000))]);
    let archive = tar(&[("sys_info", sys_info), ("pickle", object), ("storages", storages), ("tensors", tensors)]);
    let artifact = read(archive);
    assert_eq!(artifact.container, ["tar", "torch", "pickle"]);
    assert!(artifact.problems.is_empty(), "{:?}", artifact.problems);
    assert_eq!(names(&artifact)[0], "pickle", "the object comes first");
    let w = array(&artifact, "$[\"w\"]");
    assert_eq!((w.shape.as_slice(), values(w).join(" ").as_str()), (&[2, 3][..], "0.0 1.0 2.0 3.0 4.0 5.0"));
    let column = array(&artifact, "$[\"column\"]");
    assert_eq!(values(column), ["1.0", "4.0"]);
    assert_eq!(w.storage, column.storage, "both lie in storage 7");
    assert_eq!(values(array(&artifact, "$[\"n\"]")), ["-9"]);
    // Every pickle between the raw bytes is a pickle of the artifact.
    let n = |name: &str| artifact.pickles().find(|(_, part, _)| &*part.name == name).unwrap().2.decoded.top().count();
    assert_eq!((n("storages"), n("tensors")), (4, 4));
}

#[test]
fn two_tensors_on_one_storage_say_so() {
    let object = dict(&[("a", tensor("0", 6, 0, &[2, 3], &[3, 1])), ("b", tensor("0", 6, 0, &[3, 2], &[1, 3]))]);
    let artifact = read(zip(&checkpoint(&object, &[("m/data/0", floats(&[0., 1., 2., 3., 4., 5.]))])));
    assert_eq!(artifact.container, ["zip", "torch", "pickle"]);
    let (a, b) = (array(&artifact, "$[\"a\"]"), array(&artifact, "$[\"b\"]"));
    assert_eq!((a.storage.as_deref(), b.storage.as_deref()), (Some("0"), Some("0")));
    assert_eq!(values(b), ["0.0", "3.0", "1.0", "4.0", "2.0", "5.0"]);
    assert!(artifact.problems.is_empty(), "{:?}", artifact.problems);
}

#[test]
fn torchscript_code_is_text_and_its_constants_have_their_own_storages() {
    let artifact = open(&corpus("torch/scripted.pt"));
    assert_eq!(artifact.container, ["zip", "torchscript", "pickle"]);
    let code = artifact.parts.iter().position(|part| matches!(part.body, Body::Text)).unwrap();
    assert_eq!(&*artifact.parts[code].name, "scripted/code/__torch__.py");
    let lines = picklescope::view::text::lines(&artifact, code, &Progress::new()).unwrap();
    assert!(lines.all[0].starts_with("class Scr") && lines.all[0].contains("(Module):"), "{:?}", lines.all[0]);
    assert!(names(&artifact).contains(&"scripted/code/__torch__.py.debug_pkl"));

    let one = |key: &str| dict(&[("t", tensor(key, 1, 0, &[1], &[1]))]);
    let mut members = checkpoint(&one("0"), &[("m/data/0", floats(&[1.5])), ("m/constants/0", floats(&[2.5]))]);
    members.push(member("m/constants.pkl", &one("0")));
    let artifact = read(zip(&members));
    let all: Vec<_> = artifact.arrays.iter().map(|array| values(array).join(" ")).collect();
    assert_eq!(all, ["1.5", "2.5"]);
}

#[test]
fn a_sharded_checkpoint_is_one_artifact_and_a_missing_shard_a_problem() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let shard = |name: &str, value: f32| {
        let object = dict(&[(name, tensor("0", 1, 0, &[1], &[1]))]);
        zip(&checkpoint(&object, &[("m/data/0", floats(&[value]))]))
    };
    std::fs::write(at("one.bin"), shard("a.weight", 1.0)).unwrap();
    std::fs::write(at("two.bin"), shard("b.weight", 2.0)).unwrap();
    std::fs::write(dir.path().parent().unwrap().join("outside.bin"), shard("c", 3.0)).unwrap();
    let index = r#"{"metadata": {"total_size": 8}, "weight_map": {"a.weight": "one.bin", "b.weight": "two.bin",
        "gone": "three.bin", "not there": "one.bin", "c": "../outside.bin"}}"#;
    std::fs::write(at("pytorch_model.bin.index.json"), index).unwrap();
    let artifact = open(&at("pytorch_model.bin.index.json"));
    assert_eq!(artifact.container, ["sharded", "zip", "torch", "pickle"]);
    let all: Vec<_> = artifact.arrays.iter().map(|a| (&*a.path, values(a).join(" "))).collect();
    assert_eq!(all, [("$[\"a.weight\"]", "1.0".to_owned()), ("$[\"b.weight\"]", "2.0".to_owned())]);
    assert!(matches!(problem(&artifact, "shard three.bin").kind, ErrorKind::MissingCompanion(_)));
    problem(&artifact, "\"../outside.bin\" is not in the folder of the index");
    problem(&artifact, "tensor \"not there\" is not in one.bin");
    assert!(artifact.parts.iter().any(|part| matches!(&part.body, Body::Facts(facts)
        if facts.contains(&("total_size".into(), "8".into())))));
    std::fs::remove_file(dir.path().parent().unwrap().join("outside.bin")).unwrap();

    let header = r#"{"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#;
    std::fs::write(at("model-1.safetensors"), safetensors(header, 4)).unwrap();
    std::fs::write(at("model.safetensors.index.json"), r#"{"weight_map": {"x": "model-1.safetensors"}}"#).unwrap();
    let artifact = open(&at("model.safetensors.index.json"));
    assert_eq!(artifact.container, ["sharded", "safetensors"]);
    assert_eq!(&*artifact.arrays[0].path, "$[\"x\"]");
    assert!(artifact.problems.is_empty(), "{:?}", artifact.problems);
}

#[test]
fn a_shard_may_lie_in_a_folder_and_begin_as_a_pickle_does() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    std::fs::create_dir(at("weights")).unwrap();
    // As safetensors pads its headers: this one has 640 bytes, of which the length begins with 80 02.
    let header = format!("{:640}", r#"{"x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#);
    let shard = safetensors(&header, 4);
    assert_eq!(shard[..2], [0x80, 2]);
    std::fs::write(at("weights/model-1.safetensors"), shard).unwrap();
    let index = r#"{"weight_map": {"x": "weights/model-1.safetensors", "y": "weights/model-2.safetensors",
        "z": "weights/../../other", "w": "/etc/hostname"}}"#;
    std::fs::write(at("model.safetensors.index.json"), index).unwrap();
    let artifact = open(&at("model.safetensors.index.json"));
    assert_eq!(artifact.container, ["sharded", "safetensors"]);
    assert_eq!(&*artifact.arrays[0].path, "$[\"x\"]");
    assert!(matches!(problem(&artifact, "shard weights/model-2.safetensors").kind, ErrorKind::MissingCompanion(_)));
    problem(&artifact, "\"weights/../../other\" is not in the folder of the index");
    problem(&artifact, "\"/etc/hostname\" is not in the folder of the index");
    assert_eq!(artifact.problems.len(), 3, "{:?}", artifact.problems);
}

#[test]
fn tensors_of_traced_and_scripted_models_are_those_of_their_state_dict() {
    // tests/python/make_traced.py
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/files");
    let said: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("traced.json")).unwrap()).unwrap();
    for (name, tensors) in said.as_object().unwrap() {
        let artifact = open(&folder.join(name));
        assert!(artifact.problems.iter().all(|problem| problem.kind.is_remark()), "{name}: {:?}", artifact.problems);
        for (path, said) in tensors.as_object().unwrap() {
            agrees(&artifact, path, said);
        }
    }
    // The inputs it was traced with are kept without their values, which is nobody's damage.
    problem(&open(&folder.join("traced.pt")), "keeps no values of the inputs");
}

/// An array is what Python says: type, shape and SHA-256 of its values.
fn agrees(artifact: &Artifact, path: &str, said: &serde_json::Value) {
    let array = array(artifact, path);
    let digest = picklescope::array::sha256(&array.view().unwrap(), &Progress::new()).unwrap();
    let ours = serde_json::json!([array.dtype.as_ref().unwrap().human(), array.shape, digest]);
    assert_eq!(ours, *said, "{path}");
}

#[test]
fn shards_are_one_state_dict() {
    // tests/python/make_sharded.py: the numbers are PyTorch's.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/files/sharded");
    let artifact = open(&folder.join("pytorch_model.bin.index.json"));
    // What is missing is the third shard and nothing else.
    assert_eq!(artifact.problems.len(), 1, "{:?}", artifact.problems);
    problem(&artifact, "shard pytorch_model-00003-of-00003.bin is missing");
    let dict = StateDict::of_file(&artifact);
    let keys = |children: &[Child]| -> Vec<String> { children.iter().map(|c| dict.name(*c).to_owned()).collect() };
    let whole: Vec<&str> = dict.members.iter().map(|member| &*member.key).collect();
    assert_eq!(whole[..3], ["lm_head.weight", "lm_head.tied", "model.embed.weight"], "the order of the index");
    assert_eq!(keys(dict.children(Some(0), false)), ["lm_head", "model"]);
    let total = dict.groups[0].sums;
    // Six names, of which two are one tensor.
    assert_eq!((total.tensors, total.parameters, total.bytes), (5, 32, 138));
    let model = dict.groups.iter().position(|group| &*group.name == "model").unwrap();
    let model = u32::try_from(model).unwrap();
    assert_eq!(keys(dict.children(Some(model), false)), ["embed.weight", "layers"]);
    let layer = dict.groups.iter().find(|group| &*group.name == "2").unwrap();
    assert_eq!((layer.sums.parameters, layer.sums.bytes), (5, 36));
    let tied: Vec<&str> = dict.tied[0].iter().map(|i| &*dict.members[*i as usize].key).collect();
    assert_eq!(tied, ["lm_head.weight", "lm_head.tied"]);
    // Each tensor lies in its own shard.
    for member in &dict.members {
        let array = &artifact.arrays[member.array.unwrap()];
        let shard = if member.key.contains(".2.") || member.key.contains("embed") { "00001" } else { "00002" };
        assert!(artifact.stream_name(array.span.stream).contains(shard), "{}", member.key);
    }
    assert_eq!(values(&artifact.arrays[dict.members[2].array.unwrap()])[..3], ["0.0", "1.0", "2.0"]);

    // In the tree they stand together, by either way; the shards follow.
    let mut outline = Outline::new(&artifact);
    let labels = |outline: &Outline| -> Vec<String> {
        (0..outline.rows().len()).map(|i| outline.label(&artifact, i).unwrap().key).collect()
    };
    assert_eq!(labels(&outline)[..3], ["root", "lm_head", "model"]);
    assert_eq!(outline.label(&artifact, 0).unwrap().description.value, "5 tensors, 32 params");
    let (part, pickled) = artifact.pickles().map(|(i, _, pickled)| (i, pickled)).next().unwrap();
    let root = pickled.root().unwrap();
    let row = outline.reveal(&artifact, part, 0, &[(root, 0)]).unwrap();
    assert_eq!(outline.path(&artifact, row).unwrap(), "$[\"model.layers.10.w\"]");
    assert!(matches!(outline.rows()[row].what, What::Array(_)));

    // The command line has one tree too, and a shard alone says what it belongs to.
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let path = folder.join("pytorch_model.bin.index.json");
    let path = path.to_str().unwrap();
    picklescope::cli::run(["tree", path, "--format", "json"].map(Into::into), &mut out, &mut err);
    let tree: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let children: Vec<&str> =
        tree["root"]["children"].as_array().unwrap().iter().map(|child| child["path"].as_str().unwrap()).collect();
    assert!(tree.get("roots").is_none(), "{tree}");
    assert_eq!(children.len(), 6);
    let place = |name: &str| children.iter().position(|path| path.contains(name)).unwrap();
    assert!(place("layers.2.w") < place("layers.10.w"), "natural order");
    let alone = open(&folder.join("pytorch_model-00002-of-00003.bin"));
    problem(&alone, "this is shard 2 of 3 of pytorch_model.bin: open pytorch_model.bin.index.json to see all of it");
    assert!(alone.is_complete());
}

#[test]
fn sparse_and_quantised_tensors_and_parameters_read_as_what_they_are() {
    let tree = |name: &str| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let path = corpus(name);
        picklescope::cli::run(["tree", path.to_str().unwrap(), "--depth", "9"].map(Into::into), &mut out, &mut err);
        String::from_utf8(out).unwrap()
    };
    let sparse = tree("torch/sparse.pt");
    assert!(sparse.contains("sparse COO float32 (") && sparse.contains("sparse CSR float32 ("), "{sparse}");
    assert!(tree("torch/full_model.pt").contains("Parameter float32 ("));
}

#[test]
fn lies_of_a_checkpoint_are_problems_at_their_place_and_the_rest_is_shown() {
    let huge = i64::MAX / 2;
    let object = dict(&[
        ("good", tensor("0", 2, 0, &[2], &[1])),
        ("long", tensor("0", 2, 0, &[3], &[1])),
        ("gone", tensor("9", 2, 0, &[2], &[1])),
        ("huge", tensor("0", 2, 0, &[huge, huge], &[1, 1])),
        ("far", tensor("0", 2, huge, &[1], &[1])),
        ("numel", tensor("1", 1000, 0, &[1], &[1])),
    ]);
    let artifact = read(zip(&checkpoint(&object, &[("m/data/0", floats(&[1.0, 2.0])), ("m/data/1", floats(&[3.0]))])));
    assert_eq!(artifact.arrays.len(), 6);
    assert_eq!(values(array(&artifact, "$[\"good\"]")), ["1.0", "2.0"]);
    let long = problem(&artifact, "it reaches to byte 12 of storage 0, which has 8");
    // The place is the REDUCE that makes the tensor, in the member that holds it.
    let member = artifact.streams.get(long.at.stream).unwrap();
    assert_eq!((&*member.name, member.bytes.read_vec(long.at.start, 1).unwrap()), ("m/data.pkl", b"R".to_vec()));
    assert!(matches!(problem(&artifact, "storage 9 is not in the file").kind, ErrorKind::MissingStorage(_)));
    problem(&artifact, "overflows");
    problem(&artifact, "storage 1 holds 4 bytes, the pickle says 4000");
    for path in ["long", "gone", "huge", "far"] {
        let array = array(&artifact, &format!("$[\"{path}\"]"));
        assert!(matches!(array.elements, Elements::Missing(_)), "{path}");
    }
}

// ---- archives ----

#[test]
fn archives_in_archives_are_opened_and_members_have_their_full_names() {
    let model = zip(&checkpoint(&dict(&[("w", tensor("0", 1, 0, &[1], &[1]))]), &[("m/data/0", floats(&[4.0]))]));
    let inner =
        zip(&[member("models/best.pt", &model), member("README.md", b"# A model\n"), member("x.bin", &[0xfe; 9])]);
    let outer = gzip(&tar(&[("a/inner.zip", inner), ("a/plain.pkl", b"\x80\x04N.".to_vec())]));
    let artifact = read(outer);
    assert_eq!(artifact.container, ["gzip", "tar"]);
    assert_eq!(
        names(&artifact),
        ["a/inner.zip/models/best.pt/m/data.pkl", "a/inner.zip/README.md", "a/inner.zip/x.bin", "a/plain.pkl"]
    );
    assert!(matches!(artifact.parts[1].body, Body::Text) && matches!(artifact.parts[2].body, Body::Opaque(_)));
    assert_eq!(values(&artifact.arrays[0]), ["4.0"]);
    assert!(artifact.problems.is_empty(), "{:?}", artifact.problems);
}

#[test]
fn archives_are_opened_to_the_named_depth_and_no_deeper() {
    let deep = |n: usize| (0..n).fold(b"\x80\x04N.".to_vec(), |data, _| zip(&[member("x", &data)]));
    let artifact = read(deep(8));
    assert!(artifact.problems.is_empty() && artifact.pickles().count() == 1, "{:?}", artifact.problems);
    let artifact = read(deep(9));
    assert!(matches!(problem(&artifact, "archives in archives").kind, ErrorKind::Limit { .. }));
    assert_eq!(artifact.parts.len(), 1, "what is not opened is listed");
}

#[test]
fn members_that_overlap_cost_no_more_than_honest_ones() {
    // 2,000 names for the same megabyte: a pickle of a million Nones.
    let long = [b"\x80\x02(".as_slice(), &vec![b'N'; 1 << 20], b"l."].concat();
    let mut archive = zip(&[member("a", &long)]);
    let end = archive.len() - 22;
    let entry = archive[end - 47..end].to_vec();
    assert!(entry.starts_with(b"PK\x01\x02"));
    archive.truncate(end);
    (1..2000).for_each(|_| archive.extend(&entry));
    let size = u32::try_from(2000 * entry.len()).unwrap();
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([2000u16.to_le_bytes(), 2000u16.to_le_bytes()].concat());
    archive.extend([size.to_le_bytes(), u32::try_from(end - 47).unwrap().to_le_bytes()].concat());
    archive.extend([0, 0]);
    let started = Instant::now();
    let artifact = read(archive);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    problem(&artifact, "two members are named \"a\"");
    assert!(matches!(problem(&artifact, "overlapping members").kind, ErrorKind::Limit { .. }));
}

#[test]
fn both_readings_of_a_member_are_parts_where_its_headers_disagree() {
    let quiet = member("m/version", b"3\n");
    // Deflated by one header, stored by the other: a zip reader and a streaming reader see different bytes.
    let twice = Member { method: 8, ..member("evil.pkl", ATTACK) };
    let artifact = read(zip(&[twice, quiet.clone()]));
    problem(&artifact, "its compression is 0 here, 8 in the directory");
    assert!(calls_system(&artifact, "evil.pkl (as its own header says)"), "{:?}", names(&artifact));

    let named = Member { local_name: "harmless.txt", ..member("data.pkl", ATTACK) };
    let artifact = read(zip(&[named, quiet.clone()]));
    problem(&artifact, "its name is \"harmless.txt\" here, \"data.pkl\" in the directory");
    assert!(calls_system(&artifact, "data.pkl"));

    for (flags, local_flags) in [(1, 0), (0, 1), (1, 1)] {
        let locked = Member { flags, local_flags, ..member("x/data.pkl", ATTACK) };
        let artifact = read(zip(&[locked, quiet.clone()]));
        assert!(matches!(problem(&artifact, "called encrypted").kind, ErrorKind::Archive { .. }));
        assert!(calls_system(&artifact, "x/data.pkl"), "flags {flags} {local_flags}");
    }

    let wrong = Member { crc: 0x1234_5678, ..member("x/data.pkl", ATTACK) };
    let artifact = read(zip(&[wrong, quiet.clone()]));
    problem(&artifact, "its header says 12345678");
    assert!(calls_system(&artifact, "x/data.pkl"));

    let unknown = Member { method: 77, local_method: 77, ..member("x/data.pkl", ATTACK) };
    let artifact = read(zip(&[unknown, quiet]));
    problem(&artifact, "a member compressed with method 77");
    assert!(calls_system(&artifact, "x/data.pkl"));
}

#[test]
fn members_are_inflated_by_every_method_that_python_has() {
    // zipfile.ZipFile(..).writestr(zipfile.ZipInfo('e.pkl'), ATTACK, method) of Python 3.11.
    let archives = [
        (
            8,
            "504b030414000000080000002100bf4c22f4180000001600000005000000652e706b6c6b604ace2fe62aae2c2e\
             49cde58a60646060a8680dd20300504b0102140314000000080000002100bf4c22f41800000016000000050000\
             000000000000000000800100000000652e706b6c504b05060000000001000100330000003b0000000000",
        ),
        (
            12,
            "504b03042e0000000c0000002100bf4c22f4410000001600000005000000652e706b6c425a6839314159265359\
             3228bf5900000a53c07010000110400a028c6042002000229ea0d1ea1e842869a60000a3473c649749e58a113f\
             1772453850903228bf59504b01022e032e0000000c0000002100bf4c22f4410000001600000005000000000000\
             0000000000800100000000652e706b6c504b0506000000000100010033000000640000000000",
        ),
        (
            14,
            "504b03043f0002000e0000002100bf4c22f42a0000001600000005000000652e706b6c090405005d0000800000\
             40008803bc30bd34de2f5e26d069fb35d02d875ca501feb98f25ffffdf2a0000504b01023f033f0002000e0000\
             002100bf4c22f42a00000016000000050000000000000000000000800100000000652e706b6c504b0506000000\
             0001000100330000004d0000000000",
        ),
    ];
    for (method, hex) in archives {
        let bytes = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        let artifact = read(bytes);
        assert!(artifact.problems.is_empty(), "{method}: {:?}", artifact.problems);
        assert!(calls_system(&artifact, "e.pkl"), "{method}");
    }
}

#[test]
fn duplicates_and_members_that_the_directory_hides_are_all_read() {
    let artifact = read(zip(&[member("data.pkl", b"\x80\x04N."), member("data.pkl", ATTACK)]));
    problem(&artifact, "two members are named \"data.pkl\"");
    assert_eq!(artifact.pickles().count(), 2);

    let hidden = Member { listed: false, ..member("hidden.pkl", ATTACK) };
    let artifact = read(zip(&[member("a.pkl", b"\x80\x04N."), hidden.clone(), member("b.pkl", b"\x80\x04N.")]));
    problem(&artifact, "member \"hidden.pkl\" is not in the directory");
    assert!(calls_system(&artifact, "hidden.pkl"), "{:?}", names(&artifact));

    // Without any directory the members are found by their headers.
    let mut cut = zip(&[member("a.pkl", b"\x80\x04N."), member("b.pkl", ATTACK)]);
    cut.truncate(cut.len() - 60);
    let artifact = read(cut);
    problem(&artifact, "no end record");
    assert!(calls_system(&artifact, "b.pkl"));
}

#[test]
fn a_file_that_is_two_things_is_read_as_both() {
    let archive = zip(&[member("inner.pkl", b"\x80\x04N.")]);
    // A pickle in front of an archive: pickle.load reads one, zip readers the other.
    for pickle in [ATTACK, b"cos\nsystem\n(S'x'\ntR.".as_slice()] {
        let artifact = read([pickle, &archive].concat());
        assert_eq!(artifact.container[0], "pickle");
        assert!(calls_system(&artifact, ""), "{:?}", names(&artifact));
        assert!(names(&artifact).iter().any(|name| name.ends_with("inner.pkl")), "{:?}", names(&artifact));
        assert!(artifact.problems.iter().any(|p| !p.kind.is_remark()));
    }
    // A real checkpoint, which has the end record of 64 bits, behind a pickle that breaks.
    let real = std::fs::read(corpus("torch/state_dict.pt")).unwrap();
    let artifact = read([b"\x80\x02cos\nsystem\nX\x01\0\0\0x\x85R\xff\xff".as_slice(), &real].concat());
    assert!(calls_system(&artifact, ""));
    assert_eq!(artifact.arrays.len(), 4);
    assert!(artifact.arrays.iter().all(|array| array.view().is_some()));
    // The same with bytes that are nothing.
    let artifact = read([[0xfe; 50].as_slice(), &real].concat());
    assert_eq!((artifact.container[0], artifact.arrays.len()), ("zip", 4));
    // A pickle behind the archive.
    let artifact = read([archive.as_slice(), ATTACK].concat());
    assert!(artifact.pickles().count() == 2, "{:?}", names(&artifact));
    problem(&artifact, "stands behind the end");
    // An archive behind compressed data.
    let artifact = read([gzip(b"\x80\x04N."), archive.clone()].concat());
    assert!(names(&artifact).contains(&"inner.pkl"), "{:?}", names(&artifact));
    // One in a string of the pickle is data, and said without alarm.
    let bytes =
        [b"\x80\x03B".as_slice(), &u32::try_from(archive.len()).unwrap().to_le_bytes(), &archive, b"."].concat();
    let artifact = read(bytes);
    assert!(artifact.is_complete() && names(&artifact).contains(&"inner.pkl"), "{:?}", artifact.problems);
}

#[test]
fn a_beginning_that_is_two_things_is_read_as_both() {
    // A header says the sum of its bytes, whatever its name is. Readers of tars open it by that sum; pickle.load, and
    // zip readers, by the first bytes.
    let inner = ("inner.pkl", b"\x80\x04N.".to_vec());
    for first in [ATTACK, b"cos\nsystem\n(S'x'\ntR.", b"PK\x03\x04", gzip(b"\x80\x04N.").as_slice()] {
        let mut file = tar(&[("x", b"text".to_vec()), inner.clone()]);
        file[..first.len()].copy_from_slice(first);
        file[148..156].fill(b' ');
        let sum: u32 = file[..512].iter().map(|b| u32::from(*b)).sum();
        file[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let artifact = read(file);
        assert!(names(&artifact).iter().any(|name| name.ends_with("inner.pkl")), "{first:?} {:?}", names(&artifact));
        problem(&artifact, "depends on the reader");
        let attacks = first == ATTACK || first.starts_with(b"cos");
        assert_eq!(calls_system(&artifact, ""), attacks, "{first:?} {:?}", names(&artifact));
    }
    // The magic of GGUF, and five bytes more, are BINFLOAT and its number; the length of
    // a header of safetensors, bytes of length 255.
    let gguf = [b"GGUF\x03\0\0\0\x01".as_slice(), &ATTACK[2..]].concat();
    let mut header = b"{}".to_vec();
    header.resize(0xff43, b' ');
    header[249..249 + ATTACK.len()].copy_from_slice(ATTACK);
    let safetensors = [0xff43u64.to_le_bytes().as_slice(), &header].concat();
    for file in [gguf, safetensors] {
        let artifact = read(file);
        assert!(calls_system(&artifact, ""), "{:?} {:?}", names(&artifact), artifact.problems);
        problem(&artifact, "its first bytes are a pickle too");
    }
}

#[test]
fn a_pickle_that_hides_where_a_storage_belongs_becomes_a_part() {
    let object = dict(&[("w", tensor("0", 1, 0, &[1], &[1]))]);
    for hidden in [ATTACK, b"cos\nsystem\n(S'x'\ntR.".as_slice()] {
        let artifact = read(zip(&checkpoint(&object, &[("m/data/0", hidden.to_vec())])));
        assert!(calls_system(&artifact, "m/data/0"), "{:?}", names(&artifact));
        problem(&artifact, "where the data of a tensor belong");
        let artifact = read(zip(&[member("m/data.pkl", &object), member("m/version", hidden)]));
        assert!(calls_system(&artifact, "m/version"), "{:?}", names(&artifact));
    }
    // Numbers are no pickles, even where they begin like one.
    for data in [floats(&[1.0; 400]), b"\x80\x02".repeat(100), vec![b'N'; 100_000], vec![0; 64]] {
        let artifact = read(zip(&checkpoint(&object, &[("m/data/0", data)])));
        assert_eq!(names(&artifact), ["m/data.pkl"]);
    }
}

#[test]
fn archives_that_are_not_opened_are_named_with_the_reason_to_look() {
    for magic in [b"7z\xbc\xaf\x27\x1c\0\x04".as_slice(), b"Rar!\x1a\x07\x01\0"] {
        let artifact = read([magic, &[0; 40]].concat());
        problem(&artifact, "hidden from scanners");
        let artifact = read(zip(&[member("a.bin", &[magic, &[0; 40]].concat())]));
        assert_eq!(problem(&artifact, "hidden from scanners").at.len, 48);
        assert!(matches!(artifact.parts[0].body, Body::Opaque("a 7z archive" | "a RAR archive")));
    }
}

#[test]
fn notes_beside_a_model_are_text_and_no_pickles() {
    let notes: [&[u8]; 4] =
        [b"(c) 2024 Somebody\nAll rights reserved.\n", b"import os\nos.system('x')\n", b"{\"a\": 1}\n", b"No model\n"];
    for text in notes {
        let artifact = read(zip(&[member("LICENSE", text)]));
        assert!(matches!(artifact.parts[0].body, Body::Text), "{:?}", String::from_utf8_lossy(text));
        assert!(artifact.problems.is_empty());
    }
}

// ---- the safe formats ----

#[test]
fn safetensors_must_tile_and_each_lie_is_told_where_it_lies() {
    let header = r#"{"__metadata__": {"format": "pt", "author": "me"},
        "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]},
        "c": {"dtype": "F32", "shape": [1], "data_offsets": [16, 20]},
        "d": {"dtype": "F32", "shape": [9], "data_offsets": [20, 56]},
        "e": {"dtype": "F4", "shape": [4], "data_offsets": [20, 22]},
        "f": {"dtype": "F32", "shape": [18446744073709551615, 4], "data_offsets": [0, 4]},
        "a": {"dtype": "F32", "shape": [1], "data_offsets": [22, 26]},
        "g": {"dtype": "Q9", "shape": [1], "data_offsets": [0, 1]}}"#;
    let artifact = read(safetensors(header, 30));
    let data = 8 + header.len() as u64;
    let place = |words: &str| {
        let at = problem(&artifact, words).at;
        (at.start - data, at.len)
    };
    assert_eq!(place("\"a\" and \"b\" overlap"), (4, 4));
    assert_eq!(place("4 bytes before tensor \"c\" belong to none"), (12, 4));
    assert_eq!(place("\"d\" lies at bytes 20 to 56 of the data, which are 30"), (20, 10));
    problem(&artifact, "two tensors are named \"a\"");
    problem(&artifact, "dtype \"Q9\", which is not known");
    assert!(problem(&artifact, "elements of F4 do not fill bytes").kind.is_remark());
    assert_eq!(artifact.arrays.len(), 8);
    assert_eq!(values(&artifact.arrays[0]), ["0.0", "0.0"]);
    let facts = artifact.parts.iter().find_map(|part| match &part.body {
        Body::Facts(facts) => Some(facts),
        _ => None,
    });
    assert_eq!(facts.unwrap()[1], ("author".into(), "me".into()));
    // safetensors 0.8: "invalid type: integer `3`, expected a string".
    let artifact = read(safetensors(r#"{"__metadata__": {"x": 3}}"#, 0));
    problem(&artifact, "no object of strings");
}

#[test]
fn arrays_saved_into_one_npy_are_all_shown_and_what_follows_is_said() {
    let one = |value: f64| {
        let mut data = b"\x93NUMPY\x01\0\x76\0{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }".to_vec();
        data.resize(127, b' ');
        data.push(b'\n');
        data.extend(value.to_le_bytes());
        data
    };
    let artifact = read([one(1.0), one(2.0)].concat());
    let all: Vec<_> = artifact.arrays.iter().map(|a| (&*a.path, values(a).join(" "))).collect();
    assert_eq!(all, [("$", "1.0".to_owned()), ("$#1", "2.0".to_owned())]);
    assert!(artifact.problems.is_empty(), "{:?}", artifact.problems);
    let artifact = read([one(1.0), ATTACK.to_vec()].concat());
    assert!(matches!(artifact.problems[0].kind, ErrorKind::Trailing(_)));
    assert!(artifact.pickles().count() == 1, "numpy.load of an open file goes on there");
}

#[test]
fn a_cut_stream_of_the_old_torch_says_how_much_is_left_of_its_last_storage() {
    let file = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/protocols/torch_legacy_p2.pt"));
    let mut file = file.unwrap();
    // It ends with the six integers of "fortran".
    file.truncate(file.len() - 20);
    let artifact = read(file);
    problem(&artifact, "holds 28 bytes, the pickle says 48");
    assert!(matches!(array(&artifact, "$[\"fortran\"]").elements, Elements::Missing(_)));
    assert_eq!(values(array(&artifact, "$[\"c\"]")), ["0.0", "0.25", "0.5", "0.75", "1.0", "1.25"]);
}

// ---- joblib ----

#[test]
fn joblib_and_torch_are_read_in_every_protocol_of_pickle() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/protocols");
    let said: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    for (name, arrays) in said.as_object().unwrap() {
        let artifact = open(&folder.join(name));
        assert!(artifact.is_complete() && artifact.problems.is_empty(), "{name}: {:?}", artifact.problems);
        let container = match name.split('_').nth(1) {
            _ if name.starts_with("joblib") => "joblib",
            Some("legacy") => "torch-legacy",
            _ => "zip",
        };
        assert_eq!(artifact.container[0], container, "{name}");
        for (path, said) in arrays.as_object().unwrap() {
            if said.as_array().unwrap().len() == 3 {
                agrees(&artifact, path, said);
                continue;
            }
            let array = array(&artifact, path);
            let digest = picklescope::array::sha256(&array.view().unwrap(), &Progress::new()).unwrap();
            assert_eq!(
                (serde_json::json!(array.shape), &*digest),
                (said[0].clone(), said[1].as_str().unwrap()),
                "{name}"
            );
        }
        if name.starts_with("joblib") {
            assert_eq!(array(&artifact, "$[\"objects\"]").n_items, Some(2), "{name}");
        }
    }
}

#[test]
fn a_companion_without_its_main_file_is_shown_and_says_where_it_belongs() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let copy = |name: &str| std::fs::copy(corpus(name), at(name.rsplit('/').next().unwrap())).unwrap();
    copy("legacy-py27/logreg.joblib_01.npy");
    let artifact = open(&at("logreg.joblib_01.npy"));
    assert_eq!(artifact.arrays.len(), 1);
    assert!(problem(&artifact, "it belongs to logreg.joblib, which is not beside it").kind.is_remark());
    copy("legacy-py27/logreg.joblib");
    problem(&open(&at("logreg.joblib_01.npy")), "it belongs to logreg.joblib, open that file");

    copy("legacy-py27/mix_cache.joblib_01.npy.z");
    let artifact = open(&at("mix_cache.joblib_01.npy.z"));
    problem(&artifact, "beside mix_cache.joblib, which is not there");
    assert_eq!(artifact.arrays[0].dtype.as_ref().unwrap().text(), "|u1");
    copy("legacy-py27/mix_cache.joblib");
    let artifact = open(&at("mix_cache.joblib_01.npy.z"));
    let main = open(&at("mix_cache.joblib"));
    let theirs = main.arrays.iter().find(|array| array.view().is_some()).unwrap();
    assert_eq!((&artifact.arrays[0].shape, values(&artifact.arrays[0])), (&theirs.shape, values(theirs)));
    // Others of the main file are missing, and named; the rest of it is shown.
    let gone = main.problems.iter().filter(|p| matches!(p.kind, ErrorKind::MissingCompanion(_)));
    assert_eq!(gone.count(), 11);
    problem(&main, "mix_cache.joblib_12.npy.z is missing beside this file");
    let missing = array(&main, "$[\"f8\"]");
    assert!(missing.view().is_none() && !missing.shape.is_empty(), "what the main file says of it is kept");

    let npy = std::fs::read(corpus("legacy-py27/logreg.joblib_01.npy")).unwrap();
    std::fs::write(at("data_01.npy"), npy).unwrap();
    assert!(open(&at("data_01.npy")).problems.is_empty(), "a number in a name means nothing by itself");
}

// ---- the command line ----

#[test]
fn info_digests_large_files_only_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.bin");
    std::fs::File::create(&path).unwrap().set_len((64 << 20) + 1).unwrap();
    let info = |extra: &[&str]| -> serde_json::Value {
        let mut arguments = vec!["info", path.to_str().unwrap(), "--format", "json"];
        arguments.extend(extra);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        picklescope::cli::run(arguments.iter().map(Into::into), &mut out, &mut err);
        serde_json::from_slice(&out).unwrap()
    };
    assert!(info(&[])["sha256"].is_null());
    // Of 64 MiB and one byte of zeros, by sha256sum.
    let digest = info(&["--sha256"])["sha256"].as_str().unwrap().to_owned();
    assert_eq!(digest, "91990977345985aaf03af1358f4f989d7eaf985b58529efb72f613c588f6599a");
}

#[test]
fn an_array_is_exported_as_numpy_wrote_it() {
    let folder = corpus("numpy");
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // Titles, a second name of a field, are not kept.
        let titles = path.file_stem().is_some_and(|name| name == "struct_titles");
        if titles || path.extension().is_none_or(|extension| extension != "npy") {
            continue;
        }
        let data = std::fs::read(&path).unwrap();
        // The corpus has headers in versions that NumPy itself would not choose for them.
        if data.get(6) != Some(&1) {
            continue;
        }
        let artifact = open(&path);
        let [array] = artifact.arrays.as_slice() else { panic!("{} holds one array", path.display()) };
        // Objects are a pickle, and what is in Fortran's order is written in C's.
        let Some(view) = array.view().filter(|_| array.order == picklescope::array::Order::C) else { continue };
        let mut out = Vec::new();
        let written = picklescope::array::export::npy(&view, &mut out, &picklescope::bytes::Progress::new());
        assert!(written.is_ok(), "{}: {written:?}", path.display());
        assert_eq!(out, data, "{}", path.display());
        compared += 1;
    }
    assert!(compared > 20, "{compared} were compared");
}

/// What is wrong with the sparse matrices below `path`: those that are opened, and what their indices say, by key.
fn sparse_problems(artifact: &Artifact, path: &str) -> Vec<(String, Vec<String>)> {
    let place = paths::resolve(artifact, path).unwrap();
    let graph = &artifact.pickled(place.part).unwrap().decoded.graph;
    let mut all = Vec::new();
    for (key, value) in graph.pairs(place.node).unwrap().iter() {
        let sparse = Sparse::of(artifact, place.part, value).unwrap();
        let mut found = sparse.shape_problems();
        for problem in &found {
            assert!(artifact.problems.contains(problem), "shapes are compared when it is opened");
        }
        if found.is_empty() {
            found = sparse.value_problems(&Progress::new()).unwrap();
        }
        assert!(lenses(artifact, place.part, value).contains(&Lens::Sparse));
        assert!(build(artifact, place.part, value, Lens::Sparse, &Progress::new()).is_ok());
        all.push((graph.str(key).unwrap().to_owned(), found.iter().map(ToString::to_string).collect()));
    }
    all
}

#[test]
fn sound_sparse_matrices_have_no_problems() {
    // tests/data/sparse/make_scipy.py and make_torch.py
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sparse");
    for (name, count) in [
        ("sp12.pkl.xz", 16),
        ("sp110.pkl.xz", 24),
        ("sp117_p2.pkl.xz", 27),
        ("sp117_p5.pkl.xz", 27),
        ("sp117_p5.joblib", 27),
        ("torch.pt.xz", 14),
        ("torch_legacy.pt.xz", 14),
    ] {
        let artifact = open(&folder.join(name));
        assert!(artifact.problems.is_empty(), "{name}: {:?}", artifact.problems);
        let all = sparse_problems(&artifact, "$");
        assert_eq!(all.len(), count, "{name}");
        let wrong: Vec<_> = all.iter().filter(|(_, problems)| !problems.is_empty()).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
    }
}

#[test]
fn sparse_matrices_that_lie_are_problems_at_their_place() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sparse");
    let expected = [
        ("column", "csr_matrix: column index 99 at position 3 is outside of 4"),
        ("negative", "csr_matrix: column index -1 at position 3 is outside of 4"),
        ("falls", "csr_matrix: start 2 is 1, behind 2"),
        ("first", "csr_matrix: the first start is 1, not 0"),
        ("last", "csr_matrix: the last start is 500, there are 5 indices"),
        ("short starts", "csr_matrix: it has 3 starts for 3 lines"),
        ("short data", "csr_matrix: it has 5 indices, and values of shape (3,)"),
        ("floats", "csr_matrix: its starts or indices are no integers"),
        ("coo", "coo_matrix: index of axis 0 7 at position 4 is outside of 3"),
        ("coo short", "coo_matrix: the indices of axis 0 have shape (2,), the values (5,)"),
        ("bsr", "bsr_matrix: column index 2 at position 1 is outside of 2"),
        ("dia", "dia_matrix: it has offsets of shape (1,) and diagonals of shape"),
        ("csc", "csc_matrix: row index 3 at position 4 is outside of 3"),
        ("lil", "lil_matrix: row 0 has column 4 of 4"),
        ("lil short", "lil_matrix: row 2 has 3 columns and 1 values"),
        ("dok", "dok_matrix: it has a value outside of shape (2, 4)"),
        ("coo row", "COO: index 9 at position 1 is outside of 2"),
        ("coo negative", "COO: index -1 at position 3 is outside of 3"),
        ("csr column", "CSR: column index 7 at position 1 is outside of 3"),
        ("csr falls", "CSR: start 2 is 1, behind 2"),
        ("csr last", "CSR: the last start is 1, there are 2 indices"),
        ("csc row", "CSC: row index 2 at position 1 is outside of 2"),
        ("bsr block", "BSR: column index 2 at position 1 is outside of 2"),
        ("csr short", "CSR: it has 2 starts for 2 lines"),
    ];
    let mut seen = 0;
    for (name, path) in [("bad.pkl", "$[\"bad\"]"), ("badt.pt.xz", "$")] {
        let artifact = open(&folder.join(name));
        for (key, problems) in sparse_problems(&artifact, path) {
            let (_, words) = expected.iter().find(|(wanted, _)| *wanted == key).unwrap();
            assert!(problems.first().is_some_and(|p| p.contains(words)), "{name} {key}: {problems:?}");
            seen += 1;
        }
        if name != "badt.pt.xz" {
            assert!(sparse_problems(&artifact, "$[\"good\"]").iter().all(|(_, problems)| problems.is_empty()));
        }
    }
    assert_eq!(seen, expected.len());
    // The place of a wrong index is that of its four bytes.
    let artifact = open(&folder.join("bad.pkl"));
    let place = paths::resolve(&artifact, "$[\"bad\"][\"column\"]").unwrap();
    let sparse = Sparse::of(&artifact, place.part, place.node).unwrap();
    let problem = sparse.value_problems(&Progress::new()).unwrap().remove(0);
    assert_eq!(artifact.bytes.read_vec(problem.at.start, problem.at.len).unwrap(), 99i32.to_le_bytes());
}

#[test]
fn what_a_tab_promises_it_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files");
    let (mut built, mut trees) = (0, 0);
    for folder in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
        if folder.ends_with("malformed") || folder.ends_with("unsafe") || !folder.is_dir() {
            continue;
        }
        for path in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
        {
            let Ok(artifact) = formats::open(&path, &Limits::default(), &Progress::new()) else { continue };
            for (part, _, pickled) in artifact.graphs() {
                for node in pickled.decoded.root().into_iter().chain(pickled.decoded.graph.ids().take(200)) {
                    for lens in lenses(&artifact, part, node) {
                        let shown = build(&artifact, part, node, lens, &Progress::new());
                        assert!(shown.is_ok(), "{}: {node:?}: {lens:?}: {:?}", path.display(), shown.err());
                        built += 1;
                        trees += u32::from(matches!(lens, Lens::Tree | Lens::Forest) && folder.ends_with("boost"));
                    }
                }
            }
        }
    }
    assert!(built > 500 && trees > 10, "{built} tabs, {trees} of boosters with trees");
}
