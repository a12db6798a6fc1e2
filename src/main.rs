//! bench
fn main() {
    let path = std::env::args_os().nth(1).unwrap_or_default();
    let t = std::time::Instant::now();
    let bytes = picklescope::bytes::Bytes::open(path.as_ref()).expect("open");
    let d = picklescope::pickle::decode(&bytes, None, &Default::default(), &Default::default());
    let s = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!(
        "{:?} rows {} nodes {} effects {} {:?} {}",
        t.elapsed(),
        d.index.rows(),
        d.graph.len(),
        d.effects.len(),
        d.problems,
        s.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("")
    );
}
