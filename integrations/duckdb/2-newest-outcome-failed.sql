-- Which machines' newest attempt of known outcome failed, since when, with which code?
WITH decided AS (
    SELECT * FROM attempts WHERE outcome <> 'unknown'
),
newest AS (
    SELECT lower(computer) AS machine, max_by(outcome, began) AS outcome, max_by(attempt, began) AS attempt,
        max(began) FILTER (outcome = 'succeeded') AS last_success
    FROM decided
    GROUP BY machine
)
SELECT
    newest.machine,
    count(DISTINCT decided.attempt) AS failures,
    strftime(min(decided.began), '%Y-%m-%d %H:%M:%S') AS failing_since,
    -- Where no record holds a code, as where the host counts too few clients, there is none here.
    (
        SELECT max_by(hresult, time)
        FROM events
        WHERE events.attempt = newest.attempt AND hresult <> '0x00000000'
    ) AS ended_with
FROM newest
JOIN decided
    ON lower(decided.computer) = newest.machine
    AND (newest.last_success IS NULL OR decided.began > newest.last_success)
WHERE newest.outcome = 'failed'
GROUP BY newest.machine, newest.attempt
ORDER BY newest.machine;
