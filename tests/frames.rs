//! Tables of pandas against what pandas itself says of them: `tests/frames/make_frames.py` makes the files, and beside
//! each the names, types and cells that Python prints.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

use picklescope::bytes::{Limits, Progress};
use picklescope::formats::frame::{Frame, Home, Kind};
use picklescope::formats::{self, Artifact};
use picklescope::pickle::NodeId;
use picklescope::view::describe::{Detail, describe};
use picklescope::view::frame::{Tone, column_head, shown};
use picklescope::view::paths;
use serde_json::Value;

fn folder() -> PathBuf {
    // Another folder of files by the same script, for trying more of them.
    std::env::var_os("FRAMES").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames"), PathBuf::from)
}

fn open(path: &Path) -> Artifact {
    formats::open(path, &Limits::default(), &Progress::new()).unwrap()
}

fn frame_at(artifact: &Artifact, path: &str) -> (Frame, usize, NodeId) {
    let place = paths::resolve(artifact, path).unwrap();
    let home = Home::of(artifact, place.part).unwrap();
    let frame = Frame::build(home, place.node, &Progress::new()).unwrap_or_else(|| panic!("{path} is no table"));
    (frame, place.part, place.node)
}

/// A cell in the words of the script: objects by their type.
fn words(artifact: &Artifact, home: Home<'_>, cell: picklescope::formats::frame::Cell) -> String {
    let cell = shown(home, cell);
    match cell.node {
        Some(node) if matches!(cell.tone, Tone::Object | Tone::Text) || cell.text.starts_with("Decimal(") => {
            let d = describe(artifact, home.part, home.pickled, node, Detail::Row);
            format!("<{}>", if d.type_name == "int64" { "ndarray" } else { &d.type_name })
        }
        _ if cell.text.starts_with("b'") => "<bytes>".to_owned(),
        _ => cell.text,
    }
}

fn disagreements(artifact: &Artifact, path: &str, expected: &Value) -> Vec<String> {
    let (frame, part, _) = frame_at(artifact, path);
    let home = Home::of(artifact, part).unwrap();
    let mut wrong = frame.problems.clone();
    let mut same = |what: String, ours: &str, theirs: &Value| {
        let theirs = match theirs.as_str().unwrap_or("") {
            // Names of columns are written, cells lead to the object.
            "<tuple>" if ours.starts_with('(') => ours,
            "<bytes>" if ours.starts_with("b'") => ours,
            // pandas writes the order of the bytes as NumPy's codes do.
            ">i4" => "int32 big-endian",
            ">u2" => "uint16 big-endian",
            ">f8" => "float64 big-endian",
            theirs => theirs,
        };
        if ours != theirs {
            wrong.push(format!("{what}: {ours:?} instead of {theirs:?}"));
        }
    };
    same("rows".to_owned(), &frame.rows.to_string(), &Value::String(expected["rows"].to_string()));
    if frame.kind == Kind::Index {
        for (i, name) in expected["index_names"].as_array().unwrap().iter().enumerate() {
            let head = column_head(home, &frame, i as u64).unwrap();
            same(format!("level {i}"), &head.names[0], name);
            for (row, labels) in expected["index"].as_array().unwrap().iter().enumerate() {
                let cell = frame.column(i as u64).unwrap().cell(home, row as u64);
                same(format!("label {row}"), &words(artifact, home, cell), &labels[i]);
            }
        }
        return wrong;
    }
    let columns = expected["columns"].as_array().unwrap();
    same("columns".to_owned(), &frame.columns.to_string(), &Value::String(columns.len().to_string()));
    for (i, names) in columns.iter().enumerate() {
        let Some(head) = column_head(home, &frame, i as u64) else { continue };
        for (level, name) in names.as_array().unwrap().iter().enumerate() {
            let name = if frame.kind == Kind::Series && name == "None" { &Value::Null } else { name };
            same(format!("name of {i}"), &head.names[level], name);
        }
        same(format!("dtype of {i}"), &head.dtype, &expected["dtypes"][i]);
        // A type that is named but not read says so instead of its cells.
        if head.unread && head.dtype.starts_with("list") {
            assert!(head.note.contains("not shown"), "{}", head.note);
            continue;
        }
        for (row, theirs) in expected["cells"][i].as_array().unwrap().iter().enumerate() {
            let cell = frame.column(i as u64).unwrap().cell(home, row as u64);
            same(format!("cell {row}, {i}"), &words(artifact, home, cell), theirs);
        }
    }
    for (i, name) in expected["index_names"].as_array().unwrap().iter().enumerate() {
        let level = &frame.index[i];
        let ours = level.name.map(|name| {
            words(artifact, home, picklescope::formats::frame::Cell::of(&home.pickled.decoded.graph, name))
        });
        same(format!("name of index {i}"), &ours.unwrap_or_default(), name);
        for (row, labels) in expected["index"].as_array().unwrap().iter().enumerate() {
            let cell = level.values.cell(home, 0, row as u64);
            same(format!("label {row}, {i}"), &words(artifact, home, cell), &labels[i]);
        }
    }
    wrong
}

