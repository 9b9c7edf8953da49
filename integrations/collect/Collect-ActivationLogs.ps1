<#
.SYNOPSIS
    Collects the event logs that tell of Windows and Office activation, from this computer or from
    others, into one zip.

.DESCRIPTION
    Runs in Windows PowerShell 5.1 and later, elevated. Exports whole logs with wevtutil: Application,
    Key Management Service and, where it exists, Microsoft-Client-Licensing-Platform/Admin. Asks
    nothing, changes no setting, and reads no product key. A computer that cannot be reached is told and
    the others go on.

    Logs hold names of computers and people: treat the zip accordingly.

.PARAMETER ComputerName
    The computers; this one by default. Others are reached with PowerShell remoting.

.PARAMETER OutputFolder
    Where the zip goes; the current folder by default.

.PARAMETER Rpc
    Reach other computers with `wevtutil /r` and their C$ share, where PowerShell remoting is off.

.PARAMETER Archives
    Copy archived logs (Archive-Application-*.evtx, Archive-Key Management Service-*.evtx) too.

.PARAMETER ActivationEventsOnly
    Export only the events of the licensing providers: small files, for slow links. Such a log does not
    tell how far it reaches back.

.EXAMPLE
    .\Collect-ActivationLogs.ps1 -ComputerName PC-01, KMS01 -OutputFolder D:\logs

.OUTPUTS
    The zip, as a FileInfo. `spptriage report` reads it as it is.
