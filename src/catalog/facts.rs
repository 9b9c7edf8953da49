//! Facts that a log can prove, by which causes are confirmed or crossed out.
//!
//! Diagnosis computes them for each machine of a finding; catalog entries name them; phrases say each
//! in a sentence. A cause is confirmed where facts confirm it for every machine.

use serde::Deserialize;

macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Something that the events of a finding's machines prove.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[non_exhaustive]
        pub enum Fact {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Fact {
            /// Every fact.
            pub const ALL: &'static [Fact] = &[$(Fact::$variant,)*];

            /// Its name in the catalog.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Fact::$variant => $name,)*
                }
            }
        }
    };
}

facts! {
    /// A KMS host answered the machine during the failures.
    KmsAnswered = "kms-answered",
    /// Another KMS host than the failing one answered the machine during the failures.
    OtherHostAnswered = "other-host-answered",
    /// A host that the machine asked in vain activated other machines at that time.
    HostAnswersOthers = "host-answers-others",
    /// The host was asked by at least two machines at the same time, and nothing there answered any.
    HostAnswersNobody = "host-answers-nobody",
    /// The log of a host that the machine asked in vain shows requests that it granted at that time.
    HostGrantsRequests = "host-grants-requests",
    /// A host that the machine asked in vain refused its request.
    HostRefused = "host-refused",
    /// The product is Office, and the host that failed activated Windows at that time.
    HostActivatesWindows = "host-activates-windows",
    /// A request to a KMS host returned 0x80070005.
    CallDenied = "call-denied",
    /// A try got as far as a named host.
    NameResolved = "name-resolved",
    /// Every try names a host.
    HostNamed = "host-named",
    /// Every host tried is another machine.
    RemoteHost = "remote-host",
    /// Active Directory-based activation failed in the attempts.
    AdFailed = "ad-failed",
    /// An event of Active Directory-based activation in the attempts holds 0x80070005.
    AdDenied = "ad-denied",
    /// Every host tried is an address.
    HostByAddress = "host-by-address",
    /// There are requests, and none names a host.
    NoHostNamed = "no-host-named",
    /// A KMS host accepted the machine's request during the failures.
    ClockAgrees = "clock-agrees",
    /// A KMS host refused the machine's time, or its log shows the difference.
    ClockDiffers = "clock-differs",
    /// The product's key is a KMS client key.
    VolumeKey = "volume-key",
    /// The product's key is a MAK.
    MakKey = "mak-key",
    /// The product's key is a KMS host key.
    KmsHostKey = "kms-host-key",
    /// The product's key is a retail or OEM key.
    RetailKey = "retail-key",
    /// The product's key is one of an evaluation.
    EvaluationKey = "evaluation-key",
    /// The log shows that the product was not licensed before the failures.
    FirstActivation = "first-activation",
    /// The log shows that the product was licensed before the failures.
    WasActivated = "was-activated",
    /// The product is still licensed after the newest failure.
    StillLicensed = "still-licensed",
    /// Every failing attempt was triggered by NetworkAvailable.
    NetworkTrigger = "network-trigger",
    /// At least three machines of the input have the finding.
    ManyMachines = "many-machines",
    /// One machine has it, while at least three others are activated.
    OnlyMachine = "only-machine",
    /// Every KMS host tried is a known cloud endpoint.
    CloudHost = "cloud-host",
    /// A host tried is the machine itself.
    LoopbackHost = "loopback-host",
    /// A host tried is the machine itself, and it answered.
    LoopbackAnswered = "loopback-answered",
    /// The machine says that it is virtual.
    VirtualMachine = "virtual-machine",
    /// The machine says that it is not virtual; not on Windows 7 and older, which say nothing.
    PhysicalMachine = "physical-machine",
    /// The activation server on the Internet was asked.
    OnlineActivation = "online-activation",
    /// The activation server on the Internet answered.
    ServerReached = "server-reached",
    /// The hardware changed before the failures.
    HardwareChanged = "hardware-changed",
    /// A product key was installed or removed within a day before the first failure.
    KeyChanged = "key-changed",
    /// The service is that of Windows 7 or older.
    Windows7OrOlder = "windows-7-or-older",
    /// The service is that of Windows 8 or newer.
    Windows8OrNewer = "windows-8-or-newer",
    /// The product is Office.
    OfficeProduct = "office-product",
    /// The product is Windows.
    WindowsProduct = "windows-product",
    /// An answer shows a count below the need.
    CountBelowNeed = "count-below-need",
    /// An answer shows a count that is enough.
    CountSufficient = "count-sufficient",
    /// The machine was set to non-genuine and not back.
    NonGenuineState = "non-genuine-state",
    /// An overlay knows a KMS host that was asked as an emulator.
    KmsEmulatorHost = "kms-emulator-host",
    /// The log of digital licenses says that the hardware ID is out of tolerance.
    HardwareOutOfTolerance = "hardware-out-of-tolerance",
    /// A KMS host of the input fails to publish its DNS record in the machine's domain.
    DnsPublishFailed = "dns-publish-failed",
    /// The KMS host's own log shows that no request of the machine's arrived.
    RequestNeverArrived = "request-never-arrived",
    /// The same, while requests of other clients arrived.
    OthersArrived = "others-arrived",
    /// The KMS host's own log shows that it granted a request that was not answered.
    AnswerLost = "answer-lost",
    /// The KMS host's own log shows that it refused a request that was not answered.
    RequestRefused = "request-refused",
    /// The machine shares its machine id with others.
    SharedCmid = "shared-cmid",
    /// Every attempt sent a request, and its answer is not in the log.
    RequestUnanswered = "request-unanswered",
    /// The log reaches back before every attempt, and holds no request to a KMS host.
    NoRequests = "no-requests",
    /// The log begins less than two minutes before every attempt.
    LogStartsLate = "log-starts-late",
    /// The log is damaged next to every attempt.
    LogDamaged = "log-damaged",
    /// The log was exported with a level filter.
    LevelFilter = "level-filter",
    /// The log came as event rows that were chosen.
    RowsFiltered = "rows-filtered",
    /// The product of every attempt is not activated by KMS.
    NotKmsProduct = "not-kms-product",
}
