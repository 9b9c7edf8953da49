//! The table of events of other providers, and the words that are picked from for them.
//!
//! Data alone. What stands in braces in a text is filled in by `fill`, beside this file.

use super::{Channel, classic, manifest};

type Names = (&'static str, &'static str);
const PROFILES: Names = (
    "Microsoft-Windows-User Profiles Service",
    "{89B1E9F0-5AFF-44A6-9B44-0A07A7CE5845}",
);
const WMI: Names = (
    "Microsoft-Windows-WMI",
    "{1EDEEE53-0AFE-4609-B846-D8C0B2075B1F}",
);
const EVENT_SYSTEM: Names = (
    "Microsoft-Windows-EventSystem",
    "{899DAACE-4868-4295-AFCD-9EB8FB497561}",
);
const RESTART_MANAGER: Names = (
    "Microsoft-Windows-RestartManager",
    "{0888E5EF-9B98-4695-979D-E92CE4247224}",
);
const AUDITING: Names = (
    "Microsoft-Windows-Security-Auditing",
    "{54849625-5478-4994-A5BA-3E3B0328C30D}",
);
const SERVICES: Names = (
    "Service Control Manager",
    "{555908D1-A6D7-4695-8E1E-26931D2012F4}",
);
const KERNEL: Names = (
    "Microsoft-Windows-Kernel-General",
    "{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}",
);
const DCOM: Names = (
    "Microsoft-Windows-DistributedCOM",
    "{1B562E86-B7AA-4131-BADC-B6F3A001407E}",
);
const UPDATE: Names = (
    "Microsoft-Windows-WindowsUpdateClient",
    "{945A8954-C147-4ACD-923F-40C45405A658}",
);
const POLICY: Names = (
    "Microsoft-Windows-GroupPolicy",
    "{AEA1B4FA-97D1-45F2-A64C-4D69FFFD92C9}",
);
const FILTERS: Names = (
    "Microsoft-Windows-FilterManager",
    "{F3C5E28E-63F6-49C7-A204-E48A1BC4B09D}",
);
const SAM: Names = (
    "Microsoft-Windows-Directory-Services-SAM",
    "{0D4FDC09-8C27-494A-BDA0-505E4FD8ADAE}",
);
const POWERSHELL_PROVIDER: Names = (
    "Microsoft-Windows-PowerShell",
    "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
);

/// What stands beside activation events.
pub(in super::super) const APPLICATION: Channel = Channel {
    name: "Application",
    file: "Application.evtx",
    events: &[
        classic(80, "edgeupdate", 0, 4, &["Service stopped"]),
        classic(50, "Desktop Window Manager", 9027, 4, &[]),
        manifest(30, PROFILES, 1531, 4, &[]),
        manifest(30, PROFILES, 1532, 4, &[]),
        manifest(30, WMI, 5615, 4, &[]),
        manifest(30, WMI, 5617, 4, &[]),
        manifest(
            30,
            EVENT_SYSTEM,
            4625,
            4,
            &[
                "param1=86400",
                "param2=SuppressDuplicateDuration",
                r"param3=Software\Microsoft\EventSystem\EventLog",
            ],
        ),
        classic(20, "SceCli", 1704, 4, &[""]),
        classic(
            25,
            "ESENT",
            102,
            4,
            &[
                "svchost",
                "{pid},P,98",
                "DS_Token_DB: ",
                "0",
                "10",
                "00",
                "20348",
                "0000",
            ],
        ),
        classic(
            25,
            "ESENT",
            326,
            4,
            &[
                "svchost",
                "{pid},D,50",
                "DS_Token_DB: ",
                "1",
                r"C:\Windows\system32\config\systemprofile\AppData\Local\DataSharing\Storage\DSTokenDB2.dat",
                "0",
                "\n[1] 0.000003 +J(0)\n[2] 0.000{number} -0.000328 (1) WT +J(0) +M(C:0K, Fs:17, WS:4K # 4K, PF:4K # 0K, P:4K)\n[3] 0.00{number} -0.003534 (6) WT +J(CM:0, PgRf:0, Rd:0/0, Dy:0/0, Lg:3480/2) +M(C:0K, Fs:7, WS:24K # 0K, PF:20K # 0K, P:20K)\n[4] 0.000347 +J(0)\n[5] -\n[6] -\n[7] -\n[8] 0.000{number} -0.000483 (2) CM -0.000418 (2) WT +J(CM:2, PgRf:2, Rd:4/2, Dy:0/0, Lg:54/1) +M(C:8K, Fs:4, WS:16K # 0K, PF:28K # 0K, P:28K)\n[9] 0.00{number} -0.001201 (3) CM -0.001076 (3) WT +J(CM:3, PgRf:23, Rd:0/3, Dy:0/0, Lg:0/0) +M(C:8K, Fs:31, WS:124K # 100K, PF:204K # 188K, P:204K).",
            ],
        ),
        // The same ids as the licensing service's 1033 and 1034.
        classic(
            15,
            "MsiInstaller",
            1033,
            4,
            &[
                "{product}",
                "{version}",
                "1033",
                "0",
                "Contoso Software",
                "(NULL)",
            ],
        ),
        classic(
            15,
            "MsiInstaller",
            1042,
            4,
            &[
                r"C:\Windows\Installer\{hex}.msi",
                "{pid}",
                "(NULL)",
                "(NULL)",
                "(NULL)",
                "(NULL)",
            ],
        ),
        manifest(
            10,
            RESTART_MANAGER,
            10000,
            4,
            &["RmSessionId={number}", "UTCStartTime={time}"],
        ),
        classic(
            10,
            "Windows Error Reporting",
            1001,
            4,
            &[
                "",
                "0",
                "APPCRASH",
                "Not available",
                "0",
                "{process}",
                "{version}",
                "{hex}",
                "ntdll.dll",
                "10.0.19041.1288",
                "a280d1d6",
                "c0000005",
                "{hex}",
                "",
                "",
                r"\\?\C:\ProgramData\Microsoft\Windows\WER\ReportArchive\AppCrash_{process}_{guid}",
                "",
                "0",
                "{guid}",
                "268435456",
            ],
        ),
        classic(
            15,
            "SecurityCenter",
            15,
            4,
            &["Windows Defender", "SECURITY_PRODUCT_STATE_ON"],
        ),
    ],
};

