use std::path::Path;

use super::*;
use crate::audit::{Allow, report};
use crate::bytes::{Bytes, Limits};
use crate::formats;

fn source(artifact: &Artifact) -> Source {
    let report = report(artifact, &Allow::default());
    decompile(artifact, &report, 0, None, &Progress::new())
}

fn of(data: &[u8]) -> Vec<String> {
    let bytes = Bytes::from_vec(data.to_vec());
    let artifact = formats::read(Path::new("x.pkl"), bytes, &Limits::default(), &Progress::new());
    source(&artifact).lines.into_iter().map(|line| line.text).collect()
}

fn file(name: &str) -> Source {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    source(&formats::open(&path, &Limits::default(), &Progress::new()).unwrap())
}

#[test]
fn a_call_whose_result_is_popped_is_a_line() {
    // posix.system('ls'), popped, then None.
    let lines = of(b"cposix\nsystem\n(X\x02\0\0\0lstR0N.");
    assert_eq!(
        lines,
        [
            "from posix import system  # can do more than build data",
            "_ = system('ls')  # result thrown away",
            "return None"
        ]
    );
}

#[test]
fn a_list_that_two_places_share_has_a_name() {
    // x = [1]; (x, x)
    assert_eq!(of(b"\x80\x02]q\0K\x01ah\0\x86."), ["items = [1]", "return (items, items)"]);
}

#[test]
fn where_it_breaks_an_unpickler_stops() {
    let lines = of(b"\x80\x02K\x01");
    assert!(lines.last().unwrap().starts_with("raise  # a real unpickler stops here: "), "{lines:?}");
}

#[test]
fn the_flagged_sample_marks_its_call_and_goes_on() {
    let source = file("assets/samples/flagged_call.pkl");
    let bad = source.lines.iter().position(|line| line.text.starts_with("_ = system('echo")).unwrap();
    let line = source.lines.get(bad).unwrap();
    assert_eq!(line.severity, Some(Severity::Danger));
    // pickletools.dis: the REDUCE is at 0x41.
    assert_eq!((line.offset, source.line_of(0x41)), (0x41, Some(bad)));
    let all: Vec<&str> = source.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(all.last(), Some(&"return model"), "{all:#?}");
    assert!(all.contains(&"model = LogisticRegression.__new__(LogisticRegression)"));
    assert!(all.contains(&"model.coef_ = ndarray(float64, (3, 4))"), "{all:#?}");
}

#[test]
fn a_forest_takes_no_time() {
    let started = std::time::Instant::now();
    let source = file("tests/corpus/files/sklearn/random_forest_p5.pkl");
    assert!(started.elapsed().as_millis() < 200 || cfg!(debug_assertions));
    assert!(source.lines.iter().any(|line| line.text.starts_with("estimators_3 = ")));
}
