//! Activation without KMS and without the activation server: by an Active Directory object
//! (8213 to 8215, 12308), by the virtual machine's host (12309), by token (12320) and by phone
//! (1072).

use super::fields::{self, Fields};
use super::product::ActivationId;
use super::{Activity, Role, named};
use crate::hresult::Hresult;

/// 8213, 8214, 8215: Active Directory-based activation did not work; KMS is tried next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdActivationFailed {
    /// Why.
    pub hresult: Option<Hresult>,
    /// The product; only 8215 names it.
    pub activation_id: Option<ActivationId>,
}

pub(super) fn ad_object_unreadable(f: &mut Fields<'_>) -> Activity {
    let hresult = f.code(1, "hresult", Role::Result);
    named::tell(f, 2, named::KMS_ID);
    Activity::AdActivationFailed(AdActivationFailed {
        hresult,
        activation_id: None,
    })
}

pub(super) fn ad_object_unusable(f: &mut Fields<'_>) -> Activity {
    let activity = ad_object_unreadable(f);
    named::tell(f, 3, named::OBJECT_NAME);
    named::tell(f, 4, named::OBJECT_DN);
    activity
}

pub(super) fn ad_activation_failed(f: &mut Fields<'_>) -> Activity {
    let hresult = f.code(1, "hresult", Role::Result);
    Activity::AdActivationFailed(AdActivationFailed {
        hresult,
        activation_id: f.read(2, "activation_id", fields::guid),
    })
}

pub(super) fn ad_activated(f: &mut Fields<'_>) -> Activity {
    named::tell(f, 2, named::OBJECT_NAME);
    named::tell(f, 3, named::OBJECT_DN);
    Activity::AdActivated {
        activation_id: f.read(1, "activation_id", fields::guid),
    }
}

/// 12309's second string is a list whose layout no source tells; its GUIDs are not guessed at.
pub(super) fn avma_response(f: &mut Fields<'_>) -> Activity {
    let hresult = f.code(1, "hresult", Role::Result);
    named::tell(f, 2, named::DETAIL);
    Activity::AvmaResponse { hresult }
}

pub(super) fn token_activated(f: &mut Fields<'_>) -> Activity {
    Activity::TokenActivated {
        activation_id: f.read(1, "activation_id", fields::guid),
    }
}

pub(super) fn phone_activated(f: &mut Fields<'_>) -> Activity {
    Activity::PhoneActivated {
        activation_id: f.read(1, "activation_id", fields::guid),
    }
}