pub(super) const SECURITY: Channel = Channel {
    name: "Security",
    file: "Security.evtx",
    events: &[
        manifest(
            40,
            AUDITING,
            4624,
            0,
            &[
                "SubjectUserSid=S-1-5-18",
                "SubjectUserName={host}$",
                "SubjectDomainName={domain}",
                "SubjectLogonId=0x3e7",
                "TargetUserSid={sid}",
                "TargetUserName={user}",
                "TargetDomainName={domain}",
                "TargetLogonId=0x{hex}",
                "LogonType=3",
                "LogonProcessName=Kerberos",
                "AuthenticationPackageName=Kerberos",
                "WorkstationName=-",
                "LogonGuid={{guid}}",
                "TransmittedServices=-",
                "LmPackageName=-",
                "KeyLength=0",
                "ProcessId=0x{hex}",
                "ProcessName={process}",
                "IpAddress={ip}",
                "IpPort={port}",
                "ImpersonationLevel=%%1833",
            ],
        ),
        manifest(
            30,
            AUDITING,
            4672,
            0,
            &[
                "SubjectUserSid={sid}",
                "SubjectUserName={user}",
                "SubjectDomainName={domain}",
                "SubjectLogonId=0x{hex}",
                "PrivilegeList=SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeRestorePrivilege\r\n\t\t\tSeTakeOwnershipPrivilege\r\n\t\t\tSeDebugPrivilege\r\n\t\t\tSeSystemEnvironmentPrivilege\r\n\t\t\tSeLoadDriverPrivilege\r\n\t\t\tSeImpersonatePrivilege",
            ],
        ),
        manifest(
            25,
            AUDITING,
            4634,
            0,
            &[
                "TargetUserSid={sid}",
                "TargetUserName={user}",
                "TargetDomainName={domain}",
                "TargetLogonId=0x{hex}",
                "LogonType=3",
            ],
        ),
        manifest(
            30,
            AUDITING,
            4688,
            0,
            &[
                "SubjectUserSid={sid}",
                "SubjectUserName={user}",
                "SubjectDomainName={domain}",
                "SubjectLogonId=0x{hex}",
                "NewProcessId=0x{hex}",
                "NewProcessName={process}",
                "TokenElevationType=%%1936",
                "ProcessId=0x{hex}",
                "CommandLine=\"{process}\" /service:{service} /session:{guid} /quiet",
                "TargetUserSid=S-1-0-0",
                "TargetUserName=-",
                "TargetDomainName=-",
                "TargetLogonId=0x0",
                r"ParentProcessName=C:\Windows\System32\services.exe",
                "MandatoryLabel=S-1-16-16384",
            ],
        ),
        manifest(
            8,
            AUDITING,
            4648,
            0,
            &[
                "SubjectUserSid={sid}",
                "SubjectUserName={user}",
                "SubjectDomainName={domain}",
                "SubjectLogonId=0x{hex}",
                "LogonGuid={{guid}}",
                "TargetUserName={user}",
                "TargetDomainName={domain}",
                "TargetLogonGuid={{guid}}",
                "TargetServerName=fs01.{domain}",
                "TargetInfo=fs01.{domain}",
                "ProcessId=0x{hex}",
                "ProcessName={process}",
                "IpAddress={ip}",
                "IpPort={port}",
            ],
        ),
        manifest(
            10,
            AUDITING,
            4907,
            0,
            &[
                "SubjectUserSid=S-1-5-18",
                "SubjectUserName={host}$",
                "SubjectDomainName={domain}",
                "SubjectLogonId=0x3e7",
                "ObjectServer=Security",
                "ObjectType=File",
                r"ObjectName=C:\Windows\WinSxS\Temp\PendingRenames\{guid}.{service}.dll",
                "HandleId=0x{hex}",
                "OldSd=",
                "NewSd=S:ARAI(AU;SAFA;DCLCRPCRSDWDWO;;;WD)",
                "ProcessId=0x{hex}",
                r"ProcessName=C:\Windows\servicing\TrustedInstaller.exe",
            ],
        ),
    ],
};

