//! The columns of a report's tables; `docs/tables.md` tells them to users, and a test holds the two
//! together.

use super::TableColumn;
use crate::eventlog::rows::ColumnType::{self, Flag, Int32, Int64, Text, Texts, Time};

const fn always(name: &'static str, kind: ColumnType, meaning: &'static str) -> TableColumn {
    TableColumn {
        name,
        kind,
        is_required: true,
        meaning,
    }
}

const fn maybe(name: &'static str, kind: ColumnType, meaning: &'static str) -> TableColumn {
    TableColumn {
        name,
        kind,
        is_required: false,
        meaning,
    }
}

/// A row for each finding, in the report's order.
pub(super) const FINDINGS: &[TableColumn] = &[
    always("id", Text, "the code, or the finding's name"),
    always("status", Text, "active, cured or info"),
    always("severity", Text, "critical, error, warning or info"),
    always("kind", Text, "root, wrapper, benign, derived or unknown"),
    always("category", Text, "what it belongs to, such as dns"),
    always(
        "confidence",
        Text,
        "how sure the cause is: seen, inferred or missing",
    ),
    maybe("hresult", Text, "the code, such as 0xC004F074"),
    maybe("symbol", Text, "the code's name in the Windows headers"),
    always("title", Text, "what is wrong"),
    always("machine_count", Int64, "how many machines have it"),
    always(
        "attempts",
        Int64,
        "activation attempts that have it as their cause",
    ),
    always("events", Int64, "records that prove it"),
    maybe("first_seen", Time, "the time of the first of these records"),
    maybe("last_seen", Time, "the time of the last of these records"),
    always("machines", Texts, "the names of the machines"),
    always("kms_hosts", Texts, "the KMS hosts asked, as host:port"),
    always(
        "outcomes",
        Texts,
        "what the attempts ended with where that differs, as code:attempts",
    ),
    always(
        "also_seen",
        Texts,
        "further causes of the same attempts, as code:attempts",
    ),
    always("related", Texts, "findings that concern the same machines"),
    always("meaning", Text, "what it means"),
    always("certainty", Texts, "how sure that is and why"),
    always("causes_confirmed", Texts, "causes that the logs confirm"),
    always(
        "causes_possible",
        Texts,
        "causes that the logs leave possible",
    ),
    always("causes_ruled_out", Texts, "causes that the logs rule out"),
    always("steps", Texts, "what to do, in this order"),
    always("checks", Texts, "commands to look with"),
    always("references", Texts, "addresses of pages to read"),
    always(
        "details",
        Texts,
        "what its kind tells besides, as name:JSON",
    ),
    always(
        "ignored",
        Flag,
        "whether the policy accepts it on every one of its machines",
    ),
    always(
        "ignored_machines",
        Texts,
        "its machines on which the policy accepts it",
    ),
    always(
        "ignored_by",
        Texts,
        "the rules that accept it, as ID or ID@COMPUTER-GLOB",
    ),
    always(
        "new_on",
        Texts,
        "with --baseline: its machines that did not have it in the earlier report",
    ),
    always(
        "still_on",
        Texts,
        "with --baseline: its machines that had it already",
    ),
    always(
        "gone_from",
        Texts,
        "with --baseline: machines that had it and no longer have it; in the first row of the id",
    ),
    always(
        "causes_for_some",
        Texts,
        "causes that the logs confirm or rule out for some of its machines or KMS hosts only, each as JSON",
    ),
];

