//! What is kept of a pickle that breaks: writers open a container first and put all that it holds in it at the end, so
//! at any break the outermost ones are still empty. What already lies ready on the stack is put in its place here, as
//! the opcodes that never came would have done. No effect is logged for it: nothing of it would happen.

use super::{Machine, is_plain};
use crate::pickle::graph::{Kind, NodeId};

impl Machine<'_, '_> {
    /// Empties the stack into its lowest object. Gives that object, and what had no place in it.
    pub(super) fn salvage(&mut self) -> (Option<NodeId>, Vec<NodeId>) {
        let mut homeless = Vec::new();
        while let Some(height) = self.marks.pop() {
            let start = (height as usize).min(self.stack.len());
            let below = start.checked_sub(1).filter(|below| *below >= self.fence());
            if let Some(target) = below.and_then(|below| self.stack.get(below)).copied() {
                self.fill(target, start);
            }
            homeless.extend(self.stack.drain(start.min(self.stack.len())..));
            self.give_state(self.fence());
        }
        // Protocol 0 puts in one by one, without a mark.
        while self.stack.len() > 1 {
            let n = self.stack.len();
            let fits = |machine: &Self, i: usize, kind: Kind| {
                n.checked_sub(i).and_then(|i| machine.stack.get(i)).is_some_and(|id| machine.kind(*id) == kind)
            };
            let key = n.checked_sub(2).and_then(|i| self.stack.get(i)).copied();
            let done = fits(self, 3, Kind::Dict)
                && key.is_some_and(|key| is_plain(self.kind(key)) && self.is_hashable(key))
                && !fits(self, 1, Kind::Global)
                && self.extend_top(n - 2);
            let done = done || fits(self, 2, Kind::List) && !fits(self, 1, Kind::Global) && self.extend_top(n - 1);
            if !done && !self.give_state(0) {
                homeless.extend(self.stack.pop());
            }
        }
        (self.stack.pop(), homeless)
    }

    /// Puts the stack from `start` on into `target`, if that is what it is for. What is left over stays on the stack.
    fn fill(&mut self, target: NodeId, start: usize) {
        let n = self.stack.len() - start;
        let last_is_name = |machine: &Self, n: usize| {
            let last = n.checked_sub(1).and_then(|last| machine.stack.get(start + last));
            last.is_some_and(|id| machine.kind(*id) == Kind::Global)
        };
        let pairs = self.kind(target) == Kind::Dict || self.is_mapping(target);
        let waits = self.stack.last().is_some_and(|id| self.kind(*id) == Kind::Tuple);
        // A callable at the end, its arguments perhaps behind it, waits for its call.
        let mut ready = if pairs { n - n % 2 } else { n };
        if pairs && last_is_name(self, ready) {
            ready = ready.saturating_sub(2);
        } else if !pairs && last_is_name(self, n) {
            ready -= 1;
        } else if !pairs && n > 1 && last_is_name(self, n - 1) && waits {
            ready -= 2;
        }
        let hashable = match self.kind(target) {
            Kind::List => 0,
            Kind::Set => 1,
            _ if pairs => 2,
            _ => return,
        };
        let items = self.stack.get(start..start + ready).unwrap_or(&[]);
        if hashable > 0 && !items.iter().step_by(hashable).all(|id| self.is_hashable(*id)) {
            return;
        }
        let rest = self.stack.split_off(start + ready);
        // Past the limit of edges nothing is put in, and everything stays on the stack.
        let _ = if self.kind(target) == Kind::Object {
            self.add_to_object(target, start, Some(()))
        } else {
            self.extend(target, start)
        };
        self.stack.extend(rest);
    }

    fn extend_top(&mut self, start: usize) -> bool {
        let target = start.checked_sub(1).and_then(|below| self.stack.get(below)).copied();
        target.is_some_and(|target| self.extend(target, start).is_ok())
    }

    /// Makes the dict on the top the state of the object below it, if that has none. Nothing below `fence` is touched.
    fn give_state(&mut self, fence: usize) -> bool {
        let Some(above) = self.stack.get(fence..) else { return false };
        let [.., target, state] = above else { return false };
        let (target, state) = (*target, *state);
        if self.kind(state) != Kind::Dict {
            return false;
        }
        let Some(object) = self.object_of(target).and_then(|i| self.graph.objects.get_mut(i)) else { return false };
        if object.state != NodeId::NONE {
            return false;
        }
        object.state = state;
        self.stack.pop();
        true
    }

    fn object_of(&self, id: NodeId) -> Option<usize> {
        let node = self.graph.nodes.get(id.index()).filter(|node| node.kind() == Kind::Object)?;
        usize::try_from(node.payload).ok()
    }

    /// True for objects that take pairs: those that have some, and the dicts of `collections`.
    fn is_mapping(&self, id: NodeId) -> bool {
        let Some(object) = self.object_of(id).and_then(|i| self.graph.objects.get(i)) else { return false };
        let class = self.graph.symbol(object.callee);
        object.entries.len > 0
            || class.is_some_and(|class| {
                ["OrderedDict", "defaultdict", "Counter"].iter().any(|name| class.is("collections", name))
            })
    }
}