/// The tables of one version of pandas: every file of them, in whatever protocol.
fn check(tag: &str) {
    let expected = std::fs::File::open(folder().join(format!("frames_{tag}.json.gz"))).unwrap();
    let expected: Value = serde_json::from_reader(flate2::read::GzDecoder::new(expected)).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut agree, mut wrong) = (0, Vec::new());
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.starts_with(&format!("frames_{tag}")) || name.contains(".json") {
            continue;
        }
        let artifact = open(&path);
        for (key, expected) in expected.as_object().unwrap() {
            let path = format!("$[{key:?}]");
            // A file may hold some of the tables only.
            if paths::resolve(&artifact, &path).is_none() {
                continue;
            }
            let found = match expected.get("rows") {
                Some(_) => disagreements(&artifact, &path, expected),
                None => {
                    let all = expected.as_object().unwrap().iter();
                    all.flat_map(|(k, expected)| disagreements(&artifact, &format!("{path}[{k:?}]"), expected))
                        .collect()
                }
            };
            agree += usize::from(found.is_empty());
            wrong.extend(found.iter().take(4).map(|line| format!("{name}, {key}: {line}")));
        }
    }
    assert!(wrong.is_empty(), "beside {agree} tables that agree:\n{}", wrong.join("\n"));
    assert!(agree >= 5, "only {agree} tables were found");
}

#[test]
fn every_cell_of_pandas_3_is_what_pandas_says() {
    check("31");
}

#[test]
fn every_cell_of_pandas_1_5_is_what_pandas_says() {
    check("15");
}

#[test]
fn every_cell_of_pandas_0_24_is_what_pandas_says() {
    check("024");
}

#[test]
fn every_cell_of_more_tables_is_what_pandas_says() {
    // tests/frames/make_more.py
    for tag in ["x31", "x22", "x15"] {
        check(tag);
    }
}

#[test]
fn every_cell_of_other_versions_is_what_pandas_says() {
    // Only where somebody made them: they are not in the repository.
    for tag in ["10", "20", "22", "x12"] {
        if folder().join(format!("frames_{tag}.json.gz")).exists() {
            check(tag);
        }
    }
}

/// The cells of a column, one behind the other.
fn column(home: Home<'_>, frame: &Frame, i: u64) -> String {
    let cells = (0..frame.rows).map(|row| shown(home, frame.column(i).unwrap().cell(home, row)).text);
    cells.collect::<Vec<_>>().join(" ")
}

#[test]
fn intervals_between_numpy_scalars_are_as_pandas_prints_them() {
    // >>> df = pd.DataFrame({"iv": pd.Series(pd.interval_range(0, 2)).astype(object)}); list(map(str, df["iv"]))
    let artifact = open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames/intervals_31.pkl"));
    let (frame, part, _) = frame_at(&artifact, "$");
    assert_eq!(column(Home::of(&artifact, part).unwrap(), &frame, 0), "(0, 1] (1, 2]");
}

#[test]
fn a_table_that_lies_says_so_in_its_column_and_shows_the_rest() {
    let artifact = open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frames/hostile_31.pkl.xz"));
    // Table; its columns, one behind the other; what is said of the table or of its first or second column.
    let cases: [(&str, &[&str], &str); 12] = [
        ("outside", &["1 2 3", "  "], "block 1 of 1 lines is said to be 1 of 2 columns"),
        ("placed", &["1 2 3", "  "], "not all numbers of columns"),
        ("short", &["1 2 3", "  "], "its block has 2 rows, the index 3"),
        ("narrow", &["1 2 3", "4 5 6", "  "], "block 0 of 2 lines is said to be 3 of 3 columns"),
        ("twice", &["10 20 30"], ""),
        ("backwards", &["1 2 3", "  "], "counts backwards"),
        ("endless", &["1 2 3"], "a range from 0 to 9 by 0 has no length"),
        ("masked", &["  ", "1 2 3"], "its mask is not as long as its values"),
        ("sparse", &["  ", "1 2 3"], "it does not have a place for each of its values"),
        ("codes", &["x code 7 has no category code -3 has no category", "1 2 3"], ""),
        ("huge", &["  ", "1 2 3"], "is said to be 4611686018427387904 of 2 columns"),
        ("foreign", &["  ", "1 2 3"], "mypkg.frames.Point is not an array picklescope reads"),
    ];
    for (name, columns, said) in cases {
        let (frame, part, _) = frame_at(&artifact, &format!("$[{name:?}]"));
        let home = Home::of(&artifact, part).unwrap();
        assert_eq!(frame.columns, columns.len() as u64, "{name}");
        for (i, expected) in columns.iter().enumerate() {
            assert_eq!(column(home, &frame, i as u64), *expected, "{name}, column {i}");
        }
        let notes = (0..frame.columns).map(|i| column_head(home, &frame, i).unwrap().note);
        let all = frame.problems.iter().cloned().chain(notes).collect::<Vec<_>>().join("\n");
        assert!(all.contains(said), "{name}: {said:?} is not in {all:?}");
    }
}

