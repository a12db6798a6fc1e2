//! From effects to findings: each import, call and change of a stream, in the order an unpickler would cause them.

use std::collections::HashMap;

use super::exhaust::{self, Heavy};
use super::finding::{Collector, Executed, Place};
use super::names::{self, Standing};
use super::rules::{self, Rule, Severity};
use super::symbolic::{Evaluator, Sym, attribute};
use super::telling;
use super::usage::{Usage, usage};
use super::{Reach, Verdict, callable_text};
use crate::formats::Pickled;
use crate::formats::arrays::any_text;
use crate::formats::torch;
use crate::pickle::graph::{Flags, Made, SymbolId};
use crate::pickle::{Effect, EffectKind, Graph, Kind, NodeId, Value};

/// How a name is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Use {
    /// Imported.
    Import,
    /// Its `__new__` is called.
    New,
    /// It is called.
    Call,
}

/// What a name comes to in a use.
#[derive(Clone, Copy, Debug)]
struct Weight {
    verdict: Verdict,
    rule: Option<&'static Rule>,
    /// The arguments decide: look at the call itself.
    special: bool,
    /// What it may do without measure.
    heavy: Option<Heavy>,
}

fn weigh(standing: Standing, used: Use) -> Weight {
    let known = Weight { verdict: Verdict::Known, rule: None, special: false, heavy: None };
    let danger = |capability, rule| Weight { verdict: Verdict::Danger(capability), rule: Some(rule), ..known };
    let unknown = |rule| Weight { verdict: Verdict::Unknown, rule: Some(rule), ..known };
    match (standing, used) {
        (Standing::Harmless | Standing::LibraryClass, _) => known,
        (Standing::Special | Standing::LibraryFunction, Use::Import) => known,
        // `cls.__new__` of a function raises: it is a class in lower case.
        (Standing::LibraryFunction, Use::New) => known,
        (Standing::Special, _) => Weight { special: true, ..known },
        (Standing::Held(_), Use::Import) => known,
        (Standing::Held("unlisted"), Use::New) => unknown(&rules::UNKNOWN_CALL),
        (Standing::Held("unlisted"), _) => danger("unlisted", &rules::UNLISTED_CALL),
        (Standing::Held(capability), _) => danger(capability, &rules::KNOWN_DANGER),
        (Standing::Walks, _) => danger("introspect", &rules::WALKS_THROUGH),
        (Standing::Danger(capability), Use::Import) => danger(capability, &rules::DANGER_IMPORT),
        (Standing::Danger(capability), _) => danger(capability, &rules::KNOWN_DANGER),
        (Standing::Unknown | Standing::Standard | Standing::LibraryOutside, Use::Import) => {
            unknown(&rules::UNKNOWN_IMPORT)
        }
        (Standing::LibraryFunction | Standing::LibraryOutside, _) | (Standing::Standard, Use::Call) => {
            danger("unlisted", &rules::UNLISTED_CALL)
        }
        (Standing::FurtherClass, Use::Import | Use::New) => known,
        (Standing::Unknown | Standing::FurtherClass, Use::Call) => {
            Weight { special: true, ..unknown(&rules::UNKNOWN_CALL) }
        }
        (Standing::Unknown | Standing::Standard, _) => unknown(&rules::UNKNOWN_CALL),
    }
}

/// Judges the effects of one part.
pub(super) fn judge<'a>(collector: &mut Collector<'a>, part: usize, pickled: &'a Pickled, reaches: &mut Vec<Reach>) {
    let graph = &pickled.decoded.graph;
    let mut judge = Judge {
        collector,
        part,
        pickled,
        graph,
        evaluator: Evaluator::new(&pickled.decoded),
        weights: HashMap::new(),
        by_symbol: HashMap::new(),
        reaches,
    };
    for effect in &pickled.decoded.effects {
        judge.effect(effect);
    }
}

