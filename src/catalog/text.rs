//! Templates: texts with `{placeholders}` that are filled from the evidence.

/// What a text may leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placeholder {
    /// The KMS host that the machines asked.
    KmsHost,
    /// Its TCP port.
    Port,
    /// The DNS domain of the machines.
    Domain,
    /// The product's activation id.
    ActivationId,
    /// A machine that is concerned.
    Computer,
}

impl Placeholder {
    /// Every placeholder.
    pub const ALL: &'static [Self] = &[
        Self::KmsHost,
        Self::Port,
        Self::Domain,
        Self::ActivationId,
        Self::Computer,
    ];

    /// Its name between the braces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KmsHost => "kms_host",
            Self::Port => "port",
            Self::Domain => "domain",
            Self::ActivationId => "activation_id",
            Self::Computer => "computer",
        }
    }
}

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// Something to fill in.
    Open(Placeholder),
    /// Braces with a name that is no placeholder; printed as they stand.
    Unknown(&'a str),
}

/// Takes a text apart at its placeholders.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest
            .get(open..)
            .and_then(|tail| tail.find('}'))
            .map(|at| open + at)
        else {
            break;
        };
        let (before, name, after) = (&rest[..open], &rest[open + 1..close], &rest[close + 1..]);
        if !before.is_empty() {
            found.push(Piece::Text(before));
        }
        found.push(match Placeholder::ALL.iter().find(|p| p.as_str() == name) {
            Some(placeholder) => Piece::Open(*placeholder),
            None => Piece::Unknown(&rest[open..=close]),
        });
        rest = after;
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

/// Fills a text in.
pub fn fill(text: &str, value: impl Fn(Placeholder) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) | Piece::Unknown(text) => filled.push_str(text),
            Piece::Open(placeholder) => filled.push_str(&value(placeholder)),
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_placeholders_are_filled_and_other_braces_stay() {
        let value = |p: Placeholder| format!("<{}>", p.as_str());
        assert_eq!(
            fill("a {kms_host}:{port} b", value),
            "a <kms_host>:<port> b"
        );
        assert_eq!(fill("{nothing} {", value), "{nothing} {");
        assert_eq!(fill("在 {domain} 中", value), "在 <domain> 中");
    }
}
