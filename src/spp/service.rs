//! The service itself: its start (900, 902), a detailed code (1015), changed hardware, tampering
//! (1022, 20483), and a health check that finds all in order (20482).

use super::fields::Fields;
use super::{Activity, Role, named};

pub(super) fn starting(f: &mut Fields<'_>) -> Activity {
    Activity::ServiceStarting {
        parameters: f.text(1).map(str::to_owned),
    }
}

pub(super) fn started(f: &mut Fields<'_>) -> Activity {
    Activity::ServiceStarted {
        version: f.text(1).map(str::to_owned),
    }
}

pub(super) fn detailed_code(f: &mut Fields<'_>) -> Activity {
    let result = f.code(1, "hresult", Role::Result);
    Activity::DetailedCode {
        result,
        original: f.code(2, "original", Role::Original),
    }
}

pub(super) fn hardware_changed(_: &mut Fields<'_>) -> Activity {
    Activity::HardwareChanged
}

pub(super) fn hardware_changed_of_product(f: &mut Fields<'_>) -> Activity {
    named::tell(f, 1, named::APPLICATION_ID);
    named::tell(f, 2, named::ACTIVATION_ID);
    Activity::HardwareChanged
}

pub(super) fn tampering_detected(f: &mut Fields<'_>) -> Activity {
    f.code(1, "hresult", Role::Result);
    Activity::TamperingDetected
}

pub(super) fn files_tampered(f: &mut Fields<'_>) -> Activity {
    named::tell(f, 1, named::SCAN_NEUTRAL_FILES);
    named::tell(f, 2, named::SCAN_MUI_FILES);
    Activity::TamperingDetected
}

pub(super) fn health_check_passed(_: &mut Fields<'_>) -> Activity {
    Activity::HealthCheckPassed
}