struct Judge<'a, 'c, 'r> {
    collector: &'c mut Collector<'a>,
    part: usize,
    pickled: &'a Pickled,
    graph: &'a Graph,
    evaluator: Evaluator<'a>,
    /// By symbol, use, and the flags that decide how a name is read.
    weights: HashMap<(SymbolId, Use, bool), (Weight, String, String)>,
    /// Position in `reaches` by symbol, or by text for what has none; changes apart.
    by_symbol: HashMap<(Option<SymbolId>, String, bool), usize>,
    reaches: &'r mut Vec<Reach>,
}

impl Judge<'_, '_, '_> {
    fn effect(&mut self, effect: &Effect) {
        let graph = self.graph;
        match effect.kind() {
            EffectKind::Import => {
                let weight = self.name(effect.node, Use::Import, effect);
                self.reach(effect, effect.node, weight.verdict, false, false);
            }
            EffectKind::Call => {
                let verdict = self.call(effect);
                self.reach(effect, effect.subject, verdict, true, false);
            }
            EffectKind::SetState | EffectKind::SetItem | EffectKind::Append | EffectKind::AddItem => {
                if let Some(verdict) = self.change(effect) {
                    self.reach(effect, effect.subject, verdict, true, true);
                }
            }
            EffectKind::Extension => {
                let callable = callable_text(graph, effect.node);
                self.find(&rules::EXTENSION, effect, callable, String::new(), effect.node, Executed::Import);
                self.reach(effect, effect.node, Verdict::Unknown, false, false);
            }
            EffectKind::Persistent => {
                if !is_storage(graph, effect.node) {
                    let words = "persistent id".to_owned();
                    self.find(&rules::PERSISTENT_ID, effect, words, String::new(), effect.node, Executed::Call);
                }
            }
            EffectKind::Buffer => {}
        }
    }

    /// What the imported name `id` comes to in `used`; its finding, if it has one.
    fn name(&mut self, id: NodeId, used: Use, effect: &Effect) -> Weight {
        let Some(symbol) = self.graph.symbol_id(id) else {
            return Weight { verdict: Verdict::Unknown, rule: None, special: true, heavy: None };
        };
        let python2 = self.graph.flags(id).has(Flags::PY2_NAMES);
        let key = (symbol, used, python2);
        let computed = self.graph.computed(id).is_some();
        if !computed && let Some((weight, module, path)) = self.weights.get(&key) {
            let weight = *weight;
            if let Some(rule) = weight.rule
                && !weight.special
            {
                let callable = format!("{module}.{path}");
                self.flag(rule, effect, &callable);
            }
            return weight;
        }
        let (module, path) =
            self.evaluator.name(id).unwrap_or_else(|| ("<computed>".to_owned(), "<computed>".to_owned()));
        let mut weight = self.weigh_name(id, &module, &path, used);
        if computed {
            let capability = if let Verdict::Danger(capability) = weight.verdict { capability } else { "introspect" };
            weight = Weight {
                verdict: Verdict::Danger(capability),
                rule: Some(&rules::COMPUTED_NAME),
                special: false,
                heavy: None,
            };
        }
        if let Some(rule) = weight.rule
            && !weight.special
        {
            let executed = if used == Use::Import { Executed::Import } else { Executed::Call };
            self.find(rule, effect, format!("{module}.{path}"), self.capability(weight.verdict), effect.node, executed);
        }
        if !computed {
            self.weights.insert(key, (weight, module, path));
        }
        weight
    }

    fn weigh_name(&mut self, id: NodeId, module: &str, path: &str, used: Use) -> Weight {
        if self.collector.allow.allows(module, path) {
            return Weight { verdict: Verdict::Known, rule: None, special: false, heavy: None };
        }
        let mut standing = names::standing(module, path);
        // What is written counts too: a Python 2 reader takes it as it stands, and a way through another module is odd
        // whatever it leads to.
        if let Some(symbol) = self.graph.symbol(id)
            && self.graph.computed(id).is_none()
            && (&*symbol.module != module || &*symbol.name != path)
        {
            let written = names::standing(&symbol.module, &symbol.name);
            standing = match (standing, written) {
                (Standing::Held(capability), _) => Standing::Held(capability),
                (standing, Standing::Walks)
                    if symbol.name.contains('.') && !matches!(standing, Standing::Danger(_)) =>
                {
                    Standing::Walks
                }
                (_, Standing::Danger(capability)) if symbol.name.contains('.') => Standing::Danger(capability),
                (Standing::Harmless | Standing::Special | Standing::LibraryFunction, _) => standing,
                (Standing::Danger(capability), _) | (_, Standing::Danger(capability)) => Standing::Danger(capability),
                (_, Standing::Harmless) => Standing::Harmless,
                (Standing::FurtherClass, _) => Standing::FurtherClass,
                _ => standing.max(written),
            };
        }
        // A class in lower case that no release of its library had.
        if used == Use::New && standing == Standing::LibraryFunction && !names::is_made(module, path) {
            standing = Standing::Unknown;
        }
        let odd = (names::undisguised(module), names::undisguised(path));
        if odd != (None, None) {
            let (plain_module, plain_path) = (odd.0.as_deref().unwrap_or(module), odd.1.as_deref().unwrap_or(path));
            let verdict = match names::standing(plain_module, plain_path) {
                Standing::Danger(capability) => Verdict::Danger(capability),
                _ => Verdict::Danger("introspect"),
            };
            let real = matches!(names::standing(plain_module, plain_path), Standing::Unknown);
            // Identifiers may be written in any script; in a module that is not known, that is no disguise.
            let letters = |text: &str| text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
            if !(real && letters(module) && letters(path)) {
                return Weight { verdict, rule: Some(&rules::DISGUISED_NAME), special: false, heavy: None };
            }
        }
        let heavy = if used == Use::Import { None } else { exhaust::heavy(module, path) };
        Weight { heavy, ..weigh(standing, used) }
    }

    fn capability(&self, verdict: Verdict) -> String {
        match verdict {
            Verdict::Danger(capability) => format!("It can {}", names::capability_text(capability)),
            _ => String::new(),
        }
    }

    fn call(&mut self, effect: &Effect) -> Verdict {
        let graph = self.graph;
        let Some(object) = graph.object(effect.node) else { return Verdict::Unknown };
        let used = if matches!(object.made, Made::NewObj | Made::NewObjEx) { Use::New } else { Use::Call };
        if graph.symbol_id(effect.subject).is_none() {
            return self.call_of_result(effect, used);
        }
        let weight = self.name(effect.subject, used, effect);
        if let Some(heavy) = weight.heavy
            && weight.verdict == Verdict::Known
            && let Some(args) = graph.items(object.args)
            && let Some(words) = exhaust::exhausts(graph, &mut self.evaluator, heavy, args)
        {
            let callable = callable_text(graph, effect.subject);
            let words = format!("It {words}");
            self.find(&rules::BOMB, effect, callable, words, effect.node, Executed::Call);
            return Verdict::Unknown;
        }
        if !weight.special {
            return weight.verdict;
        }
        let (module, path) = self.evaluator.name(effect.subject).unwrap_or_default();
        if weight.verdict == Verdict::Unknown {
            return self.unknown_call(effect, &module, &path);
        }
        self.special(effect, &module, &path, object.made)
    }

    /// Nothing is known of the callable: its name and what it is given decide how bad that is.
    fn unknown_call(&mut self, effect: &Effect, module: &str, path: &str) -> Verdict {
        let graph = self.graph;
        let args = graph.object(effect.node).and_then(|object| graph.items(object.args)).unwrap_or(&[]).to_vec();
        // Members of enumerations are written as calls with their number.
        if names::standing(module, path) == Standing::FurtherClass
            && let [one] = args.as_slice()
            && graph.int(*one).is_some()
        {
            return Verdict::Known;
        }
        let callable = format!("{module}.{path}");
        let looks = args.iter().any(|id| match graph.value(*id) {
            Value::List(items) | Value::Tuple(items) => items.iter().take(64).any(|id| is_payload(graph, *id)),
            Value::Dict(pairs) => pairs.iter().take(64).any(|(_, value)| is_payload(graph, value)),
            _ => is_payload(graph, *id),
        });
        if telling::acts(path) && !args.is_empty() || looks || names::is_resource(module, path) {
            let words = "Its name or its arguments are those of code, a command, a file or an address".to_owned();
            self.find(&rules::TELLING_CALL, effect, callable, words, effect.node, Executed::Call);
            return Verdict::Danger("unlisted");
        }
        self.find(&rules::UNKNOWN_CALL, effect, callable, String::new(), effect.node, Executed::Call);
        Verdict::Unknown
    }

    /// A name that is harmless with the right arguments.
    fn special(&mut self, effect: &Effect, module: &str, path: &str, made: Made) -> Verdict {
        let graph = self.graph;
        let args = graph.object(effect.node).and_then(|object| graph.items(object.args));
        let Some(args) = args.map(<[NodeId]>::to_vec) else {
            let words = "Its arguments are computed".to_owned();
            self.find(&rules::MISUSED, effect, format!("{module}.{path}"), words, effect.node, Executed::Call);
            return Verdict::Danger("callable-wrapper");
        };
        let dotted = format!("{module}.{path}");
        match usage(graph, &mut self.evaluator, &dotted, made, &args) {
            Usage::AsMeant => Verdict::Known,
            Usage::Calls(module, path) => {
                let weight = weigh(names::standing(&module, &path), Use::Call);
                let harmless =
                    matches!(names::standing(&module, &path), Standing::Special) && !path.contains("getattr");
                match weight.rule {
                    None if !weight.special || harmless => Verdict::Known,
                    rule => {
                        let rule = rule.unwrap_or(&rules::MISUSED);
                        let words = format!("Reached through {dotted}");
                        self.find(rule, effect, format!("{module}.{path}"), words, effect.node, Executed::Call);
                        weight.verdict.max(Verdict::Unknown)
                    }
                }
            }
            Usage::Fetches(module, path) => {
                let weight = weigh(names::standing(&module, &path), Use::Import);
                if let Some(rule) = weight.rule {
                    let words = format!("Fetched by {dotted}");
                    self.find(rule, effect, format!("{module}.{path}"), words, effect.node, Executed::Import);
                }
                weight.verdict
            }
            Usage::CallsUnknown => {
                let words = format!("{dotted} calls something that cannot be known");
                self.find(&rules::MISUSED, effect, dotted, words, effect.node, Executed::Call);
                Verdict::Danger("callable-wrapper")
            }
            Usage::Loads(bytes) => {
                self.collector.load(self.part, self.pickled, bytes);
                Verdict::Known
            }
            Usage::Misused(how) => {
                self.find(&rules::MISUSED, effect, dotted, format!("It {how}"), effect.node, Executed::Call);
                Verdict::Danger("callable-wrapper")
            }
        }
    }

    /// What another call returned is called.
    fn call_of_result(&mut self, effect: &Effect, used: Use) -> Verdict {
        let graph = self.graph;
        let sym = self.evaluator.eval(effect.subject);
        // How protocols 2 and 3 write `cls.__new__(cls, *args, **kwargs)`.
        if let Sym::Partial(inner, first) = &sym
            && let Sym::Name(module, path) = &**inner
            && let Some(class) = path.strip_suffix(".__new__")
            && let Some(Sym::Name(made_module, made)) = first.first().map(|first| self.evaluator.eval(*first))
        {
            // The class whose `__new__` it is, and the class that is made, which may be derived from it.
            let weights = [(module.as_str(), class), (made_module.as_str(), made.as_str())]
                .map(|(module, class)| (module, class, weigh(names::standing(module, class), Use::New)));
            for (module, class, weight) in &weights {
                if let Some(rule) = weight.rule {
                    self.find(rule, effect, format!("{module}.{class}"), String::new(), effect.node, Executed::Call);
                }
            }
            return weights.iter().map(|(_, _, weight)| weight.verdict).max().unwrap_or(Verdict::Unknown);
        }
        // How `operator.methodcaller("split", maxsplit=1)` is written: a partial of it with the keywords is called.
        if let Sym::Partial(inner, first) = &sym
            && let Sym::Name(module, path) = &**inner
            && module.trim_start_matches('_') == "operator"
            && path == "methodcaller"
            && let Some(Sym::Text(name)) = first.first().map(|first| self.evaluator.eval(*first))
            && names::is_plain_method(&name)
        {
            return Verdict::Known;
        }
        // `operator.methodcaller("system", ..)(os)` calls a function of what it is given.
        let args = graph.object(effect.node).and_then(|object| graph.items(object.args)).unwrap_or(&[]);
        let method = match (&sym, args.first()) {
            (Sym::Method(name, _), Some(object)) => match attribute(self.evaluator.eval(*object), name) {
                Sym::Name(module, path) => Some((module, path)),
                _ => None,
            },
            _ => None,
        };
        let by_method = method.is_some();
        let target = method.or_else(|| self.evaluator.target(effect.subject));
        if let Some((module, path)) = &target {
            let weight = weigh(names::standing(module, path), used);
            if graph.kind(effect.subject) == Kind::Persistent {
                if let Some(rule) = weight.rule {
                    self.find(rule, effect, format!("{module}.{path}"), String::new(), effect.node, Executed::Call);
                }
                return weight.verdict;
            }
            // A method that its library names and calls: `getattr(ZoneInfo, "_unpickle")`. A type that cloudpickle or
            // dill writes by a name of its own: `_load_type("bytearray")`.
            let fetched = graph.object(effect.subject).and_then(|object| self.evaluator.target(object.callee));
            let by_writer = fetched.is_some_and(|(_, path)| matches!(path.as_str(), "_load_type" | "_builtin_type"));
            if weight.special && (path.contains('.') || by_writer) && weight.verdict == Verdict::Known {
                let (module, path) = (module.clone(), path.clone());
                let made = graph.object(effect.node).map_or(Made::Reduce, |object| object.made);
                return self.special(effect, &module, &path, made);
            }
            if weight.rule.is_none() && !weight.special {
                return weight.verdict;
            }
            if let Verdict::Danger(_) = weight.verdict {
                // The arguments stand where the callable was made: show those.
                let made = graph.object(effect.subject).map(|object| callable_text(graph, object.callee));
                let (via, node) = match made {
                    Some(maker) if by_method || args.is_empty() && matches!(sym, Sym::Partial(..)) => {
                        (maker, effect.subject)
                    }
                    _ => (callable_text(graph, effect.subject), effect.node),
                };
                let rule = weight.rule.unwrap_or(&rules::CALLS_RESULT);
                let words = format!("Reached through {via}");
                self.find(rule, effect, format!("{module}.{path}"), words, node, Executed::Call);
                return weight.verdict;
            }
        }
        let callable = match target {
            Some((module, path)) => format!("{module}.{path}"),
            None => callable_text(graph, effect.subject),
        };
        self.find(&rules::CALLS_RESULT, effect, callable, String::new(), effect.node, Executed::Call);
        Verdict::Danger("introspect")
    }

    /// State or items set. None if that is part of building an object.
    fn change(&mut self, effect: &Effect) -> Option<Verdict> {
        let graph = self.graph;
        let subject = effect.subject;
        let Some(object) = graph.object(subject) else {
            if graph.kind(subject) == Kind::Persistent {
                return None;
            }
            if graph.symbol_id(subject).is_none() && graph.kind(subject) != Kind::Extension {
                return None;
            }
            return Some(self.changes_import(effect, callable_text(graph, subject)));
        };
        if effect.kind() == EffectKind::SetState {
            self.planted(effect);
        }
        let plain = graph.symbol_id(object.callee).is_some_and(|symbol| {
            let python2 = graph.flags(object.callee).has(Flags::PY2_NAMES);
            let used = if matches!(object.made, Made::NewObj | Made::NewObjEx) { Use::New } else { Use::Call };
            self.weights
                .get(&(symbol, used, python2))
                .is_some_and(|(weight, _, _)| weight.rule.is_none() && !weight.special)
        });
        if plain {
            return None;
        }
        match self.evaluator.eval(subject) {
            // It was fetched, not built.
            Sym::Name(module, path) => Some(self.changes_import(effect, format!("{module}.{path}"))),
            Sym::Module(module) => Some(self.changes_import(effect, module)),
            Sym::Partial(inner, _) if effect.kind() == EffectKind::SetState => match *inner {
                Sym::Name(module, path) => {
                    let weight = weigh(names::standing(&module, &path), Use::Import);
                    weight.rule.filter(|rule| rule.severity == Severity::Danger).map(|rule| {
                        let words = "The state replaces the function of a functools.partial".to_owned();
                        self.find(rule, effect, format!("{module}.{path}"), words, effect.subject, Executed::Import);
                        weight.verdict
                    })
                }
                _ => None,
            },
            _ => {
                let logger =
                    self.evaluator.target(object.callee).is_some_and(|(m, p)| m == "logging" && p == "getLogger");
                logger.then(|| self.changes_import(effect, "logging.getLogger".to_owned()))
            }
        }
    }

    fn changes_import(&mut self, effect: &Effect, what: String) -> Verdict {
        let words = match effect.kind() {
            EffectKind::SetState => "Sets attributes of it",
            EffectKind::SetItem => "Sets items of it",
            _ => "Adds to it",
        };
        self.find(&rules::CHANGES_IMPORT, effect, what, words.to_owned(), effect.node, Executed::Call);
        Verdict::Danger("registry-mutation")
    }

    /// BUILD with a state that sets a method the unpickler itself calls.
    fn planted(&mut self, effect: &Effect) {
        const METHODS: [&str; 5] = ["__setstate__", "append", "extend", "add", "__setitem__"];
        let graph = self.graph;
        let dicts: Vec<NodeId> = match graph.value(effect.node) {
            Value::Dict(_) => vec![effect.node],
            Value::Tuple([first, second]) => vec![*first, *second],
            _ => return,
        };
        for dict in dicts {
            let Some(pairs) = graph.pairs(dict) else { continue };
            for (key, value) in pairs.iter() {
                // SciPy runs this text when it gives a distribution its state.
                if graph.kind(value) == Kind::Text
                    && graph.str(key) == Some("_parse_arg_template")
                    && !graph.str(value).is_some_and(is_arg_template)
                {
                    let words = "It is run as code when the distribution gets its state".to_owned();
                    let callable = "_parse_arg_template".to_owned();
                    self.find(&rules::PLANTED_METHOD, effect, callable, words, effect.node, Executed::Call);
                }
                // Only what can be called can be planted; the cheap look comes first.
                if !matches!(graph.kind(value), Kind::Global | Kind::Object | Kind::Extension | Kind::Persistent) {
                    continue;
                }
                let Some(name) = any_text(graph, key) else { continue };
                if METHODS.contains(&&*name) && graph.kind(value) != Kind::Object
                    || name == "__setstate__"
                    || METHODS.contains(&&*name) && !matches!(self.evaluator.eval(value), Sym::Made(..) | Sym::Unknown)
                {
                    let callable = match self.evaluator.target(value) {
                        Some((module, path)) => format!("{module}.{path}"),
                        None => callable_text(graph, value),
                    };
                    let words = format!("It becomes the object's {name}");
                    self.find(&rules::PLANTED_METHOD, effect, callable, words, effect.node, Executed::Call);
                }
            }
        }
    }

    fn place(&self, effect: &Effect, node: NodeId) -> Place {
        Place {
            part: self.part,
            at: self.pickled.decoded.bytes.span(effect.at(), 1),
            node: Some(node),
            op: Some(effect.op()),
        }
    }

    fn flag(&mut self, rule: &'static Rule, effect: &Effect, callable: &str) {
        let place = self.place(effect, effect.node);
        self.collector.again(rule, callable, place);
    }

    fn find(
        &mut self,
        rule: &'static Rule,
        effect: &Effect,
        callable: String,
        detail: String,
        node: NodeId,
        executed: Executed,
    ) {
        let place = self.place(effect, node);
        self.collector.add(rule, callable, detail, place, executed);
    }

    /// Counts the effect with its callable.
    fn reach(&mut self, effect: &Effect, subject: NodeId, verdict: Verdict, called: bool, change: bool) {
        let graph = self.graph;
        let symbol = graph.symbol_id(subject).filter(|_| graph.computed(subject).is_none());
        let text = if symbol.is_some() { String::new() } else { callable_text(graph, subject) };
        let at = self.pickled.decoded.bytes.span(effect.at(), 1);
        let index = *self.by_symbol.entry((symbol, text, change)).or_insert_with(|| {
            self.reaches.push(Reach {
                callable: callable_text(graph, subject),
                symbol: graph.symbol(subject).map(|s| (s.module.to_string(), s.name.to_string())),
                verdict,
                calls: 0,
                imports: 0,
                part: self.part,
                at,
                node: effect.node,
                op: effect.op(),
            });
            self.reaches.len() - 1
        });
        let Some(reach) = self.reaches.get_mut(index) else { return };
        reach.verdict = reach.verdict.max(verdict);
        if called {
            if reach.calls == 0 {
                (reach.at, reach.node, reach.op) = (at, effect.node, effect.op());
            }
            reach.calls += 1;
        } else {
            reach.imports += 1;
        }
    }
}

