/** 1,024 and the like. */
export const count = (value: number): string => Math.round(value).toLocaleString('en');

/** '1 chapter', '3 chapters'. */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Seconds as ms, s or min. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

export const megabytes = (bytes: number): string => (bytes < 1e6 ? 'under 1 MB' : `${Math.round(bytes / 1e6)} MB`);
