//! Opcodes to graph, effects and index, beside the machine's own memcpy of the same bytes. Inputs are generated.
//!
//! `cargo bench --no-default-features --bench decode`; the larger comparison with CPython is `benches/against_python.py`.

use divan::Bencher;
use divan::counter::BytesCount;
use picklescope::array::{ArrayView, Dtype, layout, stats};
use picklescope::bytes::{Bytes, Limits, Progress};
use picklescope::pickle::decode;

fn main() {
    divan::main();
}

/// A list of `n` dicts as CPython writes them: five memoised keys, text, float, list, bool.
fn records(n: u32) -> Vec<u8> {
    let mut out = b"\x80\x04]\x94(".to_vec();
    for i in 0..n {
        let name = format!("alpha{i}");
        out.extend(b"}\x94(");
        for key in 1..=5u8 {
            if i == 0 {
                out.extend([0x8c, 2, b'k', b'0' + key, 0x94]);
            } else {
                out.extend([b'h', key + 1]);
            }
            match key {
                1 => {
                    out.push(b'J');
                    out.extend(i.to_le_bytes());
                }
                2 => {
                    out.extend([0x8c, u8::try_from(name.len()).unwrap_or(0)]);
                    out.extend(name.as_bytes());
                    out.push(0x94);
                }
                3 => {
                    out.push(b'G');
                    out.extend(f64::from(i).to_be_bytes());
                }
                4 => out.extend(b"]\x94(K\x01K\x02e"),
                _ => out.push(0x88),
            }
        }
        out.push(b'u');
    }
    out.extend(b"e.");
    out
}

const N: u32 = 200_000;

#[divan::bench]
fn records_to_graph(bencher: Bencher) {
    let bytes = Bytes::from_vec(records(N));
    bencher.counter(BytesCount::new(bytes.len())).bench(|| decode(&bytes, None, &Limits::default(), &Progress::new()));
}

#[divan::bench]
fn yardstick_memcpy_of_the_same_bytes(bencher: Bencher) {
    let bytes = records(N);
    bencher.counter(BytesCount::new(bytes.len())).bench(|| divan::black_box(bytes.clone()));
}

#[divan::bench(args = ["<f8", "<f4", ">f4", "<i4"])]
fn statistics(bencher: Bencher, dtype: &str) {
    let dtype = std::sync::Arc::new(Dtype::parse(dtype).unwrap_or_else(|| Dtype::opaque("none")));
    let raw = vec![1u8; 32 << 20];
    let n = raw.len() as u64 / dtype.size.max(1);
    let strides = layout::c_strides(&[n], dtype.size).unwrap_or_default();
    let Ok(view) = ArrayView::new(Bytes::from_vec(raw), dtype, vec![n], strides) else { return };
    bencher.counter(BytesCount::new(32u64 << 20)).bench(|| stats(&view, &Progress::new()));
}

/// 64 MB that deflate to about a third, as arrays of numbers do.
fn deflated() -> Vec<u8> {
    use std::io::Write as _;
    let raw: Vec<u8> = (0..8u32 << 20).flat_map(|i| f64::from(i % 4096).sqrt().to_le_bytes()).collect();
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(3));
    writer.write_all(&raw).unwrap_or_default();
    writer.finish().unwrap_or_default()
}

#[divan::bench(sample_count = 10)]
fn inflate_zlib(bencher: Bencher) {
    let bytes = Bytes::from_vec(deflated());
    bencher
        .counter(BytesCount::new(64u64 << 20))
        .bench(|| picklescope::container::Streams::open(bytes.clone(), &Limits::default(), &Progress::new()));
}

#[divan::bench(sample_count = 10)]
fn yardstick_flate2_alone(bencher: Bencher) {
    use std::io::Read as _;
    let bytes = deflated();
    bencher.counter(BytesCount::new(64u64 << 20)).bench(|| {
        let mut out = Vec::new();
        flate2::read::ZlibDecoder::new(bytes.as_slice()).read_to_end(&mut out).unwrap_or_default();
        out
    });
}

/// A workload of `benches/workloads/make_workloads.py` in the folder that `PICKLESCOPE_WORKLOADS` names; without it the
/// benches of real files have nothing to measure and say so.
fn workload(name: &str) -> Option<std::path::PathBuf> {
    let Some(folder) = std::env::var_os("PICKLESCOPE_WORKLOADS") else {
        eprintln!("{name}: set PICKLESCOPE_WORKLOADS to the folder it was made in");
        return None;
    };
    Some(std::path::Path::new(&folder).join(name)).filter(|path| path.exists())
}

/// `forest_z3.joblib` to its objects and arrays: at most 1.15 times the yardstick below it.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn forest_z3_opened(bencher: Bencher) {
    let Some(path) = workload("forest_z3.joblib") else { return };
    bencher.bench(|| picklescope::formats::open(&path, &Limits::default(), &Progress::new()));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn yardstick_forest_z3_by_flate2_alone(bencher: Bencher) {
    use std::io::Read as _;
    let Some(path) = workload("forest_z3.joblib") else { return };
    bencher.bench(|| {
        let mut out = Vec::new();
        if let Ok(file) = std::fs::File::open(&path) {
            let file = std::io::BufReader::with_capacity(1 << 18, file);
            flate2::read::ZlibDecoder::new(file).read_to_end(&mut out).unwrap_or_default();
        }
        out
    });
}

/// `checkpoint_a.pt`, 4 GB, to its complete tree: every object, and every tensor with its place. At most 20 ms, whatever
/// the size of its tensors, since no storage is read.
#[divan::bench]
fn checkpoint_opened(bencher: Bencher) {
    let Some(path) = workload("checkpoint_a.pt") else { return };
    bencher.bench(|| picklescope::formats::open(&path, &Limits::default(), &Progress::new()));
}