#[test]
fn a_billion_rows_are_counted_and_the_last_is_there() {
    let artifact = open(&folder().join("frames_31_p5.pkl.xz"));
    let (frame, part, node) = frame_at(&artifact, "$[\"no_columns\"]");
    let home = Home::of(&artifact, part).unwrap();
    assert_eq!((frame.rows, frame.columns), (1_000_000_000, 0));
    // pandas.RangeIndex(1000000000)[-1]
    assert_eq!(frame.index[0].values.cell(home, 0, 999_999_999).text(), "999999999");
    let d = describe(&artifact, part, home.pickled, node, Detail::Row);
    assert_eq!((d.type_name.as_str(), d.value.as_str()), ("DataFrame", "1,000,000,000 rows × 0 columns"));
}

#[test]
fn rows_of_the_tree_say_how_much_a_table_holds() {
    let artifact = open(&folder().join("frames_31_p5.pkl.xz"));
    // df.shape, len(series), len(index) and the types that Python gives.
    for (path, expected) in [
        ("$[\"mixed\"]", "DataFrame 5 rows × 10 columns"),
        ("$[\"subclass\"]", "Tagged 2 rows × 2 columns"),
        ("$[\"series\"]", "Series 3 rows"),
        ("$[\"index_multi\"]", "MultiIndex 4 labels"),
        ("$[\"index_dates\"]", "DatetimeIndex 3 labels"),
        ("$[\"index_range\"]", "RangeIndex 4 labels"),
        ("$[\"nested\"][\"target\"]", "Series 2 rows"),
    ] {
        let place = paths::resolve(&artifact, path).unwrap();
        let d = describe(&artifact, place.part, artifact.pickled(place.part).unwrap(), place.node, Detail::Row);
        assert_eq!(format!("{} {}", d.type_name, d.value), expected, "{path}");
    }
}

#[test]
fn moments_are_shown_in_their_zone_as_pandas_prints_them() {
    // tests/frames/make_zones.py: pytz, zoneinfo, dateutil and fixed offsets, around the changes of summer time, in ambiguous
    // hours, before 1970 and after 2037.
    for version in ["1.2.5", "3.1.1"] {
        let artifact = open(&folder().join(format!("tz_{version}.pkl.xz")));
        let truth = std::fs::File::open(folder().join(format!("tz_{version}.json.gz"))).unwrap();
        let truth: Value = serde_json::from_reader(flate2::read::GzDecoder::new(truth)).unwrap();
        let (frame, part, _) = frame_at(&artifact, "$[\"frame\"]");
        let home = Home::of(&artifact, part).unwrap();
        let mut wrong = Vec::new();
        let mut same = |what: String, ours: &str, theirs: &Value| {
            // Behind the last change that dateutil knows, pandas shifts by one offset and prints another: another instant.
            let torn = what.contains("dateutil Australia/Lord_Howe") && ours.ends_with("+11:00");
            if ours != theirs.as_str().unwrap() && !torn {
                wrong.push(format!("{version} {what}: {ours} instead of {theirs}"));
            }
        };
        let mut names = Vec::new();
        for i in 0..frame.columns {
            let head = column_head(home, &frame, i).unwrap();
            let name = head.names[0].clone();
            same(format!("dtype of {name}"), &head.dtype, &truth["dtypes"][&name]);
            for (row, theirs) in truth["frame"][&name].as_array().unwrap().iter().enumerate() {
                let cell = frame.column(i).unwrap().cell(home, row as u64);
                same(format!("{name} {row}"), &words(&artifact, home, cell), theirs);
            }
            names.push(name);
        }
        for name in &names {
            let (index, ..) = frame_at(&artifact, &format!("$[\"index\"][{name:?}]"));
            for (row, theirs) in truth["index"][name].as_array().unwrap().iter().enumerate() {
                let cell = index.column(0).unwrap().cell(home, row as u64);
                same(format!("index {name} {row}"), &words(&artifact, home, cell), theirs);
            }
            for (i, theirs) in truth["scalars"][name].as_array().unwrap().iter().enumerate() {
                let place = paths::resolve(&artifact, &format!("$[\"scalars\"][{name:?}][{i}]")).unwrap();
                let cell = picklescope::formats::frame::Cell::of(&home.pickled.decoded.graph, place.node);
                same(format!("scalar {name} {i}"), &words(&artifact, home, cell), theirs);
            }
        }
        let n: usize = truth["frame"].as_object().unwrap().len();
        assert_eq!(names.len(), n);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
