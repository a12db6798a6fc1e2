//! A state dict: arrays by dotted names, as the tree of groups that the dots mean, with what each group sums up to, and
//! which of its tensors are tied. Made once when a file is opened; nothing here reads a value.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::Artifact;
use super::arrays::any_text;
use super::children::{Children, Edge};
use crate::array::{ArrayRef, Scalar, layout};
use crate::pickle::{Kind, NodeId};

/// Where a state dict stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Of {
    /// A dict, or an OrderedDict, of a pickle.
    Node {
        /// The part.
        part: usize,
        /// The dict.
        node: NodeId,
    },
    /// The arrays of a file that has nothing else (safetensors, npz), or those of all shards of a checkpoint.
    Arrays,
}

/// An entry.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its whole key.
    pub key: Box<str>,
    /// Its position: among the children of the dict, or in [`Artifact::arrays`].
    pub position: usize,
    /// The array it is.
    pub array: Option<usize>,
    /// The group it is in.
    pub group: u32,
    /// The set of members with the very same elements, in [`StateDict::tied`].
    pub tied: Option<u32>,
    /// The set of members that look at the same storage in different ways, in [`StateDict::shared`].
    pub shared: Option<u32>,
    /// Bytes of the key that its groups say.
    said: usize,
}

impl Member {
    /// What is left of the key behind the names of its groups.
    pub fn name(&self) -> &str {
        self.key.get(self.said..).unwrap_or(&self.key)
    }
}

/// A child of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// A group.
    Group(u32),
    /// A member.
    Member(u32),
}

/// What a group sums up to. Tied tensors count once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Arrays.
    pub tensors: u64,
    /// Elements of all arrays but the buffers that are known by name.
    pub parameters: u64,
    /// Bytes of the elements.
    pub bytes: u64,
}

impl Sums {
    /// Adds an array that goes by `name`.
    pub fn add(&mut self, array: &ArrayRef, name: &str) {
        self.tensors += 1;
        self.bytes = self.bytes.saturating_add(array.nbytes().unwrap_or(0));
        if !is_buffer(array, name) {
            self.parameters = self.parameters.saturating_add(layout::count(&array.shape).unwrap_or(0));
        }
    }
}

/// Keys with the same beginning.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// What it adds to the name of the group above: one part of the key, or several that never occur apart.
    pub name: Box<str>,
    /// The group above.
    pub parent: u32,
    /// What it sums up to.
    pub sums: Sums,
    /// Groups and members in the order of the file.
    children: Vec<Child>,
    /// The same in natural order.
    sorted: Vec<Child>,
}

/// A state dict as a tree. Group 0 is all of it.
#[derive(Clone, Debug, Default)]
pub struct StateDict {
    /// The groups; each stands behind the one it is in.
    pub groups: Vec<Group>,
    /// The entries in the order of the file.
    pub members: Vec<Member>,
    /// Sets of members with the very same elements.
    pub tied: Vec<Vec<u32>>,
    /// Sets of members that look at one storage in different ways.
    pub shared: Vec<Vec<u32>>,
    /// Positions of members, sorted, with the member at each: an index lists its tensors in an order of its own.
    by_position: Vec<(usize, u32)>,
    /// All members in natural order.
    flat: Vec<Child>,
    in_order: Vec<Child>,
}

/// Levels that dots make. A key of ten thousand dots is no tree of ten thousand levels.
const LEVELS: usize = 16;
/// Entries that are looked at before it is decided that a dict is no state dict.
const LOOKED_AT: usize = 8;

/// Names of buffers of PyTorch's own modules: they are saved, and yet no parameters.
const BUFFERS: &[&str] = &["running_mean", "running_var", "num_batches_tracked", "position_ids", "inv_freq"];

fn is_buffer(array: &ArrayRef, key: &str) -> bool {
    let name = key.rsplit('.').next().unwrap_or(key);
    let counter = array.shape.is_empty()
        && array.dtype.as_ref().is_some_and(|d| matches!(d.scalar, Scalar::Int | Scalar::Uint | Scalar::Bool));
    BUFFERS.contains(&name) || counter
}

impl StateDict {
    /// The tree of a dict, if it is one of arrays and its keys are dotted.
    pub fn of(artifact: &Artifact, part: usize, node: NodeId) -> Option<Self> {
        let made = Self::of_arrays_in(artifact, part, node)?;
        let dotted = made.members.iter().filter(|member| member.key.contains('.')).count();
        (dotted * 2 >= made.members.len()).then_some(made)
    }

