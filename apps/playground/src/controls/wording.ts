/** Numbers as people read them: three digits, and a unit that fits. */
const digits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format; // one for all: each takes a while to make
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 }).format;

export function count(value: number): string {
  if (Math.abs(value) < 1e5) return whole(value);
  const [scale, word] = value < 1e6 ? [1e3, ' k'] : value < 1e9 ? [1e6, ' M'] : value < 1e12 ? [1e9, ' G'] : [1e12, ' T'];
  return `${digits(value / (scale as number))}${word}`;
}

/** Floating-point operations. */
export const operations = (value: number): string => `${count(value)}${Math.abs(value) < 1e5 ? ' ' : ''}FLOP`;

export const percent = (share: number): string => `${digits(share * 100)} %`;

export const times = (factor: number): string => `${digits(factor)}×`;

export function bytes(value: number): string {
  const [scale, unit] = value < 1e3 ? [1, 'bytes'] : value < 1e6 ? [1e3, 'kB'] : value < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${digits(value / (scale as number))} ${unit}`;
}

export const milliseconds = (value: number): string => (value < 1000 ? `${digits(value)} ms` : `${digits(value / 1000)} s`);

const raised: Readonly<Record<string, string>> = {
  '-': '⁻',
  ...Object.fromEntries([...'⁰¹²³⁴⁵⁶⁷⁸⁹'].map((digit, at) => [String(at), digit])),
};

/** A number that may be very small: 1.5 · 10⁻⁶. */
export function scientific(value: number): string {
  if (value === 0 || (Math.abs(value) >= 1e-2 && Math.abs(value) < 1e5)) return digits(value);
  const [mantissa = '', exponent = ''] = value.toExponential(1).split('e');
  const power = `10${[...exponent.replace('+', '')].map((each) => raised[each]).join('')}`;
  return mantissa === '1.0' ? power : `${mantissa} · ${power}`;
}
