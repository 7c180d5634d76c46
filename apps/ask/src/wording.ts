import { count } from '@longspan/tooling/terminal';

/** '1 chapter', '3 chapters'. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
