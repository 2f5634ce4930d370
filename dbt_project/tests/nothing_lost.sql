-- For every file, in rows and in đồng: received = accepted + rejected + held + duplicate +
-- superseded + not data. Received is counted at the cells, the fates in the warehouse; so are, a
-- second time, the rows that are not data.
with arrivals as (
    select * from {{ ref('fct_submissions') }}
),

counted_at_the_cells as (
    select
        arrival_id,
        rows_not_data,
        amount_not_data_vnd
    from {{ ref('stg_intake__submissions') }}
)

select
    arrivals.file_id,
    arrivals.verdict,
    arrivals.rows_received,
    arrivals.amount_received_vnd
from arrivals
inner join counted_at_the_cells on arrivals.arrival_id = counted_at_the_cells.arrival_id
where
    arrivals.rows_received <> arrivals.rows_accepted + arrivals.rows_rejected + arrivals.rows_held
        + arrivals.rows_duplicate + arrivals.rows_superseded + arrivals.rows_not_data
    or arrivals.amount_received_vnd <> arrivals.amount_accepted_vnd + arrivals.amount_rejected_vnd
        + arrivals.amount_held_vnd + arrivals.amount_duplicate_vnd + arrivals.amount_superseded_vnd
        + arrivals.amount_not_data_vnd
    or arrivals.rows_not_data <> counted_at_the_cells.rows_not_data
    or arrivals.amount_not_data_vnd <> counted_at_the_cells.amount_not_data_vnd
    -- a NULL on either side would hide a loss
    or arrivals.rows_received is null
    or arrivals.amount_received_vnd is null
