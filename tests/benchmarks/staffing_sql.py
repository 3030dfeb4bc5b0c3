"""Monthly turnover and sickness absence in DuckDB's SQL: the other side of the staffing benchmark.

Written as a competent analyst would who knows the rules: one main post a day (largest FTE, then earliest), gaps of less than a full week
are no gap, overlapping or touching records are one absence, days are clipped to posts and months, working days come from a calendar table,
an organisation whose records do not cover a month has no figures. Of the forms that were tried these are the fastest: stocks from changes
and running sums (joining every stretch to every month that it touches took 35 s and 6 GB for turnover instead of 2 s and 0.5 GB), and
absences by a whole number for each employee instead of two strings (a quarter faster). Limits of the rates are not asked of the SQL; ours
come with them.
"""

# ruff: noqa: S608 - the only names put in are those of the benchmark's own files

_MONTHS = """
months AS MATERIALIZED (
  SELECT CAST(m AS DATE) AS starts, last_day(m) AS ends FROM range(DATE '{first}', DATE '{after}', INTERVAL 1 MONTH) t(m)),
coverage AS (
  SELECT organisation, max(observed_from) AS observed_from, min(observed_to) AS observed_to
  FROM read_parquet('{assignments}') GROUP BY organisation)"""

# Whoever holds several posts at once: from the edges of their spells, pieces in which nothing changes.
_SEVERAL = """
several AS MATERIALIZED (
  SELECT DISTINCT {person} FROM (
    SELECT {person}, first <= max(last) OVER (
      PARTITION BY {person} ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS doubling
    FROM spells)
  WHERE doubling),
doubled AS MATERIALIZED (SELECT * FROM spells SEMI JOIN several USING ({person})),
pieces AS (
  SELECT {person}, day, lead(day) OVER (PARTITION BY {person} ORDER BY day) AS until FROM (
    SELECT {person}, first AS day FROM doubled UNION SELECT {person}, last + 1 FROM doubled))"""

