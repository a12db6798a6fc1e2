//! The dtypes of PyTorch by name, and the storage classes that stood for them before 2.1.

use crate::array::{Dtype, Float8, Scalar};

/// (storage class, dtype): PyTorch's old typed storages.
const STORAGES: &[(&str, &str)] = &[
    ("DoubleStorage", "float64"),
    ("FloatStorage", "float32"),
    ("HalfStorage", "float16"),
    ("BFloat16Storage", "bfloat16"),
    ("LongStorage", "int64"),
    ("IntStorage", "int32"),
    ("ShortStorage", "int16"),
    ("CharStorage", "int8"),
    ("ByteStorage", "uint8"),
    ("BoolStorage", "bool"),
    ("ComplexFloatStorage", "complex64"),
    ("ComplexDoubleStorage", "complex128"),
    ("QInt8Storage", "qint8"),
    ("QUInt8Storage", "quint8"),
    ("QInt32Storage", "qint32"),
    ("QUInt4x2Storage", "quint4x2"),
    ("QUInt2x4Storage", "quint2x4"),
];

/// Dtypes of which several elements share a byte, or whose bits mean what their user says: they are named, and shown as
/// the numbers that their bytes are. (name, bytes of an element as PyTorch counts them)
const NAMED: &[(&str, u64)] = &[
    ("quint4x2", 1),
    ("quint2x4", 1),
    ("float4_e2m1fn_x2", 1),
    ("bits1x8", 1),
    ("bits2x4", 1),
    ("bits4x2", 1),
    ("bits8", 1),
    ("bits16", 2),
    ("uint1", 1),
    ("uint2", 1),
    ("uint3", 1),
    ("uint4", 1),
    ("uint5", 1),
    ("uint6", 1),
    ("uint7", 1),
    ("int1", 1),
    ("int2", 1),
    ("int3", 1),
    ("int4", 1),
    ("int5", 1),
    ("int6", 1),
    ("int7", 1),
];

/// The dtype of a storage class.
pub(super) fn of_storage(class: &str) -> Option<Dtype> {
    // Files of CUDA tensors say `torch.cuda.FloatStorage`; the class is the last word either way.
    let class = class.rsplit('.').next().unwrap_or(class);
    STORAGES.iter().find(|(storage, _)| *storage == class).and_then(|(_, name)| dtype(name))
}

/// The dtype of a name of PyTorch (`float32`, `bfloat16`, `qint8`).
pub fn dtype(name: &str) -> Option<Dtype> {
    let plain = |text: &str, name| Dtype::parse(text).map(|dtype| Dtype { name: Some(name), ..dtype });
    let of = |scalar, size, name| Some(Dtype { scalar, size, big: false, name: Some(name) });
    match name {
        "float64" => plain("<f8", "float64"),
        "float32" => plain("<f4", "float32"),
        "float16" => plain("<f2", "float16"),
        "bfloat16" => of(Scalar::BFloat16, 2, "bfloat16"),
        "float8_e4m3fn" => of(Scalar::Float8(Float8::E4M3Fn), 1, "float8_e4m3fn"),
        "float8_e4m3fnuz" => of(Scalar::Float8(Float8::E4M3Fnuz), 1, "float8_e4m3fnuz"),
        "float8_e5m2" => of(Scalar::Float8(Float8::E5M2), 1, "float8_e5m2"),
        "float8_e5m2fnuz" => of(Scalar::Float8(Float8::E5M2Fnuz), 1, "float8_e5m2fnuz"),
        "float8_e8m0fnu" => of(Scalar::Float8(Float8::E8M0Fnu), 1, "float8_e8m0fnu"),
        "int64" => plain("<i8", "int64"),
        "int32" => plain("<i4", "int32"),
        "int16" => plain("<i2", "int16"),
        "int8" => plain("|i1", "int8"),
        "uint64" => plain("<u8", "uint64"),
        "uint32" => plain("<u4", "uint32"),
        "uint16" => plain("<u2", "uint16"),
        "uint8" => plain("|u1", "uint8"),
        "bool" => plain("|b1", "bool"),
        "complex64" => plain("<c8", "complex64"),
        "complex128" => plain("<c16", "complex128"),
        "complex32" => of(Scalar::Complex, 4, "complex32"),
        "qint8" => plain("|i1", "qint8"),
        "quint8" => plain("|u1", "quint8"),
        "qint32" => plain("<i4", "qint32"),
        _ => NAMED.iter().find(|(named, _)| *named == name).map(|(name, size)| Dtype {
            scalar: Scalar::Void,
            size: *size,
            big: false,
            name: Some(name),
        }),
    }
}
