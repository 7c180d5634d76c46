export { createLayout, type LayoutOptions, layoutBytes } from '@longspan/core-tensor/layout';
export { type Cost, type CostOptions, cost, type LayoutSizes, layoutCost } from './cost.ts';
export { drawReach } from './draw-reach.ts';
export { windowOfEqualCost } from './equal-cost.ts';
export { type BlockReach, type ReceptiveField, receptiveField, receptiveFieldOf } from './receptive-field.ts';
export { dilationSchedule, type ScheduledLayer, type WindowScheduleOptions, windowSchedule } from './window-schedule.ts';
