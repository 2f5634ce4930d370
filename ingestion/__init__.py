"""How a workbook becomes accepted and rejected rows. Plain Python: imports neither airflow nor
dbt."""
