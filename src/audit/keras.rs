//! Keras archives: their `config.json` names the layers, and a layer may be code. What the weights are in is not read.

use serde_json::Value;

use super::finding::{Collector, Executed, Place};
use super::rules;
use crate::view::escape;

/// Longest configuration that is read: a hundred layers have some hundred kilobytes.
const MAX_BYTES: u64 = 32 << 20;
/// Values of one configuration that are looked at.
const MAX_VALUES: usize = 2_000_000;

/// Looks at the configurations of the file.
pub(super) fn layers(collector: &mut Collector<'_>) {
    let artifact = collector.artifact;
    for (part, config) in artifact.parts.iter().enumerate() {
        let name = config.name.rsplit('/').next().unwrap_or(&config.name);
        let Some(stream) = artifact.streams.get(config.stream).filter(|_| name == "config.json") else { continue };
        let bytes = &stream.bytes;
        let Ok(raw) = bytes.read_vec(0, bytes.len().min(MAX_BYTES)) else { continue };
        // serde_json ends by itself at 128 levels.
        let Ok(document) = serde_json::from_slice::<Value>(&raw) else { continue };
        let mut open = vec![&document];
        for _ in 0..MAX_VALUES {
            let Some(value) = open.pop() else { break };
            match value {
                Value::Array(items) => open.extend(items),
                Value::Object(fields) => {
                    if let Some((what, words)) = code(fields) {
                        let place = Place { part, at: bytes.span(0, bytes.len()), node: None, op: None };
                        collector.add(&rules::KERAS_CODE, what, words.to_owned(), place, Executed::No);
                    }
                    open.extend(fields.values());
                }
                _ => {}
            }
        }
    }
}

/// What a layer or function of the configuration is, if it is code or lies outside Keras.
fn code(fields: &serde_json::Map<String, Value>) -> Option<(String, &'static str)> {
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    let class = text("class_name")?;
    if matches!(class, "Lambda" | "__lambda__") {
        return Some((class.to_owned(), "A function is stored as marshalled code, which Keras runs with the model"));
    }
    let module = text("module")?;
    let own = matches!(module.split('.').next(), Some("keras" | "tf_keras" | "tensorflow" | "builtins" | "keras_hub"));
    // builtins is where Keras says that plain types are from.
    let builtin = module == "builtins" && !matches!(class, "function" | "builtin_function_or_method");
    if own && (module != "builtins" || builtin) {
        return None;
    }
    let name = text("config").unwrap_or(class);
    Some((escape::plain(&format!("{module}.{name}")), "Keras imports it by name when it loads the model"))
}
