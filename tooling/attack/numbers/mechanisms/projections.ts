/** x [rows, in] by the weight [out, in] of a linear layer, and its bias. */
export const mm = (x: ArrayLike<number>, rows: number, inn: number, w: ArrayLike<number>, out: number, b?: ArrayLike<number>) => {
  const y = new Float64Array(rows * out);
  for (let i = 0; i < rows; i++)
    for (let o = 0; o < out; o++) {
      let s = b ? b[o]! : 0;
      for (let d = 0; d < inn; d++) s += x[i * inn + d]! * w[o * inn + d]!;
      y[i * out + o] = s;
    }
  return y;
};

/** Of rows [b · m, total], the h · d numbers from `from` on as [b, h, m, d]. */
export const toHeads = (x: Float64Array, b: number, m: number, h: number, d: number, from = 0, total = h * d) => {
  const y = new Float32Array(b * h * m * d);
  for (let p = 0; p < b; p++)
    for (let i = 0; i < m; i++)
      for (let a = 0; a < h; a++) for (let e = 0; e < d; e++) y[((p * h + a) * m + i) * d + e] = x[(p * m + i) * total + from + a * d + e]!;
  return y;
};