/// True for the persistent ids of PyTorch: ("storage", class, key, location, size, ..) and ("module", class, file, source).
fn is_storage(graph: &Graph, id: NodeId) -> bool {
    let Value::Persistent(pid) = graph.value(id) else { return false };
    match graph.items(pid) {
        Some([kind, class, _, _, ..]) => {
            graph.symbol(*class).is_some() && matches!(any_text(graph, *kind).as_deref(), Some("storage" | "module"))
        }
        None => torch::is_storage(graph, id),
        _ => false,
    }
}

/// True for the three functions that SciPy writes for the arguments of a distribution, which call nothing else.
fn is_arg_template(text: &str) -> bool {
    let names = |text: &str, more: &[u8]| text.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b));
    // A name right before a parenthesis is a call.
    let calls = |text: &str| {
        text.as_bytes().windows(2).any(|pair| matches!(pair, [b, b'('] if b.is_ascii_alphanumeric() || *b == b'_'))
    };
    text.lines().all(|line| match line.strip_prefix("def _parse_args") {
        Some(head) => head
            .split_once('(')
            .is_some_and(|(name, rest)| names(name, b"_") && names(&rest.replace("'mv'", ""), b"_ ,=):")),
        None => match line.strip_prefix("    return ") {
            Some(value) => {
                let value = value.strip_prefix("self._argcheck_rvs").unwrap_or(value);
                names(value, b"_ ,=()") && !calls(value)
            }
            None => line.trim().is_empty(),
        },
    })
}

