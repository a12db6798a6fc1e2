//! XGBoost's binary form, which releases before 1.6 wrote unless told otherwise and 3.1 no longer reads: C structs with
//! room to grow, one behind the other. It is shown under the keys that the JSON form has.
//!
//! The layout was checked against what XGBoost 0.82 to 1.7 write.

use std::sync::Arc;

use super::document::{Numbers, Parsed};
use super::scan::Scan;
use crate::array::{Dtype, Literal};
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Result};
use crate::container::sniff::BINARY_HEADER;
use crate::pickle::{Builder, NodeId};

/// What pickles of XGBoost 1.0 to 1.2 begin with: the binary form and the configuration as JSON follow.
pub(super) const CONFIG_OFFSET: &[u8] = b"CONFIG-offset:";

/// One node of a tree. The highest bit of `feature` says that missing values go left; `value` is the threshold, or what
/// a leaf gives.
const NODE: &str = "[('parent', '<i4'), ('left', '<i4'), ('right', '<i4'), ('feature', '<u4'), ('value', '<f4')]";
/// Statistics of one node.
const STATS: &str =
    "[('loss_change', '<f4'), ('sum_hessian', '<f4'), ('base_weight', '<f4'), ('leaf_children', '<i4')]";

/// Reads a model. What was read before it broke is kept.
pub(super) fn read(bytes: &Bytes, limits: &Limits) -> Parsed {
    let mut reader = Reader {
        bytes: bytes.clone(),
        scan: Scan::new(bytes, 0),
        builder: Builder::new(bytes, limits),
        numbers: Vec::new(),
    };
    let outcome = reader.model();
    let problems = reader.scan.ended(outcome);
    Parsed { decoded: reader.builder.finish(problems), numbers: reader.numbers }
}

struct Reader {
    bytes: Bytes,
    scan: Scan,
    builder: Builder,
    numbers: Vec<Numbers>,
}

const WHAT: &str = "XGBoost model";

impl Reader {
    fn model(&mut self) -> Result<()> {
        let start = self.bytes.head(CONFIG_OFFSET.len())?;
        if start != CONFIG_OFFSET {
            self.magic()?;
            self.builder.begin_dict(0)?;
            self.learner()?;
            return self.builder.end();
        }
        self.builder.begin_dict(0)?;
        self.scan.skip(start.len() as u64, WHAT)?;
        let at = self.scan.at();
        let len = u64::from_le_bytes(self.scan.array(WHAT)?);
        let from = self.scan.at();
        self.key("Model")?;
        self.builder.begin_dict(from)?;
        self.magic()?;
        self.learner()?;
        self.builder.end()?;
        if from.checked_add(len) != Some(self.scan.at()) {
            let message = format!("the configuration does not begin where the model ends: offset {len} is wrong");
            return Err(Error { at: self.bytes.span(at, 8), kind: ErrorKind::Header { what: WHAT, message } });
        }
        self.key("Config")?;
        let left = self.scan.left();
        let at = self.scan.at();
        self.text_of(at, left)?;
        self.builder.end()
    }

    /// Releases from 1.2 on write a magic in front of the model, in pickles too.
    fn magic(&mut self) -> Result<()> {
        let at = self.scan.at();
        match self.bytes.read_vec(at, self.scan.left().min(4))?.as_slice() {
            b"binf" => self.scan.skip(4, WHAT),
            _ => Ok(()),
        }
    }

