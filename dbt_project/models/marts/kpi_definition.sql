{#- While dbt parses there are no figures yet, and nothing of this is run. -#}
with final as (
    {%- for figure in published_figures() %}
    select
        {{ text_literal(figure.code) }} as code,
        {{ text_literal(figure.theme) }} as theme,
        {{ text_literal(figure.name_vi) }} as name_vi,
        {{ text_literal(figure.name_en) }} as name_en,
        {{ text_literal(figure.formula_vi) }} as formula_vi,
        {{ text_literal(figure.formula_en) }} as formula_en,
        {{ text_literal(figure.unit) }} as unit,
        {{ text_literal(figure.adds) }} as adds,
        {{ text_literal(figure.source) }} as source,
        {{ text_literal(figure.choices) }} as choices,
        {{ text_literal(figure.tables | sort | join(', ')) }} as tables
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select * from final
