-- Rolls source rows up for: nearcast ingest --rollups DIR --config dataset.toml
-- Made by `nearcast rollup-sql --dialect duckdb`; make it again when dataset.toml changes.
-- Run it with: duckdb < FILE
-- By hand: replace the source after the first FROM and the folder, and in `typed` the columns.

COPY (
WITH typed AS (
  SELECT
    CAST("date" AS DATE) AS day,
    TRIM(COALESCE(CAST("operation" AS VARCHAR), '')) AS name_operation,
    TRIM(COALESCE(CAST("product" AS VARCHAR), '')) AS name_product,
    TRIM(COALESCE(CAST("product_id" AS VARCHAR), '')) AS id_product,
    TRIM(COALESCE(CAST("category" AS VARCHAR), '')) AS name_category,
    CAST("units" AS DECIMAL(18, 6)) * 1 AS value_units,
    CAST("revenue" AS DECIMAL(18, 6)) * 100 AS value_revenue
  FROM sales
),
scaled AS (
  SELECT
    day,
    CAST(DATE_TRUNC('month', day) AS DATE) AS month,
    name_operation,
    name_product,
    id_product,
    name_category,
    COALESCE(CAST(ROUND(value_units) AS BIGINT), 0) AS sum_units,
    COALESCE(CAST(ROUND(value_revenue) AS BIGINT), 0) AS sum_revenue,
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
  CAST(GROUPING(month) + 2 * GROUPING(day) + 4 * GROUPING(name_operation) + 8 * GROUPING(name_product) + 16 * GROUPING(name_category) AS BIGINT) AS grain,
  day,
  month,
  name_operation,
  name_product,
  id_product,
  name_category,
  CAST(SUM(lines) AS BIGINT) AS lines,
  CAST(SUM(sum_units) AS BIGINT) AS sum_units,
  CAST(SUM(sum_revenue) AS BIGINT) AS sum_revenue,
  CAST(SUM(negatives) AS BIGINT) AS negatives,
  CAST(SUM(empties) AS BIGINT) AS empties,
  CAST(SUM(rounded) AS BIGINT) AS rounded
FROM cells
GROUP BY GROUPING SETS (
  (day, month, name_operation, name_product, id_product, name_category),
  (),
  (day),
  (month, name_operation),
  (month, name_product, id_product),
  (month, name_category),
  (name_operation, name_product, id_product)
)
) TO 'rollup/cells.parquet' (FORMAT parquet, COMPRESSION zstd);