    /// The same for any dict of arrays, dotted keys or not.
    pub fn of_arrays_in(artifact: &Artifact, part: usize, node: NodeId) -> Option<Self> {
        if !looks_like_one(artifact, part, node) {
            return None;
        }
        let pickled = artifact.pickled(part)?;
        let graph = &pickled.decoded.graph;
        let children = Children::of(graph, &pickled.known, node);
        let mut members = Vec::new();
        let mut arrays = 0;
        for position in 0..children.positions() {
            let Some((Edge::Entry(key), child)) = children.get(graph, position) else { continue };
            let array = artifact.array_of(part, child);
            arrays += usize::from(array.is_some());
            let mut text = any_text(graph, key).map(|text| text.into_owned());
            if text.is_none() {
                text = Some(super::children::key_text(graph, key));
            }
            members.push((text.unwrap_or_default(), position, array));
        }
        (arrays * 2 >= members.len()).then(|| Self::build(artifact, members))
    }

    /// The tree of the arrays of a file that has nothing else, or of all shards of a checkpoint.
    pub fn of_file(artifact: &Artifact) -> Self {
        if !artifact.whole.is_empty() {
            let all = artifact.whole.iter().map(|(name, i)| (name.to_string(), *i, Some(*i))).collect();
            return Self::build(artifact, all);
        }
        let name = |array: &ArrayRef| {
            let quoted = array.path.strip_prefix("$[").and_then(|rest| rest.strip_suffix(']'));
            quoted.and_then(|text| serde_json::from_str::<String>(text).ok()).unwrap_or_else(|| array.path.to_string())
        };
        let all = artifact.arrays.iter().enumerate().map(|(i, array)| (name(array), i, Some(i))).collect();
        Self::build(artifact, all)
    }

    fn build(artifact: &Artifact, entries: Vec<(String, usize, Option<usize>)>) -> Self {
        let mut made = Self { groups: vec![Group::default()], ..Self::default() };
        let mut by_name: HashMap<(u32, String), u32> = HashMap::new();
        for (key, position, array) in entries {
            let member = u32::try_from(made.members.len()).unwrap_or(u32::MAX);
            let mut group = 0u32;
            let mut parts = key.split('.');
            // The last part, or all that is left at the last level, is the member's own.
            let above = key.matches('.').count().min(LEVELS);
            for name in parts.by_ref().take(above) {
                let next = u32::try_from(made.groups.len()).unwrap_or(u32::MAX);
                let found = *by_name.entry((group, name.to_owned())).or_insert(next);
                if found == next {
                    made.groups.push(Group { name: name.into(), parent: group, ..Group::default() });
                    if let Some(parent) = made.groups.get_mut(group as usize) {
                        parent.children.push(Child::Group(found));
                    }
                }
                group = found;
            }
            if let Some(group) = made.groups.get_mut(group as usize) {
                group.children.push(Child::Member(member));
            }
            let key = key.into_boxed_str();
            made.members.push(Member { key, position, array, group, tied: None, shared: None, said: 0 });
        }
        made.by_position = (0u32..).zip(&made.members).map(|(i, member)| (member.position, i)).collect();
        made.by_position.sort_unstable();
        made.collapse();
        made.settle();
        made.tie(artifact);
        made.sum(artifact);
        made.sort();
        made
    }

    /// Takes groups of one member, and groups of one group, out of the way: they would only be clicked through.
    fn collapse(&mut self) {
        for i in (0..self.groups.len()).rev() {
            // Groups stand behind their parents: those inside are done.
            let children = self.groups.get_mut(i).map(|group| std::mem::take(&mut group.children)).unwrap_or_default();
            let mut kept: Vec<Child> = children
                .into_iter()
                .map(|child| match child {
                    Child::Group(inner) => match self.groups.get(inner as usize).map(|g| g.children.as_slice()) {
                        Some([Child::Member(only)]) => Child::Member(*only),
                        _ => child,
                    },
                    member => member,
                })
                .collect();
            let only = match kept.as_slice() {
                [Child::Group(only)] if i > 0 => Some(*only),
                _ => None,
            };
            let inner = only.and_then(|only| self.groups.get_mut(only as usize)).map(std::mem::take);
            if let (Some(group), Some(inner)) = (self.groups.get_mut(i), inner) {
                group.name = format!("{}.{}", group.name, inner.name).into();
                kept = inner.children;
            }
            if let Some(group) = self.groups.get_mut(i) {
                group.children = kept;
            }
        }
    }

