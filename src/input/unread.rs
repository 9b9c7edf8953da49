//! Members of an archive that are left unread for the same reason, told together.
//!
//! An archive with a password has hundreds of them: one line that counts them says as much.

use std::collections::BTreeMap;

use super::SkipReason;
use super::member::within;

/// What is counted while an archive is looked through.
#[derive(Debug, Default)]
pub(super) struct Unread {
    encrypted: Option<(u64, String)>,
    packing: BTreeMap<String, (u64, String)>,
}

impl Unread {
    /// Counts a member that is protected by a password.
    pub(super) fn encrypted(&mut self, archive: &str, name: &str) {
        self.encrypted
            .get_or_insert_with(|| (0, within(archive, name)))
            .0 += 1;
    }

    /// Counts a member that is packed in a way that is not known here.
    pub(super) fn packing(&mut self, method: String, archive: &str, name: &str) {
        self.packing
            .entry(method)
            .or_insert_with(|| (0, within(archive, name)))
            .0 += 1;
    }

    /// What is to be told of the archive.
    pub(super) fn reasons(self) -> impl Iterator<Item = SkipReason> {
        let encrypted = self
            .encrypted
            .map(|(members, first)| SkipReason::Encrypted { members, first });
        let packing =
            self.packing
                .into_iter()
                .map(|(method, (members, first))| SkipReason::Packing {
                    method,
                    members,
                    first,
                });
        encrypted.into_iter().chain(packing)
    }
}