/// True for text of the form of a command, code, an address or a path: what an unknown function has no business with.
fn is_payload(graph: &Graph, id: NodeId) -> bool {
    const SIGNS: &[&str] = &[
        "://",
        "import ",
        "exec(",
        "eval(",
        "system(",
        "os.",
        "subprocess",
        "/bin/",
        "/etc/",
        "/tmp/",
        "curl ",
        "wget ",
        "rm -",
        "bash",
        "sh -c",
        "powershell",
        "cmd.exe",
        "cmd /c",
        "&&",
        " | ",
        "echo ",
        "print(",
        "lambda ",
        "__",
        "touch ",
        "/dev/",
    ];
    any_text(graph, id).is_some_and(|text| SIGNS.iter().any(|sign| text.contains(sign)) || is_path(&text))
}

/// True for a path from the root of a file system, from a drive of Windows or from somebody's home.
fn is_path(text: &str) -> bool {
    let plain = |rest: &str| rest.len() > 1 && rest.len() < 512 && !rest.contains(['\n', '\0', '(', '<', '>']);
    match text.as_bytes() {
        [b'/', b'a'..=b'z' | b'A'..=b'Z' | b'.', ..] => text.bytes().filter(|b| *b == b'/').count() > 1 && plain(text),
        [b'~', b'/', ..] | [b'\\', b'\\', ..] => plain(text),
        [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic() && plain(text),
        _ => false,
    }
}
