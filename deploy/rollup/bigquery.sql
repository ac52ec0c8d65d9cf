-- Rolls source rows up for: nearcast ingest --rollups DIR --config dataset.toml
-- Made by `nearcast rollup-sql --dialect bigquery`; make it again when dataset.toml changes.
-- Run it with: bq query --use_legacy_sql=false < FILE
-- By hand: replace the source after the first FROM and the folder, and in `typed` the columns.

EXPORT DATA OPTIONS (uri = 'gs://bucket/rollup/cells-*.parquet', format = 'PARQUET', overwrite = true)
AS
WITH typed AS (
  SELECT
    CAST(`date` AS DATE) AS day,
    TRIM(COALESCE(CAST(`operation` AS STRING), '')) AS name_operation,
    TRIM(COALESCE(CAST(`product` AS STRING), '')) AS name_product,
    TRIM(COALESCE(CAST(`product_id` AS STRING), '')) AS id_product,
    TRIM(COALESCE(CAST(`category` AS STRING), '')) AS name_category,
    CAST(`units` AS NUMERIC) * 1 AS value_units,
    CAST(`revenue` AS NUMERIC) * 100 AS value_revenue
  FROM sales
),
scaled AS (
  SELECT
    day,
    DATE_TRUNC(day, MONTH) AS month,
    name_operation,
    name_product,
    id_product,
    name_category,
    COALESCE(CAST(ROUND(value_units) AS INT64), 0) AS sum_units,
    COALESCE(CAST(ROUND(value_revenue) AS INT64), 0) AS sum_revenue,
    CASE WHEN ROUND(value_units) < 0 THEN 1 ELSE 0 END AS negatives,
    CASE WHEN value_units IS NULL THEN 1 ELSE 0 END + CASE WHEN value_revenue IS NULL THEN 1 ELSE 0 END AS empties,
    CASE WHEN ROUND(value_units) <> value_units THEN 1 ELSE 0 END + CASE WHEN ROUND(value_revenue) <> value_revenue THEN 1 ELSE 0 END AS rounded
  FROM typed
),
cells AS (
  SELECT
    day,
    month,
    name_operation,
    name_product,
    id_product,
    name_category,
    COUNT(*) AS lines,
    SUM(sum_units) AS sum_units,
    SUM(sum_revenue) AS sum_revenue,
    SUM(negatives) AS negatives,
    SUM(empties) AS empties,
    SUM(rounded) AS rounded
  FROM scaled
  GROUP BY day, month, name_operation, name_product, id_product, name_category
)
SELECT
  CAST(GROUPING(month) + 2 * GROUPING(day) + 4 * GROUPING(name_operation) + 8 * GROUPING(name_product) + 16 * GROUPING(name_category) AS INT64) AS grain,
  day,
  month,
  name_operation,
  name_product,
  id_product,
  name_category,
  CAST(SUM(lines) AS INT64) AS lines,
  CAST(SUM(sum_units) AS INT64) AS sum_units,
  CAST(SUM(sum_revenue) AS INT64) AS sum_revenue,
  CAST(SUM(negatives) AS INT64) AS negatives,
  CAST(SUM(empties) AS INT64) AS empties,
  CAST(SUM(rounded) AS INT64) AS rounded
FROM cells
GROUP BY GROUPING SETS (
  (day, month, name_operation, name_product, id_product, name_category),
  (),
  (day),
  (month, name_operation),
  (month, name_product, id_product),
  (month, name_category),
  (name_operation, name_product, id_product)
);
