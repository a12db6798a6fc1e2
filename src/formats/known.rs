//! Well-known callables and what their results stand for. A role is found once a name, not once an object.
//!
//! This is about meaning, not about trust: `audit` decides what is harmless.

use crate::pickle::{Graph, NodeId, Symbol, Value};

/// What the result of calling a name stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// Nothing known: class, arguments, state and items are shown as stored.
    #[default]
    Unknown,
    /// An ndarray (or subclass) in NumPy's own form: `_reconstruct`, then BUILD.
    Ndarray,
    /// An ndarray over a buffer: protocol 5's `_frombuffer`.
    FromBuffer,
    /// A masked array.
    Masked,
    /// A NumPy scalar.
    Scalar,
    /// A `numpy.dtype`.
    Dtype,
    /// `_codecs.encode`: how protocols below 3 write bytes.
    Encode,
    /// `bytes` or `bytearray`.
    BytesCall,
    /// joblib's stand-in for an array whose bytes follow in the stream.
    JoblibArray,
    /// joblib's stand-in (before 0.10) for an array in a companion file.
    JoblibCompanion,
    /// The same, compressed.
    JoblibZCompanion,
    /// A PyTorch tensor over a storage.
    Tensor,
    /// The same, quantised.
    QTensor,
    /// A tensor of a subclass, or with attributes: the rebuild function of the tensor is an argument.
    FromType,
    /// `torch.nn.Parameter` around a tensor.
    Parameter,
    /// A sparse tensor: its layout, and the tensors it is made of.
    Sparse,
    /// A tensor that was saved as a NumPy array, or as a tensor of the CPU.
    Device,
    /// A tensor of tensors of different shapes.
    Nested,
    /// A tensor without a storage: shape and dtype alone.
    Meta,
    /// How protocols 0 and 1 make an object of any class, which is an argument.
    Reconstructor,
}

impl Role {
    /// What calling `symbol` stands for.
    pub fn of(symbol: &Symbol) -> Self {
        let (module, name) = (&*symbol.module, &*symbol.name);
        match (module, name) {
            (_, "_reconstruct" | "scalar") if is_multiarray(module) => {
                if name == "scalar" {
                    Self::Scalar
                } else {
                    Self::Ndarray
                }
            }
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Self::FromBuffer,
            ("numpy.ma.core", "_mareconstruct") => Self::Masked,
            ("numpy", "dtype") => Self::Dtype,
            ("_codecs", "encode") => Self::Encode,
            ("builtins" | "__builtin__", "bytes" | "bytearray") => Self::BytesCall,
            (_, "NumpyArrayWrapper") if module.ends_with("numpy_pickle") => Self::JoblibArray,
            (_, "NDArrayWrapper") if module.contains("numpy_pickle") => Self::JoblibCompanion,
            (_, "ZNDArrayWrapper") if module.contains("numpy_pickle") => Self::JoblibZCompanion,
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => Self::Tensor,
            ("torch._utils", "_rebuild_qtensor") => Self::QTensor,
            ("torch._tensor", "_rebuild_from_type_v2") => Self::FromType,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => Self::Parameter,
            ("torch._utils", "_rebuild_sparse_tensor" | "_rebuild_sparse_csr_tensor") => Self::Sparse,
            (
                "torch._utils",
                "_rebuild_device_tensor_from_numpy"
                | "_rebuild_device_tensor_from_cpu_tensor"
                | "_rebuild_xla_tensor"
                | "_rebuild_mlc_tensor",
            ) => Self::Device,
            ("torch._utils", "_rebuild_nested_tensor") => Self::Nested,
            ("torch._utils", "_rebuild_meta_tensor_no_storage") => Self::Meta,
            ("copyreg" | "copy_reg", "_reconstructor") => Self::Reconstructor,
            _ => Self::Unknown,
        }
    }

    /// Names of the arguments, for the calls whose arguments are shown by name.
    pub fn argument_names(self) -> &'static [&'static str] {
        match self {
            Self::Parameter => &["data", "requires_grad", "backward hooks", "state"],
            Self::Device => &["data", "dtype", "device", "requires_grad"],
            Self::Nested => &["buffer", "sizes", "strides", "storage offsets"],
            Self::Meta => &["dtype", "size", "stride", "requires_grad"],
            _ => &[],
        }
    }

    /// True for what is shown as an array.
    pub fn is_array(self) -> bool {
        matches!(
            self,
            Self::Ndarray
                | Self::FromBuffer
                | Self::Masked
                | Self::JoblibArray
                | Self::JoblibCompanion
                | Self::JoblibZCompanion
                | Self::Tensor
                | Self::QTensor
                | Self::FromType
        )
    }
}

fn is_multiarray(module: &str) -> bool {
    matches!(
        module,
        "numpy.core.multiarray"
            | "numpy._core.multiarray"
            | "numpy.core._multiarray_umath"
            | "numpy._core._multiarray_umath"
            | "numpy"
    )
}

/// The class of an object: what was called, or what protocols 0 and 1 name as the first argument of
/// `copyreg._reconstructor`.
pub fn class_of(graph: &Graph, id: NodeId) -> Option<&Symbol> {
    graph.symbol(graph.class_node(id)?)
}

/// The roles of all names of one graph.
#[derive(Clone, Debug, Default)]
pub struct Known {
    roles: Vec<Role>,
}

impl Known {
    /// Looks every name of `graph` up.
    pub fn of(graph: &Graph) -> Self {
        Self { roles: graph.symbols().iter().map(Role::of).collect() }
    }

    /// What the object `id` stands for.
    pub fn role(&self, graph: &Graph, id: NodeId) -> Role {
        match graph.value(id) {
            Value::Object(object) => match self.role_of_callee(graph, object.callee) {
                // Of the classes that are known only those of joblib have no way of their own to be made.
                Role::Reconstructor => graph
                    .class_node(id)
                    .map(|class| self.role_of_callee(graph, class))
                    .filter(|role| matches!(role, Role::JoblibArray | Role::JoblibCompanion | Role::JoblibZCompanion))
                    .unwrap_or_default(),
                role => role,
            },
            _ => Role::Unknown,
        }
    }

    /// What calling `callee` stands for.
    pub fn role_of_callee(&self, graph: &Graph, callee: NodeId) -> Role {
        graph.symbol_id(callee).and_then(|id| self.roles.get(id.index())).copied().unwrap_or_default()
    }

    /// True if any name of the graph makes arrays.
    pub fn has_arrays(&self) -> bool {
        self.roles.iter().any(|role| role.is_array())
    }
}
