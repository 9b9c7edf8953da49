//! Exit codes (RULES.md 8).

/// Done.
pub(crate) const DONE: u8 = 0;
/// Done, and a finding reaches --fail-on.
pub(crate) const FOUND: u8 = 1;
/// The command line is wrong, or an output cannot be written.
pub(crate) const USAGE: u8 = 2;
/// Done, but something could not be read.
pub(crate) const DAMAGED: u8 = 3;
/// Nothing could be read.
pub(crate) const NOTHING_READ: u8 = 4;
/// Ended by Ctrl-C, with what was read so far.
pub(crate) const INTERRUPTED: u8 = 130;

/// What a run came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunResult {
    /// Logs that were read.
    pub(crate) logs: usize,
    /// Whether something of the input could not be read.
    pub(crate) is_damaged: bool,
    /// Whether a finding reaches --fail-on.
    pub(crate) is_found: bool,
    /// Whether damage was allowed.
    pub(crate) allow_damage: bool,
    /// Whether reading was ended before its end.
    pub(crate) is_interrupted: bool,
}

/// The exit code of a run: a finding wins over damage, nothing read over both, and that it was
/// ended over all.
pub(crate) fn code(result: RunResult) -> u8 {
    match result {
        RunResult {
            is_interrupted: true,
            ..
        } => INTERRUPTED,
        RunResult { logs: 0, .. } => NOTHING_READ,
        RunResult { is_found: true, .. } => FOUND,
        RunResult {
            is_damaged: true,
            allow_damage: false,
            ..
        } => DAMAGED,
        _ => DONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_outcomes_has_its_code() {
        let result = |logs, is_damaged, is_found, allow_damage| RunResult {
            logs,
            is_damaged,
            is_found,
            allow_damage,
            is_interrupted: false,
        };
        let run = |logs, is_damaged, is_found, allow_damage| {
            code(result(logs, is_damaged, is_found, allow_damage))
        };
        assert_eq!(run(0, true, false, true), NOTHING_READ);
        assert_eq!(run(0, true, true, false), NOTHING_READ);
        assert_eq!(run(1, true, true, false), FOUND);
        assert_eq!(run(1, true, true, true), FOUND);
        assert_eq!(run(1, true, false, false), DAMAGED);
        assert_eq!(run(1, true, false, true), DONE);
        assert_eq!(run(1, false, true, false), FOUND);
        assert_eq!(run(1, false, false, false), DONE);
        for logs in [0, 1] {
            let interrupted = RunResult {
                is_interrupted: true,
                ..result(logs, true, true, true)
            };
            assert_eq!(code(interrupted), INTERRUPTED);
        }
    }
}
