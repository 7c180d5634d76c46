/** 1,024 and the like, in every place alike. */
export const count = (value: number): string => Math.round(value).toLocaleString('en');

/** Two or three digits that matter. */
export const digits = (value: number): string => (value >= 100 ? count(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** Seconds as ms, s or minutes. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${digits(seconds * 1000)} ms`;
  if (seconds < 120) return `${digits(seconds)} s`;
  if (seconds < 2 * 3600) return `${digits(seconds / 60)} min`;
  return `${digits(seconds / 3600)} h`;
}

/** Bytes as MB or GB, powers of ten. */
export function bytes(value: number): string {
  if (value < 1000) return 'under 1 kB';
  if (value < 999_500) return `${digits(value / 1e3)} kB`;
  return value < 999.5e6 ? `${digits(value / 1e6)} MB` : `${digits(value / 1e9)} GB`;
}
