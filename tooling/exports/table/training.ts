import { row, type Table } from '../row.ts';

const schedules: Table = {
  constantSchedule: row([() => [1e-3]]),
};

/** Each folder of the package has a table of its own, joined here. */
export const training: Table = { ...schedules };