pub(super) const SYSTEM: Channel = Channel {
    name: "System",
    file: "System.evtx",
    events: &[
        manifest(
            40,
            KERNEL,
            16,
            4,
            &[
                "HiveNameLength=90",
                r"HiveName=\??\C:\Users\{user}\AppData\Local\Packages\{service}_{hex}\Settings\settings.dat",
                "KeysUpdated={number}",
                "DirtyPages={number}",
            ],
        ),
        manifest(
            60,
            SERVICES,
            7036,
            4,
            &["param1={service}", "param2=running", "Binary={hex}"],
        ),
        manifest(
            20,
            SERVICES,
            7040,
            4,
            &[
                "param1=Background Intelligent Transfer Service",
                "param2=demand start",
                "param3=auto start",
                "param4=BITS",
            ],
        ),
        manifest(
            6,
            SERVICES,
            7045,
            4,
            &[
                "ServiceName={service}",
                r"ImagePath={process} -k netsvcs -p -s {service}",
                "ServiceType=user mode service",
                "StartType=demand start",
                "AccountName=LocalSystem",
            ],
        ),
        manifest(
            20,
            DCOM,
            10016,
            3,
            &[
                "param1=application-specific",
                "param2=Local",
                "param3=Activation",
                "param4={{guid}}",
                "param5={{guid}}",
                "param6={domain}",
                "param7={user}",
                "param8={sid}",
                "param9=LocalHost (Using LRPC)",
                "param10=Microsoft.Windows.ContentDeliveryManager_{version}_neutral_neutral_cw5n1h2txyewy",
                "param11=S-1-15-2-350187224-1905355452-1037786396-3028148496-2624191407-3283318427-{number}",
            ],
        ),
        manifest(
            15,
            UPDATE,
            19,
            4,
            &[
                "updateTitle=Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version {version})",
                "updateGuid={{guid}}",
                "updateRevisionNumber={number}",
                "serviceGuid={9482f4b4-e343-43b6-b170-9a65bc822c77}",
            ],
        ),
        manifest(
            15,
            POLICY,
            1501,
            4,
            &[
                "SupportInfo1=1",
                "SupportInfo2={number}",
                "ProcessingMode=0",
                "ProcessingTimeInMilliseconds={number}",
                r"DCName=\\dc01.{domain}",
            ],
        ),
        manifest(
            10,
            FILTERS,
            6,
            4,
            &[
                "FinalStatus=0x0",
                "DeviceVersionMajor=10",
                "DeviceVersionMinor=0",
                "DeviceNameLength=8",
                "DeviceName=FileInfo",
                "DeviceTime={time}",
            ],
        ),
        // The licensing service's 12288 is a request to a KMS host.
        manifest(3, SAM, 12288, 2, &["ErrorCode=0xc00002a5"]),
        classic(
            10,
            "EventLog",
            6013,
            4,
            &[
                "",
                "",
                "",
                "",
                "{number}",
                "60",
                "480 Pacific Standard Time",
            ],
        ),
    ],
};