TURNOVER = f"""
WITH {_MONTHS},
spells AS MATERIALIZED (
  SELECT organisation, person_id, locality, start_date AS first, coalesce(end_date, DATE '2999-12-31') AS last, fte
  FROM read_parquet('{{assignments}}') WHERE coalesce(employment, 'employed') = 'employed'),
{_SEVERAL.replace("{person}", "organisation, person_id")},
held AS (
  SELECT p.organisation, p.person_id, d.locality, p.day AS first, p.until - 1 AS last
  FROM pieces p JOIN doubled d
    ON p.organisation = d.organisation AND p.person_id = d.person_id AND d.first <= p.day AND d.last >= p.day
  WHERE p.until IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY p.organisation, p.person_id, p.day ORDER BY d.fte DESC, d.first, d.locality) = 1),
posts AS (
  SELECT organisation, person_id, locality, first, last FROM spells ANTI JOIN several USING (organisation, person_id)
  UNION ALL SELECT * FROM held),
-- start <= previous end + 7 days is one stay, and the gap's days count as present
stretches AS MATERIALIZED (
  SELECT organisation, person_id, locality, first,
    CASE WHEN next_first - last <= 7 THEN next_first - 1 ELSE last END AS last,
    last < DATE '2999-12-31' AND (next_first IS NULL OR next_first - last > 7) AS leaves
  FROM (SELECT *, lead(first) OVER (PARTITION BY organisation, person_id ORDER BY first) AS next_first FROM posts)),
groups AS (SELECT DISTINCT organisation, locality FROM stretches),
leavers AS (
  SELECT organisation, locality, CAST(date_trunc('month', last) AS DATE) AS starts, count(*) AS leavers
  FROM stretches WHERE leaves GROUP BY ALL),
-- stocks from changes: each month's arrivals and departures, the days they leave out, and returns inside the month
clipped AS MATERIALIZED (
  SELECT organisation, locality, greatest(first, DATE '{{first}}') AS first, least(last, DATE '{{after}}') AS last,
    lag(last) OVER (PARTITION BY organisation, person_id, locality ORDER BY first) AS previous
  FROM stretches WHERE last >= DATE '{{first}}' AND first < DATE '{{after}}'),
changes AS (
  SELECT organisation, locality, CAST(date_trunc('month', first) AS DATE) AS starts, 1 AS came, 0 AS gone,
    last_day(first) - first + 1 AS days, 0 AS again FROM clipped
  UNION ALL
  SELECT organisation, locality, CAST(date_trunc('month', last) AS DATE), 0, 1, -(last_day(last) - last), 0 FROM clipped
  UNION ALL
  SELECT organisation, locality, CAST(date_trunc('month', first) AS DATE), 0, 0, 0, 1
  FROM clipped WHERE date_trunc('month', previous) = date_trunc('month', first)),
monthly AS (
  SELECT organisation, locality, starts, sum(came) AS came, sum(gone) AS gone, sum(days) AS days, sum(again) AS again
  FROM changes GROUP BY ALL),
filled AS (
  SELECT g.organisation, g.locality, m.starts, m.ends, coalesce(came, 0) AS came, coalesce(gone, 0) AS gone,
    coalesce(days, 0) AS days, coalesce(again, 0) AS again
  FROM groups g CROSS JOIN months m LEFT JOIN monthly c
    ON g.organisation = c.organisation AND g.locality IS NOT DISTINCT FROM c.locality AND m.starts = c.starts),
in_post AS (
  SELECT *, coalesce(sum(came - gone) OVER (
    PARTITION BY organisation, locality ORDER BY starts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS opening
  FROM filled)
SELECT i.organisation, i.locality, i.starts AS period_start,
  CASE WHEN known THEN coalesce(l.leavers, 0) END::DOUBLE AS numerator,
  CASE WHEN known THEN (opening * (i.ends - i.starts + 1) + days) / (i.ends - i.starts + 1) END::DOUBLE AS denominator,
  CASE WHEN known THEN opening + came - again END::BIGINT AS people
FROM (
  SELECT i.*, NOT coalesce(observed_from > i.starts OR observed_to < i.ends, false) AS known
  FROM in_post i JOIN coverage USING (organisation)) i
LEFT JOIN leavers l
  ON l.organisation = i.organisation AND l.locality IS NOT DISTINCT FROM i.locality AND l.starts = i.starts
ORDER BY ALL
"""

