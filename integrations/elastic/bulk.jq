# Rows as NDJSON to the body of Elasticsearch's _bulk API, with ECS names; docs/scale.md has the table.
#
#     spptriage events LOGS -f ndjson | jq -cf bulk.jq >body.ndjson
#
# The _id is what makes a record one, so that what is sent twice is there once: the second time `create`
# answers 409 for it and leaves it alone.

# Of an event's codes the one that decides what it says: the column hresult of the other formats.
def deciding:
    first((.hresults[] | select(.role == "result")),
          (.hresults[] | select(.code | test("^0x[89A-F]"))),
          .hresults[]);

def outcome($code):
    # An answer may have no code of its own; then it is told by what it says.
    ($code == null or $code == "0x00000000") as $is_well
    | if .kind == "kms-request" then
        # That a request was sent says nothing of its end.
        (if $is_well then "unknown" else "failure" end)
    elif .kind == "kms-response" then
        (if $is_well and .fields.is_bound == true then "success" else "failure" end)
    elif .kind == "avma-response" then
        (if $is_well then "success" else "failure" end)
    elif .kind | IN("use-license-acquired", "ad-activated", "token-activated", "phone-activated") then
        "success"
    elif .kind | endswith("-failed") then
        "failure"
    else
        null
    end;

select(.row == "event")
| (deciding // null) as $code
| {create: {_id: "\(.computer | ascii_downcase)|\(.channel)|\(.record_id)|\(.time)"}},
  ({
    "@timestamp": .time,
    event: {
        kind: "event",
        code: (.event_id | tostring),
        provider: .provider,
        action: .kind,
        outcome: outcome($code.code)
    },
    error: (if $code == null or $code.code == "0x00000000" then null
            else {code: $code.code, message: $code.title} end),
    host: {name: .computer},
    server: (if .fields.kms_host == null then null
             else {address: .fields.kms_host, port: .fields.kms_port} end),
    log: {file: {path: .log}},
    winlog: {
        channel: .channel,
        computer_name: .computer,
        provider_name: .provider,
        event_id: (.event_id | tostring),
        record_id: (.record_id | tostring)
    },
    spp: (.fields + {severity: .severity, attempt: .attempt})
  } | del(.. | nulls))
