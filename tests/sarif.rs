//! `scan --format sarif` against the schema of SARIF 2.1.0 (`tests/data/sarif`), for files of every kind and names of every
//! kind, and what the schema does not say but code hosts rely on.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> Validator {
    let text = std::fs::read_to_string(root().join("tests/data/sarif/sarif-schema-2.1.0.json")).unwrap();
    // A stray bracket in the pattern of languages, which strict engines of regular expressions do not read.
    let (stray, meant) = ("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    assert!(text.contains(stray));
    let schema = serde_json::from_str(&text.replace(stray, meant)).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// The document of a scan, and its exit status.
fn scan(paths: &[&Path]) -> (Value, u8) {
    let mut arguments: Vec<OsString> = ["scan", "--format", "sarif"].iter().map(OsString::from).collect();
    arguments.extend(paths.iter().map(|path| path.as_os_str().to_owned()));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = picklescope::cli::run(arguments, &mut out, &mut err);
    (serde_json::from_slice(&out).unwrap_or_else(|e| panic!("{paths:?}: {e}")), status)
}

/// What the schema says is wrong.
fn wrong(schema: &Validator, document: &Value) -> Vec<String> {
    schema.iter_errors(document).take(5).map(|e| format!("{} at {}", e, e.instance_path())).collect()
}

fn results(document: &Value) -> &[Value] {
    document["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn the_schema_itself_finds_what_is_wrong() {
    let schema = schema();
    let (mut document, _) = scan(&[&root().join("assets/samples/flagged_call.pkl")]);
    assert_eq!(wrong(&schema, &document), Vec::<String>::new());
    document["runs"][0]["results"][0]["level"] = "dreadful".into();
    assert!(!wrong(&schema, &document).is_empty());
    let (mut document, _) = scan(&[&root().join("assets/samples/flagged_call.pkl")]);
    document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "a b%zz".into();
    assert!(!wrong(&schema, &document).is_empty(), "URIs are checked");
}

#[test]
fn files_of_every_kind_give_valid_sarif() {
    let schema = schema();
    let clean = root().join("assets/samples/logistic_model.pkl");
    let (document, status) = scan(&[&clean]);
    assert_eq!((wrong(&schema, &document), status), (Vec::new(), 0));
    assert!(results(&document).iter().all(|result| result["level"] == "note"));
    let missing = root().join("no such file.pkl");
    let (document, status) = scan(&[&missing]);
    assert_eq!((wrong(&schema, &document), status), (Vec::new(), 2));
    assert_eq!(document["runs"][0]["invocations"][0]["executionSuccessful"], false);
    let corpus = root().join("tests/corpus/files");
    let mut looked = 0;
    for folder in ["unsafe", "malformed", "torch", "joblib", "numpy", "safetensors"] {
        let folder = corpus.join(folder);
        // Together, as a folder is walked, and each by itself.
        let (document, _) = scan(&[&folder]);
        assert_eq!(wrong(&schema, &document), Vec::<String>::new(), "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let (document, _) = scan(&[&path]);
                assert_eq!(wrong(&schema, &document), Vec::<String>::new(), "{}", path.display());
                looked += 1;
            }
        }
    }
    assert!(looked > 150, "only {looked} files were found");
}

#[test]
fn names_of_every_kind_give_valid_sarif() {
    let schema = schema();
    let folder = tempfile::tempdir().unwrap();
    // Letters of all kinds, and what URIs and JSON have to escape, in the file's name and in the names inside it.
    let names =
        ["plain", "Größe 模型 ☃", "a b#c?d%e&f", "quote\"back\\slash", "line\nend\u{7f}\u{1b}[31m", "\u{202e}lkp"];
    for name in names {
        let path = folder.path().join(format!("{name}.pkl"));
        let short = |text: &str| [&[0x8c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let call = [short(name), short("system"), b"\x93".to_vec(), short(name), b"\x85R.".to_vec()].concat();
        std::fs::write(&path, [b"\x80\x04".to_vec(), call].concat()).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        let raw = OsString::from_vec(b"no \xff utf-8.pkl".to_vec());
        std::fs::write(folder.path().join(raw), b"cos\nsystem\n(S'ls'\ntR.").unwrap();
    }
    let (document, status) = scan(&[folder.path()]);
    assert_eq!((wrong(&schema, &document), status), (Vec::new(), 1));
    let uris: BTreeSet<&str> = results(&document)
        .iter()
        .map(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    assert!(uris.len() > names.len(), "a URI a file: {uris:?}");
    // >>> urllib.parse.quote("Größe 模型 ☃.pkl")
    assert!(uris.iter().any(|uri| uri.ends_with("/Gr%C3%B6%C3%9Fe%20%E6%A8%A1%E5%9E%8B%20%E2%98%83.pkl")), "{uris:?}");
    #[cfg(unix)]
    assert!(uris.iter().any(|uri| uri.ends_with("/no%20%FF%20utf-8.pkl")), "bytes stay what they are: {uris:?}");
}

#[test]
fn results_refer_to_rules_that_are_there() {
    let (document, _) = scan(&[&root().join("tests/corpus/files/unsafe")]);
    let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results(&document) {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
    }
}
