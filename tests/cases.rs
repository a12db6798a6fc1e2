//! The hand-assembled cases: tree, effects and error of each, however it is wrapped, and what its prefixes give.

mod support;

use picklescope::bytes::{Bytes, Limits, Progress};
use picklescope::pickle::{End, Ops, decode};

#[test]
fn each_case_says_the_same_plain_gzipped_and_zipped() {
    for case in support::cases("pickle.toml") {
        assert!(case.tree.is_some() != case.error.is_some(), "{} has a tree or an error", case.name);
        support::each_way(&case, |way, artifact| {
            let name = &case.name;
            let (_, _, pickled) = artifact.pickles().next().unwrap_or_else(|| panic!("{name}, {way}: no pickle"));
            let pickle = &pickled.decoded.pickles[0];
            if let Some(tree) = &case.tree {
                assert!(pickle.is_complete(), "{name}, {way}: {:?}", artifact.problems);
                let root = pickle.root.unwrap();
                assert_eq!(support::text(&pickled.decoded.graph, root), *tree, "{name}, {way}");
            }
            if let Some(wrong) = &case.error {
                let End::Broke(error) = &pickle.how else { panic!("{name}, {way}: it must break") };
                assert_eq!((error.at.start, error.kind.name()), (wrong.at, wrong.kind.as_str()), "{name}, {way}");
                assert!(artifact.problems.contains(error), "{name}, {way}: the problem is told");
            }
            if let Some(effects) = &case.effects {
                assert_eq!(support::effects(artifact), *effects, "{name}, {way}");
            }
        });
    }
}

#[test]
fn every_prefix_of_a_case_gives_a_prefix_of_its_opcodes_and_effects() {
    for case in support::cases("pickle.toml") {
        let stream = support::assemble(&case.asm);
        let ops = |bytes: &[u8]| -> Vec<String> {
            let bytes = Bytes::from_vec(bytes.to_vec());
            // As text, since NaN is not equal to itself.
            Ops::new(&bytes, &[], 0, 0).map_while(Result::ok).map(|op| format!("{op:?}")).collect()
        };
        let effects = |bytes: &[u8]| -> Vec<_> {
            let decoded = decode(&Bytes::from_vec(bytes.to_vec()), None, &Limits::default(), &Progress::new());
            decoded.effects.iter().map(|effect| (effect.kind(), effect.op(), effect.at())).collect()
        };
        let (all_ops, all_effects) = (ops(&stream), effects(&stream));
        for n in 0..stream.len() {
            let (some, happened) = (ops(&stream[..n]), effects(&stream[..n]));
            assert!(all_ops.starts_with(&some), "{} at {n}", case.name);
            assert!(all_effects.starts_with(&happened), "{} at {n}", case.name);
        }
    }
}

#[test]
fn the_cases_execute_every_opcode() {
    let mut missing: Vec<_> = picklescope::pickle::op::TABLE.iter().map(|row| row.op).collect();
    for case in support::cases("pickle.toml").iter().filter(|case| case.tree.is_some()) {
        let bytes = Bytes::from_vec(support::assemble(&case.asm));
        Ops::new(&bytes, &[], 0, 0).map_while(Result::ok).for_each(|op| missing.retain(|m| *m != op.op));
    }
    assert!(missing.is_empty(), "{missing:?}");
}