    fn learner(&mut self) -> Result<()> {
        let at = self.scan.at();
        self.key("learner")?;
        self.builder.begin_dict(at)?;
        self.key("learner_model_param")?;
        self.builder.begin_dict(at)?;
        self.float("base_score")?;
        let _ = self.int("num_feature")?;
        let _ = self.int("num_class")?;
        let has_attributes = self.int("contain_extra_attrs")?;
        let has_metrics = self.int("contain_eval_metrics")?;
        let major = self.int("major_version")?;
        for name in ["minor_version", "num_target", "boost_from_average"] {
            self.int(name)?;
        }
        self.reserved(at + BINARY_HEADER)?;
        self.builder.end()?;
        self.key("objective")?;
        self.builder.begin_dict(self.scan.at())?;
        self.key("name")?;
        let objective = self.text()?;
        self.builder.end()?;
        let at = self.scan.at();
        self.key("gradient_booster")?;
        self.builder.begin_dict(at)?;
        self.key("name")?;
        let booster = self.text()?;
        self.key("model")?;
        self.builder.begin_dict(self.scan.at())?;
        match booster.as_slice() {
            b"gblinear" => self.linear()?,
            b"gbtree" => drop(self.trees()?),
            b"dart" => {
                let n = self.trees()?;
                if n > 0 {
                    self.key("weight_drop")?;
                    self.floats()?;
                }
            }
            _ => return Err(self.lie("its booster is not known".to_owned())),
        }
        self.builder.end()?;
        self.builder.end()?;
        if has_attributes != 0 {
            self.key("attributes")?;
            self.builder.begin_dict(self.scan.at())?;
            for _ in 0..self.count(16)? {
                let at = self.scan.at();
                let len = self.count(1)?;
                let key = self.start_of_text(len)?;
                self.builder.key(at, &key)?;
                self.text()?;
            }
            self.builder.end()?;
        }
        // Later ones write it among the attributes.
        if objective == b"count:poisson" && major == 0 && self.scan.left() > 0 {
            self.key("max_delta_step")?;
            self.text()?;
        }
        if has_metrics != 0 {
            self.key("metrics")?;
            self.builder.begin_list(self.scan.at())?;
            for _ in 0..self.count(8)? {
                self.text()?;
            }
            self.builder.end()?;
        }
        self.builder.end()
    }

    fn trees(&mut self) -> Result<u64> {
        let at = self.scan.at();
        self.key("gbtree_model_param")?;
        self.builder.begin_dict(at)?;
        let trees = self.int("num_trees")?;
        self.int("num_parallel_tree")?;
        self.int("num_feature")?;
        self.scan.skip(4 + 8, WHAT)?;
        self.int("num_output_group")?;
        self.int("size_leaf_vector")?;
        self.reserved(at + 160)?;
        self.builder.end()?;
        let trees = self.length(trees, "trees", 148)?;
        let dtypes = (dtype(NODE), dtype(STATS), Dtype::parse("<i4").map(Arc::new));
        let (Some(node), Some(stats), Some(int)) = dtypes else {
            return Err(self.lie("its structs are not understood".to_owned()));
        };
        self.key("trees")?;
        self.builder.begin_list(self.scan.at())?;
        for _ in 0..trees {
            let at = self.scan.at();
            self.builder.begin_dict(at)?;
            self.key("tree_param")?;
            self.builder.begin_dict(at)?;
            self.int("num_roots")?;
            let nodes = self.int("num_nodes")?;
            self.int("num_deleted")?;
            self.int("max_depth")?;
            self.int("num_feature")?;
            let vector = self.int("size_leaf_vector")?;
            self.reserved(at + 148)?;
            self.builder.end()?;
            let nodes = self.length(nodes, "nodes", 36)?;
            self.key("nodes")?;
            self.array(&node, nodes)?;
            self.key("stats")?;
            self.array(&stats, nodes)?;
            if vector > 0 && self.vectors_follow(nodes)? {
                self.key("leaf_vector")?;
                self.floats()?;
            }
            self.builder.end()?;
        }
        self.builder.end()?;
        self.key("tree_info")?;
        self.array(&int, trees)?;
        Ok(trees)
    }

    /// Releases before 1.0 write the vectors of leaves behind a tree whose `size_leaf_vector` is not 0; later ones set
    /// that field and write none. The length tells: it is a multiple of the number of nodes.
    fn vectors_follow(&mut self, nodes: u64) -> Result<bool> {
        if self.scan.left() < 8 {
            return Ok(false);
        }
        let at = self.scan.at();
        let len = self.bytes.read_vec(at, 8)?;
        let len = u64::from_le_bytes(len.try_into().unwrap_or_default());
        Ok(nodes > 0 && len >= nodes && len.is_multiple_of(nodes) && len <= self.scan.left() / 4)
    }