_ABSENCE = f"""
WITH {_MONTHS},
calendar AS MATERIALIZED (
  SELECT day, coalesce(sum(works) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::INTEGER AS worked
  FROM (
    SELECT CAST(d AS DATE) AS day, CASE WHEN isodow(d) < 6 AND b.day IS NULL THEN 1 ELSE 0 END AS works
    FROM range(DATE '{{first}}' - 10000, DATE '{{after}}' + 1000, INTERVAL 1 DAY) t(d) LEFT JOIN bank_holidays b ON b.day = d)),
named AS MATERIALIZED (
  SELECT organisation, person_id, locality, greatest(start_date, DATE '{{first}}') AS first,
    least(coalesce(end_date, DATE '{{last}}'), DATE '{{last}}') AS last, fte
  FROM read_parquet('{{assignments}}')
  WHERE coalesce(employment, 'employed') = 'employed' AND start_date <= DATE '{{last}}'
    AND coalesce(end_date, DATE '{{last}}') >= DATE '{{first}}'),
employees AS MATERIALIZED (
  SELECT organisation, person_id, row_number() OVER () AS employee FROM (SELECT DISTINCT organisation, person_id FROM named)),
spells AS MATERIALIZED (
  SELECT organisation, employee, locality, first, last, fte FROM named JOIN employees USING (organisation, person_id)),
groups AS (SELECT DISTINCT organisation, locality FROM spells),
{_SEVERAL.replace("{person}", "employee")},
posts AS MATERIALIZED (
  SELECT *, 1.0::DOUBLE AS share FROM spells ANTI JOIN several USING (employee)
  UNION ALL
  SELECT d.organisation, p.employee, d.locality, p.day, p.until - 1, d.fte,
    d.fte / sum(d.fte) OVER (PARTITION BY p.employee, p.day)
  FROM pieces p JOIN doubled d ON p.employee = d.employee AND d.first <= p.day AND d.last >= p.day
  WHERE p.until IS NOT NULL),
-- what there was to lose: FTE days from changes, people from the stretches in a group less the returns inside a month
changes AS (
  SELECT organisation, locality, date_trunc('month', first) AS starts, fte AS level,
    fte * (last_day(first) - first + 1) AS partial FROM spells
  UNION ALL
  SELECT organisation, locality, date_trunc('month', last), -fte, -fte * (last_day(last) - last) FROM spells),
available AS (SELECT organisation, locality, starts, sum(level) AS level, sum(partial) AS partial FROM changes GROUP BY ALL),
islands AS (
  SELECT organisation, employee, locality, min(first) AS first, max(last) AS last FROM (
    SELECT *, sum(fresh) OVER (
      PARTITION BY employee, locality ORDER BY first, fresh DESC ROWS UNBOUNDED PRECEDING) AS island FROM (
      SELECT *, CASE WHEN first <= max(last) OVER (
        PARTITION BY employee, locality ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        THEN 0 ELSE 1 END AS fresh FROM spells))
  GROUP BY organisation, employee, locality, island),
touches AS (
  SELECT organisation, locality, date_trunc('month', first) AS starts, 1 AS came, 0 AS gone,
    CASE WHEN date_trunc('month', lag(last) OVER (PARTITION BY employee, locality ORDER BY first))
      = date_trunc('month', first) THEN 1 ELSE 0 END AS again FROM islands
  UNION ALL SELECT organisation, locality, date_trunc('month', last), 0, 1, 0 FROM islands),
people AS (
  SELECT organisation, locality, starts, sum(came) AS came, sum(gone) AS gone, sum(again) AS again FROM touches GROUP BY ALL),
grid AS (
  SELECT g.organisation, g.locality, m.starts, m.ends, coalesce(level, 0) AS level, coalesce(partial, 0) AS partial,
    coalesce(came, 0) AS came, coalesce(gone, 0) AS gone, coalesce(again, 0) AS again
  FROM groups g CROSS JOIN months m
  LEFT JOIN available f
    ON f.organisation = g.organisation AND f.locality IS NOT DISTINCT FROM g.locality AND f.starts = m.starts
  LEFT JOIN people p
    ON p.organisation = g.organisation AND p.locality IS NOT DISTINCT FROM g.locality AND p.starts = m.starts),
staff AS (
  SELECT organisation, locality, starts, ends, (ends - starts + 1) * coalesce(sum(level) OVER earlier, 0) + partial AS fte_days,
    coalesce(sum(came - gone) OVER earlier, 0) + came - again AS people
  FROM grid WINDOW earlier AS (
    PARTITION BY organisation, locality ORDER BY starts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
-- records that overlap or touch (no working day between) are one absence; an open one runs on. The second order puts the record
-- that opens an absence before others of the same first day.
records AS (
  SELECT employee, start_date AS first, coalesce(end_date, greatest(start_date, DATE '{{last}}')) AS last,
    end_date IS NULL AS still_open, days_lost,
    max(coalesce(end_date, greatest(start_date, DATE '{{last}}'))) OVER (
      PARTITION BY employee ORDER BY start_date, end_date ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest
  FROM read_parquet('{{absences}}') JOIN employees USING (organisation, person_id)),
marked AS (
  SELECT r.*, sum(CASE WHEN latest IS NULL OR a.worked > b.worked THEN 1 ELSE 0 END) OVER (
    PARTITION BY employee ORDER BY first, latest NULLS FIRST ROWS UNBOUNDED PRECEDING) AS absence
  FROM records r JOIN calendar a ON a.day = r.first LEFT JOIN calendar b ON b.day = r.latest + 1),
{{lost}},
recording AS (SELECT DISTINCT organisation FROM read_parquet('{{absences}}'))
SELECT s.organisation, s.locality, CAST(s.starts AS DATE) AS period_start,
  CASE WHEN known THEN coalesce(l.lost, 0) END::DOUBLE AS numerator,
  CASE WHEN known THEN {{exposure}} END::DOUBLE AS denominator,
  CASE WHEN known THEN s.people END::BIGINT AS people
FROM (
  SELECT s.*, r.organisation IS NOT NULL AND NOT coalesce(observed_from > s.starts OR observed_to < s.ends, false) AS known
  FROM staff s JOIN coverage USING (organisation) LEFT JOIN recording r ON r.organisation = s.organisation) s
LEFT JOIN lost l
  ON l.organisation = s.organisation AND l.locality IS NOT DISTINCT FROM s.locality AND l.starts = s.starts
ORDER BY ALL
"""

