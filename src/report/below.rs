//! What lower layers say (the system, unpackers, the decoder) in a language.
//!
//! They say it as an English text, and what it is of is known by nothing else; so their usual sentences
//! stand in `phrases.toml` in both languages, and are found by the English one. What is not found there
//! stays as it is: a message in another language is better than none.

use std::borrow::Cow;

use super::phrases::Phrases;
use crate::catalog::Language;

/// How deep a message is looked for in a message.
const DEPTH: usize = 3;

/// A message of a lower layer in a language, where it is one that is known; else as it is.
pub fn below(message: &str, language: Language) -> Cow<'_, str> {
    if language == Language::En {
        return Cow::Borrowed(message);
    }
    told(message, language, DEPTH)
}

fn told(message: &str, language: Language, depth: usize) -> Cow<'_, str> {
    let Some(depth) = depth.checked_sub(1) else {
        return Cow::Borrowed(message);
    };
    for phrase in &Phrases::load().below {
        if let Some(values) = values(message, phrase.get(Language::En)) {
            let values: Vec<(&str, Cow<'_, str>)> = values
                .into_iter()
                .map(|(name, value)| match name {
                    "message" => (name, told(value, language, depth)),
                    _ => (name, Cow::Borrowed(value)),
                })
                .collect();
            let values: Vec<(&str, &str)> = values
                .iter()
                .map(|(name, value)| (*name, &**value))
                .collect();
            return Cow::Owned(phrase.fill(language, &values));
        }
    }
    Cow::Borrowed(message)
}

/// What a message says in the places of `{names}`, where the rest of it is the template's.
fn values<'a>(message: &'a str, template: &'static str) -> Option<Vec<(&'static str, &'a str)>> {
    let mut found = Vec::new();
    let (begin, mut template) = template.split_once('{').unwrap_or((template, ""));
    let mut rest = message.strip_prefix(begin)?;
    while let Some((name, tail)) = template.split_once('}') {
        let (between, further) = tail.split_once('{').unwrap_or((tail, ""));
        let at = if further.is_empty() {
            rest.len().checked_sub(between.len())?
        } else {
            rest.find(between)?
        };
        let (value, after) = rest.split_at_checked(at)?;
        found.push((name, value));
        rest = after.strip_prefix(between)?;
        template = further;
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::MemberError;
    use std::io;

    fn chinese(message: &str) -> String {
        below(message, Language::ZhCn).into_owned()
    }

    #[test]
    fn usual_messages_are_told_in_chinese() {
        assert_eq!(
            chinese("Permission denied (os error 13)"),
            "拒绝访问（系统错误 13）"
        );
        assert_eq!(
            chinese("it is cut short after 77 bytes"),
            "在 77 字节之后中断"
        );
        assert_eq!(
            chinese("this is no table of event rows: it has no column event_id"),
            "这不是事件数据表：缺少 event_id 列"
        );
        assert_eq!(chinese("nobody knows"), "nobody knows");
        assert_eq!(chinese(""), "");
        assert_eq!(
            below("Permission denied", Language::En),
            "Permission denied"
        );
    }

    #[test]
    fn our_own_messages_are_all_known() {
        let own = [
            MemberError::Checksum {
                stored: 1,
                computed: 2,
            }
            .to_string(),
            MemberError::CutShort { bytes: 1 }.to_string(),
            MemberError::Longer { declared: 1 }.to_string(),
            MemberError::Damaged { bytes: 1 }.to_string(),
            "[a".parse::<crate::input::NamePattern>()
                .unwrap_err()
                .to_string(),
            "{a".parse::<crate::input::NamePattern>()
                .unwrap_err()
                .to_string(),
            "[z-a]"
                .parse::<crate::input::NamePattern>()
                .unwrap_err()
                .to_string(),
        ];
        for message in own {
            assert_ne!(chinese(&message), message);
        }
        if cfg!(unix) {
            for number in [2, 5, 13, 17, 20, 21, 24, 28, 30] {
                let message = io::Error::from_raw_os_error(number).to_string();
                assert_ne!(chinese(&message), message);
            }
        }
    }

    #[test]
    fn a_template_fits_as_a_whole_or_not_at_all() {
        assert_eq!(values("a 1 b", "a {x} b"), Some(vec![("x", "1")]));
        assert_eq!(values("a 1 b", "a {x}"), Some(vec![("x", "1 b")]));
        assert_eq!(values("a 1 b c", "a {x} b"), None);
        assert_eq!(values("ab", "ab"), Some(Vec::new()));
        assert_eq!(values("abc", "ab"), None);
        assert_eq!(
            values("1 of 2", "{x} of {y}"),
            Some(vec![("x", "1"), ("y", "2")])
        );
        assert_eq!(values("a", "a{x}b"), None);
    }
}
