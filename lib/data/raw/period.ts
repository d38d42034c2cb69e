/** A span of days, in UTC: from the first instant of `from` to the last of `to`. */
export interface Period {
  /** "2005-01-31" */
  readonly from: string;
  readonly to: string;
}

/** Two periods, of which the first trains and the second tests. */
export interface Periods {
  readonly first: Period;
  readonly second: Period;
}

/** One day as a period. */
export function dayPeriod(day: string): Period {
  return { from: day, to: day };
}

const day = /^\d{4}-\d{2}-\d{2}$/;

/** Throws a RangeError for dates that are none, a period that ends before it begins, and periods that overlap. */
export function checkPeriods({ first, second }: Periods): void {
  for (const { from, to } of [first, second]) {
    for (const date of [from, to]) {
      if (!day.test(date) || new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) !== date) {
        throw new RangeError(`Cannot use "${date}" as a date: it must be like 2005-01-31`);
      }
    }
    if (from > to) throw new RangeError(`Cannot use the period ${from} to ${to}: it ends before it begins`);
  }
  if (first.to >= second.from) {
    throw new RangeError(`Cannot split at ${second.from}: the first period goes on to ${first.to}`);
  }
}

/** SQL for the number of the period that a timestamp lies in: 0, 1 or NULL. */
export function periodSql(time: string, { first, second }: Periods): string {
  const within = ({ from, to }: Period): string =>
    `${time} >= TIMESTAMP '${from}' AND ${time} < TIMESTAMP '${to}' + INTERVAL 1 DAY`;
  return `CASE WHEN ${within(first)} THEN 0 WHEN ${within(second)} THEN 1 END`;
}
