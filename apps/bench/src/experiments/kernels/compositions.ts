import {
  add,
  addN,
  concat,
  matMul,
  mul,
  pad,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor2d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';

/** Attention of one head by hand: what someone writes who knows which of tfjs-wasm's kernels are SIMD code. */
export interface Composition {
  forward(q: Tensor4D, k: Tensor4D, v: Tensor4D): Tensor;
  /** dq, dk and dv. */
  gradient(q: Tensor4D, k: Tensor4D, v: Tensor4D, dy: Tensor4D): Tensor[];
}

const table = (x: Tensor4D): Tensor2D => reshape(x, [x.shape[2], x.shape[3]]);
const layered = (x: Tensor): Tensor4D => reshape(x, [1, 1, x.shape[0] as number, x.shape[1] as number]);
const product = (a: Tensor, b: Tensor): Tensor2D => matMul(a as Tensor2D, b as Tensor2D);

/**
 * Dense, with the scale on q and every product plain and two-dimensional: tfjs-wasm's only fast kind. Only thin tables are
 * transposed, never an n x n one: dvᵀ = dyᵀ p and dkᵀ = qᵀ ds.
 */
export function denseComposition(mask: Tensor2D): Composition {
  const weightsOf = (scaled: Tensor2D, keys: Tensor2D): Tensor => softmax(add(product(scaled, transpose(keys)), mask));
  const scaledQueries = (q: Tensor4D): Tensor2D => mul(table(q), 1 / Math.sqrt(q.shape[3]));
  return {
    forward: (q, k, v) => tidy(() => layered(product(weightsOf(scaledQueries(q), table(k)), table(v)))),
    gradient: (q, k, v, dy) =>
      tidy(() => {
        const [scaled, keys, values, cotangent] = [scaledQueries(q), table(k), table(v), table(dy)];
        const weights = weightsOf(scaled, keys);
        const mean = sum(mul(product(weights, values), cotangent), 1, true);
        const scores = tidy(() => mul(weights, sub(product(cotangent, transpose(values)), mean)));
        return [
          layered(mul(product(scores, keys), 1 / Math.sqrt(q.shape[3]))),
          layered(transpose(product(transpose(scaled), scores))),
          layered(transpose(product(transpose(cotangent), weights))),
        ];
      }),
  };
}

/**
 * The window in strips: `rows` queries at a time against the keys that any of them attends to, every product plain and
 * two-dimensional; O(n · left) work.
 */
export function windowComposition({ n, left, rows }: { readonly n: number; readonly left: number; readonly rows: number }): Composition {
  const strips = Array.from({ length: Math.ceil(n / rows) }, (_, at) => {
    const [from, to] = [at * rows, Math.min(n, (at + 1) * rows)];
    const first = Math.max(0, from - left);
    return { from, first, queries: to - from, keys: to - first, mask: stripMask({ from, to, first, left }) };
  });
  const cut = (x: Tensor2D, from: number, count: number): Tensor2D => slice(x, [from, 0], [count, x.shape[1]]);
  const scaledQueries = (q: Tensor4D): Tensor2D => mul(table(q), 1 / Math.sqrt(q.shape[3]));
  return {
    forward: (q, k, v) =>
      tidy(() => {
        const [scaled, keys, values] = [scaledQueries(q), transpose(table(k)), table(v)];
        const outs = strips.map((strip) =>
          tidy(() => {
            const across = slice(keys, [0, strip.first], [keys.shape[0] as number, strip.keys]);
            const weights = softmax(add(product(cut(scaled, strip.from, strip.queries), across), strip.mask));
            return product(weights, cut(values, strip.first, strip.keys));
          }),
        );
        return layered(concat(outs, 0));
      }),
    gradient: (q, k, v, dy) =>
      tidy(() => {
        const [scaled, keys, values, cotangent] = [scaledQueries(q), table(k), table(v), table(dy)];
        const [across, valuesAcross] = [transpose(keys), transpose(values)];
        const depth = scaled.shape[1] as number;
        const wide = (x: Tensor, strip: (typeof strips)[number]): Tensor => slice(x, [0, strip.first], [depth, strip.keys]);
        const parts = strips.map((strip) =>
          tidy((): [Tensor, Tensor, Tensor] => {
            const own = cut(scaled, strip.from, strip.queries);
            const ownCotangent = cut(cotangent, strip.from, strip.queries);
            const weights = softmax(add(product(own, wide(across, strip)), strip.mask));
            const mean = sum(mul(product(weights, cut(values, strip.first, strip.keys)), ownCotangent), 1, true);
            const scores = mul(weights, sub(product(ownCotangent, wide(valuesAcross, strip)), mean));
            const spread = (x: Tensor): Tensor =>
              pad(x, [
                [0, 0],
                [strip.first, n - strip.first - strip.keys],
              ]);
            return [
              product(scores, cut(keys, strip.first, strip.keys)),
              spread(product(transpose(own), scores)),
              spread(product(transpose(ownCotangent), weights)),
            ];
          }),
        );
        const all = (at: 0 | 1 | 2): Tensor[] => parts.map((part) => part[at]);
        return [
          layered(mul(concat(all(0), 0), 1 / Math.sqrt(q.shape[3]))),
          layered(transpose(addN(all(1)))),
          layered(transpose(addN(all(2)))),
        ];
      }),
  };
}

/** 0 where the query attends to the key, −1e9 elsewhere. */
function stripMask({ from, to, first, left }: { from: number; to: number; first: number; left: number }): Tensor2D {
  const keys = to - first;
  const values = Float32Array.from({ length: (to - from) * keys }, (_, at) => {
    const distance = from + Math.floor(at / keys) - (first + (at % keys));
    return distance >= 0 && distance <= left ? 0 : -1e9;
  });
  return tensor2d(values, [to - from, keys]);
}