    /// Tells members and groups what they hang on, after groups were taken away.
    fn settle(&mut self) {
        // (group, bytes of the key that lead to what is in it)
        let mut open = vec![(0u32, 0usize)];
        while let Some((at, said)) = open.pop() {
            let children = self.groups.get(at as usize).map(|group| group.children.clone()).unwrap_or_default();
            for child in children {
                match child {
                    Child::Group(inner) => {
                        if let Some(group) = self.groups.get_mut(inner as usize) {
                            group.parent = at;
                            open.push((inner, said + group.name.len() + 1));
                        }
                    }
                    Child::Member(member) => {
                        if let Some(member) = self.members.get_mut(member as usize) {
                            (member.group, member.said) = (at, said);
                        }
                    }
                }
            }
        }
    }

    /// Finds members that lie in one storage, or are one object.
    fn tie(&mut self, artifact: &Artifact) {
        let mut by_storage: HashMap<(usize, &str), Vec<u32>> = HashMap::new();
        let mut by_array: HashMap<usize, Vec<u32>> = HashMap::new();
        for (i, member) in self.members.iter().enumerate() {
            let Some((at, array)) = member.array.and_then(|at| Some((at, artifact.arrays.get(at)?))) else { continue };
            let i = u32::try_from(i).unwrap_or(u32::MAX);
            match &array.storage {
                Some(key) => by_storage.entry((array.part, key)).or_default().push(i),
                None => by_array.entry(at).or_default().push(i),
            }
        }
        let array = |i: &u32| self.members.get(*i as usize)?.array.and_then(|at| artifact.arrays.get(at));
        let mut tied: Vec<Vec<u32>> = by_array.into_values().filter(|set| set.len() > 1).collect();
        let mut shared = Vec::new();
        for set in by_storage.into_values().filter(|set| set.len() > 1) {
            let mut same: Vec<Vec<u32>> = Vec::new();
            for i in &set {
                let like = |other: &u32| match (array(i), array(other)) {
                    (Some(a), Some(b)) => {
                        (a.span.stream, a.span.start, &a.shape, &a.strides)
                            == (b.span.stream, b.span.start, &b.shape, &b.strides)
                            && a.dtype == b.dtype
                    }
                    _ => false,
                };
                // Thousands of views of one storage are compared with the first few only.
                match same.iter_mut().take(100).find(|set| set.first().is_some_and(like)) {
                    Some(set) => set.push(*i),
                    None => same.push(vec![*i]),
                }
            }
            if same.len() > 1 {
                shared.push(set);
            }
            tied.extend(same.into_iter().filter(|set| set.len() > 1));
        }
        // Sets come out of maps: the order of the file is the order that can be told again.
        tied.sort();
        shared.sort();
        for (sets, is_tied) in [(&tied, true), (&shared, false)] {
            for (number, set) in sets.iter().enumerate() {
                let number = u32::try_from(number).ok();
                for i in set {
                    if let Some(member) = self.members.get_mut(*i as usize) {
                        *(if is_tied { &mut member.tied } else { &mut member.shared }) = number;
                    }
                }
            }
        }
        (self.tied, self.shared) = (tied, shared);
    }

    fn sum(&mut self, artifact: &Artifact) {
        let mut counted = HashSet::new();
        for member in &self.members {
            let Some(array) = member.array.and_then(|at| artifact.arrays.get(at)) else { continue };
            let mut at = member.group;
            loop {
                let first = member.tied.is_none_or(|set| counted.insert((at, set)));
                let Some(group) = self.groups.get_mut(at as usize).filter(|_| first) else { break };
                group.sums.add(array, &member.key);
                if at == 0 {
                    break;
                }
                at = group.parent;
            }
        }
    }

    fn sort(&mut self) {
        self.in_order = (0..self.members.len()).map(|i| Child::Member(u32::try_from(i).unwrap_or(u32::MAX))).collect();
        let mut flat = self.in_order.clone();
        let key = |child: &Child| match child {
            Child::Member(i) => self.members.get(*i as usize).map_or("", |member| &*member.key),
            Child::Group(_) => "",
        };
        flat.sort_by(|a, b| natural(key(a), key(b)));
        let sorted: Vec<Vec<Child>> = self
            .groups
            .iter()
            .map(|group| {
                let mut children = group.children.clone();
                children.sort_by(|a, b| natural(self.name(*a), self.name(*b)));
                children
            })
            .collect();
        self.flat = flat;
        for (group, sorted) in self.groups.iter_mut().zip(sorted) {
            group.sorted = sorted;
        }
    }

    /// The name of a child in its group.
    pub fn name(&self, child: Child) -> &str {
        match child {
            Child::Group(i) => self.groups.get(i as usize).map_or("", |group| &group.name),
            Child::Member(i) => self.members.get(i as usize).map_or("", Member::name),
        }
    }

