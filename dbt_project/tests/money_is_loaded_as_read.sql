-- What participants and the state paid, by file: as the rows were read, and as they were loaded.
with files as (
    select distinct
        sha256,
        participant_received_vnd,
        state_support_received_vnd
    from {{ source('raw', 'submissions') }}
    where verdict <> 'duplicate'
),

loaded as (
    select
        sha256,
        sum(coalesce(participant_vnd, 0)) as participant_vnd,
        sum(coalesce(state_support_vnd, 0)) as state_support_vnd
    from {{ source('raw', 'sheet_rows') }}
    group by sha256
)

select
    substring(files.sha256, 1, 12) as file_id,
    files.participant_received_vnd,
    loaded.participant_vnd
from files
left join loaded on files.sha256 = loaded.sha256
where
    files.participant_received_vnd <> coalesce(loaded.participant_vnd, 0)
    or files.state_support_received_vnd <> coalesce(loaded.state_support_vnd, 0)
