export { constantSchedule } from './schedule/constant.ts';
export type { Schedule } from './schedule/schedule.ts';
