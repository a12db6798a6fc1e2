//! The machine, claim by claim. Each stream is written out in bytes, so that the definition of the format and not our own
//! table says what it means. What CPython does with each was taken from `pickle.py` and `_pickle.c`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use picklescope::bytes::{Bytes, ErrorKind, Limits, Progress};
use picklescope::pickle::graph::{Flags, Made};
use picklescope::pickle::{Decoded, EffectKind, End, NodeId, Op, Value, decode};

fn read(bytes: &[u8]) -> Decoded {
    decode(&Bytes::from_vec(bytes.to_vec()), None, &Limits::default(), &Progress::new())
}

fn root(decoded: &Decoded) -> NodeId {
    assert!(decoded.pickles[0].is_complete(), "{:?}", decoded.problems);
    decoded.root().unwrap()
}

#[test]
fn a_call_popped_before_stop_is_still_reported() {
    let decoded = read(b"cos\nsystem\n(S'x'\ntR0N.");
    let kinds: Vec<_> = decoded.effects.iter().map(|e| (e.kind(), e.op(), e.at())).collect();
    assert_eq!(kinds, [(EffectKind::Import, Op::GLOBAL, 0), (EffectKind::Call, Op::REDUCE, 18)]);
    assert_eq!(decoded.pickles[0].discarded.len(), 1, "the result was thrown away");
    assert!(matches!(decoded.graph.value(root(&decoded)), Value::None));
}

#[test]
fn what_ran_before_a_break_is_reported_and_what_comes_after_is_not() {
    let decoded = read(b"cos\nsystem\n(S'x'\ntR\xffcos\nremove\n.");
    assert_eq!(decoded.effects.len(), 2);
    let End::Broke(error) = &decoded.pickles[0].how else { panic!("it must break") };
    assert_eq!((error.at.start, &error.kind), (19, &ErrorKind::UnknownOpcode(0xff)));
}

#[test]
fn a_call_that_python_refuses_is_no_call() {
    // REDUCE of a string, of a tuple that is a list, of data: TypeError before anything happens.
    for stream in [&b"S'os'\n)R."[..], b"cos\nsystem\n]R.", b"\x80\x02K\x01)\x81."] {
        let decoded = read(stream);
        assert!(!decoded.pickles[0].is_complete());
        assert!(decoded.effects.iter().all(|effect| effect.kind() != EffectKind::Call), "{stream:?}");
    }
}

#[test]
fn build_on_an_imported_name_is_an_effect() {
    // (None, {name: value}) sets an attribute of a module's object.
    let decoded = read(b"cssl\n_create\n(N}S'a'\nK\x01stb.");
    assert!(decoded.effects.iter().any(|effect| effect.kind() == EffectKind::SetState));
    let decoded = read(b"cos\nenviron\nS'A'\nS'b'\ns.");
    assert!(decoded.effects.iter().any(|effect| effect.kind() == EffectKind::SetItem));
}

#[test]
fn errors_of_the_unpickler_come_at_their_opcode() {
    let cases: &[(&[u8], u64, &str)] = &[
        (b"h\x05.", 0, "BINGET asks for memo entry 5, which was never stored"),
        (b"t.", 0, "TUPLE finds no MARK on the stack"),
        (b"R.", 0, "REDUCE needs 2 on the stack, 0 are there"),
        (b"(K\x01R.", 3, "REDUCE needs 2 on the stack, 1 are there"),
        (b"\x80\x09N.", 0, "PROTO: unsupported pickle protocol 9"),
        (b"}]K\x01s.", 4, "SETITEM: unhashable type: 'list'"),
        (b"}(]tK\x01s.", 6, "SETITEM: unhashable type: 'tuple'"),
        (b"S'a\n.", 0, "STRING has a bad argument: it is not a quoted string"),
        (b"Ixyz\n.", 0, "INT has a bad argument: \"xyz\" is no number"),
        (b"\x80\x04\x8c\x01\xff.", 2, "SHORT_BINUNICODE has a bad argument: its text is not UTF-8"),
        (b"T\xff\xff\xff\xff.", 0, "BINSTRING has a bad argument: negative length -1"),
        (b"\x80\x04K\x01K\x02\x93.", 6, "STACK_GLOBAL: STACK_GLOBAL requires str"),
        (b"N", 1, "the pickle ends without STOP"),
        (b"(.", 1, "STOP needs 1 on the stack, 0 are there"),
        (b"K\x01K\x02a.", 4, "APPEND: 'int' object has no attribute 'append'"),
    ];
    for (bytes, at, message) in cases {
        let decoded = read(bytes);
        let End::Broke(error) = &decoded.pickles[0].how else { panic!("{bytes:?} must break") };
        assert_eq!((error.at.start, error.to_string().as_str()), (*at, *message));
    }
}

