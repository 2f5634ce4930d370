{# A place in one number: the commune, the agent who collects there, and how the commune is known. Fewer than a million agents. #}
{% macro place_number(commune_number, agent_number, place_basis) -%}
    (cast({{ commune_number }} as bigint) * 1000000 + {{ agent_number }}) * 2 + case when {{ place_basis }} = 'address' then 1 else 0 end
{%- endmacro %}


{# The agent in the commune, however that is known. #}
{% macro post_number_of(place_number) -%}
    cast(floor({{ place_number }} / 2) as bigint)
{%- endmacro %}


{% macro commune_number_of(post_number) -%}
    cast(floor({{ post_number }} / 1000000) as bigint)
{%- endmacro %}


{% macro agent_number_of(post_number) -%}
    mod({{ post_number }}, 1000000)
{%- endmacro %}


{% macro place_basis_of(place_number) -%}
    case when mod({{ place_number }}, 2) = 1 then 'address' else 'collection_point' end
{%- endmacro %}
