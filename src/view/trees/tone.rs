//! What colour a node has, as a meaning: which class how surely, or where on a scale. The window turns it into a colour of
//! its theme.

use crate::formats::trees::{DecisionTree, Meaning};

/// Classes that have a colour of their own; what is beyond shares the last one.
pub const HUES: u8 = 8;

/// The kind of a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hue {
    /// Nothing is known.
    #[default]
    Plain,
    /// A class: below [`HUES`].
    Class(u8),
    /// Low to high.
    Scale,
    /// Negative to positive; the middle is zero.
    Signed,
}

/// A colour by meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tone {
    /// Its kind.
    pub hue: Hue,
    /// How strong, or where on the scale.
    pub strength: u8,
}

/// How the numbers of one output of a tree become tones.
#[derive(Clone, Debug, PartialEq)]
pub struct Tones {
    meaning: Meaning,
    output: u32,
    /// Ends of the scale.
    pub low: f64,
    /// Ends of the scale.
    pub high: f64,
    /// The hue of each class.
    hues: Vec<u8>,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
fn byte(part: f64) -> u8 {
    (part.clamp(0.0, 1.0) * 255.0).round() as u8
}

impl Tones {
    /// Looks at all values of an output of a tree.
    pub fn new(tree: &DecisionTree, output: u32) -> Self {
        let values = &tree.values;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut hues = Vec::new();
        match values.meaning {
            Meaning::Classes => {
                // The commonest classes have colours; ties go by number. Of two, the first is orange and the second blue,
                // against the order of the colours: as people know it from other drawings of trees.
                let mut classes: Vec<(usize, f64)> = values.shares(tree.root(), output).enumerate().collect();
                hues = vec![HUES - 1; classes.len()];
                if classes.len() > usize::from(HUES) {
                    classes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                    classes.truncate(usize::from(HUES) - 1);
                    classes.sort_by_key(|(class, _)| *class);
                }
                let two = classes.len() == 2;
                for (hue, (class, _)) in (0..HUES).zip(&classes) {
                    if let Some(place) = hues.get_mut(*class) {
                        *place = if two { 1 - hue } else { hue };
                    }
                }
            }
            Meaning::Prediction | Meaning::Score => {
                for id in tree.order() {
                    let value = values.output(*id, output).first().copied().unwrap_or(f64::NAN);
                    if value.is_finite() {
                        (low, high) = (low.min(value), high.max(value));
                    }
                }
            }
            Meaning::Nothing => {}
        }
        Self { meaning: values.meaning, output, low, high, hues }
    }

    /// The hue of a class.
    pub fn hue(&self, class: u32) -> Hue {
        self.hues.get(class as usize).map_or(Hue::Plain, |hue| Hue::Class(*hue))
    }

    /// True if the tree has more classes than there are colours.
    pub fn some_share_a_hue(&self) -> bool {
        self.hues.len() > usize::from(HUES)
    }

    /// The tone of a node.
    pub fn of(&self, tree: &DecisionTree, id: u32) -> Tone {
        match self.meaning {
            Meaning::Classes => {
                let n = tree.values.each;
                match tree.values.majority(id, self.output) {
                    Some((class, share)) => {
                        // No better than chance is pale, pure is full.
                        let chance = 1.0 / f64::from(n.max(1));
                        let sure = if n > 1 { (share - chance) / (1.0 - chance) } else { 1.0 };
                        Tone { hue: self.hue(class), strength: byte(sure) }
                    }
                    None => Tone::default(),
                }
            }
            Meaning::Prediction | Meaning::Score => {
                let value = tree.values.output(id, self.output).first().copied().unwrap_or(f64::NAN);
                self.number(value)
            }
            // Where nothing is predicted, how much arrives there.
            Meaning::Nothing => match tree.share(id) {
                Some(share) => Tone { hue: Hue::Scale, strength: byte(share.sqrt()) },
                None => Tone::default(),
            },
        }
    }

    /// The tone of a number of the scale.
    pub fn number(&self, value: f64) -> Tone {
        if !value.is_finite() || self.low > self.high {
            return Tone::default();
        }
        if self.meaning == Meaning::Score {
            let end = self.low.abs().max(self.high.abs());
            let at = if end > 0.0 { 0.5 + value / end / 2.0 } else { 0.5 };
            return Tone { hue: Hue::Signed, strength: byte(at) };
        }
        let width = self.high - self.low;
        Tone { hue: Hue::Scale, strength: byte(if width > 0.0 { (value - self.low) / width } else { 0.5 }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Span;
    use crate::formats::trees::{TreeNode, Values};

    fn leaf(meaning: Meaning, each: u32, all: &[f64]) -> DecisionTree {
        let values = Values { meaning, outputs: 1, each, all: all.to_vec() };
        DecisionTree::new(vec![TreeNode::default()], values, Vec::new(), Span::default()).unwrap()
    }

    #[test]
    fn a_tone_is_the_commonest_class_and_how_sure_it_is() {
        let tree = leaf(Meaning::Classes, 2, &[0.25, 0.75]);
        let tones = Tones::new(&tree, 0);
        assert_eq!(tones.of(&tree, 0), Tone { hue: Hue::Class(0), strength: 128 });
        let pure = leaf(Meaning::Classes, 2, &[4.0, 0.0]);
        assert_eq!(Tones::new(&pure, 0).of(&pure, 0), Tone { hue: Hue::Class(1), strength: 255 });
        let empty = leaf(Meaning::Classes, 2, &[0.0, f64::NAN]);
        assert_eq!(Tones::new(&empty, 0).of(&empty, 0), Tone::default());
    }

    #[test]
    fn rare_classes_share_the_last_hue() {
        let mut shares = vec![1.0; 12];
        shares[11] = 5.0;
        let tree = leaf(Meaning::Classes, 12, &shares);
        let tones = Tones::new(&tree, 0);
        assert_eq!(tones.hue(11), Hue::Class(6));
        assert_eq!(
            (tones.hue(0), tones.hue(5), tones.hue(6), tones.hue(10)),
            (Hue::Class(0), Hue::Class(5), Hue::Class(7), Hue::Class(7))
        );
    }

    #[test]
    fn scores_are_signed_and_a_constant_is_in_the_middle() {
        let tree = leaf(Meaning::Score, 1, &[-2.0]);
        assert_eq!(Tones::new(&tree, 0).of(&tree, 0), Tone { hue: Hue::Signed, strength: 0 });
        let tree = leaf(Meaning::Prediction, 1, &[7.0]);
        assert_eq!(Tones::new(&tree, 0).of(&tree, 0), Tone { hue: Hue::Scale, strength: 128 });
        let tree = leaf(Meaning::Score, 1, &[f64::INFINITY]);
        assert_eq!(Tones::new(&tree, 0).of(&tree, 0), Tone::default());
    }
}
