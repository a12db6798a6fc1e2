//! The audit, rule by rule: a case that fires and a near miss that does not, for every row of the table.

mod support;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use picklescope::audit::{Allow, FileVerdict, RULES, Severity, report};
use picklescope::bytes::{Bytes, Limits, Progress};
use picklescope::formats::{self, Artifact};

/// Rules that no stream alone can show: they are tested below.
const OF_ARCHIVES: [&str; 4] = ["archive-contradicts", "keras-code", "keras-runs", "not-opened"];

fn ids(artifact: &Artifact) -> Vec<&'static str> {
    report(artifact, &Allow::default()).findings.iter().map(|finding| finding.rule.id).collect()
}

fn read(bytes: Vec<u8>) -> Artifact {
    formats::read(Path::new("test"), Bytes::from_vec(bytes), &Limits::default(), &Progress::new())
}

#[test]
fn each_case_has_the_findings_it_names_plain_gzipped_and_zipped() {
    let mut wrong = Vec::new();
    for case in support::cases("audit.toml") {
        let expected = case.findings.clone().unwrap_or_default();
        support::each_way(&case, |way, artifact| {
            let found = ids(artifact);
            if found != expected {
                wrong.push(format!("{}, {way}: {found:?} instead of {expected:?}", case.name));
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_file_gives_away_is_told_text_by_text() {
    // >>> pickle.dumps(("author", "jane@example.com", "key", "AKIAIOSFODNN7EXAMPLE", "note"))
    let artifact = read(
        b"\x80\x04(\x8c\x06author\x8c\x10jane@example.com\x8c\x03key\x8c\x14AKIAIOSFODNN7EXAMPLE\x8c\x04notet."
            .to_vec(),
    );
    let report = report(&artifact, &Allow::default());
    let told: Vec<_> = report.findings.iter().map(|f| (f.rule.id, f.detail.as_str(), f.place.at.start)).collect();
    // A key is not repeated.
    assert_eq!(told, [("gives-away-email", "jane@example.com", 11), ("gives-away-secret", "AKIAIOSF…", 34)]);
}

#[test]
fn every_rule_has_a_case_and_a_near_miss() {
    let cases = support::cases("audit.toml");
    let fires: BTreeSet<&str> =
        cases.iter().flat_map(|case| case.findings.iter().flatten()).map(String::as_str).collect();
    let near: BTreeSet<&str> = cases.iter().filter_map(|case| case.near.as_deref()).collect();
    for rule in RULES.iter().filter(|rule| !OF_ARCHIVES.contains(&rule.id)) {
        assert!(fires.contains(rule.id), "{} has no case that fires", rule.id);
        assert!(near.contains(rule.id), "{} has no near miss", rule.id);
    }
    for case in &cases {
        let near = case.near.as_ref();
        assert!(near.is_none_or(|near| !case.findings.iter().flatten().any(|id| id == near)), "{}", case.name);
    }
}

/// A zip archive of stored members: (name in the local header, name in the directory, data).
fn zip(members: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    let len = |n: usize| u32::try_from(n).expect("a small archive").to_le_bytes();
    let short = |n: usize| u16::try_from(n).expect("a short name").to_le_bytes();
    for (local, central, data) in members {
        let at = out.len();
        let mut crc = flate2::Crc::new();
        crc.update(data);
        let sizes = [crc.sum().to_le_bytes(), len(data.len()), len(data.len())].concat();
        out.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\x21\0");
        out.extend(&sizes);
        out.extend([short(local.len()), short(0)].concat());
        out.extend(local.as_bytes());
        out.extend(*data);
        directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\x21\0");
        directory.extend(&sizes);
        directory.extend([short(central.len()), short(0), short(0), short(0), short(0)].concat());
        directory.extend([0; 4]);
        directory.extend(len(at));
        directory.extend(central.as_bytes());
    }
    let (at, n) = (out.len(), members.len());
    out.write_all(&directory).expect("a vector takes what is written");
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([short(n), short(n)].concat());
    out.extend([len(directory.len()), len(at)].concat());
    out.extend([0; 2]);
    out
}

#[test]
fn an_archive_that_contradicts_itself_is_suspicious_and_one_that_does_not_is_clean() {
    let plain = b"\x80\x02N.";
    let honest = read(zip(&[("a.pkl", "a.pkl", plain)]));
    assert_eq!(ids(&honest), Vec::<&str>::new(), "{:?}", honest.problems);
    let lying = read(zip(&[("a.pkl", "b.pkl", plain)]));
    assert!(ids(&lying).contains(&"archive-contradicts"));
    let twice = read(zip(&[("a.pkl", "a.pkl", plain), ("a.pkl", "a.pkl", b"\x80\x02cos\nsystem\n(S'ls'\ntR.")]));
    assert_eq!(report(&twice, &Allow::default()).verdict(&twice), FileVerdict::Dangerous, "both members are read");
}

#[test]
fn what_no_reader_of_an_archive_looks_at_is_suspicious() {
    let pickle = b"\x80\x02cos\nsystem\n(S'ls'\ntR.";
    let plain = zip(&[("a.pkl", "a.pkl", b"\x80\x02N.")]);
    // The comment: its length is the last of the archive.
    let comment = |text: &[u8]| {
        let mut all = plain[..plain.len() - 2].to_vec();
        all.extend(u16::try_from(text.len()).expect("a short comment").to_le_bytes());
        all.extend(text);
        read(all)
    };
    assert!(ids(&comment(pickle)).contains(&"archive-contradicts"));
    assert_eq!(ids(&comment(b"Notes on the model.")), Vec::<&str>::new());
    // Between the last member and the directory, of which the end record says the place.
    let at = memchr::memmem::find(&plain, b"PK\x01\x02").expect("a directory");
    let gap = |between: &[u8]| {
        let mut all = [&plain[..at], between, &plain[at..]].concat();
        let (end, place) = (all.len() - 6, u32::try_from(at + between.len()).expect("a small archive"));
        all[end..end + 4].copy_from_slice(&place.to_le_bytes());
        read(all)
    };
    assert!(ids(&gap(pickle)).contains(&"archive-contradicts"));
    assert_eq!(ids(&gap(&[0; 24])), Vec::<&str>::new(), "zeros are padding");
}

#[test]
fn what_a_compressed_file_carries_beside_its_data_is_looked_at() {
    let gzip = |comment: &[u8]| {
        let mut writer = flate2::GzBuilder::new().comment(comment).write(Vec::new(), flate2::Compression::fast());
        writer.write_all(b"\x80\x02N.").expect("a vector takes what is written");
        read(writer.finish().expect("a vector takes what is written"))
    };
    assert_eq!(ids(&gzip(b"cos\nsystem\n(S'ls'\ntR.")), ["hidden-pickle", "archive-contradicts"]);
    assert_eq!(ids(&gzip(b"Notes on the model.")), Vec::<&str>::new());
    // >>> lzma.compress(b"\x80\x04N.", lzma.FORMAT_ALONE)
    let alone = b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x40\x01\x05\x74\xd1\x3a\x0f\xff\xff\xfc\x3f\0\0";
    assert_eq!(ids(&read(alone.to_vec())), Vec::<&str>::new());
    let behind = [alone.as_slice(), b"\x80\x02cos\nsystem\n(S'ls'\ntR."].concat();
    assert!(ids(&read(behind)).contains(&"trailing-bytes"));
}

#[test]
fn sizes_of_64_bits_that_contradict_the_others_are_suspicious() {
    let plain = b"\x80\x02N.";
    let honest = zip(&[("a.pkl", "a.pkl", plain)]);
    let at = memchr::memmem::find(&honest, b"PK\x01\x02").expect("a directory");
    let with = |size: u64| {
        let extra = [&[1, 0, 16, 0][..], &size.to_le_bytes(), &size.to_le_bytes()].concat();
        let end = at + 46 + "a.pkl".len();
        let mut all = [&honest[..end], &extra, &honest[end..]].concat();
        // The length of the extra field, and that of the directory in the end record.
        all[at + 30] = 20;
        let record = all.len() - 22;
        all[record + 12] += 20;
        read(all)
    };
    assert_eq!(ids(&with(4)), Vec::<&str>::new());
    assert!(ids(&with(5)).contains(&"archive-contradicts"));
}

#[test]
fn a_keras_layer_that_is_code_is_named() {
    let keras = |layer: &str| {
        let config =
            format!("{{\"module\": \"keras\", \"class_name\": \"Functional\", \"config\": {{\"layers\": [{layer}]}}}}");
        read(zip(&[("config.json", "config.json", config.as_bytes()), ("metadata.json", "metadata.json", b"{}")]))
    };
    let dense = keras(r#"{"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}}"#);
    assert_eq!(ids(&dense), Vec::<&str>::new(), "{:?}", dense.problems);
    let lambda = keras(r#"{"module": "keras.layers", "class_name": "Lambda", "config": {"name": "l"}}"#);
    assert_eq!(ids(&lambda), ["keras-code"]);
    let foreign = keras(r#"{"module": "os", "class_name": "function", "config": "system"}"#);
    assert_eq!(ids(&foreign), ["keras-runs"]);
    let custom = keras(r#"{"module": "mymodel.layers", "class_name": "Attention", "config": {}}"#);
    assert_eq!(ids(&custom), ["keras-code"]);
    let wrapper = keras(r#"{"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {}}"#);
    assert_eq!(ids(&wrapper), ["keras-code"], "torch.load reads what it holds");
    // >>> base64.b64encode(b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.")
    let value = |text: &str| keras(&format!(r#"{{"class_name": "__bytes__", "config": {{"value": "{text}"}}}}"#));
    assert_eq!(ids(&value("gAJjb3MKc3lzdGVtClgCAAAAbHOFUi4=")), ["hidden-pickle"]);
    assert_eq!(ids(&value("VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcw==")), Vec::<&str>::new());
}

#[test]
fn the_configuration_in_an_hdf5_file_is_read() {
    let hdf5 = |layer: &str| {
        let mut bytes = b"\x89HDF\r\n\x1a\n\0\0\0\0".to_vec();
        // Weights look like anything.
        bytes.extend(b"{\"\xff".repeat(100));
        bytes.extend(format!("{{\"class_name\": \"Sequential\", \"config\": [{layer}]}}\0\0").as_bytes());
        let artifact = read(bytes);
        let report = report(&artifact, &Allow::default());
        (report.verdict(&artifact), ids(&artifact))
    };
    // >>> base64.b64encode(marshal.dumps(eval("lambda x: eval(x)").__code__)), CPython 3.11
    let evaluates = concat!(
        "YwEAAAAAAAAAAAAAAAMAAAADAAAA8yAAAACXAHQBAAAAAAAAAAAAAHwApgEAAKsBAAAAAAAAAABTACkBTikB2gRl",
        "dmFsKQHaAXhzAQAAACD6CDxzdHJpbmc++gg8bGFtYmRhPnIEAAAAAQAAAHMMAAAAgACNJIhxiSeMJ4AA8wAAAAA=",
    );
    // The same of lambda x: x * 2.
    let doubles = concat!(
        "YwEAAAAAAAAAAAAAAAIAAAADAAAA8wwAAACXAHwAZAF6BQAAUwApAk7pAgAAAKkAKQHaAXhzAQAAACD6CDxzdHJp",
        "bmc++gg8bGFtYmRhPnIFAAAAAQAAAHMKAAAAgACIIYhhiSWAAPMAAAAA",
    );
    let lambda =
        |code: &str| hdf5(&format!(r#"{{"class_name": "Lambda", "config": {{"function": ["{code}", null, null]}}}}"#));
    assert_eq!(lambda(evaluates), (FileVerdict::Dangerous, vec!["keras-runs", "not-opened"]));
    assert_eq!(lambda(doubles), (FileVerdict::Suspicious, vec!["keras-code", "not-opened"]));
    let dense = r#"{"class_name": "Dense", "config": {"units": 1}}"#;
    assert_eq!(hdf5(dense), (FileVerdict::Unreadable, vec!["not-opened"]));
}

#[test]
fn members_that_other_loaders_run_are_named() {
    let with = |name: &str, data: &[u8]| ids(&read(zip(&[("a.pkl", "a.pkl", b"\x80\x02N."), (name, name, data)])));
    assert_eq!(with("__main__.py", b"import os\n"), ["code-beside"], "python model.zip runs it");
    assert_eq!(with("lib/native.so", b"\x7fELF\x02\x01\x01"), ["code-beside"]);
    assert_eq!(with("src/train.py", b"import os\n"), Vec::<&str>::new(), "source beside a model is no more than that");
    let schema = |module: &str, class: &str| {
        with("schema.json", format!("{{\"__module__\": \"{module}\", \"__class__\": \"{class}\"}}").as_bytes())
    };
    assert_eq!(schema("os", "system"), ["code-beside"], "skops imports what its schema names");
    assert_eq!(schema("sklearn.linear_model._logistic", "LogisticRegression"), Vec::<&str>::new());
    assert_eq!(with("model.yaml", b"model:\n  _target_: os.system\n"), ["code-beside"], "Hydra calls it");
    assert_eq!(with("model.yaml", b"model:\n  _target_: torch.nn.Linear\n"), Vec::<&str>::new());
}

#[test]
fn torchscript_that_touches_files_is_named() {
    let script = |source: &[u8]| {
        let members: [(&str, &[u8]); 4] = [
            ("m/data.pkl", b"\x80\x02N."),
            ("m/constants.pkl", b"\x80\x02)."),
            ("m/version", b"3\n"),
            ("m/code/__torch__.py", source),
        ];
        ids(&read(zip(&members.map(|(name, data)| (name, name, data)))))
    };
    assert_eq!(script(b"def f(x):\n  ops.aten.save(x, \"/tmp/x\")\n"), ["code-beside"]);
    assert_eq!(script(b"def f(x):\n  return torch.relu(x)\n"), Vec::<&str>::new());
}

#[test]
fn the_header_of_an_array_holds_three_facts_and_blanks() {
    let npy = |header: &str| {
        let len = u16::try_from(header.len()).expect("a short header").to_le_bytes();
        ids(&read([b"\x93NUMPY\x01\0".as_slice(), &len, header.as_bytes(), &[0; 8]].concat()))
    };
    let facts = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }";
    assert_eq!(npy(&format!("{facts:<117}\n")), Vec::<&str>::new());
    assert_eq!(npy(&format!("{facts} more\n")), ["readers-disagree"]);
    assert_eq!(npy(&format!("{facts:<2000}\n")), ["readers-disagree"]);
    assert_eq!(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}\n"), ["readers-disagree"]);
}

/// A tar of one member: its name, its kind, what it links to, its data.
fn tar(name: &str, kind: u8, target: &str, data: &[u8]) -> Vec<u8> {
    let mut header = [0; 512];
    header.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
    header[124..135].copy_from_slice(format!("{:011o}", data.len()).as_bytes());
    header[156] = kind;
    header.iter_mut().skip(157).zip(target.bytes()).for_each(|(to, from)| *to = from);
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    let mut out = [header.as_slice(), data].concat();
    out.resize(out.len().next_multiple_of(512) + 1024, 0);
    out
}

#[test]
fn links_and_names_of_a_tar_that_lead_out_of_it_are_suspicious() {
    let plain = b"\x80\x02N.";
    let found = |name: &str, kind: u8, target: &str, data: &[u8]| {
        // A model stands in front, so that the archive holds something.
        let model = tar("a.pkl", b'0', "", plain);
        let front = model.get(..1024).expect("a header and a block");
        ids(&read([front, &tar(name, kind, target, data)].concat()))
    };
    assert_eq!(found("b", b'2', "/etc/passwd", b""), ["archive-contradicts"]);
    assert_eq!(found("b", b'1', "../../up", b""), ["archive-contradicts"]);
    assert_eq!(found("b", b'2', "a.pkl", b""), Vec::<&str>::new(), "a link inside");
    assert_eq!(found("../up.pkl", b'0', "", plain), ["archive-contradicts"]);
    assert_eq!(found("up..pkl", b'0', "", plain), Vec::<&str>::new(), "dots in a name");
    assert_eq!(found("b", b'3', "", b""), ["archive-contradicts"], "a device");
    assert_eq!(found("b/", b'5', "", b""), Vec::<&str>::new(), "a folder");
}

#[test]
fn a_second_frame_of_zstandard_is_read_too() {
    // RFC 8878: magic, single segment with a size of one byte, and one raw block, the last.
    let frame = |data: &[u8]| {
        let len = u8::try_from(data.len()).expect("a short pickle");
        [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, len, len << 3 | 1, 0, 0], data].concat()
    };
    let one = frame(b"\x80\x02N.");
    assert_eq!(ids(&read(one.clone())), Vec::<&str>::new());
    let two = read([one, frame(b"\x80\x02cos\nsystem\n(S'ls'\ntR.")].concat());
    assert_eq!(report(&two, &Allow::default()).verdict(&two), FileVerdict::Dangerous);
}

#[test]
fn what_is_not_opened_is_at_best_suspicious() {
    let archive = [b"7z\xbc\xaf\x27\x1c\0\x04".as_slice(), &[0; 64]].concat();
    let inside = read(zip(&[("a.pkl", "a.pkl", b"\x80\x02N."), ("b.7z", "b.7z", &archive)]));
    let told = report(&inside, &Allow::default());
    assert!(told.findings.iter().any(|finding| finding.rule.id == "not-opened"), "{:?}", inside.problems);
    assert_eq!(told.verdict(&inside), FileVerdict::Suspicious);
    let text = read(zip(&[("a.pkl", "a.pkl", b"\x80\x02N."), ("readme.txt", "readme.txt", b"Notes on the model.\n")]));
    assert_eq!(ids(&text), Vec::<&str>::new(), "a text beside a model is no mystery: {:?}", text.problems);
}

#[test]
fn the_corpus_is_judged_as_its_folders_say() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files");
    let mut wrong = Vec::new();
    let mut looked = 0;
    for folder in [
        "sklearn",
        "numpy",
        "pandas",
        "torch",
        "boost",
        "joblib",
        "safetensors",
        "legacy-joblib-testdata",
        "legacy-py36",
        "legacy-py311",
        "pairs",
        "unsafe",
    ] {
        for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(artifact) = formats::open(&path, &Limits::default(), &Progress::new()) else { continue };
            if artifact.container.is_empty() || artifact.pickles().next().is_none() {
                continue;
            }
            looked += 1;
            let told = report(&artifact, &Allow::default());
            let verdict = told.verdict(&artifact);
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // Classes of the scripts that made them, which nobody can know.
            let own =
                told.findings.iter().any(|f| f.callable.starts_with("__main__.") || f.callable.starts_with("corpus_"));
            let expected = match folder {
                "unsafe" if name == "unknown_module.pkl" => verdict == FileVerdict::Suspicious,
                "unsafe" if name == "benign_lookalike.pkl" => verdict == FileVerdict::Clean,
                "unsafe" => verdict == FileVerdict::Dangerous,
                _ => {
                    own || verdict == FileVerdict::Clean
                        && told.findings.iter().all(|f| f.rule.severity == Severity::Note)
                }
            };
            if !expected {
                let found: Vec<String> = told.findings.iter().map(|f| format!("{} {}", f.rule.id, f.title())).collect();
                wrong.push(format!("{folder}/{name}: {} {found:?}", verdict.word()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(looked > 300, "only {looked} files were found");
}