# Most absences lie within a month; only the others are joined to the months.
_CALENDAR_DAYS = """
whole AS (SELECT employee, min(first) AS first, max(last) AS last FROM marked GROUP BY employee, absence),
met AS (
  SELECT organisation, locality, fte, greatest(w.first, p.first) AS first, least(w.last, p.last) AS last
  FROM whole w JOIN posts p USING (employee) WHERE p.first <= w.last AND p.last >= w.first),
monthly AS (
  SELECT organisation, locality, date_trunc('month', first) AS starts, fte * (last - first + 1) AS lost
  FROM met WHERE date_trunc('month', first) = date_trunc('month', last)
  UNION ALL
  SELECT organisation, locality, starts, fte * (least(last, ends) - greatest(first, starts) + 1)
  FROM met JOIN months ON first <= ends AND last >= starts WHERE date_trunc('month', first) <> date_trunc('month', last)),
lost AS (SELECT organisation, locality, starts, sum(lost) AS lost FROM monthly GROUP BY ALL)"""

# Recorded days, where all records of a finished absence have them and none overlap, are spread over its working days.
_WORKING_DAYS = """
whole AS (
  SELECT w.*, CASE WHEN b.worked > a.worked THEN b.worked - a.worked ELSE last - first + 1 END AS spread, b.worked > a.worked AS works
  FROM (
    SELECT employee, min(first) AS first, max(last) AS last,
      CASE WHEN bool_and(days_lost IS NOT NULL AND NOT still_open AND (latest IS NULL OR first > latest)) THEN sum(days_lost) END
        AS recorded
    FROM marked GROUP BY employee, absence) w
  JOIN calendar a ON a.day = first JOIN calendar b ON b.day = last + 1),
met AS (
  SELECT organisation, locality, fte, share, recorded / spread AS daily, works, greatest(w.first, p.first) AS first,
    least(w.last, p.last) AS last
  FROM whole w JOIN posts p USING (employee) WHERE p.first <= w.last AND p.last >= w.first),
monthly AS (
  SELECT organisation, locality, fte, share, daily, works, date_trunc('month', first) AS starts, first, last
  FROM met WHERE date_trunc('month', first) = date_trunc('month', last)
  UNION ALL
  SELECT organisation, locality, fte, share, daily, works, starts, greatest(first, starts), least(last, ends)
  FROM met JOIN months ON first <= ends AND last >= starts WHERE date_trunc('month', first) <> date_trunc('month', last)),
lost AS (
  SELECT organisation, locality, starts, sum(
    CASE WHEN daily IS NULL THEN fte * (b.worked - a.worked)
      WHEN works THEN daily * share * (b.worked - a.worked)
      ELSE daily * share * (last - first + 1) END) AS lost
  FROM monthly JOIN calendar a ON a.day = first JOIN calendar b ON b.day = last + 1 GROUP BY ALL)"""

NHS = _ABSENCE.replace("{lost}", _CALENDAR_DAYS).replace("{exposure}", "s.fte_days")
DAYS_PER_FTE = _ABSENCE.replace("{lost}", _WORKING_DAYS).replace("{exposure}", "s.fte_days / (s.ends - s.starts + 1)")
QUERIES = {"turnover": TURNOVER, "nhs": NHS, "days_per_fte": DAYS_PER_FTE}