pub(super) const POWERSHELL: Channel = Channel {
    name: "Microsoft-Windows-PowerShell/Operational",
    file: "Microsoft-Windows-PowerShell%4Operational.evtx",
    events: &[
        manifest(
            30,
            POWERSHELL_PROVIDER,
            4104,
            5,
            &[
                "MessageNumber=1",
                "MessageTotal=1",
                "ScriptBlockText={script}",
                "ScriptBlockId={guid}",
                r"Path=C:\ProgramData\Contoso\Agent\{service}-{hex}.ps1",
            ],
        ),
        manifest(
            30,
            POWERSHELL_PROVIDER,
            4103,
            4,
            &[
                "ContextInfo=        Severity = Informational\r\n        Host Name = ConsoleHost\r\n        Host Version = 5.1.19041.1320\r\n        Host ID = {guid}\r\n        Host Application = powershell.exe -NoProfile -File C:\\ProgramData\\Contoso\\Agent\\{service}.ps1\r\n        Engine Version = 5.1.19041.1320\r\n        Runspace ID = {guid}\r\n        Pipeline ID = {number}\r\n        Command Name = Get-ItemProperty\r\n        Command Type = Cmdlet\r\n        Script Name = C:\\ProgramData\\Contoso\\Agent\\{service}.ps1\r\n        User = {domain}\\{user}\r\n        Connected User = \r\n        Shell ID = Microsoft.PowerShell",
                "UserData=",
                "Payload=CommandInvocation(Get-ItemProperty): \"Get-ItemProperty\"\r\nParameterBinding(Get-ItemProperty): name=\"Path\"; value=\"HKLM:\\SYSTEM\\CurrentControlSet\\Services\\{service}\\{hex}\"",
            ],
        ),
        manifest(15, POWERSHELL_PROVIDER, 40961, 4, &[]),
        manifest(15, POWERSHELL_PROVIDER, 40962, 4, &[]),
        manifest(
            15,
            POWERSHELL_PROVIDER,
            53504,
            4,
            &["param1={pid}", "param2=DefaultAppDomain"],
        ),
    ],
};

pub(super) const SERVICE_NAMES: &[&str] = &[
    "Windows Update",
    "wuauserv",
    "BITS",
    "Windows Modules Installer",
    "Print Spooler",
    "Contoso Agent",
    "WinHTTP Web Proxy Auto-Discovery Service",
    "Volume Shadow Copy",
];
pub(super) const PROCESSES: &[&str] = &[
    r"C:\Windows\System32\svchost.exe",
    r"C:\Windows\System32\lsass.exe",
    r"C:\Windows\System32\taskhostw.exe",
    r"C:\Program Files\Contoso\Agent\agent.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
];
pub(super) const PRODUCT_NAMES: &[&str] = &[
    "Contoso Agent",
    "Fabrikam VPN Client",
    "Microsoft Visual C++ 2019 X64 Minimum Runtime - 14.28.29914",
];
/// Lines of scripts; `script` puts some dozen together.
pub(super) const SCRIPT_LINES: &[&str] = &[
    "$session{number} = New-CimSession -ComputerName {host} -OperationTimeoutSec 30",
    "$items = Get-ChildItem -Path 'C:\\ProgramData\\Contoso\\{hex}' -Recurse -ErrorAction SilentlyContinue",
    "if ($items.Count -gt {number}) { Write-Verbose \"{service}: too many files in queue {hex}\" }",
    "Get-Service -Name '{service}' | Where-Object Status -ne 'Running' | Start-Service -PassThru",
    "$value = Get-ItemProperty -Path 'HKLM:\\SOFTWARE\\Contoso\\{hex}' -Name Version",
    "# Collected for ticket {number}, asset {guid}",
    "function Get-Inventory{number} { param([string]$Name, [int]$Depth = 3) process { $Name.ToUpper() } }",
    "Invoke-WebRequest -Uri 'https://agent.{domain}.example/api/{guid}' -Method Post -Body ($body | ConvertTo-Json)",
    "    $result.Add([pscustomobject]@{ Name = '{user}'; Id = {number}; Address = '{ip}' })",
    "try { Stop-Process -Id {pid} -Force } catch { Write-Warning $_.Exception.Message }",
];