    /// What is in a group; None stands for the flat list of all members.
    pub fn children(&self, group: Option<u32>, file_order: bool) -> &[Child] {
        match (group.map(|group| self.groups.get(group as usize)), file_order) {
            (None, true) => &self.in_order,
            (None, false) => &self.flat,
            (Some(Some(group)), true) => &group.children,
            (Some(Some(group)), false) => &group.sorted,
            (Some(None), _) => &[],
        }
    }

    /// The whole name of a group, without a dot at its end.
    pub fn path(&self, group: u32) -> String {
        let mut parts = Vec::new();
        let mut at = group;
        while at != 0
            && let Some(group) = self.groups.get(at as usize)
        {
            parts.push(&*group.name);
            at = group.parent;
        }
        parts.reverse();
        parts.join(".")
    }

    /// The member at a position.
    pub fn at(&self, position: usize) -> Option<u32> {
        let found = self.by_position.binary_search_by_key(&position, |(position, _)| *position).ok()?;
        self.by_position.get(found).map(|(_, member)| *member)
    }

    /// The child of `group` that holds a member: the member itself, or the group that leads to it.
    pub fn way(&self, group: Option<u32>, member: u32) -> Option<Child> {
        let Some(group) = group else { return Some(Child::Member(member)) };
        let mut at = self.members.get(member as usize)?.group;
        if at == group {
            return Some(Child::Member(member));
        }
        while at != 0 {
            let parent = self.groups.get(at as usize)?.parent;
            if parent == group {
                return Some(Child::Group(at));
            }
            at = parent;
        }
        None
    }

    /// The members in a group, in the order of the file.
    pub fn members_of(&self, group: u32) -> impl Iterator<Item = (u32, &Member)> {
        let inside = move |member: &Member| {
            let mut at = member.group;
            while at != group && at != 0 {
                at = self.groups.get(at as usize).map_or(0, |group| group.parent);
            }
            at == group
        };
        (0u32..).zip(&self.members).filter(move |(_, member)| inside(member))
    }

    /// Another member with the very same elements as `member`, or else one that looks at the same storage.
    pub fn other(&self, member: u32) -> Option<(&Member, bool)> {
        let one = self.members.get(member as usize)?;
        let other = |sets: &[Vec<u32>], set: Option<u32>| {
            let set = sets.get(set? as usize)?;
            set.iter().find(|i| **i != member).and_then(|i| self.members.get(*i as usize))
        };
        let tied = other(&self.tied, one.tied).map(|member| (member, true));
        tied.or_else(|| other(&self.shared, one.shared).map(|member| (member, false)))
    }
}

/// Looks at the first entries of a dict: keys that are text, values that are arrays.
pub fn looks_like_one(artifact: &Artifact, part: usize, node: NodeId) -> bool {
    let Some(pickled) = artifact.pickled(part) else { return false };
    let graph = &pickled.decoded.graph;
    let pairs = match graph.value(node) {
        crate::pickle::Value::Dict(pairs) => pairs,
        crate::pickle::Value::Object(object) => object.entries,
        _ => return false,
    };
    let head = pairs.iter().take(LOOKED_AT);
    let arrays = head.clone().filter(|(_, value)| artifact.array_of(part, *value).is_some()).count();
    let texts = head.filter(|(key, _)| matches!(graph.kind(*key), Kind::Text | Kind::Str8)).count();
    arrays * 2 >= pairs.len().min(LOOKED_AT) && texts * 2 >= pairs.len().min(LOOKED_AT) && !pairs.is_empty()
}

/// Orders names as people count: `layer.2` before `layer.10`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    let digits = |text: &[u8]| text.iter().take_while(|c| c.is_ascii_digit()).count();
    loop {
        match (a, b) {
            ([], []) => return Ordering::Equal,
            ([], _) => return Ordering::Less,
            (_, []) => return Ordering::Greater,
            ([x, rest_a @ ..], [y, rest_b @ ..]) => {
                let (n, m) = (digits(a), digits(b));
                if n > 0 && m > 0 {
                    let (number_a, after_a) = a.split_at(n);
                    let (number_b, after_b) = b.split_at(m);
                    let strip = |number: &[u8]| number.iter().position(|c| *c != b'0').unwrap_or(number.len());
                    let (value_a, value_b) = (number_a.get(strip(number_a)..), number_b.get(strip(number_b)..));
                    let order = value_a.map(<[u8]>::len).cmp(&value_b.map(<[u8]>::len)).then(value_a.cmp(&value_b));
                    if order.is_ne() {
                        return order;
                    }
                    (a, b) = (after_a, after_b);
                } else if x != y {
                    return x.cmp(y);
                } else {
                    (a, b) = (rest_a, rest_b);
                }
            }
        }
    }
}
