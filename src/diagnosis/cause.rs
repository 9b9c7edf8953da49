//! Which of an attempt's codes explains it: how far the try came that holds it, then its kind,
//! then the latest (RULES.md 4).

use crate::catalog::{Catalog, CodeKind};
use crate::hresult::Hresult;

/// How far a try came before it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// No host was found, or the code says nothing of the way.
    Nowhere,
    /// The host's name or address was known.
    NameResolved,
    /// Something at the host took the connection.
    Connected,
    /// A KMS host answered.
    Answered,
}

/// A code that may explain an attempt's failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The code.
    pub code: Hresult,
    /// How far the try came that holds it.
    pub reach: Reach,
    /// What the catalog says of the code; none where it is not known.
    pub kind: Option<CodeKind>,
    /// Whether we concluded the code from an answer that does not print it.
    pub is_concluded: bool,
}

impl Reach {
    /// Its name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nowhere => "nothing",
            Self::NameResolved => "resolved",
            Self::Connected => "connected",
            Self::Answered => "answered",
        }
    }
}

/// What puts one cause of an attempt before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// Its try came further.
    Further,
    /// It explains more: root before unknown before wrapper.
    Kind,
    /// Of equals it is the later.
    Later,
}

impl Cause {
    /// Why this cause stands before another of the same attempt, which stands behind it.
    pub fn preference_over(&self, other: &Self) -> Preference {
        if self.reach != other.reach {
            Preference::Further
        } else if kind_rank(self.kind) != kind_rank(other.kind) {
            Preference::Kind
        } else {
            Preference::Later
        }
    }
}

/// A KMS host does not accept the client's time.
pub(crate) const CLOCK_REFUSED: Hresult = Hresult::new(0xC004_F06C);

/// Codes that only a KMS host returns, also where a 12288 holds them.
const OF_A_HOST: &[u32] = &[
    0xC004_F06C,
    0xC004_F042,
    0xC004_F041,
    0xC004_F039,
    0xC004_F038,
    0xC004_F015,
    0xC004_F06B,
];
/// Codes of a connection that something took.
const CONNECTED: &[u32] = &[
    0x8007_06BE,
    0x8007_06BF,
    0x8007_06D9,
    0x8007_0005,
    0x8007_000D,
    0x8007_274D,
];
/// Codes of a connection that nothing took.
const NAME_RESOLVED: &[u32] = &[
    0x8007_06BA,
    0xC002_0017,
    0x8007_274C,
    0x8007_2EE2,
    0x8007_2EFD,
];
/// Codes of a name that was not found, besides those of DNS.
const NO_NAME: &[u32] = &[0x8007_2AF9, 0x8007_2EE7, 0x8007_007B, 0x8007_04CF];

/// Whether a code can only come from a KMS host.
pub(crate) fn is_host_code(code: Hresult) -> bool {
    OF_A_HOST.contains(&code.bits())
}

/// How far a try came that failed with this code, and whether it named a host.
pub(crate) fn reach(code: Hresult, names_host: bool, catalog: &Catalog) -> Reach {
    let bits = code.bits();
    if is_host_code(code) {
        return Reach::Answered;
    }
    if CONNECTED.contains(&bits) {
        return Reach::Connected;
    }
    if NAME_RESOLVED.contains(&bits) {
        return Reach::NameResolved;
    }
    let is_own = bits >> 16 == 0xC004;
    let is_dns =
        catalog.facts(code).category == "dns" || (0x8007_2328..=0x8007_270F).contains(&bits);
    let is_wrapper = catalog.facts(code).kind == Some(CodeKind::Wrapper);
    if is_own || is_dns || is_wrapper || NO_NAME.contains(&bits) || !names_host {
        return Reach::Nowhere;
    }
    Reach::NameResolved
}

/// How far a try came whose answer (12289) failed with this code.
pub(crate) fn reach_of_answer(code: Hresult, catalog: &Catalog) -> Reach {
    match catalog.facts(code).kind {
        Some(CodeKind::Wrapper) => Reach::Nowhere,
        _ => Reach::Answered,
    }
}

/// Root before unknown before wrapper.
pub(crate) fn kind_rank(kind: Option<CodeKind>) -> u8 {
    match kind {
        Some(CodeKind::Root) => 3,
        None => 2,
        Some(CodeKind::Wrapper) => 1,
        Some(CodeKind::Benign) => 0,
    }
}

/// Puts the codes of an attempt, given in the order in which they came, best first and each once.
pub(crate) fn rank(codes: Vec<(Hresult, Reach, bool)>, catalog: &Catalog) -> Vec<Cause> {
    let mut causes: Vec<(usize, Cause)> = codes
        .into_iter()
        .enumerate()
        .map(|(at, (code, reach, is_concluded))| {
            (
                at,
                Cause {
                    code,
                    reach,
                    kind: catalog.facts(code).kind,
                    is_concluded,
                },
            )
        })
        .filter(|(_, cause)| cause.code.is_failure() && cause.kind != Some(CodeKind::Benign))
        .collect();
    causes.sort_by_key(|(at, cause)| std::cmp::Reverse((cause.reach, kind_rank(cause.kind), *at)));
    let mut best: Vec<Cause> = Vec::new();
    for (_, cause) in causes {
        if !best.iter().any(|b| b.code == cause.code) {
            best.push(cause);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaches(code: u32, names_host: bool) -> Reach {
        reach(Hresult::new(code), names_host, &Catalog::builtin())
    }

    #[test]
    fn each_class_of_codes_has_its_reach() {
        assert_eq!(reaches(0xC004_F06C, true), Reach::Answered);
        assert_eq!(reaches(0x8007_0005, false), Reach::Connected);
        assert_eq!(reaches(0x8007_06BA, false), Reach::NameResolved);
        assert_eq!(reaches(0x8007_232B, true), Reach::Nowhere);
        assert_eq!(reaches(0x8009_2328, true), Reach::Nowhere);
        assert_eq!(reaches(0xC004_F074, true), Reach::Nowhere);
        assert_eq!(reaches(0xC004_C020, true), Reach::Nowhere);
        assert_eq!(reaches(0x8007_0216, true), Reach::NameResolved);
        assert_eq!(reaches(0x8007_0216, false), Reach::Nowhere);
        assert_eq!(reaches(0x8007_2EE7, true), Reach::Nowhere);
    }

    #[test]
    fn the_farthest_try_wins_then_the_kind_then_the_latest() {
        let catalog = Catalog::builtin();
        let best = |codes: &[(u32, bool)]| {
            let codes = codes
                .iter()
                .map(|(c, host)| (Hresult::new(*c), reaches(*c, *host), false))
                .collect();
            rank(codes, &catalog)
                .iter()
                .map(|c| c.code.bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            best(&[
                (0x8007_06BA, true),
                (0x8007_232B, false),
                (0xC004_F074, false)
            ]),
            [0x8007_06BA, 0x8007_232B, 0xC004_F074]
        );
        assert_eq!(
            best(&[(0x8007_06BA, true), (0x8007_274C, true)]),
            [0x8007_274C, 0x8007_06BA]
        );
        assert_eq!(
            best(&[(0xC004_F9A1, true), (0xC004_F074, true)]),
            [0xC004_F9A1, 0xC004_F074]
        );
        assert_eq!(
            best(&[(0xC004_F065, true), (0x4004_F00C, true)]),
            [] as [u32; 0]
        );
        assert_eq!(
            best(&[(0x8007_232B, false), (0x8007_232B, false)]),
            [0x8007_232B]
        );
    }
}