#[test]
fn containers_keep_their_order_when_they_grow_in_turns() {
    // Two lists grow by turns of APPENDS, so that each has to move.
    let mut stream = b"\x80\x02]q\x00]q\x01".to_vec();
    for i in 0..50u8 {
        for list in 0..2u8 {
            stream.extend([b'h', list, b'(', b'K', i, b'K', i + 100, b'e', b'0']);
        }
    }
    stream.extend(b"\x86.");
    let decoded = read(&stream);
    let Value::Tuple([first, second]) = decoded.graph.value(root(&decoded)) else { panic!("a tuple") };
    let numbers = |id: NodeId| -> Vec<i64> {
        decoded.graph.items(id).unwrap().iter().map(|i| decoded.graph.int(*i).unwrap()).collect()
    };
    let expected: Vec<i64> = (0..50).flat_map(|i| [i, i + 100]).collect();
    assert_eq!((numbers(*first), numbers(*second)), (expected.clone(), expected));
}

#[test]
fn a_key_set_twice_is_kept_twice_and_the_last_value_counts() {
    // {'a': 1, 'b': 2, 'a': 3} is {'a': 3, 'b': 2} to Python; what a file hides behind another value is still shown.
    let decoded = read(b"}(\x8c\x01aK\x01\x8c\x01bK\x02\x8c\x01aK\x03u.");
    let dict = root(&decoded);
    let Value::Dict(pairs) = decoded.graph.value(dict) else { panic!("a dict") };
    assert_eq!(pairs.len(), 3);
    assert_eq!(decoded.graph.get(dict, "a").and_then(|value| decoded.graph.int(value)), Some(3));
}

#[test]
fn shared_objects_are_one_node_and_cycles_close() {
    let decoded = read(b"]q\x00h\x00a.");
    let list = root(&decoded);
    assert_eq!(decoded.graph.items(list).unwrap(), [list]);
    assert!(decoded.graph.is_shared(list));
}

#[test]
fn the_protocol_in_force_is_kept_with_each_name() {
    // PROTO may come late: only names after it are walked at their dots.
    let decoded = read(b"ca\nb.c\n\x80\x04ca\nb.c\n\x86.");
    let Value::Tuple([early, late]) = decoded.graph.value(root(&decoded)) else { panic!("a tuple") };
    assert!(decoded.graph.flags(*early).has(Flags::PY2_NAMES) && !decoded.graph.flags(*early).has(Flags::DOTTED));
    assert!(decoded.graph.flags(*late).has(Flags::DOTTED));
}

#[test]
fn several_pickles_follow_each_other_and_garbage_is_trailing() {
    let decoded = read(b"\x80\x04K\x01.\x80\x04K\x02.\x00\x00");
    assert_eq!(decoded.top().count(), 2);
    assert_eq!(decoded.problems[0].kind, ErrorKind::Trailing(2));
    // A second pickle that acts and then breaks is no garbage.
    let decoded = read(b"N.cos\nsystem\n(S'x'\ntR");
    assert_eq!(decoded.top().count(), 2);
    assert_eq!(decoded.effects.len(), 2);
}

#[test]
fn how_an_object_was_made_is_kept() {
    let made = |stream: &[u8]| {
        let decoded = read(stream);
        decoded.graph.object(root(&decoded)).unwrap().made
    };
    assert_eq!(made(b"cm\nn\n)R."), Made::Reduce);
    assert_eq!(made(b"\x80\x02cm\nn\n)\x81."), Made::NewObj);
    assert_eq!(made(b"(im\nn\n."), Made::Inst);
}

