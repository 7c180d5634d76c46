import type { HubOptions } from './hub-options.ts';

/** What a load hands on to the hub, which checks it. */
export const passedOptionNames = { revision: true, token: true, endpoint: true, cache: true, offline: true } as const;

export type PassedOptions = Pick<HubOptions, keyof typeof passedOptionNames>;
