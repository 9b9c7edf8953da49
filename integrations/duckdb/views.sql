-- What the questions are asked of: the rows that `spptriage events -f parquet` wrote into a folder.
-- run.py puts in the place of {rows} the pattern of the rows' files.

-- A record that lies in several logs, as where one was exported twice, is one event.
CREATE TEMP VIEW events AS
SELECT DISTINCT ON (computer, channel, record_id, time, event_id) *
FROM read_parquet('{rows}', hive_partitioning = false, union_by_name = true)
ORDER BY computer, channel, record_id, time, event_id, log, file_record_id;

-- An attempt succeeded where any success is in it, whatever failed before; it failed where an outcome
-- failed, or every try did and nothing follows; else it is not known how it ended.
CREATE TEMP VIEW attempts AS
SELECT
    attempt,
    min(computer) AS computer,
    min(time) AS began,
    max(time) AS ended,
    CASE
        WHEN bool_or(
            kind IN ('use-license-acquired', 'ad-activated', 'token-activated', 'phone-activated')
            OR (kind = 'kms-response' AND coalesce(hresult, '0x00000000') = '0x00000000' AND is_bound)
            OR (kind = 'avma-response' AND hresult = '0x00000000')
        ) THEN 'succeeded'
        WHEN bool_or(kind <> 'kms-request' AND hresult <> '0x00000000')
            OR bool_or(kind = 'kms-response' AND NOT is_bound)
            OR bool_and(kind = 'kms-request' AND hresult <> '0x00000000') THEN 'failed'
        ELSE 'unknown'
    END AS outcome
FROM events
WHERE attempt IS NOT NULL
GROUP BY attempt;
