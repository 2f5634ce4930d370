-- the rule book of the program, and the codes that stand only in what an older book found: those
-- are known by code and severity
with found as (
    select
        findings.rule_code,
        min(findings.severity) as severity
    from {{ ref('stg_ops__findings') }} as findings
    inner join {{ ref('stg_intake__submissions') }} as submissions on findings.sha256 = submissions.sha256
    where submissions.night <= (select max(known_on) from {{ ref('stg_ops__reporting_dates') }})
    group by findings.rule_code
),

final as (
    select
        coalesce(rules.rule_code, found.rule_code) as rule_key,
        coalesce(rules.rule_code, found.rule_code) as rule_code,
        coalesce(rules.severity, found.severity) as severity,
        rules.scope,
        rules.rule_group,
        rules.message_vi,
        rules.message_en,
        rules.fix_vi,
        rules.owner,
        rules.rule_source,
        rules.rule_code is not null as is_in_book
    from {{ ref('rules') }} as rules
    full join found on rules.rule_code = found.rule_code
)

select * from final