/// A row for each machine, in the report's order.
pub(super) const MACHINES: &[TableColumn] = &[
    always("computer", Text, "its newest name in its fullest form"),
    always("status", Text, "failing, activated or unknown"),
    maybe(
        "root_cause",
        Text,
        "the code of the cause of its newest open failure",
    ),
    maybe("root_cause_title", Text, "what is wrong by that code"),
    always("findings", Texts, "ids of the active findings that name it"),
    maybe(
        "expires_at",
        Time,
        "when the first of its licenses or grace periods ends",
    ),
    maybe("last_success", Time, "the newest successful activation"),
    maybe("last_failure", Time, "the newest failed activation"),
    always("attempts", Int64, "activation attempts"),
    always("attempts_failed", Int64, "those that failed"),
    always(
        "kms_hosts",
        Texts,
        "the KMS hosts that it asked, as host:port",
    ),
    maybe(
        "build",
        Text,
        "the service's file version, which tells the Windows build",
    ),
    maybe(
        "is_vm",
        Flag,
        "whether it says that it is a virtual machine",
    ),
    maybe("cmid", Text, "its client machine ID"),
    always("aliases", Texts, "its other names"),
    always(
        "first_seen",
        Time,
        "the time of the first record of its logs",
    ),
    always("last_seen", Time, "the time of the last record of its logs"),
    always(
        "products",
        Texts,
        "names of its products; ? where there is none",
    ),
    always(
        "activation_ids",
        Texts,
        "their activation IDs, in the same order",
    ),
    always(
        "channels",
        Texts,
        "the channels of their product keys, in the same order",
    ),
    always(
        "partial_keys",
        Texts,
        "the last five characters of their keys, in the same order",
    ),
    always(
        "product_statuses",
        Texts,
        "failing, activated or unknown, in the same order",
    ),
    always(
        "license_states",
        Texts,
        "their license states, in the same order",
    ),
    always(
        "ignored_findings",
        Texts,
        "ids of the findings that the policy accepts on it",
    ),
    maybe(
        "change",
        Text,
        "with --baseline: newly-failing, still-failing or no-longer-failing",
    ),
    maybe(
        "appeared",
        Flag,
        "with --baseline: whether the earlier report does not tell of it",
    ),
    always(
        "new_findings",
        Texts,
        "with --baseline: ids of active findings that it did not have",
    ),
    always(
        "still_findings",
        Texts,
        "with --baseline: ids of active findings that it had already",
    ),
    always(
        "gone_findings",
        Texts,
        "with --baseline: ids of findings that it had and no longer has",
    ),
];

/// A row for each KMS host that a client asked.
pub(super) const KMS_HOSTS: &[TableColumn] = &[
    always("host", Text, "its name or address in lower case"),
    maybe("port", Int32, "its port"),
    always(
        "kind",
        Text,
        "allowed, known-cloud, loopback, unknown or unlisted",
    ),
    always("clients", Int64, "machines that asked it"),
    always("requests", Int64, "requests that name it"),
    always("answers", Int64, "requests that it answered"),
    always(
        "failures",
        Int64,
        "requests that failed, or whose answer did",
    ),
    maybe(
        "last_count",
        Int64,
        "the newest count of clients that it told",
    ),
    maybe("needed", Int64, "the count that was needed"),
    maybe(
        "machine",
        Text,
        "the computer whose log as this KMS host was read",
    ),
    maybe(
        "never_arrived",
        Int64,
        "requests that this log lacks though nothing of it is missing around them",
    ),
    maybe(
        "answers_lost",
        Int64,
        "requests that it granted by this log, and whose answers did not arrive",
    ),
];

/// A row for each client and product in the logs of KMS hosts.
pub(super) const KMS_CLIENTS: &[TableColumn] = &[
    always("host", Text, "the KMS host's computer"),
    always("client", Text, "the client's name"),
    maybe("cmid", Text, "its client machine ID"),
    maybe("activation_id", Text, "its product"),
    always("requests", Int64, "its requests"),
    always("refused", Int64, "those that the host refused"),
    always("first", Time, "the time of the first"),
    always("last", Time, "the time of the newest"),
    maybe("license_state", Text, "its license state before the newest"),
    maybe("machine", Text, "the machine of the input that it is"),
    maybe("product", Text, "what its product is called"),
    always(
        "refused_by_code",
        Texts,
        "how many requests the host refused, as code:number",
    ),
    always("activity", Text, "active, stopped or too-often"),
];
