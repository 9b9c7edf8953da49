//! Text made harmless for GitHub Flavored Markdown.

use crate::report::render::shown::shown;

/// A sentence: its commands between backticks stay commands, everything else means itself.
pub(super) fn prose(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('`')
        && let Some((command, after)) = tail.split_once('`')
    {
        push_plain(&mut safe, before);
        if command.is_empty() {
            push_plain(&mut safe, "``");
        } else {
            safe.push_str(&code(command));
        }
        rest = after;
    }
    push_plain(&mut safe, rest);
    safe
}

/// Text that means itself.
pub(super) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    push_plain(&mut safe, text);
    safe
}

/// A name, code or command as a code span, in which nothing is markup and nobody is mentioned.
///
/// A pipe would end the cell of a table even there, so a text with one is written as plain text.
pub(super) fn code(text: &str) -> String {
    let text = shown(text);
    if text.contains('|') || text.trim().is_empty() {
        return plain(&text);
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // Spaces at both ends are taken off by the reader, so they are given where they matter.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Lines as a code block; the fence is longer than any run of backticks in them.
pub(super) fn block(lines: &[&str], indent: &str) -> String {
    let lines: Vec<_> = lines.iter().map(|line| shown(line)).collect();
    let longest = lines.iter().map(|line| longest_run(line)).max();
    let fence = "`".repeat((longest.unwrap_or(0) + 1).max(3));
    let mut text = format!("{indent}{fence}\n");
    for line in lines {
        text.push_str(format!("{indent}{line}").trim_end());
        text.push('\n');
    }
    text.push_str(&format!("{indent}{fence}\n"));
    text
}

/// The address of a link, between angle brackets.
pub(super) fn address(url: &str) -> String {
    let mut safe = String::from("<");
    for c in shown(url).chars() {
        match c {
            '<' => safe.push_str("%3C"),
            '>' => safe.push_str("%3E"),
            '|' => safe.push_str("%7C"),
            '\\' => safe.push_str("%5C"),
            ' ' => safe.push_str("%20"),
            c => safe.push(c),
        }
    }
    safe.push('>');
    safe
}

fn push_plain(safe: &mut String, text: &str) {
    let text = shown(text);
    let at_begin = safe.is_empty();
    let start = safe.len();
    let mut previous = ' ';
    let mut rest = text.as_ref();
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            // As a backslash before a pipe would be read differently inside a table.
            '|' => safe.push_str("&#124;"),
            // Nobody is mentioned: the sign is cut off from what follows it.
            '@' => safe.push_str("@<!-- -->"),
            // Nor is a ticket linked.
            '#' if tail.starts_with(|c: char| c.is_ascii_digit()) => safe.push_str("\\#<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '~' | '&' | '$' | '#' => {
                safe.push('\\');
                safe.push(c);
            }
            // No bare address becomes a link.
            ':' if tail.starts_with("//") => safe.push_str("\\:"),
            '.' if previous.eq_ignore_ascii_case(&'w') => safe.push_str("\\."),
            c => safe.push(c),
        }
        previous = c;
        rest = tail;
    }
    if at_begin {
        escape_line_start(safe, start);
    }
}

/// Keeps a line from beginning with the sign of a heading, list, rule or quotation.
fn escape_line_start(safe: &mut String, start: usize) {
    let line = safe.get(start..).unwrap_or_default();
    let blank = line.len() - line.trim_start().len();
    let line = line.trim_start();
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let sign = if line.starts_with(['-', '+', '=']) {
        Some(start + blank)
    } else if digits > 0 && line.get(digits..).is_some_and(is_list_sign) {
        Some(start + blank + digits)
    } else {
        None
    };
    if let Some(at) = sign {
        safe.insert(at, '\\');
    }
}

/// What ends the number of a list's item.
fn is_list_sign(text: &str) -> bool {
    text.strip_prefix(['.', ')'])
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specials_of_a_log_mean_themselves() {
        let check = |text: &str, expect: &str| assert_eq!(plain(text), expect);
        check("PC-1.corp.example", "PC-1.corp.example");
        check("*b* _i_ ~~s~~", r"\*b\* \_i\_ \~\~s\~\~");
        check("<img src=x onerror=a>", r"\<img src=x onerror=a\>");
        check("[x](http://e)", r"\[x\](http\://e)");
        check("a|b", "a&#124;b");
        check(r"a\|b", r"a\\&#124;b");
        check("&lt;", r"\&lt;");
        check("@admin #12", "@<!-- -->admin \\#<!-- -->12");
        check("www.evil.example", r"www\.evil.example");
        check("`x", r"\`x");
        check("$a$", r"\$a\$");
    }

    #[test]
    fn no_line_begins_with_markup() {
        let check = |text: &str, expect: &str| assert_eq!(plain(text), expect);
        check("# x", r"\# x");
        check("x #", r"x \#");
        check("- x", r"\- x");
        check("+ x", r"\+ x");
        check("1. x", r"1\. x");
        check("12) x", r"12\) x");
        check("10.0.0.5", "10.0.0.5");
        check("=== x", r"\=== x");
        check("> x", r"\> x");
        check("a\n# b", r"a\\n\# b");
    }

    #[test]
    fn code_spans_and_blocks_hold_any_backtick() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code("a|b"), "a&#124;b");
        assert_eq!(code(" "), " ");
        assert_eq!(block(&["```", "x"], "  "), "  ````\n  ```\n  x\n  ````\n");
    }

    #[test]
    fn commands_in_sentences_stay_commands() {
        assert_eq!(prose("Run `a_b` on *it*."), r"Run `a_b` on \*it\*.");
        assert_eq!(prose("one ` only"), r"one \` only");
        assert_eq!(prose("a @``b"), r"a @<!-- -->\`\`b");
    }
}