#>
[CmdletBinding()]
param(
    [string[]] $ComputerName = @($env:COMPUTERNAME),
    [string] $OutputFolder = '.',
    [switch] $Rpc,
    [switch] $Archives,
    [switch] $ActivationEventsOnly
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$ConfirmPreference = 'None'
$ProgressPreference = 'SilentlyContinue'

$query = '*'
if ($ActivationEventsOnly) {
    $query = "*[System[Provider[@Name='Microsoft-Windows-Security-SPP' or " +
        "@Name='Software Protection Platform Service' or " +
        "@Name='Office Software Protection Platform Service' or " +
        "@Name='Microsoft-Windows-Security-Licensing-SLC' or " +
        "@Name='Software Licensing Service' or @Name='KmsRequests' or " +
        "@Name='Microsoft-Client-Licensing-Platform']]]"
}

# Runs on the computer whose logs are collected. Returns what could not be exported.
$export = {
    param([string] $Folder, [string] $Query, [bool] $WithArchives)
    # What wevtutil writes to stderr is told below, and must not end the script.
    $ErrorActionPreference = 'Continue'
    New-Item -ItemType Directory -Path $Folder -Force | Out-Null
    $logs = @(
        @('Application', 'Application.evtx'),
        @('Key Management Service', 'Key Management Service.evtx'),
        @('Microsoft-Client-Licensing-Platform/Admin', 'Microsoft-Client-Licensing-Platform%4Admin.evtx')
    )
    foreach ($log in $logs) {
        $target = Join-Path $Folder $log[1]
        $said = & wevtutil.exe epl $log[0] $target "/q:$Query" /ow:true 2>&1
        if ($LASTEXITCODE -ne 0) { '{0}: {1}' -f $log[0], ($said -join ' ') }
    }
    if ($WithArchives) {
        $source = Join-Path $env:SystemRoot 'System32\winevt\Logs'
        foreach ($name in 'Archive-Application-*.evtx', 'Archive-Key Management Service-*.evtx') {
            Get-ChildItem -Path $source -Filter $name -ErrorAction SilentlyContinue |
                ForEach-Object { Copy-Item -LiteralPath $_.FullName -Destination $Folder -Force }
        }
    }
}

function Test-IsLocal([string] $Computer) {
    $label = $Computer.Split('.')[0]
    ($Computer -eq '.') -or ($Computer -eq 'localhost') -or ($label -eq $env:COMPUTERNAME)
}

# wevtutil writes the export on the other computer; it is taken from there through the C$ share.
function Export-ByRpc([string] $Computer, [string] $Folder, [string] $Stamp) {
    $ErrorActionPreference = 'Continue'
    $share = "\\$Computer\C`$\Windows\Temp"
    New-Item -ItemType Directory -Path $Folder -Force | Out-Null
    $logs = @(
        @('Application', 'Application.evtx'),
        @('Key Management Service', 'Key Management Service.evtx'),
        @('Microsoft-Client-Licensing-Platform/Admin', 'Microsoft-Client-Licensing-Platform%4Admin.evtx')
    )
    foreach ($log in $logs) {
        $name = "spptriage-$Stamp-" + $log[1]
        $said = & wevtutil.exe epl $log[0] "C:\Windows\Temp\$name" "/q:$query" /ow:true "/r:$Computer" 2>&1
        if ($LASTEXITCODE -ne 0) {
            '{0}: {1}' -f $log[0], ($said -join ' ')
            continue
        }
        $there = Join-Path $share $name
        try { Copy-Item -LiteralPath $there -Destination (Join-Path $Folder $log[1]) -Force -ErrorAction Stop }
        finally { Remove-Item -LiteralPath $there -Force -ErrorAction SilentlyContinue }
    }
    if ($Archives) {
        foreach ($name in 'Archive-Application-*.evtx', 'Archive-Key Management Service-*.evtx') {
            Copy-Item -Path "\\$Computer\C`$\Windows\System32\winevt\Logs\$name" -Destination $Folder `
                -Force -ErrorAction SilentlyContinue
        }
    }
}

function Export-BySession([string] $Computer, [string] $Folder, [string] $Stamp) {
    $session = New-PSSession -ComputerName $Computer
    try {
        $there = Invoke-Command -Session $session -ScriptBlock {
            param($Stamp)
            Join-Path $env:SystemRoot "Temp\spptriage-$Stamp"
        } -ArgumentList $Stamp
        try {
            Invoke-Command -Session $session -ScriptBlock $export `
                -ArgumentList $there, $query, ([bool] $Archives)
            New-Item -ItemType Directory -Path $Folder -Force | Out-Null
            Copy-Item -FromSession $session -Path (Join-Path $there '*') -Destination $Folder -Force
        }
        finally {
            Invoke-Command -Session $session -ScriptBlock {
                param($Path)
                Remove-Item -LiteralPath $Path -Recurse -Force -ErrorAction SilentlyContinue
            } -ArgumentList $there
        }
    }
    finally { Remove-PSSession -Session $session }
}

$stamp = [DateTime]::UtcNow.ToString('yyyyMMdd-HHmmss')
$work = Join-Path ([IO.Path]::GetTempPath()) "spptriage-$stamp"
New-Item -ItemType Directory -Path $OutputFolder -Force | Out-Null
$zip = Join-Path (Resolve-Path -LiteralPath $OutputFolder).ProviderPath "activation-logs-$stamp.zip"
try {
    New-Item -ItemType Directory -Path $work -Force | Out-Null
    foreach ($computer in $ComputerName) {
        $folder = Join-Path $work ($computer -replace '[^\w.-]', '_')
        try {
            $problems = if (Test-IsLocal $computer) { & $export $folder $query ([bool] $Archives) }
            elseif ($Rpc) { Export-ByRpc $computer $folder $stamp }
            else { Export-BySession $computer $folder $stamp }
            foreach ($problem in $problems) { Write-Warning "${computer}: $problem" }
        }
        catch { Write-Warning "${computer}: $($_.Exception.Message)" }
    }
    # Compress-Archive cannot take files beyond 2 GB.
    Add-Type -AssemblyName System.IO.Compression.FileSystem
    [IO.Compression.ZipFile]::CreateFromDirectory($work, $zip)
    Get-Item -LiteralPath $zip
}
finally { Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue }
