//! The machine, claim by claim. Each stream is written out in bytes, so that the definition of the format and not our own
//! table says what it means. What CPython does with each was taken from `pickle.py` and `_pickle.c`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use picklescope::bytes::{Bytes, ErrorKind, Limits, Progress};
use picklescope::pickle::graph::{Flags, Made};
use picklescope::pickle::{Decoded, EffectKind, End, Graph, NodeId, Op, Value, decode};

fn read(bytes: &[u8]) -> Decoded {
    decode(&Bytes::from_vec(bytes.to_vec()), None, &Limits::default(), &Progress::new())
}

fn root(decoded: &Decoded) -> NodeId {
    assert!(decoded.pickles[0].is_complete(), "{:?}", decoded.problems);
    decoded.root().unwrap()
}

/// An object in a short notation: Python's, with calls as `m.n(args){state}[items]`.
fn text(graph: &Graph, id: NodeId) -> String {
    let list = |items: &[NodeId]| items.iter().map(|i| text(graph, *i)).collect::<Vec<_>>().join(", ");
    match graph.value(id) {
        Value::None => "None".to_owned(),
        Value::Bool(b) => if b { "True" } else { "False" }.to_owned(),
        Value::Int(i) => i.to_string(),
        Value::Long(data) => picklescope::pickle::text::signed_le(data.kept).to_string(),
        Value::Float(f) => picklescope::pickle::text::float_repr(f),
        Value::Text(data) => format!("{:?}", String::from_utf8_lossy(data.kept)),
        Value::Str8(data) => format!("s{:?}", String::from_utf8_lossy(data.kept)),
        Value::Bytes(data) => format!("b{:?}", String::from_utf8_lossy(data.kept)),
        Value::ByteArray(data) => format!("bytearray{:?}", String::from_utf8_lossy(data.kept)),
        Value::List(items) => format!("[{}]", list(items)),
        Value::Tuple(items) => format!("({})", list(items)),
        Value::Set(items) => format!("set({})", list(items)),
        Value::FrozenSet(items) => format!("frozenset({})", list(items)),
        Value::Dict(pairs) => {
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{}: {}", text(graph, k), text(graph, v))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::Global(symbol) => symbol.dotted(),
        Value::Object(object) => {
            let mut out = format!("{}{}", text(graph, object.callee), text(graph, object.args));
            if let Some(kwargs) = object.kwargs {
                out.push_str(&format!("**{}", text(graph, kwargs)));
            }
            if let Some(state) = object.state {
                out.push_str(&format!(" state {}", text(graph, state)));
            }
            if !object.items.is_empty() {
                out.push_str(&format!(" items [{}]", list(object.items)));
            }
            for (k, v) in object.entries.iter() {
                out.push_str(&format!(" [{}] = {}", text(graph, k), text(graph, v)));
            }
            out
        }
        Value::Persistent(id) => format!("persistent {}", text(graph, id)),
        Value::Extension(code) => format!("extension {code}"),
        Value::Buffer { index, readonly } => format!("buffer {index}{}", if readonly { " readonly" } else { "" }),
    }
}

fn built(bytes: &[u8]) -> String {
    let decoded = read(bytes);
    text(&decoded.graph, root(&decoded))
}

/// (name, stream, what it builds): together they execute every opcode.
const CASES: &[(&str, &[u8], &str)] = &[
    ("None and the booleans", b"\x80\x02N\x88\x89\x87.", "(None, True, False)"),
    ("booleans of protocol 0", b"(I01\nI00\nt.", "(True, False)"),
    ("integers in decimal", b"(I-5\nL12345678901234567890L\nI0x10\nt.", "(-5, 12345678901234567890, 16)"),
    ("binary integers", b"\x80\x02(J\xff\xff\xff\xffK\xffM\xff\xfft.", "(-1, 255, 65535)"),
    ("long integers", b"\x80\x02(\x8a\x00\x8a\x01\xff\x8b\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01t.", "(0, -1, 18446744073709551616)"),
    ("floats, the binary one big-endian", b"(F1.5\nG\x3f\xf8\x00\x00\x00\x00\x00\x00t.", "(1.5, 1.5)"),
    ("Python 2 strings", b"(S'a\\x41'\nT\x01\x00\x00\x00bU\x01ct.", "(s\"aA\", s\"b\", s\"c\")"),
    ("texts", b"\x80\x04(V\\u0041\nX\x01\x00\x00\x00b\x8c\x01c\x8d\x01\x00\x00\x00\x00\x00\x00\x00dt.", "(\"A\", \"b\", \"c\", \"d\")"),
    ("bytes", b"\x80\x05(B\x01\x00\x00\x00aC\x01b\x8e\x01\x00\x00\x00\x00\x00\x00\x00c\x96\x01\x00\x00\x00\x00\x00\x00\x00dt.", "(b\"a\", b\"b\", b\"c\", bytearray\"d\")"),
    ("lists", b"(](K\x01l]K\x02a](K\x03K\x04et.", "([], [1], [2], [3, 4])"),
    ("tuples", b"\x80\x02(N\x85NN\x86NNN\x87)t.", "((None), (None, None), (None, None, None), ())"),
    ("dicts", b"\x80\x02((d}K\x01K\x02s}(K\x03K\x04K\x05K\x06ut.", "({}, {1: 2}, {3: 4, 5: 6})"),
    ("sets", b"\x80\x04\x8f(K\x01K\x02\x90(K\x03\x91\x86.", "(set(1, 2), frozenset(3))"),
    ("memo of every width", b"\x80\x04(Np0\nq\x01r\x02\x00\x00\x00\x94g0\nh\x01j\x02\x00\x00\x00h\x03t.", "(None, None, None, None, None)"),
    ("DUP is the same object", b"]2\x86.", "([], [])"),
    ("POP drops, also a mark", b"NK\x010(0.", "None"),
    ("POP_MARK drops to the mark", b"N(K\x01K\x021.", "None"),
    ("GLOBAL and REDUCE", b"cm\nn\n(K\x01tR.", "m.n(1)"),
    ("STACK_GLOBAL and NEWOBJ", b"\x80\x04\x8c\x01m\x8c\x01n\x93)\x81.", "m.n()"),
    ("NEWOBJ_EX", b"\x80\x04cm\nn\n)}\x8c\x01aK\x01s\x92.", "m.n()**{\"a\": 1}"),
    ("INST and OBJ", b"((K\x01im\nn\n(cm\nn\nK\x02ot.", "(m.n(1), m.n(2))"),
    ("BUILD gives a state", b"cm\nn\n)R}S'a'\nK\x01sb.", "m.n() state {s\"a\": 1}"),
    ("items on an object", b"cm\nn\n)RK\x01a(K\x02eK\x03K\x04s.", "m.n() items [1, 2] [3] = 4"),
    ("ADDITEMS on an object", b"\x80\x04cm\nn\n)R(K\x01\x90.", "m.n() items [1]"),
    ("persistent ids", b"(Pabc\nK\x07Qt.", "(persistent \"abc\", persistent 7)"),
    ("extension codes", b"\x80\x02(\x82\x01\x83\x02\x01\x84\x03\x00\x00\x01t.", "(extension 1, extension 258, extension 16777219)"),
    ("buffers", b"\x80\x05\x97\x97\x98\x86.", "(buffer 0, buffer 1 readonly)"),
    ("a frame bounds nothing", b"\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00K\x01.", "1"),
];

#[test]
fn streams_build_what_python_builds() {
    for (name, bytes, expected) in CASES {
        assert_eq!(built(bytes), *expected, "{name}");
    }
}

#[test]
fn the_cases_execute_every_opcode() {
    let mut missing: Vec<_> = picklescope::pickle::op::TABLE.iter().map(|row| row.op).collect();
    for (_, bytes, _) in CASES {
        let decoded = read(bytes);
        decoded.ops_from(0).for_each(|op| missing.retain(|m| op.as_ref().is_ok_and(|op| op.op != *m)));
    }
    assert!(missing.is_empty(), "{missing:?}");
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
