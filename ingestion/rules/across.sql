-- What other files and history say of the rows received since $since, at the grain of one row, one
-- file or one vanished row: columns of another grain are NULL, so that rules about them do not
-- apply. Only what came before, by (received_at, sha256), is looked at: whatever the order of
-- loading, a file is told the same. Rows restated under the same key are one payment.
WITH
files AS (
    SELECT sha256, agent_code, batch_number, head_month, reference_sha256, received_at, row(received_at, sha256) AS place
    FROM raw.submissions
    WHERE verdict IN ('accepted', 'partial') AND form LIKE 'd05-ts/%'
),
looked AS (SELECT * FROM files WHERE received_at >= $since),
-- A cancellation takes one payment: as
-- dbt_project/models/intermediate/cover/int_cancellations__matched.sql, which says more.
said AS (
    SELECT
        row_key, agent_code, bhxh_number, from_month, months, section LIKE 'II.%' AS is_cancellation,
        min(row(received_at, sha256, sheet_index, row_number)) AS place
    FROM raw.sheet_rows
    WHERE fate = 'accepted' AND row_key IS NOT NULL AND (section = 'I.1' OR (section LIKE 'II.%' AND is_cancellation))
    GROUP BY row_key, agent_code, bhxh_number, from_month, months, section
),
balanced AS (
    SELECT *, sum(CASE WHEN is_cancellation THEN -1 ELSE 1 END) OVER of_a_kind AS balance
    FROM said
    SEMI JOIN (FROM said WHERE is_cancellation) AS c USING (agent_code, bhxh_number, from_month, months)
    WINDOW of_a_kind AS (PARTITION BY agent_code, bhxh_number, from_month, months ORDER BY place)
),
lowest AS (
    SELECT *, min(least(balance, 0)) OVER of_a_kind AS lowest_balance
    FROM balanced
    WINDOW of_a_kind AS (PARTITION BY agent_code, bhxh_number, from_month, months ORDER BY place)
),
stacked AS (
    SELECT
        *, lowest_balance < lag(lowest_balance, 1, 0) OVER of_a_kind AS meets_nothing,
        balance - lowest_balance + is_cancellation::INTEGER AS height
    FROM lowest
    WINDOW of_a_kind AS (PARTITION BY agent_code, bhxh_number, from_month, months ORDER BY place)
),
cancelled AS (
    SELECT row_key, from_month, months, row(next_place[1], next_place[2]) AS place
    FROM (
        SELECT *, lead(place) OVER (PARTITION BY agent_code, bhxh_number, from_month, months, height ORDER BY place) AS next_place
        FROM stacked
        WHERE NOT meets_nothing
    )
    WHERE NOT is_cancellation AND next_place IS NOT NULL
),
cancellations AS (
    SELECT r.row_id, r.sha256, r.sheet, r.row_number, s.meets_nothing
    FROM raw.sheet_rows AS r
    JOIN looked AS l ON l.sha256 = r.sha256
    JOIN stacked AS s ON s.row_key = r.row_key AND s.months IS NOT DISTINCT FROM r.months AND s.is_cancellation
    WHERE r.fate = 'accepted' AND r.is_cancellation AND r.section LIKE 'II.%'
),
communes AS (
    SELECT f.sha256, arg_max(a.commune_code, a.valid_from) AS commune_code
    FROM files AS f
    JOIN raw.ref_agents AS a ON a.reference_sha256 = f.reference_sha256 AND a.agent_code = f.agent_code
    WHERE a.valid_from <= f.received_at::DATE
    GROUP BY f.sha256
),
payments AS (
    SELECT
        r.row_id, r.sha256, r.sheet, r.row_number, r.row_key, r.bhxh_number, r.agent_code, r.from_month, r.months, r.amount_vnd, r.receipt_number,
        r.note_method, r.state_support_vnd, r.head_month, r.form LIKE 'd05-ts/%' AS is_form, row(r.received_at, r.sha256) AS place,
        coalesce(r.commune_code, c.commune_code) AS commune_code,
        CASE WHEN r.form LIKE 'd05-ts/%' THEN r.support_group END AS support_group,
        (SELECT count(*) FROM epochs WHERE epochs.month <= coalesce(r.head_month, r.from_month)) AS epoch,
        x.place AS cancelled_at
    FROM raw.sheet_rows AS r
    LEFT JOIN communes AS c ON c.sha256 = r.sha256
    LEFT JOIN cancelled AS x ON x.row_key = r.row_key AND x.months = r.months
    WHERE r.fate = 'accepted' AND r.section = 'I.1' AND r.bhxh_number IS NOT NULL AND r.from_month IS NOT NULL
      AND (r.form LIKE 'd05-ts/%' OR r.form LIKE 'roster/%')
),
mine AS (SELECT p.* FROM payments AS p JOIN looked AS l ON l.sha256 = p.sha256 WHERE p.cancelled_at IS NULL OR p.cancelled_at > p.place),
pairs AS (
    SELECT
        m.row_id,
        bool_or(e.agent_code <> m.agent_code AND e.from_month < m.from_month + m.months AND m.from_month < e.from_month + e.months) AS overlaps,
        arg_max(e.commune_code, row(e.place, e.row_id)) FILTER (WHERE e.epoch = m.epoch AND e.commune_code IS NOT NULL) AS commune_code,
        arg_max(e.support_group, row(e.place, e.row_id)) FILTER (WHERE e.support_group IS NOT NULL) AS support_group
    FROM mine AS m
    JOIN payments AS e ON e.bhxh_number = m.bhxh_number AND e.place < m.place AND e.row_key <> m.row_key
        AND (e.cancelled_at IS NULL OR e.cancelled_at > m.place)
    GROUP BY m.row_id
),
supported AS (
    SELECT row_id, sum(months) AS months
    FROM (
        SELECT m.row_id, e.row_key, arg_max(e.months, row(e.place, e.row_id)) AS months
        FROM mine AS m
        JOIN payments AS e ON e.bhxh_number = m.bhxh_number AND e.place <= m.place AND e.state_support_vnd > 0 AND e.is_form
            AND (e.cancelled_at IS NULL OR e.cancelled_at > m.place)
        GROUP BY m.row_id, e.row_key
    )
    GROUP BY row_id
),
receipts AS (
    SELECT DISTINCT m.row_id
    FROM mine AS m
    JOIN payments AS e ON e.receipt_number = m.receipt_number AND e.bhxh_number <> m.bhxh_number AND e.place < m.place
        AND (e.cancelled_at IS NULL OR e.cancelled_at > m.place)
),
volumes AS (
    SELECT agent_code, head_month, place, count(*) AS people FROM payments WHERE is_form GROUP BY agent_code, head_month, place
),
of_month AS (
    SELECT l.sha256, v.head_month, sum(v.people) AS people
    FROM looked AS l
    JOIN volumes AS v ON v.agent_code = l.agent_code AND v.place <= l.place AND v.head_month <= l.head_month
    GROUP BY l.sha256, v.head_month
),
usual AS (
    SELECT o.sha256, median(o.people) FILTER (WHERE o.head_month < l.head_month) AS people,
        sum(o.people) FILTER (WHERE o.head_month = l.head_month) AS of_this_month
    FROM of_month AS o
    JOIN looked AS l ON l.sha256 = o.sha256
    GROUP BY o.sha256
    HAVING count(*) FILTER (WHERE o.head_month < l.head_month) >= 3
),
copied AS (
    SELECT m.sha256, count(*) >= 3 AND bool_and(EXISTS (
        SELECT 1 FROM payments AS e
        WHERE e.agent_code = m.agent_code AND e.head_month = m.head_month - 1 AND e.place < m.place AND e.bhxh_number = m.bhxh_number
          AND e.from_month = m.from_month AND e.months = m.months AND e.amount_vnd = m.amount_vnd
    )) AS is_copied
    FROM mine AS m
    GROUP BY m.sha256
),
-- Without a number in its head a sheet restates no batch.
earlier_sheet AS (
    SELECT l.sha256, max(e.place) AS place
    FROM looked AS l
    JOIN files AS e ON e.agent_code = l.agent_code AND e.batch_number = l.batch_number AND e.head_month = l.head_month
        AND e.place < l.place
    GROUP BY l.sha256
),
stated AS (
    SELECT r.row_id, r.sha256, r.row_key, r.sheet, r.row_number, r.fate, row(r.received_at, r.sha256) AS place
    FROM raw.sheet_rows AS r
    JOIN files AS f ON f.sha256 = r.sha256
    WHERE r.row_key IS NOT NULL
),
-- As dbt_project/models/intermediate/rows/int_rows__restated.sql, which gives the fate: other
-- months of a person of the batch's first sheet.
batch_rows AS (
    SELECT r.*, row(r.received_at, r.sha256) AS place,
        min(row(r.received_at, r.sha256)) OVER (PARTITION BY r.agent_code, r.batch_number, r.head_month, r.section, r.bhxh_number) AS first_place
    FROM raw.sheet_rows AS r
    WHERE r.fate = 'accepted' AND r.form LIKE 'd05-ts/%' AND r.batch_number IS NOT NULL AND r.head_month IS NOT NULL AND r.section IS NOT NULL AND r.bhxh_number IS NOT NULL
),
beside_first AS (
    SELECT
        b.row_id, b.sha256, b.sheet, b.row_number, o.row_id AS first_row_id, b.is_cancellation,
        o.sheet || ', dòng ' || o.row_number || ', tệp ' || left(o.sha256, 12) AS stood_at,
        b.from_month IS NOT DISTINCT FROM o.from_month AND b.months IS NOT DISTINCT FROM o.months AS is_said_again,
        EXISTS (
            SELECT 1 FROM raw.sheet_rows AS c
            WHERE c.sha256 = b.sha256 AND c.fate = 'accepted' AND c.is_cancellation AND c.bhxh_number = o.bhxh_number
              AND c.from_month = o.from_month AND c.months = o.months
        ) AS is_cancelled
    FROM batch_rows AS b
    JOIN batch_rows AS o ON o.agent_code = b.agent_code AND o.batch_number = b.batch_number AND o.head_month = b.head_month AND o.section = b.section
        AND o.bhxh_number = b.bhxh_number AND o.place = b.first_place
    WHERE b.place > b.first_place
),
changed AS (
    SELECT b.sha256, b.row_id, b.sheet, b.row_number, b.first_row_id, b.stood_at
    FROM beside_first AS b
    WHERE NOT b.is_cancellation AND NOT b.is_cancelled
      AND NOT EXISTS (SELECT 1 FROM beside_first AS s WHERE s.row_id = b.row_id AND s.is_said_again)
      AND NOT EXISTS (SELECT 1 FROM beside_first AS s WHERE s.sha256 = b.sha256 AND s.first_row_id = b.first_row_id AND s.is_said_again)
    QUALIFY row_number() OVER (PARTITION BY b.row_id ORDER BY b.first_row_id) = 1
),
vanished AS (
    SELECT e.sha256, o.sheet || ', dòng ' || o.row_number || ', tệp ' || left(o.sha256, 12) AS stood_at
    FROM earlier_sheet AS e
    JOIN stated AS o ON o.place = e.place AND o.fate = 'accepted'
    WHERE NOT EXISTS (SELECT 1 FROM stated AS s WHERE s.sha256 = e.sha256 AND s.row_key = o.row_key)
      AND EXISTS (
          SELECT 1 FROM stated AS s JOIN stated AS again ON again.row_key = s.row_key AND again.place = e.place WHERE s.sha256 = e.sha256
      )
      AND NOT EXISTS (SELECT 1 FROM changed AS c WHERE (c.sha256 = e.sha256 AND c.first_row_id = o.row_id) OR c.row_id = o.row_id)
)
SELECT
    m.sha256, m.row_id, m.sheet, m.row_number, m.note_method, m.commune_code, m.support_group,
    coalesce(p.overlaps, false) AS paid_by_another_agent,
    p.row_id IS NOT NULL AS has_earlier_row,
    r.row_id IS NOT NULL AS receipt_used_elsewhere,
    p.commune_code AS earlier_commune_code,
    p.support_group AS earlier_support_group,
    CASE WHEN m.state_support_vnd > 0 THEN s.months END AS supported_months,
    $most_supported_months AS most_supported_months,
    NULL::BOOLEAN AS cancels_nothing, NULL::BOOLEAN AS is_copied_month, NULL::BIGINT AS rows_of_month, NULL::DOUBLE AS usual_rows, NULL::VARCHAR AS vanished_from, NULL::VARCHAR AS changed_from
FROM mine AS m
LEFT JOIN pairs AS p ON p.row_id = m.row_id
LEFT JOIN supported AS s ON s.row_id = m.row_id
LEFT JOIN receipts AS r ON r.row_id = m.row_id
UNION ALL BY NAME
SELECT l.sha256, c.is_copied AS is_copied_month, u.of_this_month AS rows_of_month, u.people AS usual_rows
FROM looked AS l
LEFT JOIN copied AS c ON c.sha256 = l.sha256
LEFT JOIN usual AS u ON u.sha256 = l.sha256
UNION ALL BY NAME
SELECT sha256, stood_at AS vanished_from FROM vanished
UNION ALL BY NAME
SELECT sha256, row_id, sheet, row_number, stood_at AS changed_from FROM changed SEMI JOIN looked USING (sha256)
UNION ALL BY NAME
SELECT sha256, row_id, sheet, row_number, meets_nothing AS cancels_nothing FROM cancellations
ORDER BY ALL