#[test]
fn a_file_is_read_in_windows_as_if_it_were_in_memory() {
    // Longer than any window, with arguments that cross its edges.
    let mut stream = b"\x80\x04](".to_vec();
    for i in 0..60_000u32 {
        let text = format!("{i:0>40}");
        stream.extend([0x8c, 40]);
        stream.extend(text.as_bytes());
    }
    let long = vec![b'x'; 3 << 20];
    stream.push(b'X');
    stream.extend(u32::try_from(long.len()).unwrap().to_le_bytes());
    stream.extend(&long);
    stream.extend(b"V");
    stream.extend(&long);
    stream.extend(b"\ne.");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long.pkl");
    std::fs::write(&path, &stream).unwrap();
    let memory = read(&stream);
    let file = decode(&Bytes::open(&path).unwrap(), None, &Limits::default(), &Progress::new());
    assert_eq!(memory.index.rows(), file.index.rows());
    assert_eq!(file.problems, []);
    let items = file.graph.items(root(&file)).unwrap();
    assert_eq!(items.len(), 60_002);
    assert_eq!(file.graph.str(items[59_999]).unwrap(), format!("{:0>40}", 59_999));
    let Value::Text(data) = file.graph.value(items[60_000]) else { panic!("a text") };
    assert_eq!(data.len, 3 << 20);
    let (a, b): (Vec<_>, Vec<_>) = (memory.ops_from(59_000).collect(), file.ops_from(59_000).collect());
    assert!(a == b && a.len() == 1007, "{} {}", a.len(), b.len());
}

/// The string keys of a dict with its values.
fn entries(decoded: &Decoded, dict: NodeId) -> Vec<(String, NodeId)> {
    let graph = &decoded.graph;
    graph.pairs(dict).unwrap().iter().map(|(key, value)| (graph.str(key).unwrap().to_owned(), value)).collect()
}

#[test]
fn what_lay_ready_at_a_break_stands_in_its_container() {
    // pickle.dumps({'a': 1, 'b': [2, 3], ..}, 2) without memo, cut inside the list: neither is filled yet.
    let cut = read(b"\x80\x02}(X\x01\0\0\0aK\x01X\x01\0\0\0b](K\x02K\x03K");
    let dict = cut.root().unwrap();
    assert!(matches!(cut.pickles[0].how, End::Broke(_)));
    let all = entries(&cut, dict);
    assert_eq!(all.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(cut.graph.int(all[0].1), Some(1));
    let list: Vec<_> = cut.graph.items(all[1].1).unwrap().iter().map(|id| cut.graph.int(*id)).collect();
    assert_eq!(list, [Some(2), Some(3)]);
    assert!(cut.effects.is_empty(), "nothing of it would happen");
}

#[test]
fn what_waits_for_its_call_or_its_value_is_not_shown_as_a_value() {
    for tail in [&b"X\x01\0\0\0bccollections\nCounter\n"[..], b"X\x01\0\0\0bccollections\nCounter\n)", b"X\x01\0\0\0b"]
    {
        let cut = read(&[b"\x80\x02}(X\x01\0\0\0aK\x01", tail].concat());
        assert_eq!(entries(&cut, cut.root().unwrap()).len(), 1, "{tail:?}");
    }
}

#[test]
fn an_object_cut_within_its_state_has_the_state_so_far() {
    // An instance by NEWOBJ, its state a dict that is being filled: protocol 2 with marks, protocol 0 without.
    let marked = read(b"\x80\x02csk\nModel\n)\x81}(X\x01\0\0\0aK\x01X\x01\0\0\0b");
    let single = read(b"ccopy_reg\n_reconstructor\n(csk\nModel\nc__builtin__\nobject\nNtR(dS'a'\nI1\nsS'b'\nI2\n");
    for (decoded, n) in [(marked, 1), (single, 2)] {
        let object = decoded.graph.object(decoded.root().unwrap()).unwrap();
        assert_eq!(entries(&decoded, object.state.unwrap()).len(), n);
        assert!(decoded.effects.iter().all(|effect| effect.kind() != EffectKind::SetState));
    }
}