    fn linear(&mut self) -> Result<()> {
        let at = self.scan.at();
        self.key("gblinear_model_param")?;
        self.builder.begin_dict(at)?;
        self.int("num_feature")?;
        self.int("num_output_group")?;
        self.reserved(at + 136)?;
        self.builder.end()?;
        self.key("weights")?;
        self.floats()
    }

    /// A vector of floats behind its length.
    fn floats(&mut self) -> Result<()> {
        let len = self.count(4)?;
        let Some(float) = Dtype::parse("<f4").map(Arc::new) else { return Ok(()) };
        self.array(&float, len)
    }

    fn array(&mut self, dtype: &Arc<Dtype>, len: u64) -> Result<()> {
        let at = self.scan.at();
        let node: NodeId = self.builder.begin_list(at)?;
        self.builder.end()?;
        let size = len.saturating_mul(dtype.size);
        self.scan.skip(size, WHAT)?;
        if len > 0 {
            let values = self.bytes.slice(at, size)?;
            let dtype = Arc::clone(dtype);
            self.numbers.push(Numbers { node, dtype, len, span: values.span(0, size), values });
        }
        Ok(())
    }

    fn key(&mut self, name: &str) -> Result<()> {
        let at = self.scan.at();
        self.builder.key(at, name.as_bytes()).map(drop)
    }

    fn int(&mut self, name: &str) -> Result<i64> {
        let at = self.scan.at();
        let value = i64::from(i32::from_le_bytes(self.scan.array(WHAT)?));
        self.builder.key(at, name.as_bytes())?;
        self.builder.int(at, value)?;
        Ok(value)
    }

    fn float(&mut self, name: &str) -> Result<()> {
        let at = self.scan.at();
        let value = f32::from_le_bytes(self.scan.array(WHAT)?);
        self.builder.key(at, name.as_bytes())?;
        self.builder.float(at, f64::from(value)).map(drop)
    }

    /// Text behind its length; gives its beginning.
    fn text(&mut self) -> Result<Vec<u8>> {
        let at = self.scan.at();
        let len = self.count(1)?;
        self.text_of(at, len)
    }

    fn text_of(&mut self, at: u64, len: u64) -> Result<Vec<u8>> {
        let content = self.scan.at();
        let start = self.start_of_text(len)?;
        self.builder.long_text(at, &start, len, Some(content))?;
        Ok(start)
    }

    fn start_of_text(&mut self, len: u64) -> Result<Vec<u8>> {
        let kept = usize::try_from(len.min(2048)).unwrap_or(0);
        let start = self.scan.take(kept, WHAT)?.to_vec();
        self.scan.skip(len - kept as u64, WHAT)?;
        Ok(start)
    }

    /// A length in front of so many things of at least `each` bytes.
    fn count(&mut self, each: u64) -> Result<u64> {
        let at = self.scan.at();
        let count = u64::from_le_bytes(self.scan.array(WHAT)?);
        self.fits(count, at, "things", each)
    }

    /// A count that was read before.
    fn length(&mut self, count: i64, what: &str, each: u64) -> Result<u64> {
        let at = self.scan.at();
        let count = u64::try_from(count).map_err(|_| self.lie(format!("it claims {count} {what}")))?;
        self.fits(count, at, what, each)
    }

    fn fits(&self, count: u64, at: u64, what: &str, each: u64) -> Result<u64> {
        let left = self.scan.left();
        if count > left / each.max(1) {
            let message = format!("it claims {count} {what}, {left} bytes are left");
            return Err(Error { at: self.bytes.span(at, 0), kind: ErrorKind::Header { what: WHAT, message } });
        }
        Ok(count)
    }

    fn reserved(&mut self, end: u64) -> Result<()> {
        self.scan.skip(end.saturating_sub(self.scan.at()), WHAT)
    }

    fn lie(&self, message: String) -> Error {
        self.scan.error(ErrorKind::Header { what: WHAT, message })
    }
}

fn dtype(descr: &str) -> Option<Arc<Dtype>> {
    let (literal, _) = Literal::parse(descr.as_bytes())?;
    Dtype::from_descr(&literal).map(Arc::new)
}
