//! Holds JSON to a JSON Schema, for the keywords that our schemas use; any other is a fault of the
//! schema, so that none is passed over.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

/// A schema with its patterns.
pub(super) struct Schema {
    root: Value,
    patterns: BTreeMap<String, Regex>,
}

impl Schema {
    pub(super) fn new(text: &str) -> Self {
        let root: Value = serde_json::from_str(text).unwrap();
        let mut patterns = BTreeMap::new();
        find_patterns(&root, &mut patterns);
        Self { root, patterns }
    }

    /// Everything in which a value does not keep to the schema.
    pub(super) fn problems(&self, value: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        self.check(&self.root, value, "", &mut problems);
        problems
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
        let keywords = match schema {
            Value::Bool(true) => return,
            Value::Bool(false) => return problems.push(format!("{at}: is not allowed")),
            keywords => keywords.as_object().unwrap(),
        };
        for (keyword, says) in keywords {
            if keyword == "additionalProperties" {
                let known = keywords.get("properties").and_then(Value::as_object);
                for (name, value) in value.as_object().into_iter().flatten() {
                    if !known.is_some_and(|known| known.contains_key(name)) {
                        self.check(says, value, &format!("{at}/{name}"), problems);
                    }
                }
            } else if let Some(problem) = self.keyword(keyword, says, value, at, problems) {
                problems.push(format!("{at}: {problem}: {}", short(value)));
            }
        }
    }

    fn keyword(
        &self,
        keyword: &str,
        says: &Value,
        value: &Value,
        at: &str,
        problems: &mut Vec<String>,
    ) -> Option<String> {
        let is_wrong = match keyword {
            "$schema" | "$defs" | "title" | "description" | "format" => false,
            "$ref" => {
                let pointer = says.as_str().unwrap().strip_prefix('#').unwrap();
                let schema = self.root.pointer(pointer).unwrap();
                self.check(schema, value, at, problems);
                false
            }
            "type" => !match says {
                Value::Array(kinds) => kinds.iter().any(|kind| is_of_type(value, kind)),
                kind => is_of_type(value, kind),
            },
            "enum" => !says.as_array().unwrap().contains(value),
            "const" => says != value,
            "minimum" => value.as_i64().is_some_and(|n| n < says.as_i64().unwrap()),
            "maximum" => value.as_u64().is_some_and(|n| n > says.as_u64().unwrap()),
            "maxItems" => value
                .as_array()
                .is_some_and(|list| list.len() as u64 > says.as_u64().unwrap()),
            "pattern" => {
                let pattern = &self.patterns[says.as_str().unwrap()];
                value.as_str().is_some_and(|text| !pattern.is_match(text))
            }
            "required" => {
                let object = value.as_object()?;
                let names = says.as_array().unwrap().iter();
                let missing = |name: &&str| !object.contains_key(*name);
                let missing: Vec<&str> =
                    names.map(|n| n.as_str().unwrap()).filter(missing).collect();
                return (!missing.is_empty()).then(|| format!("{} missing", missing.join(", ")));
            }
            "properties" => {
                for (name, schema) in says.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        self.check(schema, value, &format!("{at}/{name}"), problems);
                    }
                }
                false
            }
            "propertyNames" => {
                for (name, _) in value.as_object().into_iter().flatten() {
                    self.check(
                        says,
                        &Value::from(&**name),
                        &format!("{at}/{name}"),
                        problems,
                    );
                }
                false
            }
            "items" => {
                for (place, value) in value.as_array().into_iter().flatten().enumerate() {
                    self.check(says, value, &format!("{at}/{place}"), problems);
                }
                false
            }
            "anyOf" | "oneOf" => {
                let fits = |schema: &&Value| {
                    let mut problems = Vec::new();
                    self.check(schema, value, at, &mut problems);
                    problems.is_empty()
                };
                let fitting = says.as_array().unwrap().iter().filter(fits).count();
                fitting == 0 || (keyword == "oneOf" && fitting > 1)
            }
            other => panic!("{other} is no keyword that is known here"),
        };
        is_wrong.then(|| format!("{keyword} {}", short(says)))
    }
}

fn find_patterns(schema: &Value, found: &mut BTreeMap<String, Regex>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(pattern)) = object.get("pattern") {
                found.insert(pattern.clone(), Regex::new(pattern).unwrap());
            }
            object
                .values()
                .for_each(|value| find_patterns(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| find_patterns(value, found)),
        _ => {}
    }
}

fn is_of_type(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(120).collect()
}
