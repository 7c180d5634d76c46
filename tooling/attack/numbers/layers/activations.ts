/** By its series near 0 and its continued fraction beyond, to 1e-15. */
export function erf(x: number): number {
  // series and continued fraction, to 1e-15
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let sum = a;
    let t = a;
    for (let n = 1; n < 200; n++) {
      t *= (-a * a) / n;
      const add = t / (2 * n + 1);
      sum += add;
      if (Math.abs(add) < 1e-18) break;
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let f = 0;
  for (let n = 80; n >= 1; n--) f = n / 2 / (a + f);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + f));
}

const phi = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

type Act = 'gelu' | 'geluTanh' | 'relu' | 'silu';

/** An activation in float64. */
export function act(kind: Act, x: number): number {
  if (kind === 'relu') return Math.max(0, x);
  if (kind === 'silu') return x / (1 + Math.exp(-x));
  if (kind === 'gelu') return x < -4 ? x * 0.5 * erfc(-x / Math.SQRT2) : x * 0.5 * (1 + erf(x / Math.SQRT2));
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

/** 1 − erf, without cancellation in the tail. */
const erfc = (a: number) => {
  if (a < 2.5) return 1 - erf(a);
  let f = 0;
  for (let n = 80; n >= 1; n--) f = n / 2 / (a + f);
  return Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + f);
};

/** Its derivative. */
export function slope(kind: Act, x: number): number {
  if (kind === 'relu') return x > 0 ? 1 : 0;
  if (kind === 'silu') {
    const s = 1 / (1 + Math.exp(-x));
    return s * (1 + x * (1 - s));
  }
  if (kind === 'gelu') return 0.5 * (1 + erf(x / Math.SQRT2)) + x * phi(x);
  const c = Math.sqrt(2 / Math.PI);
  const t = Math.tanh(c * (x + 0.044715 * x ** 3));
  return 0.5 * (1 + t) + (Math.abs(x) > 1e3 ? 0 : 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x));
}
